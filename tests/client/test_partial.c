/* client/partial: one writer at a time, room before bytes, and the target only ever whole. */
#include "store/folder.h"

#include "client/partial.h"
#include "crypto/hash.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

static struct partial a, b;
static uint8_t bytes[600000], buffer[600001];

/* What happens between open and flock, where another fetch may end. */
static bool other_ends;

__attribute__((visibility("default"))) int flock(int fd, int operation)
{
    if (other_ends)
        assert_int_equal(rename(in_folder("f.part"), in_folder("f")), 0);
    other_ends = false;
    return (int)syscall(SYS_flock, fd, operation);
}

/* How many writes there were; what the next one fails with, and how much one takes. */
static unsigned writes;
static int fail_with;
static size_t write_most = SIZE_MAX;

__attribute__((visibility("default"))) ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    errno = fail_with;
    fail_with = 0;
    writes++;
    n = n < write_most ? n : write_most;
    return errno ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, p, n, at);
}

/* What the file system says that it has, in all (0: it does not know) and for us. */
static uint64_t blocks = 1 << 20, room = UINT64_MAX;

__attribute__((visibility("default"))) int fstatvfs(int fd, struct statvfs *all)
{
    (void)fd;
    *all = (struct statvfs){.f_frsize = 4096, .f_blocks = blocks, .f_bavail = room / 4096};
    return 0;
}

/* As a fetch does whose bytes have not come with the size. */
static int set_size(struct partial *p, uint64_t size)
{
    const struct fetch_store s = partial_store(p);
    assert_int_equal(s.resize(s.context, size), LETHE_OK);
    return partial_settle(p);
}

static int prepare(void **state)
{
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    return make_folder(state);
}

static void a_fetch_takes_its_place_whole(void **state)
{
    (void)state;
    bool replaced = true;
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    assert_true(a.size == 0);
    assert_true(is_there("f.part"));
    struct fetch_store s = partial_store(&a);
    assert_int_equal(s.resize(s.context, sizeof bytes), LETHE_OK);
    for (size_t end = sizeof bytes; end > 0; end -= 1000) /* in any order */
        assert_int_equal(s.write(s.context, end - 1000, bytes + end - 1000, 1000), LETHE_OK);
    assert_false(is_there("f"));
    assert_int_equal(partial_finish(&a, &replaced, &why), LETHE_OK);
    assert_false(replaced);
    assert_int_equal(a.fd, -1);
    partial_close(&a);
    assert_int_equal(get_file("f", buffer, sizeof buffer), sizeof bytes);
    assert_memory_equal(buffer, bytes, sizeof bytes);
    assert_int_equal(entries("."), 1);
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    assert_int_equal(partial_finish(&a, &replaced, &why), LETHE_OK);
    assert_true(replaced);
    assert_int_equal(get_file("f", buffer, sizeof buffer), 0);
}

static void what_is_there_is_found_again(void **state)
{
    (void)state;
    put_file("f.part", bytes, 70000);
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    assert_true(a.size == 70000);
    struct fetch_store s = partial_store(&a);
    uint8_t got[32], expected[HASH_BYTES];
    const size_t spans[][2] = {{0, 65536}, {65536, 4464}, {5, 1}, {70000, 0}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(s.digest(s.context, spans[i][0], spans[i][1], got), LETHE_OK);
        hash_of(expected, "piece", bytes + spans[i][0], spans[i][1]);
        assert_memory_equal(got, expected, 32);
    }
    complained(s.digest(s.context, 65536, 4465, got), LETHE_ERR_INTERNAL, "/f.part");
    partial_close(&a); /* left for the next run */
    assert_int_equal(get_file("f.part", buffer, sizeof buffer), 70000);
    assert_memory_equal(buffer, bytes, 70000);
}

