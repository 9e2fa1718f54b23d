/*
 * The file service: open below the folder, compare the version, read, look at the version again.
 */
#include "node/files.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "lethe/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Two changes within one tick of the file system's clock have the same time; a tick is 10 ms at
 * most. */
#define SETTLE_NS 20000000

int files_open(struct files *f, const char *folder, struct complaint *why)
{
    f->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (f->folder < 0)
        return complain(why, error_from_errno(errno), "cannot open the folder %s: %s", folder,
                        strerror(errno));
    return LETHE_OK;
}

static int open_beneath(const struct files *f, const char *path, int flags)
{
    const struct open_how how = {.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, f->folder, path, &how, sizeof how);
}

int files_check(const struct files *f)
{
    int fd = open_beneath(f, ".", O_PATH);
    if (fd < 0)
        return LETHE_ERR_PERMISSION;
    close(fd);
    return LETHE_OK;
}

/* Looked at before it is opened: opening a device or a pipe may already do something. */
static bool is_regular(const struct files *f, const char *path)
{
    struct stat st;
    int fd = open_beneath(f, path, O_PATH);
    if (fd < 0)
        return false;
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    close(fd);
    errno = EACCES;
    return regular;
}

static int open_resource(const struct files *f, const struct request_body *q, uint8_t *status)
{
    char path[REQUEST_PATH_MAX + 1];
    memcpy(path, q->path, q->path_len);
    path[q->path_len] = 0;
    *status = STATUS_NOT_FOUND;
    if (q->path_len == 0 || memchr(q->path, 0, q->path_len))
        return -1;
    int fd = is_regular(f, path) ? open_beneath(f, path, O_RDONLY | O_NONBLOCK | O_NOCTTY) : -1;
    if (fd < 0 && (errno == EACCES || errno == EPERM || errno == EXDEV || errno == ELOOP))
        *status = STATUS_DENIED;
    else if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
        *status = STATUS_FAILED;
    return fd;
}

static int64_t nanoseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static void version_of(uint8_t version[REQUEST_VERSION_BYTES], const struct stat *st)
{
    uint8_t fields[4 * 8], h[HASH_BYTES];
    store64(fields, st->st_ino);
    store64(fields + 8, (uint64_t)st->st_size);
    store64(fields + 16, (uint64_t)nanoseconds(&st->st_mtim));
    store64(fields + 24, (uint64_t)nanoseconds(&st->st_ctim));
    hash_of(h, "file version", fields, sizeof fields);
    memcpy(version, h, REQUEST_VERSION_BYTES);
}

static bool is_settled(const struct stat *st)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = nanoseconds(&now) - nanoseconds(&st->st_ctim);
    return age > SETTLE_NS || age < -SETTLE_NS;
}

static bool read_span_of(int fd, uint8_t *to, size_t n, uint64_t offset)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, to + done, n - done, (off_t)(offset + done));
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

/* The length of what a request may have of a resource of that size. */
static size_t clip(const struct request_body *q, uint64_t size, size_t most)
{
    if (q->offset >= size)
        return 0;
    uint64_t n = size - q->offset < q->length ? size - q->offset : q->length;
    return n < most ? (size_t)n : most;
}

static uint8_t read_or_digest(struct files *f, int fd, const struct request_body *q, uint64_t size,
                              uint8_t *buffer, struct flow_reply *reply)
{
    size_t n = clip(q, size, q->op == OP_READ ? DATA_CHUNK_BYTES : PIECE_BYTES);
    if (q->op != OP_READ && q->op != OP_DIGEST)
        return STATUS_BAD;
    if (!read_span_of(fd, q->op == OP_READ ? buffer : f->piece, n, q->offset))
        return STATUS_FAILED;
    reply->bytes = buffer;
    reply->bytes_len = n;
    if (q->op == OP_DIGEST) {
        hash_of(buffer, "piece", f->piece, n);
        reply->bytes_len = HASH_BYTES;
    }
    return STATUS_OK;
}

static uint8_t serve(struct files *f, int fd, const struct request_body *q, uint8_t *buffer,
                     uint8_t *version, struct flow_reply *reply)
{
    struct stat st;
    uint8_t after[REQUEST_VERSION_BYTES];
    if (fstat(fd, &st) != 0)
        return STATUS_FAILED;
    if (!S_ISREG(st.st_mode))
        return STATUS_DENIED;
    version_of(version, &st);
    reply->size = (uint64_t)st.st_size;
    if (!is_settled(&st))
        return STATUS_BUSY;
    if (!bytes_are_zero(q->version, REQUEST_VERSION_BYTES) &&
        memcmp(q->version, version, REQUEST_VERSION_BYTES) != 0)
        return STATUS_CHANGED;
    uint8_t status = read_or_digest(f, fd, q, reply->size, buffer, reply);
    if (fstat(fd, &st) != 0)
        return STATUS_FAILED;
    version_of(after, &st);
    if (memcmp(after, version, sizeof after) != 0)
        return STATUS_BUSY;
    return status;
}

void files_handle(void *context, const struct request_body *request, uint8_t *buffer,
                  uint8_t *version, struct flow_reply *reply)
{
    struct files *f = context;
    uint8_t status;
    int fd = open_resource(f, request, &status);
    if (fd >= 0) {
        status = serve(f, fd, request, buffer, version, reply);
        close(fd);
    }
    reply->status = status;
    if (status != STATUS_OK)
        reply->bytes_len = 0;
}
