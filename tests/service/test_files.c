/* service/files: the right bytes of the right version, or a status that says why not; nothing above
 * the folder, and nothing but regular files. */
#include "service/test_files_support.h"

static struct body body;

static void a_range_is_read(void **state)
{
    (void)state;
    put_file("share/f", bytes, 70000);
    settle();
    const size_t ranges[][2] = {{0, 1024},  {1, 1},    {69999, 1}, {69000, 1000}, {0, 0},
                                {70000, 0}, {5, 1157}, {3, 65536}, {68843, 1157}};
    assert_int_equal(open_body("f", &body), LETHE_STATUS_OK);
    assert_true(body.size == 70000);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        assert_int_equal(read_body_at(&body, ranges[i][0], ranges[i][1]), LETHE_STATUS_OK);
        assert_memory_equal(buffer, bytes + ranges[i][0], ranges[i][1]);
    }
}

/* A file with holes, so that it takes no room. */
static void offsets_pass_32_bits(void **state)
{
    (void)state;
    const uint64_t far = ((uint64_t)1 << 32) + 5000;
    put_file("share/f", bytes, 5000);
    int fd = open(in_folder("share/f"), O_WRONLY);
    assert_int_equal(pwrite(fd, bytes + 5000, 70000, (off_t)far), 70000);
    assert_int_equal(close(fd), 0);
    settle();
    assert_int_equal(open_body("f", &body), LETHE_STATUS_OK);
    assert_true(body.size == far + 70000);
    assert_int_equal(read_body_at(&body, far - 1000, 2000), LETHE_STATUS_OK);
    assert_true(bytes_are_zero(buffer, 1000));
    assert_memory_equal(buffer + 1000, bytes + 5000, 1000);
    assert_int_equal(read_body_at(&body, far + 69999, 1), LETHE_STATUS_OK);
    assert_memory_equal(buffer, bytes + 74999, 1);
    assert_int_equal(read_body_at(&body, far + 69999, 2), LETHE_STATUS_BAD);
    assert_int_equal(digest_of(&body, far, PIECE_BYTES), LETHE_STATUS_OK);
    digested(bytes + 5000, PIECE_BYTES);
}

/* The server does not ask so; if it did, it would be told. */
static void no_range_beyond_the_end_is_read(void **state)
{
    (void)state;
    put_file("share/f", bytes, 5000);
    settle();
    assert_int_equal(open_body("f", &body), LETHE_STATUS_OK);
    const struct {
        uint64_t offset;
        size_t n;
    } ranges[] = {{5000, 1}, {4999, 2}, {0, 5001}, {5001, 1}, {INT64_MAX, 9}, {UINT64_MAX, 2}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        assert_int_equal(read_body_at(&body, ranges[i].offset, ranges[i].n), LETHE_STATUS_BAD);
}

static void a_piece_is_digested(void **state)
{
    (void)state;
    put_file("share/f", bytes, sizeof bytes);
    settle();
    const size_t spans[][3] = {{0, PIECE_BYTES, PIECE_BYTES}, {65536, PIECE_BYTES, PIECE_BYTES},
                               {131072, PIECE_BYTES, 18928}, {7, 1, 1}, {150000, 5, 0},
                               {7, 0, 0}};
    assert_int_equal(open_body("f", &body), LETHE_STATUS_OK);
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        assert_int_equal(digest_of(&body, spans[i][0], (uint32_t)spans[i][1]), LETHE_STATUS_OK);
        digested(bytes + spans[i][0], spans[i][2]);
    }
    assert_int_equal(digest_of(&body, 150001, 5), LETHE_STATUS_OK);
    digested(bytes, 0);
}

/* An answer is no longer than what was paid for. */
static void a_digest_needs_its_room(void **state)
{
    (void)state;
    uint8_t request[FILES_REQUEST_MAX];
    const struct lethe_service service = files_service(&files);
    const struct files_request q = {.op = FILES_DIGEST, .length = 10};
    put_file("share/f", bytes, 5000);
    settle();
    assert_int_equal(open_body("f", &body), LETHE_STATUS_OK);
    const struct lethe_call call = {.request = request,
                                    .request_len = files_request_encode(request, 99, &q),
                                    .state = body.state,
                                    .state_len = body.state_len};
    for (size_t room = 30; room < 34; room++) {
        answer = (struct lethe_answer){.room = room};
        assert_int_equal(service.call(service.context, &call, &answer),
                         room < 32 ? LETHE_STATUS_BAD : LETHE_STATUS_OK);
        assert_int_equal(answer.len, room < 32 ? 0 : 32);
    }
}