/* In a file with holes, which takes no room. */
static void offsets_pass_32_bits(void **state)
{
    (void)state;
    const uint64_t far = ((uint64_t)1 << 32) + 1000;
    uint8_t got[32], expected[HASH_BYTES];
    struct stat st;
    bool replaced;
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    struct fetch_store s = partial_store(&a);
    assert_int_equal(s.resize(s.context, far + 3000), LETHE_OK);
    assert_int_equal(s.write(s.context, 0, bytes, 1000), LETHE_OK);
    for (size_t at = 0; at < 3000; at += 1000)
        assert_int_equal(s.write(s.context, far + at, bytes + 1000 + at, 1000), LETHE_OK);
    assert_int_equal(s.digest(s.context, far, 3000, got), LETHE_OK);
    hash_of(expected, "piece", bytes + 1000, 3000);
    assert_memory_equal(got, expected, 32);
    assert_int_equal(partial_finish(&a, &replaced, &why), LETHE_OK);
    assert_int_equal(stat(in_folder("f"), &st), 0);
    assert_true((uint64_t)st.st_size == far + 3000);
    assert_int_equal(get_file("f", buffer, 5000), 5000); /* what is first is not written over */
    assert_memory_equal(buffer, bytes, 1000);
    assert_true(bytes_are_zero(buffer + 1000, 4000));
}

/* What is beyond a smaller size is gone, and nothing is written. */
static void resize_sets_the_size(void **state)
{
    (void)state;
    struct stat st;
    put_file("f.part", bytes, 1000);
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    assert_int_equal(set_size(&a, 1 << 20), LETHE_OK);
    assert_int_equal(fstat(a.fd, &st), 0);
    assert_int_equal(st.st_size, 1 << 20);
    assert_true(st.st_blocks * 512 < 1 << 20);
    assert_int_equal(set_size(&a, 500), LETHE_OK);
    assert_int_equal(set_size(&a, 1000), LETHE_OK);
    assert_int_equal(get_file("f.part", buffer, sizeof buffer), 1000);
    assert_memory_equal(buffer, bytes, 500); /* what was there stays */
    assert_true(bytes_are_zero(buffer + 500, 500));
    assert_int_equal(set_size(&a, 0), LETHE_OK);
    partial_close(&a); /* an empty one is nothing to keep */
    assert_int_equal(entries("."), 0);
    partial_close(&a); /* and twice is once */
}

static void a_full_disk_is_told_before_the_transfer(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    struct fetch_store s = partial_store(&a);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_FSIZE, 4096);
    int resized = set_size(&a, 1 << 20), written = s.write(s.context, 4095, bytes, 2);
    int flushed = s.write(s.context, 0, bytes, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(resized, LETHE_ERR_NO_SPACE);
    assert_int_equal(written, LETHE_OK); /* not yet on its way to the disk */
    complained(flushed, LETHE_ERR_NO_SPACE, "/f.part");
    partial_close(&a);
}

static struct fetch_store begin(size_t size)
{
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    struct fetch_store s = partial_store(&a);
    assert_int_equal(set_size(&a, size), LETHE_OK);
    writes = 0;
    return s;
}

/* The file is these bytes, so far as any were written. */
static void holds(const uint8_t *p, size_t n)
{
    assert_int_equal(get_file("f.part", buffer, sizeof buffer), n);
    assert_memory_equal(buffer, p, n);
}

/* A size that does not fit takes nothing: the disk is as it was, and what was here as well. What
 * the file has already need not be free. */
static void what_does_not_fit_takes_no_room(void **state)
{
    (void)state;
    struct stat st;
    put_file("f.part", bytes, 70000);
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    room = 1 << 20;
    complained(set_size(&a, (uint64_t)1 << 40), LETHE_ERR_NO_SPACE, "/f.part");
    complained(set_size(&a, (2 << 20)), LETHE_ERR_NO_SPACE, "/f.part");
    assert_int_equal(fstat(a.fd, &st), 0);
    assert_int_equal(st.st_size, 70000);
    partial_close(&a);
    holds(bytes, 70000);
    assert_int_equal(partial_open(&a, in_folder("g"), &why), LETHE_OK);
    const struct fetch_store s = partial_store(&a);
    assert_int_equal(s.resize(s.context, (1 << 20) + 4096), LETHE_OK);
    assert_int_equal(s.write(s.context, 0, bytes, 600), LETHE_OK);
    complained(partial_settle(&a), LETHE_ERR_NO_SPACE, "/g.part");
    partial_close(&a);
    assert_false(is_there("g.part"));
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    assert_int_equal(set_size(&a, (1 << 20) + 65536), LETHE_OK);
    blocks = 0; /* nothing is known */
    assert_int_equal(set_size(&a, 2 << 20), LETHE_OK);
    blocks = 1 << 20;
    room = UINT64_MAX;
    partial_close(&a);
}

