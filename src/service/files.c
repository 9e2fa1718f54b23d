/*
 * The file service: open below the folder, compare the version, read, look at the file again.
 */
#include "service/files.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "service/files_beneath.h"
#include "service/files_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Two changes within one tick of the file system's clock have the same time; a tick is 10 ms at
 * most. */
#define SETTLE_NS 20000000

int files_open(struct files *f, const char *folder, struct complaint *why)
{
    memset(f, 0, sizeof *f);
    f->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (f->folder < 0)
        return complain(why, error_from_errno(errno), "cannot open the folder %s: %s", folder,
                        strerror(errno));
    return LETHE_OK;
}

void files_allow_writing(struct files *f, uint64_t size_limit)
{
    mode_t mask = umask(0);
    (void)umask(mask);
    (void)signal(SIGXFSZ, SIG_IGN); /* the call that meets the limit tells of it */
    f->writable = true;
    f->size_limit = size_limit;
    f->file_mode = 0644 & ~mask;
}

int files_check(const struct files *f)
{
    int fd = beneath_open(f->folder, ".", O_PATH, 0, true);
    if (fd < 0)
        return LETHE_ERR_PERMISSION;
    close(fd);
    return LETHE_OK;
}

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

static int64_t nanoseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* What tells one version of a file from another. */
struct look {
    uint64_t inode, size;
    int64_t modified_ns, changed_ns;
};

static void version_of(uint8_t version[FILES_VERSION_BYTES], const struct look *look)
{
    uint8_t fields[4 * 8], h[HASH_BYTES];
    store64(fields, look->inode);
    store64(fields + 8, look->size);
    store64(fields + 16, (uint64_t)look->modified_ns);
    store64(fields + 24, (uint64_t)look->changed_ns);
    hash_of(h, "file version", fields, sizeof fields);
    memcpy(version, h, FILES_VERSION_BYTES);
}

static bool is_settled(const struct look *look)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = nanoseconds(&now) - look->changed_ns;
    return age > SETTLE_NS || age < -SETTLE_NS;
}

static int look_at(int fd, struct look *look)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return LETHE_STATUS_FAILED;
    if (!S_ISREG(st.st_mode))
        return LETHE_STATUS_DENIED;
    *look = (struct look){.inode = st.st_ino,
                          .size = (uint64_t)st.st_size,
                          .modified_ns = nanoseconds(&st.st_mtim),
                          .changed_ns = nanoseconds(&st.st_ctim)};
    return is_settled(look) ? LETHE_STATUS_OK : LETHE_STATUS_BUSY;
}

/* The span of an open file, if that has the version, clipped to its size. */
static int read_version(int fd, const uint8_t *wanted, struct files_span *span)
{
    struct look before, after;
    uint8_t version[FILES_VERSION_BYTES];
    int status = look_at(fd, &before);
    if (status != LETHE_STATUS_OK)
        return status;
    version_of(version, &before);
    if (memcmp(version, wanted, sizeof version) != 0)
        return LETHE_STATUS_CHANGED;
    files_span_clip(span, before.size);
    bool whole = files_span_read(span, fd);
    status = look_at(fd, &after);
    if (status == LETHE_STATUS_OK && memcmp(&after, &before, sizeof after) != 0)
        return LETHE_STATUS_BUSY;
    return status == LETHE_STATUS_OK && !whole ? LETHE_STATUS_FAILED : status;
}

/* Opens a path anew; the descriptor is the cache's. */
static int open_resource(struct files *f, const char *path, int *fd)
{
    files_cache_drop(&f->cache, path);
    *fd = beneath_open_regular(f->folder, path, O_RDONLY, true);
    if (*fd < 0)
        return beneath_status(errno);
    files_cache_put(&f->cache, path, *fd, now_ms());
    return LETHE_STATUS_OK;
}

/* Only what a descriptor that was kept says about its own version is worth anything: whatever
 * else it says is asked of the path again. */
