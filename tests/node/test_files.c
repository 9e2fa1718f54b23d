/* node/files: the right bytes of the right version, or a status that says why not; nothing above
 * the folder, and nothing but regular files. */
#include "node/folder.h"

#include "crypto/hash.h"
#include "node/files.h"

#include <sys/inotify.h>
#include <time.h>

#define SETTLE_MS 20

static struct files files;
static struct flow_reply reply;
static uint8_t bytes[150000], buffer[DATA_CHUNK_BYTES + 1], version[REQUEST_VERSION_BYTES];
static uint8_t none[REQUEST_VERSION_BYTES];

/* FOLDER/share is served; FOLDER/secret beside it is not. */
static int prepare(void **state)
{
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    if (make_folder(state) != 0 || chmod(folder, 0755) != 0 ||
        mkdir(in_folder("share"), 0755) != 0)
        return -1;
    put_file("secret", "secret", 6);
    return files_open(&files, in_folder("share"), &why);
}

static int end(void **state)
{
    close(files.folder);
    return remove_folder(state);
}

static void pause_ms(long ms)
{
    const struct timespec t = {.tv_nsec = ms * 1000000};
    (void)nanosleep(&t, NULL);
}

static void settle(void)
{
    pause_ms(SETTLE_MS + 20);
}

static struct request_body body_of(uint8_t op, const char *path, uint64_t offset, uint32_t length)
{
    return (struct request_body){.op = op,
                                 .version = none,
                                 .offset = offset,
                                 .length = length,
                                 .path = (const uint8_t *)path,
                                 .path_len = (uint16_t)strlen(path)};
}

static uint8_t handle(const struct request_body *q)
{
    memset(buffer, 0xee, sizeof buffer);
    reply = (struct flow_reply){.status = STATUS_LEVEL, .version = version};
    files_handle(&files, q, buffer, version, &reply);
    assert_int_equal(buffer[DATA_CHUNK_BYTES], 0xee);
    assert_true(reply.status == STATUS_OK || reply.bytes_len == 0);
    return reply.status;
}

static uint8_t ask(uint8_t op, const char *path, uint64_t offset, uint32_t length)
{
    const struct request_body q = body_of(op, path, offset, length);
    return handle(&q);
}

static uint8_t status_of(const char *path)
{
    return ask(OP_READ, path, 0, 1);
}

static void a_range_is_read(void **state)
{
    (void)state;
    put_file("share/f", bytes, 5000);
    settle();
    const struct {
        uint64_t offset;
        uint32_t length;
        size_t expected;
    } ranges[] = {{0, 1024, 1024},   {1, 1, 1},      {4999, 1, 1},    {4999, 100, 1},
                  {5000, 100, 0},    {5001, 100, 0}, {4000, 1024, 1000}, {0, 0, 0},
                  {0, PIECE_BYTES, DATA_CHUNK_BYTES}, {(uint64_t)INT64_MAX - PIECE_BYTES, 9, 0}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        assert_int_equal(ask(OP_READ, "f", ranges[i].offset, ranges[i].length), STATUS_OK);
        assert_int_equal(reply.bytes_len, ranges[i].expected);
        assert_true(reply.size == 5000);
        assert_memory_equal(reply.bytes, bytes + ranges[i].offset % 5001, reply.bytes_len);
        for (size_t at = reply.bytes_len; at < DATA_CHUNK_BYTES; at++)
            assert_int_equal(buffer[at], 0xee);
    }
}

static void a_piece_is_digested(void **state)
{
    (void)state;
    uint8_t expected[HASH_BYTES];
    put_file("share/f", bytes, sizeof bytes);
    settle();
    const size_t spans[][3] = {{0, PIECE_BYTES, PIECE_BYTES}, {65536, PIECE_BYTES, PIECE_BYTES},
                               {131072, PIECE_BYTES, 18928}, {7, 1, 1}, {150000, 5, 0}};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(ask(OP_DIGEST, "f", spans[i][0], (uint32_t)spans[i][1]), STATUS_OK);
        hash_of(expected, "piece", bytes + spans[i][0], spans[i][2]);
        assert_int_equal(reply.bytes_len, HASH_BYTES);
        assert_memory_equal(reply.bytes, expected, HASH_BYTES);
    }
}

static void an_unknown_operation_is_bad(void **state)
{
    (void)state;
    put_file("share/f", bytes, 5000);
    settle();
    for (unsigned op = 0; op < 256; op++)
        assert_int_equal(ask((uint8_t)op, "f", 0, 10),
                         op == OP_READ || op == OP_DIGEST ? STATUS_OK : STATUS_BAD);
}

