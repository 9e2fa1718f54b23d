/* What the tests of uploads share: the requests, and what lies in the folder. */
#ifndef TESTS_SERVICE_TEST_FILES_UPLOADS_H
#define TESTS_SERVICE_TEST_FILES_UPLOADS_H

#include "service/test_files_support.h"

static const uint8_t token[16] = "one token, 16 by", token2[16] = "another, 16 byte";

static inline int prepare_writable(void **state)
{
    (void)umask(022);
    if (prepare(state) != 0)
        return -1;
    files_allow_writing(&files, 100000);
    return 0;
}

static inline int create(const char *path, uint64_t size, const uint8_t *with, struct body *b)
{
    const struct files_request q = {.op = FILES_CREATE,
                                    .size = size,
                                    .token = with,
                                    .path = (const uint8_t *)path,
                                    .path_len = strlen(path)};
    int status = call_about(&q, NULL);
    if (status == LETHE_STATUS_OK)
        take_body(b);
    return status;
}

static inline int write_at(const struct body *b, uint64_t offset, const uint8_t *p, size_t n)
{
    const struct files_request q = {
        .op = FILES_WRITE, .offset = offset, .bytes = p, .bytes_len = n};
    int status = call_about(&q, b);
    assert_true(answer.len == 0 && !answer.has_body);
    return status;
}

static inline int commit(const struct body *b)
{
    const struct files_request q = {.op = FILES_COMMIT};
    int status = call_about(&q, b);
    assert_true(answer.len == 0 && !answer.has_body);
    return status;
}

/* p[from..to), in packets, the last one first. */
static inline void write_all(const struct body *b, const uint8_t *p, size_t from, size_t to)
{
    while (to > from) {
        size_t n = to - from < FILES_WRITE_MAX ? to - from : FILES_WRITE_MAX;
        to -= n;
        assert_int_equal(write_at(b, to, p + to, n), LETHE_STATUS_OK);
    }
}

static inline void holds(const char *name, const uint8_t *p, size_t n)
{
    static uint8_t got[BYTES_MAX];
    assert_int_equal(get_file(name, got, sizeof got), n);
    assert_memory_equal(got, p, n);
}

/* The one name in a folder of the share that is a temporary file's. */
static inline const char *temporary(const char *in)
{
    static char path[600];
    const char *found = NULL;
    DIR *dir = opendir(in_folder(in));
    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (!strstr(e->d_name, ".lethe-"))
            continue;
        assert_null(found);
        (void)snprintf(path, sizeof path, "%s/%s", in, e->d_name);
        found = path;
    }
    closedir(dir);
    return found;
}

#endif