static int read_file(struct files *f, const struct files_state *s, struct files_span *span)
{
    char path[FILES_PATH_MAX + 1];
    int status = beneath_path(path, s->path, s->path_len);
    if (status != LETHE_STATUS_OK)
        return status;
    int fd = files_cache_find(&f->cache, path, now_ms());
    if (fd >= 0 && read_version(fd, s->version, span) == LETHE_STATUS_OK)
        return LETHE_STATUS_OK;
    status = open_resource(f, path, &fd);
    return status == LETHE_STATUS_OK ? read_version(fd, s->version, span) : status;
}

static int open_file(struct files *f, const struct files_request *q, struct lethe_answer *answer)
{
    int fd;
    struct look look;
    char path[FILES_PATH_MAX + 1];
    const struct files_state state = {.kind = FILES_STATE_FILE,
                                      .version = answer->version,
                                      .path = q->path,
                                      .path_len = q->path_len};
    int status = beneath_path(path, q->path, q->path_len);
    if (status == LETHE_STATUS_OK)
        status = open_resource(f, path, &fd);
    if (status == LETHE_STATUS_OK)
        status = look_at(fd, &look);
    if (status != LETHE_STATUS_OK)
        return status;
    version_of(answer->version, &look);
    answer->has_body = 1;
    answer->size = look.size;
    answer->state_len = files_state_encode(answer->state, sizeof answer->state, &state);
    return LETHE_STATUS_OK;
}

static int digest(struct files *f, const struct files_state *s, const struct files_request *q,
                  struct lethe_answer *answer)
{
    struct files_span span = {.offset = q->offset, .n = q->length, .to = f->piece};
    if (answer->room < FILES_DIGEST_BYTES)
        return LETHE_STATUS_BAD;
    int status = s->kind == FILES_STATE_UPLOAD ? upload_read(f, s, &span) : read_file(f, s, &span);
    if (status != LETHE_STATUS_OK)
        return status;
    hash_of(answer->bytes, "piece", f->piece, span.n);
    answer->len = FILES_DIGEST_BYTES;
    return LETHE_STATUS_OK;
}

static int about_state(struct files *f, const struct lethe_call *call,
                       const struct files_request *q, struct lethe_answer *answer)
{
    struct files_state s;
    if (!call->state || files_state_decode(&s, call->state, call->state_len) != LETHE_OK)
        return LETHE_STATUS_BAD;
    if (q->op == FILES_DIGEST && s.kind != FILES_STATE_ROW)
        return digest(f, &s, q, answer);
    if (s.kind != FILES_STATE_UPLOAD)
        return LETHE_STATUS_BAD;
    return q->op == FILES_WRITE ? upload_write(f, &s, q) : upload_commit(f, &s);
}

static int call_files(void *context, const struct lethe_call *call, struct lethe_answer *answer)
{
    struct files *f = context;
    struct files_request q;
    if (files_request_decode(&q, call->request, call->request_len) != LETHE_OK)
        return LETHE_STATUS_BAD;
    if (q.op == FILES_OPEN)
        return open_file(f, &q, answer);
    if (call->early) /* what changes something has waited for a level */
        return LETHE_STATUS_LEVEL;
    if (q.op == FILES_CREATE)
        return upload_create(f, &q, answer);
    return about_state(f, call, &q, answer);
}

static int read_files(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                      uint8_t *buffer, size_t n)
{
    struct files *f = context;
    struct files_state s;
    struct files_span span = {.offset = offset, .n = n};
    span.to = buffer;
    if (files_state_decode(&s, state, state_len) != LETHE_OK)
        return LETHE_STATUS_BAD;
    if (s.kind != FILES_STATE_FILE)
        return LETHE_STATUS_DENIED;
    int status = read_file(f, &s, &span);
    return status == LETHE_STATUS_OK && span.n != n ? LETHE_STATUS_BAD : status;
}

struct lethe_service files_service(struct files *f)
{
    return (struct lethe_service){
        .context = f, .early = LETHE_EARLY_REPEATABLE, .call = call_files, .read = read_files};
}

void files_close_idle(struct files *f)
{
    files_cache_expire(&f->cache, now_ms());
}

void files_close(struct files *f)
{
    files_cache_expire(&f->cache, UINT64_MAX);
    close(f->folder);
}
