/* What the tests of the file service share: a folder that is served with a secret beside it, and
 * calls about bodies, whose answers are checked for what holds of every answer. */
#ifndef TESTS_SERVICE_TEST_FILES_SUPPORT_H
#define TESTS_SERVICE_TEST_FILES_SUPPORT_H

#include "store/folder.h"

#include <sys/inotify.h>
#include <time.h>

#include "crypto/hash.h"
#include "lethe/service.h"
#include "service/files.h"

#define SETTLE_MS  20
#define BYTES_MAX  150000
#define BUFFER_MAX 65536

/* A body that a client holds: what the server sealed for it. */
struct body {
    uint8_t state[LETHE_STATE_BYTES], version[LETHE_VERSION_BYTES];
    size_t state_len;
    uint64_t size;
};

static struct files files;
static struct lethe_answer answer;
static uint8_t bytes[BYTES_MAX], buffer[BUFFER_MAX + 1];

/* FOLDER/share is served; FOLDER/secret beside it is not. */
static inline int prepare(void **state)
{
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    if (make_folder(state) != 0 || chmod(folder, 0755) != 0 ||
        mkdir(in_folder("share"), 0755) != 0)
        return -1;
    put_file("secret", "secret", 6);
    return files_open(&files, in_folder("share"), &why);
}

static inline int end(void **state)
{
    files_close(&files);
    return remove_folder(state);
}

static inline void pause_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

static inline void settle(void)
{
    pause_ms(SETTLE_MS + 20);
}

/* Calls with these very bytes, about a body or none. */
static inline int call_bytes(const uint8_t *request, size_t n, const struct body *about)
{
    const struct lethe_service service = files_service(&files);
    const struct lethe_call call = {.request = request,
                                    .request_len = n,
                                    .state = about ? about->state : NULL,
                                    .state_len = about ? about->state_len : 0};
    memset(&answer, 0, sizeof answer);
    answer.room = LETHE_ANSWER_BYTES;
    return service.call(service.context, &call, &answer);
}

static inline int call_about(const struct files_request *q, const struct body *about)
{
    uint8_t request[FILES_REQUEST_MAX];
    size_t n = files_request_encode(request, sizeof request, q);
    assert_true(n > 0);
    return call_bytes(request, n, about);
}

static inline void take_body(struct body *b)
{
    assert_true(answer.has_body && answer.len == 0);
    assert_in_range(answer.state_len, 1, LETHE_STATE_BYTES);
    memcpy(b->state, answer.state, sizeof b->state);
    memcpy(b->version, answer.version, sizeof b->version);
    b->state_len = answer.state_len;
    b->size = answer.size;
}

static inline int open_path(const char *path, size_t n, struct body *b)
{
    const struct files_request q = {
        .op = FILES_OPEN, .path = (const uint8_t *)path, .path_len = n};
    int status = call_about(&q, NULL);
    if (status == LETHE_STATUS_OK)
        take_body(b);
    return status;
}

static inline int open_body(const char *path, struct body *b)
{
    return open_path(path, strlen(path), b);
}

/* Reads into the buffer, and nothing else of it. */
static inline int read_body_at(const struct body *b, uint64_t offset, size_t n)
{
    const struct lethe_service service = files_service(&files);
    assert_true(n <= BUFFER_MAX);
    memset(buffer, 0xee, sizeof buffer);
    int status = service.read(service.context, b->state, b->state_len, offset, buffer, n);
    for (size_t i = n; i < sizeof buffer; i++)
        assert_int_equal(buffer[i], 0xee);
    return status;
}

/* The first byte, of a body that was opened earlier. */
static inline int still(const struct body *b)
{
    return read_body_at(b, 0, 1);
}

/* The first byte, opened and read. */
static inline int status_of(const char *path)
{
    struct body b;
    int status = open_body(path, &b);
    return status != LETHE_STATUS_OK || b.size == 0 ? status : still(&b);
}

static inline int digest_of(const struct body *b, uint64_t offset, uint32_t length)
{
    const struct files_request q = {.op = FILES_DIGEST, .offset = offset, .length = length};
    int status = call_about(&q, b);
    assert_true(status != LETHE_STATUS_OK || (answer.len == HASH_BYTES && !answer.has_body));
    return status;
}

/* The last call answered with the digest of these bytes. */
static inline void digested(const void *p, size_t n)
{
    uint8_t expected[HASH_BYTES];
    hash_of(expected, "piece", p, n);
    assert_memory_equal(answer.bytes, expected, HASH_BYTES);
}

/* How many times something was opened since the last question. */
static inline int opened(int watch)
{
    _Alignas(struct inotify_event) uint8_t events[8192];
    int n = 0;
    ssize_t got = read(watch, events, sizeof events);
    for (ssize_t at = 0; at < got;) {
        const struct inotify_event *e = (const void *)(events + at);
        n += (e->mask & IN_OPEN) != 0;
        at += (ssize_t)(sizeof *e + e->len);
    }
    return n;
}

#endif
