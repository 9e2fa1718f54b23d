/* client/source: the file of an upload: its content's hash, its pieces, and that it must rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "client/source.h"
#include "crypto/hash.h"
#include "lethe/error.h"

#define SIZE (PIECE_BYTES + 1000)

static struct source s;
static struct complaint why;
static char path[] = "/tmp/test_source.XXXXXX";
static uint8_t bytes[SIZE];

static void write_file(size_t n)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static int prepare(void **state)
{
    (void)state;
    strcpy(strrchr(path, '.'), ".XXXXXX");
    int fd = mkstemp(path);
    close(fd);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 13 + i / 100);
    write_file(SIZE);
    why.text[0] = 0;
    s.fd = -1;
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    source_close(&s);
    return unlink(path);
}

static void content_and_pieces_are_hashed(void **state)
{
    uint8_t h[HASH_BYTES], got[HASH_BYTES], part[100];
    (void)state;
    assert_int_equal(source_open(&s, path, -1, &why), LETHE_OK);
    assert_int_equal(s.size, SIZE);
    hash_of(h, "upload content", bytes, SIZE);
    assert_memory_equal(s.content, h, HASH_BYTES);
    const struct put_source c = source_callbacks(&s);
    assert_int_equal(c.digest(c.context, PIECE_BYTES, 1000, got), LETHE_OK);
    hash_of(h, "piece", bytes + PIECE_BYTES, 1000);
    assert_memory_equal(got, h, HASH_BYTES);
    assert_int_equal(c.read(c.context, 65500, part, sizeof part), LETHE_OK);
    assert_memory_equal(part, bytes + 65500, sizeof part);
    assert_int_equal(c.unchanged(c.context), LETHE_OK);
}

static void a_change_is_told(void **state)
{
    uint8_t part[100];
    (void)state;
    assert_int_equal(source_open(&s, path, -1, &why), LETHE_OK);
    const struct put_source c = source_callbacks(&s);
    const struct timespec earlier[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    assert_int_equal(utimensat(AT_FDCWD, path, earlier, 0), 0);
    assert_int_equal(c.unchanged(c.context), LETHE_ERR_CHANGED);
    assert_non_null(strstr(why.text, path));
    write_file(1000);
    assert_int_equal(c.unchanged(c.context), LETHE_ERR_CHANGED);
    assert_int_equal(c.read(c.context, 950, part, sizeof part), LETHE_ERR_CHANGED);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(source_open(&s, "/tmp", -1, &why), LETHE_ERR_USAGE);
    source_close(&s);
    assert_int_equal(source_open(&s, "/dev/zero", -1, &why), LETHE_ERR_USAGE);
    source_close(&s);
    assert_int_equal(source_open(&s, "/tmp/there/is/nothing", -1, &why), LETHE_ERR_NOT_FOUND);
    assert_true(why.text[0] != 0);
}

static void reading_can_be_interrupted(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(source_open(&s, path, ends[0], &why), LETHE_OK);
    source_close(&s);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(source_open(&s, path, ends[0], &why), LETHE_ERR_INTERRUPTED);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(content_and_pieces_are_hashed, prepare, tidy),
        cmocka_unit_test_setup_teardown(a_change_is_told, prepare, tidy),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, prepare, tidy),
        cmocka_unit_test_setup_teardown(reading_can_be_interrupted, prepare, tidy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
