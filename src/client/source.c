/*
 * A file that is read in place, and must stay what it was when it was opened.
 */
#include "client/source.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "lethe/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static int changed(struct source *s)
{
    return complain(s->why, LETHE_ERR_CHANGED,
                    "%s changes while it is sent; run the same command again when it is done",
                    s->path);
}

static int read_at(void *context, uint64_t offset, uint8_t *to, size_t n)
{
    struct source *s = context;
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(s->fd, to + done, n - done, (off_t)(offset + done));
        if (got < 0)
            return complain(s->why, error_from_errno(errno), "cannot read %s: %s", s->path,
                            strerror(errno));
        if (got == 0)
            return changed(s);
        done += (size_t)got;
    }
    return LETHE_OK;
}

static int digest(void *context, uint64_t offset, size_t n, uint8_t out[FILES_DIGEST_BYTES])
{
    struct source *s = context;
    int err = read_at(s, offset, s->piece, n);
    if (err == LETHE_OK)
        hash_of(out, "piece", s->piece, n);
    return err;
}

static int unchanged(void *context)
{
    struct source *s = context;
    const struct stat *a = &s->start;
    struct stat b;
    if (fstat(s->fd, &b) != 0 || a->st_size != b.st_size ||
        memcmp(&a->st_mtim, &b.st_mtim, sizeof a->st_mtim) != 0)
        return changed(s);
    return LETHE_OK;
}

static bool is_stopped(int stop_fd)
{
    struct pollfd fd = {.fd = stop_fd, .events = POLLIN};
    return stop_fd >= 0 && poll(&fd, 1, 0) > 0;
}

static int hash_content(struct source *s, int stop_fd)
{
    struct hash h;
    int err = LETHE_OK;
    hash_init(&h, "upload content");
    for (uint64_t at = 0; at < s->size && err == LETHE_OK; at += PIECE_BYTES) {
        const uint64_t left = s->size - at;
        const size_t n = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        err = is_stopped(stop_fd) ? LETHE_ERR_INTERRUPTED : read_at(s, at, s->piece, n);
        if (err == LETHE_OK)
            hash_update(&h, s->piece, n);
    }
    hash_final(&h, s->content);
    return err;
}

int source_open(struct source *s, const char *path, int stop_fd, struct complaint *why)
{
    s->path = path;
    s->why = why;
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (s->fd < 0)
        return complain(why, error_from_errno(errno), "cannot open %s: %s", path, strerror(errno));
    if (fstat(s->fd, &s->start) != 0 || !S_ISREG(s->start.st_mode))
        return complain(why, LETHE_ERR_USAGE, "%s is not a regular file", path);
    s->size = (uint64_t)s->start.st_size;
    return hash_content(s, stop_fd);
}

struct put_source source_callbacks(struct source *s)
{
    return (struct put_source){
        .context = s, .read = read_at, .digest = digest, .unchanged = unchanged};
}

void source_close(struct source *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}
