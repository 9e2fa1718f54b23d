/*
 * The partial file: room is looked for as soon as the first bytes are taken, so that a full disk is
 * told before the transfer. It is not claimed: that takes as long as a third of the writing, while
 * nothing comes.
 */
#include "client/partial.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "lethe/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int no_space_or(struct partial *p, const char *verb)
{
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        return complain(p->why, LETHE_ERR_NO_SPACE,
                        "no space to %s %s: make room and run the same "
                        "command again to resume",
                        verb, p->path);
    return complain(p->why, error_from_errno(errno), "cannot %s %s: %s", verb, p->path,
                    strerror(errno));
}

/* Whether the file system has room for what the file lacks; one that does not know says 0 blocks.
 */
static bool has_room(const struct partial *p, uint64_t size)
{
    struct statvfs all;
    struct stat own;
    if (fstatvfs(p->fd, &all) != 0 || fstat(p->fd, &own) != 0 || all.f_blocks == 0)
        return true; /* writing will tell */
    const uint64_t has = (uint64_t)own.st_blocks * 512;
    return size <= has || (size - has) / all.f_frsize < all.f_bavail;
}

/* The file is asked for room and resized by partial_settle: bytes that came with their size do not
 * wait for that. */
static int resize(void *context, uint64_t size)
{
    struct partial *p = context;
    p->ahead_len = 0; /* of another version, if there is any */
    p->due = true;
    p->due_size = size;
    return LETHE_OK;
}

int partial_settle(struct partial *p)
{
    if (!p->due)
        return LETHE_OK;
    p->due = false;
    if (!has_room(p, p->due_size))
        errno = ENOSPC;
    else if (ftruncate(p->fd, (off_t)p->due_size) == 0)
        return LETHE_OK;
    p->ahead_len = 0; /* nor is it written when the file is closed */
    return no_space_or(p, "resize");
}

static int write_ahead(struct partial *p)
{
    const int err = partial_settle(p);
    if (err != LETHE_OK)
        return err;
    for (size_t done = 0; done < p->ahead_len;) {
        ssize_t put =
            pwrite(p->fd, p->ahead + done, p->ahead_len - done, (off_t)(p->ahead_at + done));
        if (put < 0)
            return no_space_or(p, "write");
        done += (size_t)put;
    }
    p->ahead_len = 0;
    return LETHE_OK;
}

static int write_at(void *context, uint64_t offset, const uint8_t *from, size_t n)
{
    struct partial *p = context;
    int err = LETHE_OK;
    if (offset != p->ahead_at + p->ahead_len || n > sizeof p->ahead - p->ahead_len)
        err = write_ahead(p);
    if (err != LETHE_OK)
        return err;
    if (p->ahead_len == 0)
        p->ahead_at = offset;
    memcpy(p->ahead + p->ahead_len, from, n);
    p->ahead_len += n;
    return LETHE_OK;
}

static int digest(void *context, uint64_t offset, size_t n, uint8_t out[32])
{
    struct partial *p = context;
    int err = write_ahead(p);
    if (err != LETHE_OK)
        return err;
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(p->fd, p->piece + done, n - done, (off_t)(offset + done));
        if (got <= 0)
            return complain(p->why, LETHE_ERR_INTERNAL, "cannot read %s back", p->path);
        done += (size_t)got;
    }
    hash_of(out, "piece", p->piece, n);
    return LETHE_OK;
}

static int check_target(const struct partial *p, struct complaint *why)
{
    struct stat st;
    if (stat(p->target, &st) == 0 && !S_ISREG(st.st_mode))
        return complain(why, LETHE_ERR_EXISTS, "%s is not a regular file; name another with -o",
                        p->target);
    return LETHE_OK;
}

/* False when another fetch has moved the file into place since it was opened here. */
static bool is_named(const struct partial *p)
{
    struct stat here, there;
    return fstat(p->fd, &here) == 0 && lstat(p->path, &there) == 0 && here.st_ino == there.st_ino &&
           here.st_dev == there.st_dev;
}

int partial_open(struct partial *p, const char *target, struct complaint *why)
{
    struct stat st;
    p->fd = -1;
    p->ahead_at = p->ahead_len = 0;
    p->ahead[0] = 0; /* the kernel finds its page now, not when the first bytes have come */
    p->due = false;
    p->why = why;
    int n = snprintf(p->path, sizeof p->path, "%s.part", target);
    if (!*target)
        return complain(why, LETHE_ERR_USAGE, "the name of the output file is empty");
    if (n < 0 || (size_t)n >= sizeof p->path)
        return complain(why, LETHE_ERR_USAGE, "the name of the output file is too long");
    memcpy(p->target, target, strlen(target) + 1);
    int err = check_target(p, why);
    if (err != LETHE_OK)
        return err;
    p->fd = open(p->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (p->fd < 0)
        return no_space_or(p, "open");
    if (flock(p->fd, LOCK_EX | LOCK_NB) != 0)
        err = complain(why, LETHE_ERR_IN_USE, "another lethe get writes %s", p->path);
    else if (!is_named(p))
        err = complain(why, LETHE_ERR_IN_USE, "another lethe get has just finished %s", target);
    else if (fstat(p->fd, &st) != 0 || !S_ISREG(st.st_mode))
        err = complain(why, LETHE_ERR_EXISTS, "%s is not a regular file; move it away", p->path);
    else
        p->size = (uint64_t)st.st_size;
    if (err != LETHE_OK) {
        close(p->fd);
        p->fd = -1;
    }
    return err;
}

struct fetch_store partial_store(struct partial *p)
{
    return (struct fetch_store){
        .context = p, .resize = resize, .write = write_at, .digest = digest};
}

int partial_finish(struct partial *p, bool *replaced, struct complaint *why)
{
    p->why = why;
    int err = check_target(p, why);
    if (err == LETHE_OK)
        err = write_ahead(p);
    if (err != LETHE_OK)
        return err;
    *replaced = access(p->target, F_OK) == 0;
    if (fsync(p->fd) != 0 || rename(p->path, p->target) != 0)
        return no_space_or(p, "finish");
    close(p->fd);
    p->fd = -1;
    return LETHE_OK;
}

void partial_close(struct partial *p)
{
    struct stat st;
    if (p->fd < 0)
        return;
    (void)write_ahead(p); /* best effort: the next run checks what is there */
    if (fstat(p->fd, &st) == 0 && st.st_size == 0)
        (void)unlink(p->path);
    close(p->fd);
    p->fd = -1;
}
