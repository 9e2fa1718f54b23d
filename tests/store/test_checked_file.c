/* store/checked_file: a body comes back as it was written, or not at all; what is damaged, cut
 * short, too long or erased is told apart, and nothing of it is left in the caller's hands. */
#include "store/folder.h"

#include "store/checked_file.h"

#define BODY       100
#define FILE_BYTES (11 + BODY + 32)

static const struct checked_file kind = {"lethe test\n", "test file", BODY, "do this"};
static uint8_t body[BODY], got[BODY], bytes[FILE_BYTES + 1];

static int prepare(void **state)
{
    int err = make_folder(state);
    for (int i = 0; i < BODY; i++)
        body[i] = (uint8_t)(i + 1);
    if (checked_file_write(&kind, in_folder("x"), body, &why) != LETHE_OK)
        return -1;
    (void)get_file("x", bytes, sizeof bytes);
    return err;
}

/* By name, and through a descriptor: the same. */
static int read_both(const struct checked_file *f)
{
    uint8_t other[BODY];
    memset(got, 0xee, sizeof got);
    memset(other, 0xee, sizeof other);
    const char *path = in_folder("x");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    int through = checked_file_read_open(f, fd, path, other, &why);
    assert_int_equal(close(fd), 0);
    assert_int_equal(checked_file_read(f, path, got, &why), through);
    assert_memory_equal(got, other, sizeof got);
    return through;
}

static void refused(int expected, const char *words)
{
    complained(read_both(&kind), expected, words);
    assert_true(bytes_are_zero(got, sizeof got));
}

static void a_body_comes_back(void **state)
{
    (void)state;
    assert_int_equal(checked_file_bytes(&kind), FILE_BYTES);
    assert_int_equal(get_file("x", bytes, sizeof bytes), FILE_BYTES);
    assert_memory_equal(bytes, kind.magic, 11);
    assert_memory_equal(bytes + 11, body, BODY);
    assert_int_equal(permissions("x"), 0600);
    assert_int_equal(read_both(&kind), LETHE_OK);
    assert_memory_equal(got, body, BODY);
    complained(checked_file_damaged(&kind, "this", &why), LETHE_ERR_FORMAT,
               "this is damaged; do this");
}

static void every_bit_counts(void **state)
{
    (void)state;
    for (size_t at = 0; at < FILE_BYTES; at++) {
        bytes[at] ^= (uint8_t)(1u << at % 8);
        put_file("x", bytes, FILE_BYTES);
        refused(LETHE_ERR_FORMAT, "is damaged; do this");
        bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    put_file("x", bytes, FILE_BYTES);
    assert_int_equal(read_both(&kind), LETHE_OK);
}

static void no_other_length_will_do(void **state)
{
    (void)state;
    for (size_t n = 0; n <= sizeof bytes; n++) {
        put_file("x", bytes, n);
        if (n != FILE_BYTES)
            refused(LETHE_ERR_FORMAT, "/x has");
    }
}

/* A hash under another label, and a magic that is another's though the hash is right. */
static void another_kind_is_refused(void **state)
{
    (void)state;
    struct checked_file other = kind;
    other.label = "another";
    complained(read_both(&other), LETHE_ERR_FORMAT, "is damaged");
    other = kind;
    other.magic = "lethe best\n";
    complained(read_both(&other), LETHE_ERR_FORMAT, "is damaged");
    assert_int_equal(checked_file_write(&other, in_folder("x"), body, &why), LETHE_OK);
    assert_int_equal(read_both(&other), LETHE_OK);
    refused(LETHE_ERR_FORMAT, "is damaged");
}

/* A reader may have opened the file just before another took its place. */
static void one_that_was_erased_is_none(void **state)
{
    (void)state;
    int fd = open(in_folder("x"), O_RDONLY | O_CLOEXEC);
    body[0] = 77;
    assert_int_equal(checked_file_write(&kind, in_folder("x"), body, &why), LETHE_OK);
    complained(checked_file_read_open(&kind, fd, "x", got, &why), LETHE_ERR_NOT_FOUND,
               "x was erased");
    assert_true(bytes_are_zero(got, sizeof got));
    close(fd);
    assert_int_equal(read_both(&kind), LETHE_OK);
    assert_memory_equal(got, body, BODY);
}

static void others_may_not_read_it(void **state)
{
    (void)state;
    assert_int_equal(chmod(in_folder("x"), 0640), 0);
    refused(LETHE_ERR_PERMISSION, "chmod 600");
    assert_int_equal(unlink(in_folder("x")), 0);
    complained(checked_file_read(&kind, in_folder("x"), got, &why), LETHE_ERR_NOT_FOUND, "/x");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_body_comes_back),           EACH(every_bit_counts),
        EACH(no_other_length_will_do),     EACH(another_kind_is_refused),
        EACH(one_that_was_erased_is_none), EACH(others_may_not_read_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