/* Bytes that come with their size are kept without a word to the file, and so is the size. */
static void the_first_bytes_do_not_wait_for_the_file(void **state)
{
    (void)state;
    struct stat st;
    bool replaced;
    put_file("f.part", bytes + 5000, 1000);
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    const struct fetch_store s = partial_store(&a);
    assert_int_equal(s.resize(s.context, 700), LETHE_OK);
    assert_int_equal(s.write(s.context, 0, bytes, 600), LETHE_OK);
    assert_int_equal(fstat(a.fd, &st), 0);
    assert_int_equal(st.st_size, 1000);
    holds(bytes + 5000, 1000);
    assert_int_equal(partial_settle(&a), LETHE_OK);
    assert_int_equal(fstat(a.fd, &st), 0);
    assert_int_equal(st.st_size, 700);
    assert_int_equal(s.resize(s.context, 800), LETHE_OK); /* and the end does it, if need be */
    assert_int_equal(s.write(s.context, 100, bytes + 100, 500), LETHE_OK);
    assert_int_equal(partial_finish(&a, &replaced, &why), LETHE_OK);
    assert_int_equal(get_file("f", buffer, sizeof buffer), 800);
    assert_memory_equal(buffer, bytes + 5000, 100);
    assert_memory_equal(buffer + 100, bytes + 100, 500);
    assert_memory_equal(buffer + 600, bytes + 5600, 100);
    assert_true(bytes_are_zero(buffer + 700, 100));
}

/* What lies together goes to the disk together, and not before there is enough of it. */
static void neighbours_are_written_at_once(void **state)
{
    (void)state;
    const size_t size = sizeof bytes;
    struct fetch_store s = begin(size);
    assert_true(size > 2 * PARTIAL_AHEAD_BYTES);
    for (size_t at = 0; at < size; at += 1000)
        assert_int_equal(s.write(s.context, at, bytes + at, 1000), LETHE_OK);
    assert_int_equal(writes, 2);
    assert_true(a.ahead_len > 0);
    partial_close(&a);
    assert_int_equal(writes, 3);
    holds(bytes, size);
    s = begin(size);
    assert_int_equal(s.write(s.context, 7, bytes, PARTIAL_AHEAD_BYTES - 1), LETHE_OK);
    assert_int_equal(s.write(s.context, 6 + PARTIAL_AHEAD_BYTES, bytes, 1), LETHE_OK);
    assert_int_equal(writes, 0); /* exactly as many as there is room for */
    assert_int_equal(s.write(s.context, 7 + PARTIAL_AHEAD_BYTES, bytes, 1), LETHE_OK);
    assert_int_equal(writes, 1);
    partial_close(&a);
}

/* Whatever the order and however they overlap, the last writer of a byte wins. */
static void any_order_gives_the_same_file(void **state)
{
    (void)state;
    static uint8_t model[5000];
    struct fetch_store s = begin(sizeof model);
    uint32_t x = 1;
    memset(model, 0, sizeof model);
    for (int i = 0; i < 3000; i++) {
        static size_t at, n;
        x = x * 1664525u + 1013904223u;
        at = x >> 30 ? at + n : (x >> 8) % sizeof model; /* mostly the next ones */
        n = (x >> 4) % 300;
        if (at + n > sizeof model)
            at = 0;
        const uint8_t *from = bytes + (x >> 12) % 100000;
        memcpy(model + at, from, n);
        assert_int_equal(s.write(s.context, at, from, n), LETHE_OK);
        if (x >> 24 != 0)
            continue;
        uint8_t got[32], expected[32];
        assert_int_equal(s.digest(s.context, 0, sizeof model, got), LETHE_OK);
        hash_of(expected, "piece", model, sizeof model);
        assert_memory_equal(got, expected, 32);
    }
    partial_close(&a);
    holds(model, sizeof model);
}

