/*
 * Uploads: everything about one is derived from its state anew each time, and done so that doing it
 * twice, or in two processes at once, is the same as doing it once.
 */
#include "service/files_upload.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "service/files_beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MARK       "user.lethe.upload"
#define MARK_BYTES 16
#define SHOWN_MAX  (NAME_MAX - 1 - 7 - 2 * MARK_BYTES)

struct upload {
    int folder;              /* of the target; owned */
    char name[NAME_MAX + 1]; /* in it */
    char temporary[NAME_MAX + 1];
    uint8_t mark[MARK_BYTES];
    uint64_t size;
};

static void mark_of(uint8_t mark[MARK_BYTES], const struct files_state *s)
{
    struct hash h;
    uint8_t size[8], out[HASH_BYTES];
    store64(size, s->size);
    hash_init(&h, "upload");
    hash_update(&h, s->token, FILES_TOKEN_BYTES);
    hash_update(&h, size, sizeof size);
    hash_update(&h, s->path, s->path_len);
    hash_final(&h, out);
    memcpy(mark, out, MARK_BYTES);
}

/* A name that leaves no room for the rest is left out: the mark alone is enough. */
static void name_temporary(struct upload *u)
{
    int n = snprintf(u->temporary, sizeof u->temporary, ".%s.lethe-",
                     strlen(u->name) <= SHOWN_MAX ? u->name : "");
    for (int i = 0; i < MARK_BYTES; i++, n += 2)
        (void)snprintf(u->temporary + n, sizeof u->temporary - (size_t)n, "%02x", u->mark[i]);
}

/* Opens the target's folder; the caller closes it. */
static int find(struct upload *u, const struct files *f, const struct files_state *s)
{
    char path[FILES_PATH_MAX + 1];
    if (!f->writable)
        return LETHE_STATUS_DENIED;
    int status = beneath_path(path, s->path, s->path_len);
    if (status != LETHE_STATUS_OK)
        return status;
    char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return LETHE_STATUS_DENIED;
    memcpy(u->name, name, strlen(name) + 1);
    mark_of(u->mark, s);
    name_temporary(u);
    u->size = s->size;
    if (slash)
        slash[slash == path] = 0; /* the root's own slash stays: it is not below the folder */
    u->folder = beneath_open(f->folder, slash ? path : ".", O_RDONLY | O_DIRECTORY, 0, false);
    return u->folder < 0 ? beneath_status(errno) : LETHE_STATUS_OK;
}

static bool has_mark(const struct upload *u, int fd, bool or_cannot)
{
    uint8_t mark[MARK_BYTES];
    ssize_t n = fgetxattr(fd, MARK, mark, sizeof mark);
    if (n < 0)
        return or_cannot && errno == ENOTSUP;
    return n == MARK_BYTES && memcmp(mark, u->mark, MARK_BYTES) == 0;
}

static bool has_size(const struct upload *u, int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (uint64_t)st.st_size == u->size;
}