/* The version wanted, or any; every change makes another one. */
static void a_change_changes_the_version(void **state)
{
    (void)state;
    uint8_t first[REQUEST_VERSION_BYTES], last[REQUEST_VERSION_BYTES];
    struct request_body q = body_of(OP_READ, "f", 0, 10);
    put_file("share/f", bytes, 5000);
    settle();
    assert_int_equal(handle(&q), STATUS_OK);
    memcpy(first, version, sizeof first);
    memcpy(last, version, sizeof last);
    assert_false(bytes_are_zero(first, sizeof first));
    q.version = first;
    assert_int_equal(handle(&q), STATUS_OK);
    assert_memory_equal(version, first, sizeof first);
    struct stat st;
    assert_int_equal(stat(in_folder("share/f"), &st), 0);
    for (int change = 0; change < 4; change++) {
        const struct timespec times[2] = {st.st_atim, st.st_mtim};
        if (change == 0)
            put_file("share/f", bytes, 4999); /* another size */
        else if (change == 1)
            put_file("share/f", bytes + 1, 5000); /* the first one's size */
        else if (change == 2) /* and its time as well: the change of that shows */
            assert_int_equal(utimensat(AT_FDCWD, in_folder("share/f"), times, 0), 0);
        else {
            put_file("share/g", bytes, 5000);
            assert_int_equal(rename(in_folder("share/g"), in_folder("share/f")), 0);
        }
        settle();
        assert_int_equal(handle(&q), STATUS_CHANGED);
        assert_memory_not_equal(version, first, sizeof first);
        assert_memory_not_equal(version, last, sizeof last);
        memcpy(last, version, sizeof last);
        assert_int_equal(status_of("f"), STATUS_OK);
        assert_memory_equal(version, last, sizeof last); /* what is there now, it says */
    }
    put_file("share/g", bytes, 5000);
    settle();
    assert_int_equal(status_of("g"), STATUS_OK);
    assert_memory_not_equal(version, last, sizeof last); /* of another file, another one */
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What changed this very moment could change again unseen. */
static void what_has_just_changed_is_busy(void **state)
{
    (void)state;
    int quick = 0;
    for (int i = 0; i < 100 && quick < 3; i++) {
        struct stat st;
        put_file("share/f", bytes, 5000);
        uint8_t status = status_of("f");
        int64_t asked = now_ns();
        assert_int_equal(stat(in_folder("share/f"), &st), 0);
        int64_t changed = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
        if (asked - changed > SETTLE_MS * 1000000)
            continue; /* a slow machine: either answer is right */
        assert_int_equal(status, STATUS_BUSY);
        quick++;
    }
    assert_int_equal(quick, 3);
    settle();
    assert_int_equal(status_of("f"), STATUS_OK);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    static char name[REQUEST_PATH_MAX + 1];
    put_file("share/f", bytes, 10);
    assert_int_equal(symlink("nowhere", in_folder("share/dangling")), 0);
    settle();
    static const char *const paths[] = {"none", "f/x", "none/x", "", "F", "f ", "dangling"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_int_equal(status_of(paths[i]), STATUS_NOT_FOUND);
    struct request_body q = body_of(OP_READ, "f\0g", 0, 1);
    for (q.path_len = 2; q.path_len <= 3; q.path_len++) /* a NUL ends no name here */
        assert_int_equal(handle(&q), STATUS_NOT_FOUND);
    memset(name, 'a', REQUEST_PATH_MAX);
    assert_int_equal(status_of(name), STATUS_NOT_FOUND);
    for (int i = 1; i < REQUEST_PATH_MAX; i += 2)
        name[i] = '/';
    assert_int_equal(status_of(name), STATUS_NOT_FOUND);
    q = body_of(OP_READ, "fxxx", 0, 1);
    q.path_len = 1; /* nothing ends it but its length */
    assert_int_equal(handle(&q), STATUS_OK);
}

static void nothing_outside_the_folder_is_served(void **state)
{
    (void)state;
    char path[512];
    assert_int_equal(mkdir(in_folder("share/d"), 0755), 0);
    put_file("share/d/f", bytes, 10);
    assert_int_equal(symlink("../secret", in_folder("share/up")), 0);
    assert_int_equal(symlink(in_folder("secret"), in_folder("share/absolute")), 0);
    assert_int_equal(symlink("..", in_folder("share/parent")), 0);
    assert_int_equal(symlink("loop", in_folder("share/loop")), 0);
    assert_int_equal(symlink("d/f", in_folder("share/inside")), 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d/f", files.folder);
    assert_int_equal(symlink(path, in_folder("share/magic")), 0);
    settle();
    static const char *const paths[] = {"../secret", "d/../../secret", "/etc/passwd", "up",
                                        "absolute", "parent/secret", "loop", "magic", "..", "/",
                                        "../share/d/f"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_int_equal(status_of(paths[i]), STATUS_DENIED);
    static const char *const good[] = {"d/f", "d//f", "./d/f", "d/../d/f", "inside"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(status_of(good[i]), STATUS_OK);
}

static void only_regular_files_are_served(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("share/d"), 0755), 0);
    assert_int_equal(mkfifo(in_folder("share/pipe"), 0644), 0);
    if (geteuid() == 0)
        (void)mknod(in_folder("share/zero"), S_IFCHR | 0644, 1 << 8 | 5);
    settle();
    assert_int_equal(status_of("d"), STATUS_DENIED);
    assert_int_equal(status_of("."), STATUS_DENIED);
    assert_int_equal(status_of("d/"), STATUS_DENIED);
    assert_int_equal(status_of("pipe"), STATUS_DENIED);
    if (is_there("share/zero"))
        assert_int_equal(status_of("zero"), STATUS_DENIED);
    put_file("share/empty", "", 0);
    settle();
    assert_int_equal(status_of("empty"), STATUS_OK);
    assert_true(reply.size == 0 && reply.bytes_len == 0);
}

/* Opening a device or a pipe may already do something. */
static void nothing_else_is_even_opened(void **state)
{
    (void)state;
    uint8_t events[4096];
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    assert_int_equal(mkfifo(in_folder("share/pipe"), 0644), 0);
    put_file("share/f", bytes, 10);
    settle();
    assert_true(inotify_add_watch(watch, in_folder("share/pipe"), IN_OPEN) >= 0);
    assert_int_equal(status_of("pipe"), STATUS_DENIED);
    assert_true(read(watch, events, sizeof events) < 0);
    assert_true(inotify_add_watch(watch, in_folder("share/f"), IN_OPEN) >= 0);
    assert_int_equal(status_of("f"), STATUS_OK);
    assert_true(read(watch, events, sizeof events) > 0);
    close(watch);
}

static void what_may_not_be_read_is_denied(void **state)
{
    (void)state;
    put_file("share/f", bytes, 10);
    put_file("share/g", bytes, 10);
    assert_int_equal(chmod(in_folder("share/f"), 0), 0);
    settle();
    be_nobody();
    uint8_t denied = status_of("f"), served = status_of("g");
    int fine = files_check(&files);
    be_myself_again();
    assert_int_equal(denied, STATUS_DENIED);
    assert_int_equal(served, STATUS_OK);
    assert_int_equal(fine, LETHE_OK);
    assert_int_equal(chmod(in_folder("share"), 0), 0);
    be_nobody();
    denied = status_of("g");
    fine = files_check(&files);
    be_myself_again();
    assert_int_equal(chmod(in_folder("share"), 0755), 0);
    assert_int_equal(denied, STATUS_DENIED);
    assert_int_equal(fine, LETHE_ERR_PERMISSION);
}

/* No descriptor is left, and none is lost by many requests. */
static void a_failure_of_ours_is_said(void **state)
{
    (void)state;
    struct rlimit before;
    put_file("share/f", bytes, 10);
    settle();
    int next = dup(files.folder);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit(RLIMIT_NOFILE, (rlim_t)next);
    uint8_t status = status_of("f");
    limit(RLIMIT_NOFILE, (rlim_t)next + 1); /* one at a time is all it takes */
    unsigned served = 0;
    for (int i = 0; i < 100; i++)
        served += status_of("f") == STATUS_OK && status_of("..") == STATUS_DENIED &&
                  status_of("none") == STATUS_NOT_FOUND;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, STATUS_FAILED);
    assert_int_equal(served, 100);
}

static void a_folder_that_is_none_is_refused(void **state)
{
    (void)state;
    struct files f;
    complained(files_open(&f, in_folder("none"), &why), LETHE_ERR_NOT_FOUND, "/none");
    complained(files_open(&f, in_folder("secret"), &why), LETHE_ERR_NOT_FOUND, "/secret");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_range_is_read),
        EACH(a_piece_is_digested),
        EACH(an_unknown_operation_is_bad),
        EACH(a_change_changes_the_version),
        EACH(what_has_just_changed_is_busy),
        EACH(what_is_not_there_is_not_found),
        EACH(nothing_outside_the_folder_is_served),
        EACH(only_regular_files_are_served),
        EACH(nothing_else_is_even_opened),
        EACH(what_may_not_be_read_is_denied),
        EACH(a_failure_of_ours_is_said),
        EACH(a_folder_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