static void a_digest_sees_what_was_written(void **state)
{
    (void)state;
    uint8_t got[32], expected[32];
    struct fetch_store s = begin(1000);
    assert_int_equal(s.write(s.context, 100, bytes, 900), LETHE_OK);
    assert_int_equal(s.digest(s.context, 100, 900, got), LETHE_OK);
    hash_of(expected, "piece", bytes, 900);
    assert_memory_equal(got, expected, 32);
    assert_int_equal(a.ahead_len, 0);
    partial_close(&a);
}

/* Bytes of a version that is over do not come up in the next. */
static void a_new_size_drops_what_was_not_written_yet(void **state)
{
    (void)state;
    struct fetch_store s = begin(1000);
    assert_int_equal(s.write(s.context, 0, bytes, 1000), LETHE_OK);
    assert_int_equal(s.resize(s.context, 500), LETHE_OK);
    assert_int_equal(s.write(s.context, 100, bytes, 50), LETHE_OK);
    partial_close(&a);
    assert_int_equal(get_file("f.part", buffer, sizeof buffer), 500);
    assert_true(bytes_are_zero(buffer, 100) && bytes_are_zero(buffer + 150, 350));
    assert_memory_equal(buffer + 100, bytes, 50);
}

/* A write that fails is told by the call that made it, whichever it is, and what was to be written
 * is kept: nothing is lost unless an error was returned. */
static void a_failed_write_is_told_and_loses_nothing(void **state)
{
    (void)state;
    bool replaced;
    uint8_t got[32];
    struct fetch_store s = begin(3000);
    assert_int_equal(s.write(s.context, 0, bytes, 1000), LETHE_OK);
    fail_with = ENOSPC;
    complained(s.write(s.context, 2000, bytes + 2000, 1000), LETHE_ERR_NO_SPACE, "/f.part");
    assert_int_equal(s.write(s.context, 2000, bytes + 2000, 1000), LETHE_OK);
    fail_with = EIO;
    complained(s.digest(s.context, 0, 10, got), LETHE_ERR_INTERNAL, "/f.part");
    assert_int_equal(s.digest(s.context, 2000, 10, got), LETHE_OK);
    assert_int_equal(s.write(s.context, 1000, bytes + 1000, 1000), LETHE_OK);
    fail_with = EDQUOT;
    complained(partial_finish(&a, &replaced, &why), LETHE_ERR_NO_SPACE, "/f.part");
    assert_false(is_there("f"));
    assert_true(a.fd >= 0);
    assert_int_equal(partial_finish(&a, &replaced, &why), LETHE_OK);
    assert_int_equal(get_file("f", buffer, sizeof buffer), 3000);
    assert_memory_equal(buffer, bytes, 3000);
}

/* What goes wrong at the end is told to who asked for the end. */
static void the_end_tells_its_own_caller(void **state)
{
    (void)state;
    bool replaced;
    struct complaint other = {.text = ""};
    struct fetch_store s = begin(10);
    assert_int_equal(s.write(s.context, 0, bytes, 10), LETHE_OK);
    fail_with = ENOSPC;
    assert_int_equal(partial_finish(&a, &replaced, &other), LETHE_ERR_NO_SPACE);
    assert_non_null(strstr(other.text, "/f.part"));
    assert_string_equal(why.text, "");
    partial_close(&a);
    holds(bytes, 10);
}

static void short_writes_go_on_where_they_ended(void **state)
{
    (void)state;
    struct fetch_store s = begin(100000);
    assert_int_equal(s.write(s.context, 0, bytes, 100000), LETHE_OK);
    write_most = 999;
    partial_close(&a);
    write_most = SIZE_MAX;
    assert_int_equal(writes, 101);
    holds(bytes, 100000);
}

/* The lock goes with the process that holds it, and with nothing else. */
static void two_fetches_do_not_write_one_file(void **state)
{
    (void)state;
    bool replaced;
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    complained(partial_open(&b, in_folder("f"), &why), LETHE_ERR_IN_USE, "/f.part");
    assert_int_equal(b.fd, -1);
    partial_close(&b); /* takes nothing away from the other */
    assert_true(is_there("f.part"));
    assert_int_equal(partial_open(&b, in_folder("g"), &why), LETHE_OK);
    partial_close(&b);
    struct fetch_store s = partial_store(&a);
    assert_int_equal(s.resize(s.context, 10), LETHE_OK);
    assert_int_equal(partial_finish(&a, &replaced, &why), LETHE_OK);
    assert_int_equal(partial_open(&b, in_folder("f"), &why), LETHE_OK);
    partial_close(&b);
}

