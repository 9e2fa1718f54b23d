/* node/partial: one writer at a time, room before bytes, and the target only ever whole. */
#include "node/folder.h"

#include "crypto/hash.h"
#include "node/partial.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>

static struct partial a, b;
static uint8_t bytes[200000], buffer[200001];

/* What happens between open and flock, where another fetch may end. */
static bool other_ends;

__attribute__((visibility("default"))) int flock(int fd, int operation)
{
    if (other_ends)
        assert_int_equal(rename(in_folder("f.part"), in_folder("f")), 0);
    other_ends = false;
    return (int)syscall(SYS_flock, fd, operation);
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

/* Room is claimed, not only promised; what is beyond a smaller size is gone. */
static void resize_claims_room(void **state)
{
    (void)state;
    struct stat st;
    put_file("f.part", bytes, 1000);
    assert_int_equal(partial_open(&a, in_folder("f"), &why), LETHE_OK);
    struct fetch_store s = partial_store(&a);
    assert_int_equal(s.resize(s.context, 1 << 20), LETHE_OK);
    assert_int_equal(fstat(a.fd, &st), 0);
    assert_int_equal(st.st_size, 1 << 20);
    assert_true(st.st_blocks * 512 >= 1 << 20);
    assert_int_equal(s.resize(s.context, 500), LETHE_OK);
    assert_int_equal(s.resize(s.context, 1000), LETHE_OK);
    assert_int_equal(get_file("f.part", buffer, sizeof buffer), 1000);
    assert_memory_equal(buffer, bytes, 500); /* what was there stays */
    assert_true(bytes_are_zero(buffer + 500, 500));
    assert_int_equal(s.resize(s.context, 0), LETHE_OK);
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
    int resized = s.resize(s.context, 1 << 20), written = s.write(s.context, 4095, bytes, 2);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(resized, LETHE_ERR_NO_SPACE);
    complained(written, LETHE_ERR_NO_SPACE, "/f.part");
    partial_close(&a);
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
        EACH(resize_claims_room),
        EACH(a_full_disk_is_told_before_the_transfer),
        EACH(two_fetches_do_not_write_one_file),
        EACH(a_file_that_has_just_been_finished_is_not_written),
        EACH(what_is_no_regular_file_is_left_alone),
        EACH(names_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