static void what_makes_no_sense_is_bad(void **state)
{
    (void)state;
    uint8_t request[300] = {0};
    const struct lethe_service service = files_service(&files);
    const struct files_request digest = {.op = FILES_DIGEST, .length = 10},
                               commit = {.op = FILES_COMMIT}, write = {.op = FILES_WRITE};
    const struct lethe_call stateless = {.request = request, .request_len = 13, .state_len = 9};
    struct body none = {.state_len = 0}, row = {.state_len = 21, .state = {FILES_STATE_ROW}};
    put_file("share/f", bytes, 5000);
    settle();
    for (unsigned op = 0; op < 256; op++) {
        request[0] = (uint8_t)op; /* and zeros: a path is none, the rest is about no body */
        int expected = op == FILES_OPEN     ? LETHE_STATUS_NOT_FOUND
                       : op == FILES_CREATE ? LETHE_STATUS_DENIED
                                            : LETHE_STATUS_BAD;
        assert_int_equal(call_bytes(request, 30, NULL), expected);
    }
    assert_int_equal(call_bytes(request, 0, NULL), LETHE_STATUS_BAD);
    request[0] = FILES_OPEN;
    memset(request + 1, 'a', 299);
    assert_int_equal(call_bytes(request, 240, NULL), LETHE_STATUS_NOT_FOUND);
    assert_int_equal(call_bytes(request, 241, NULL), LETHE_STATUS_BAD); /* no state holds it */
    assert_int_equal(open_body("f", &body), LETHE_STATUS_OK);
    assert_int_equal(call_about(&digest, NULL), LETHE_STATUS_BAD);
    request[0] = FILES_DIGEST;
    memset(request + 1, 0, 12);
    assert_int_equal(service.call(&files, &stateless, &answer), LETHE_STATUS_BAD);
    assert_int_equal(call_about(&digest, &none), LETHE_STATUS_BAD);
    assert_int_equal(call_about(&digest, &row), LETHE_STATUS_BAD);
    assert_int_equal(call_about(&commit, &body), LETHE_STATUS_BAD);
    assert_int_equal(call_about(&write, &body), LETHE_STATUS_BAD);
    assert_int_equal(service.read(&files, none.state, 0, 0, buffer, 1), LETHE_STATUS_BAD);
    assert_int_equal(service.read(&files, row.state, 21, 0, buffer, 1), LETHE_STATUS_DENIED);
}

/* Every change makes another version, and says so to whoever holds the one before. */
static void a_change_changes_the_version(void **state)
{
    (void)state;
    struct body first, last, other;
    put_file("share/f", bytes, 5000);
    settle();
    assert_int_equal(open_body("f", &first), LETHE_STATUS_OK);
    assert_false(bytes_are_zero(first.version, sizeof first.version));
    assert_int_equal(still(&first), LETHE_STATUS_OK);
    assert_int_equal(open_body("f", &last), LETHE_STATUS_OK);
    assert_memory_equal(&last, &first, sizeof first);
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
        assert_int_equal(still(&first), LETHE_STATUS_CHANGED);
        assert_int_equal(still(&last), LETHE_STATUS_CHANGED);
        assert_int_equal(digest_of(&last, 0, 10), LETHE_STATUS_CHANGED);
        assert_int_equal(open_body("f", &other), LETHE_STATUS_OK);
        assert_memory_not_equal(other.version, first.version, sizeof first.version);
        assert_memory_not_equal(other.version, last.version, sizeof last.version);
        assert_int_equal(still(&other), LETHE_STATUS_OK); /* what is there now, it gives */
        last = other;
    }
    put_file("share/g", bytes, 5000);
    settle();
    assert_int_equal(open_body("g", &other), LETHE_STATUS_OK); /* of another file, another one */
    assert_memory_not_equal(other.version, last.version, sizeof last.version);
}