/* The lock that is got then is one on the finished file. */
static void a_file_that_has_just_been_finished_is_not_written(void **state)
{
    (void)state;
    put_file("f.part", bytes, 1000);
    other_ends = true;
    complained(partial_open(&a, in_folder("f"), &why), LETHE_ERR_IN_USE, "/f");
    assert_false(other_ends);
    assert_int_equal(a.fd, -1);
    partial_close(&a);
    assert_int_equal(get_file("f", buffer, sizeof buffer), 1000);
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    assert_true(a.size == 0);
    partial_close(&a);
}

static void what_is_no_regular_file_is_left_alone(void **state)
{
    (void)state;
    bool replaced;
    assert_int_equal(mkdir(in_folder("d"), 0755), 0);
    complained(partial_open(&a, in_folder("d"), &why), LETHE_ERR_EXISTS, "/d");
    assert_int_equal(a.fd, -1);
    assert_int_equal(mkfifo(in_folder("p"), 0600), 0);
    complained(partial_open(&a, in_folder("p"), &why), LETHE_ERR_EXISTS, "/p");
    assert_false(is_there("d.part"));
    assert_int_equal(mkfifo(in_folder("q.part"), 0600), 0);
    complained(partial_open(&a, in_folder("q"), &why), LETHE_ERR_EXISTS, "/q.part");
    assert_int_equal(a.fd, -1);
    put_file("mine", bytes, 100);
    assert_int_equal(symlink("mine", in_folder("r.part")), 0);
    assert_true(partial_open(&a, in_folder("r"), &why) < 0);
    assert_int_equal(a.fd, -1);
    assert_int_equal(get_file("mine", buffer, sizeof buffer), 100);
    assert_int_equal(symlink("nothing", in_folder("s.part")), 0);
    assert_true(partial_open(&a, in_folder("s"), &why) < 0);
    assert_false(is_there("nothing")); /* nor made by way of a link */
    /* Even when it came while the fetch ran. */
    assert_int_equal(partial_open(&a, in_folder("late"), &why), LETHE_OK);
    assert_int_equal(mkdir(in_folder("late"), 0755), 0);
    complained(partial_finish(&a, &replaced, &why), LETHE_ERR_EXISTS, "/late");
    assert_true(is_there("late.part"));
    partial_close(&a);
}

static void names_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static char name[PARTIAL_PATH_BYTES];
    complained(partial_open(&a, "", &why), LETHE_ERR_USAGE, "empty");
    memset(name, 'a', PARTIAL_PATH_BYTES - 5); /* with ".part" there is no room for the NUL */
    complained(partial_open(&a, name, &why), LETHE_ERR_USAGE, "too long");
    assert_int_equal(a.fd, -1);
    complained(partial_open(&a, in_folder("no/f"), &why), LETHE_ERR_NOT_FOUND, "/no/f.part");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_fetch_takes_its_place_whole),
        EACH(what_is_there_is_found_again),
        EACH(offsets_pass_32_bits),
        EACH(resize_sets_the_size),
        EACH(a_full_disk_is_told_before_the_transfer),
        EACH(what_does_not_fit_takes_no_room),
        EACH(the_first_bytes_do_not_wait_for_the_file),
        EACH(neighbours_are_written_at_once),
        EACH(any_order_gives_the_same_file),
        EACH(a_digest_sees_what_was_written),
        EACH(a_new_size_drops_what_was_not_written_yet),
        EACH(a_failed_write_is_told_and_loses_nothing),
        EACH(the_end_tells_its_own_caller),
        EACH(short_writes_go_on_where_they_ended),
        EACH(two_fetches_do_not_write_one_file),
        EACH(a_file_that_has_just_been_finished_is_not_written),
        EACH(what_is_no_regular_file_is_left_alone),
        EACH(names_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