/* The target's descriptor if this upload was committed to it, or -1. */
static int open_committed(const struct upload *u, bool or_cannot_tell)
{
    int fd = beneath_open_regular(u->folder, u->name, O_RDONLY, false);
    if (fd >= 0 && has_size(u, fd) && has_mark(u, fd, or_cannot_tell))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool is_committed(const struct upload *u, bool or_cannot_tell)
{
    int fd = open_committed(u, or_cannot_tell);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* A second name would be that of a file which is not ours to write to. */
static int open_temporary(const struct upload *u, int *fd)
{
    struct stat st;
    *fd = beneath_open_regular(u->folder, u->temporary, O_RDWR, false);
    if (*fd < 0)
        return beneath_status(errno);
    if (fstat(*fd, &st) == 0 && st.st_nlink <= 1)
        return LETHE_STATUS_OK;
    close(*fd);
    return LETHE_STATUS_DENIED;
}

/* The temporary file, whole; the caller closes it. */
static int open_upload(const struct upload *u, int *fd)
{
    int status = open_temporary(u, fd);
    if (status != LETHE_STATUS_OK || has_size(u, *fd))
        return status;
    close(*fd);
    return LETHE_STATUS_CHANGED;
}

/* Between this look and the renaming only those who may write to the folder could put something
 * else there; a link would be replaced, not followed. */
static bool may_replace(const struct upload *u)
{
    struct stat st;
    if (fstatat(u->folder, u->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    return S_ISREG(st.st_mode);
}

static int make_temporary(const struct upload *u)
{
    int status = LETHE_STATUS_OK;
    int fd = beneath_open(u->folder, u->temporary, O_RDWR | O_CREAT | O_EXCL, 0600, false);
    bool is_new = fd >= 0;
    if (!is_new)
        status = errno == EEXIST ? open_temporary(u, &fd) : beneath_status(errno);
    if (status != LETHE_STATUS_OK)
        return status;
    /* Another server may have made it and not yet given it its size. */
    if (!has_size(u, fd) && ftruncate(fd, (off_t)u->size) != 0) {
        status = beneath_status(errno);
        if (is_new)
            (void)unlinkat(u->folder, u->temporary, 0);
    }
    close(fd);
    return status;
}

int upload_create(struct files *f, const struct files_request *q, struct lethe_answer *answer)
{
    struct upload u;
    const struct files_state s = {.kind = FILES_STATE_UPLOAD,
                                  .size = q->size,
                                  .token = q->token,
                                  .path = q->path,
                                  .path_len = q->path_len};
    int status = find(&u, f, &s);
    if (status != LETHE_STATUS_OK)
        return status;
    if (q->size > f->size_limit)
        status = LETHE_STATUS_FULL;
    else if (!may_replace(&u))
        status = LETHE_STATUS_DENIED;
    else if (!is_committed(&u, false))
        status = make_temporary(&u);
    close(u.folder);
    if (status != LETHE_STATUS_OK)
        return status;
    answer->has_body = 1;
    answer->size = q->size;
    answer->state_len = files_state_encode(answer->state, sizeof answer->state, &s);
    return LETHE_STATUS_OK;
}

static int write_span_to(int fd, const struct files_request *q)
{
    for (size_t done = 0; done < q->bytes_len;) {
        ssize_t put = pwrite(fd, q->bytes + done, q->bytes_len - done, (off_t)(q->offset + done));
        if (put < 0)
            return beneath_status(errno);
        done += (size_t)put;
    }
    return LETHE_STATUS_OK;
}

int upload_write(const struct files *f, const struct files_state *s, const struct files_request *q)
{
    int fd;
    struct upload u;
    if (q->offset + q->bytes_len > s->size)
        return LETHE_STATUS_BAD;
    int status = find(&u, f, s);
    if (status != LETHE_STATUS_OK)
        return status;
    status = open_upload(&u, &fd);
    close(u.folder);
    if (status != LETHE_STATUS_OK)
        return status;
    status = write_span_to(fd, q);
    close(fd);
    return status;
}

int upload_read(const struct files *f, const struct files_state *s, struct files_span *span)
{
    int fd;
    struct upload u;
    int status = find(&u, f, s);
    if (status != LETHE_STATUS_OK)
        return status;
    status = open_upload(&u, &fd);
    if (status == LETHE_STATUS_NOT_FOUND && (fd = open_committed(&u, false)) >= 0)
        status = LETHE_STATUS_OK;
    close(u.folder);
    if (status != LETHE_STATUS_OK)
        return status;
    files_span_clip(span, s->size);
    status = files_span_read(span, fd) ? LETHE_STATUS_OK : LETHE_STATUS_FAILED;
    close(fd);
    return status;
}

static bool set_mark(const struct upload *u, int fd)
{
    return fsetxattr(fd, MARK, u->mark, MARK_BYTES, 0) == 0 || errno == ENOTSUP;
}

/* By its number, so that it is the one call that a confined worker may make, on every machine. */
static long rename_over(const struct upload *u)
{
    return syscall(SYS_renameat2, u->folder, u->temporary, u->folder, u->name, 0);
}

static int move_into_place(const struct upload *u, int fd, unsigned mode)
{
    if (!may_replace(u))
        return LETHE_STATUS_DENIED;
    if (!set_mark(u, fd) || fchmod(fd, mode) != 0 || fsync(fd) != 0 || rename_over(u) != 0 ||
        fsync(u->folder) != 0)
        return beneath_status(errno);
    return LETHE_STATUS_OK;
}

int upload_commit(const struct files *f, const struct files_state *s)
{
    int fd;
    struct upload u;
    int status = find(&u, f, s);
    if (status != LETHE_STATUS_OK)
        return status;
    status = open_upload(&u, &fd);
    if (status == LETHE_STATUS_OK) {
        status = move_into_place(&u, fd, f->file_mode);
        close(fd);
    }
    if (status == LETHE_STATUS_NOT_FOUND && is_committed(&u, true))
        status = LETHE_STATUS_OK;
    close(u.folder);
    return status;
}