/* Two files of one size, made in one tick, differ by their inodes. */
static void files_of_one_moment_are_two_versions(void **state)
{
    (void)state;
    struct stat a, b;
    bool same = false;
    for (int i = 0; i < 1000 && !same; i++) {
        (void)unlink(in_folder("share/a")); /* a time that was looked at changes sooner */
        (void)unlink(in_folder("share/b"));
        close(creat(in_folder("share/a"), 0644));
        close(creat(in_folder("share/b"), 0644));
        assert_int_equal(stat(in_folder("share/a"), &a) | stat(in_folder("share/b"), &b), 0);
        same = a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
    }
    struct body other;
    assert_true(same);
    settle();
    assert_int_equal(open_body("a", &body), LETHE_STATUS_OK);
    assert_int_equal(open_body("b", &other), LETHE_STATUS_OK);
    assert_memory_not_equal(body.version, other.version, sizeof other.version);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What changed this very moment could change again unseen: it is neither opened nor read. */
static void what_has_just_changed_is_busy(void **state)
{
    (void)state;
    int quick = 0;
    put_file("share/f", bytes, 5000);
    settle();
    assert_int_equal(open_body("f", &body), LETHE_STATUS_OK);
    for (int i = 0; i < 100 && quick < 6; i++) {
        struct stat st;
        put_file("share/f", bytes, 5000);
        pause_ms(i % 2 ? 10 : 0); /* the first half of the time, too */
        int to_open = status_of("f"), to_read = still(&body), to_digest = digest_of(&body, 0, 9);
        int64_t asked = now_ns();
        assert_int_equal(stat(in_folder("share/f"), &st), 0);
        int64_t changed = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
        if (asked - changed > SETTLE_MS * 1000000)
            continue; /* a slow machine: either answer is right */
        assert_int_equal(to_open, LETHE_STATUS_BUSY);
        assert_int_equal(to_read, LETHE_STATUS_BUSY);
        assert_int_equal(to_digest, LETHE_STATUS_BUSY);
        quick++;
    }
    assert_int_equal(quick, 6);
    settle();
    assert_int_equal(status_of("f"), LETHE_STATUS_OK);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    static char name[FILES_PATH_MAX + 1];
    put_file("share/f", bytes, 10);
    assert_int_equal(symlink("nowhere", in_folder("share/dangling")), 0);
    settle();
    static const char *const paths[] = {"none", "f/x", "none/x", "", "F", "f ", "dangling"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_int_equal(status_of(paths[i]), LETHE_STATUS_NOT_FOUND);
    for (size_t n = 2; n <= 3; n++) /* a NUL ends no name here */
        assert_int_equal(open_path("f\0g", n, &body), LETHE_STATUS_NOT_FOUND);
    memset(name, 'a', FILES_PATH_MAX);
    assert_int_equal(status_of(name), LETHE_STATUS_NOT_FOUND);
    for (int i = 1; i < FILES_PATH_MAX; i += 2)
        name[i] = '/';
    assert_int_equal(status_of(name), LETHE_STATUS_NOT_FOUND);
    assert_int_equal(open_path("fxxx", 1, &body), LETHE_STATUS_OK); /* its length ends it */
    assert_int_equal(still(&body), LETHE_STATUS_OK);
}

/* The longest path that a state holds can be opened and read. */
static void a_long_path_is_served(void **state)
{
    (void)state;
    static char name[FILES_PATH_MAX + 1];
    (void)snprintf(name, sizeof name, "%0*d", FILES_PATH_MAX, 0);
    assert_int_equal(strlen(name), 239);
    char path[300];
    (void)snprintf(path, sizeof path, "share/%s", name);
    put_file(path, bytes, 10);
    settle();
    assert_int_equal(open_body(name, &body), LETHE_STATUS_OK);
    assert_int_equal(body.state_len, LETHE_STATE_BYTES);
    assert_int_equal(read_body_at(&body, 1, 9), LETHE_STATUS_OK);
    assert_memory_equal(buffer, bytes + 1, 9);
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
        assert_int_equal(status_of(paths[i]), LETHE_STATUS_DENIED);
    static const char *const good[] = {"d/f", "d//f", "./d/f", "d/../d/f", "inside"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(status_of(good[i]), LETHE_STATUS_OK);
}

static void only_regular_files_are_served(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("share/d"), 0755), 0);
    assert_int_equal(mkfifo(in_folder("share/pipe"), 0644), 0);
    if (geteuid() == 0)
        (void)mknod(in_folder("share/zero"), S_IFCHR | 0644, 1 << 8 | 5);
    settle();
    assert_int_equal(status_of("d"), LETHE_STATUS_DENIED);
    assert_int_equal(status_of("."), LETHE_STATUS_DENIED);
    assert_int_equal(status_of("d/"), LETHE_STATUS_DENIED);
    assert_int_equal(status_of("pipe"), LETHE_STATUS_DENIED);
    if (is_there("share/zero"))
        assert_int_equal(status_of("zero"), LETHE_STATUS_DENIED);
    put_file("share/empty", "", 0);
    settle();
    assert_int_equal(open_body("empty", &body), LETHE_STATUS_OK);
    assert_true(body.size == 0);
    assert_int_equal(read_body_at(&body, 0, 0), LETHE_STATUS_OK);
    assert_int_equal(digest_of(&body, 0, PIECE_BYTES), LETHE_STATUS_OK);
    digested("", 0);
}

/* Opening a device or a pipe may already do something. */
static void nothing_else_is_even_opened(void **state)
{
    (void)state;
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    assert_int_equal(mkfifo(in_folder("share/pipe"), 0644), 0);
    put_file("share/f", bytes, 10);
    settle();
    assert_true(inotify_add_watch(watch, in_folder("share/pipe"), IN_OPEN) >= 0);
    assert_int_equal(status_of("pipe"), LETHE_STATUS_DENIED);
    assert_int_equal(opened(watch), 0);
    assert_true(inotify_add_watch(watch, in_folder("share/f"), IN_OPEN) >= 0);
    assert_int_equal(status_of("f"), LETHE_STATUS_OK);
    assert_int_equal(opened(watch), 1);
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
    int denied = status_of("f"), served = status_of("g"), fine = files_check(&files);
    be_myself_again();
    assert_int_equal(denied, LETHE_STATUS_DENIED);
    assert_int_equal(served, LETHE_STATUS_OK);
    assert_int_equal(fine, LETHE_OK);
    assert_int_equal(chmod(in_folder("share"), 0), 0);
    be_nobody();
    denied = status_of("g");
    fine = files_check(&files);
    be_myself_again();
    assert_int_equal(chmod(in_folder("share"), 0755), 0);
    assert_int_equal(denied, LETHE_STATUS_DENIED);
    assert_int_equal(fine, LETHE_ERR_PERMISSION);
}

/* No descriptor is lost by many requests. */
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
    int status = status_of("f");
    limit(RLIMIT_NOFILE, (rlim_t)next + 2); /* the one that is kept and another is all it takes */
    unsigned served = 0;
    for (int i = 0; i < 100; i++)
        served += status_of("f") == LETHE_STATUS_OK && status_of("..") == LETHE_STATUS_DENIED &&
                  status_of("none") == LETHE_STATUS_NOT_FOUND;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, LETHE_STATUS_FAILED);
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
        EACH(offsets_pass_32_bits),
        EACH(no_range_beyond_the_end_is_read),
        EACH(a_piece_is_digested),
        EACH(a_digest_needs_its_room),
        EACH(what_makes_no_sense_is_bad),
        EACH(a_change_changes_the_version),
        EACH(files_of_one_moment_are_two_versions),
        EACH(what_has_just_changed_is_busy),
        EACH(what_is_not_there_is_not_found),
        EACH(a_long_path_is_served),
        EACH(nothing_outside_the_folder_is_served),
        EACH(only_regular_files_are_served),
        EACH(nothing_else_is_even_opened),
        EACH(what_may_not_be_read_is_denied),
        EACH(a_failure_of_ours_is_said),
        EACH(a_folder_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
