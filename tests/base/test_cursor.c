/* base/cursor: nothing is read or written past the end, and one failure latches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/bytes.h"
#include "base/cursor.h"

static void reads_in_order_and_knows_the_end(void **state)
{
    (void)state;
    const uint8_t b[] = {1, 2, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 9, 9};
    struct reader r = reader_of(b, sizeof b);
    assert_int_equal(read8(&r), 1);
    assert_int_equal(read16(&r), 2);
    assert_int_equal(read32(&r), 3);
    assert_int_equal(read64(&r), 4);
    assert_false(reader_done(&r));
    size_t n;
    const uint8_t *rest = read_rest(&r, &n);
    assert_int_equal(n, 2);
    assert_ptr_equal(rest, b + 15);
    assert_true(reader_done(&r));
}

static void a_short_read_gives_zeros_and_latches(void **state)
{
    (void)state;
    const uint8_t b[] = {0xff, 0xff, 0xff};
    struct reader r = reader_of(b, sizeof b);
    assert_int_equal(read32(&r), 0);
    assert_int_equal(read8(&r), 0); /* a byte was there, but the cursor had failed */
    assert_null(read_span(&r, 0));
    uint8_t out[2] = {7, 7};
    read_bytes(&r, out, 2);
    assert_true(bytes_are_zero(out, 2));
    assert_false(reader_done(&r));
}

static void a_huge_length_does_not_wrap(void **state)
{
    (void)state;
    uint8_t b[4] = {0};
    struct reader r = reader_of(b, sizeof b);
    assert_null(read_span(&r, SIZE_MAX));
    struct writer w = writer_of(b, sizeof b);
    assert_null(write_span(&w, SIZE_MAX));
    assert_true(w.bad);
}

static void a_full_writer_writes_nothing_more(void **state)
{
    (void)state;
    uint8_t b[8];
    memset(b, 0xaa, sizeof b);
    struct writer w = writer_of(b, 5);
    write16(&w, 0x0102);
    write32(&w, 7); /* does not fit */
    write8(&w, 1);  /* would fit, but the cursor has failed */
    assert_true(w.bad);
    assert_int_equal(w.used, 2);
    for (int i = 2; i < 8; i++)
        assert_int_equal(b[i], 0xaa);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    uint8_t b[20];
    struct writer w = writer_of(b, sizeof b);
    write8(&w, 1);
    write16(&w, 515);
    write32(&w, 70000);
    write64(&w, 1ull << 40);
    write_zeros(&w, 3);
    write_bytes(&w, "ab", 2);
    assert_false(w.bad);
    assert_int_equal(w.used, 20);
    struct reader r = reader_of(b, w.used);
    assert_int_equal(read8(&r), 1);
    assert_int_equal(read16(&r), 515);
    assert_int_equal(read32(&r), 70000);
    assert_true(read64(&r) == 1ull << 40);
    assert_true(bytes_are_zero(read_span(&r, 3), 3));
    assert_memory_equal(read_span(&r, 2), "ab", 2);
    assert_true(reader_done(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_order_and_knows_the_end),
        cmocka_unit_test(a_short_read_gives_zeros_and_latches),
        cmocka_unit_test(a_huge_length_does_not_wrap),
        cmocka_unit_test(a_full_writer_writes_nothing_more),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
