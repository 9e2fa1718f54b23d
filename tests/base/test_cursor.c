/* base/cursor: nothing is read or written past the end, and one failure latches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

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

/* Reads one varint of n bytes where reading one byte more is an error; *used is how many it took,
 * 0 when it latched. */
static uint64_t varint_of(const uint8_t *p, size_t n, size_t *used)
{
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, p, n);
    struct reader r = reader_of(copy, n);
    uint64_t v = read_varint(&r);
    *used = r.bad ? 0 : n - r.left;
    if (r.bad) {
        assert_true(v == 0);
        assert_int_equal(r.left, 0);
        assert_int_equal(read8(&r), 0); /* for good */
    }
    free(copy);
    return v;
}

/* Every number of bytes, at both its ends, and a bit alone at every place. */
static const struct {
    uint64_t value;
    size_t n;
    uint8_t bytes[9];
} varints[] = {
    {0, 1, {0}},
    {1, 1, {1}},
    {0x7f, 1, {0x7f}},
    {0x80, 2, {0x80, 1}},
    {300, 2, {0xac, 2}},
    {0x3fff, 2, {0xff, 0x7f}},
    {0x4000, 3, {0x80, 0x80, 1}},
    {UINT32_MAX, 5, {0xff, 0xff, 0xff, 0xff, 0x0f}},
    {1ull << 32, 5, {0x80, 0x80, 0x80, 0x80, 0x10}},
    {(1ull << 56) - 1, 8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
    {1ull << 56, 9, {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}},
    {INT64_MAX, 9, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
};

static void varints_are_those_of_the_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof varints / sizeof varints[0]; i++) {
        uint8_t b[12];
        size_t n = varints[i].n, used;
        memset(b, 0xaa, sizeof b);
        struct writer w = writer_of(b, sizeof b);
        write_varint(&w, varints[i].value);
        assert_false(w.bad);
        assert_int_equal(w.used, n);
        assert_memory_equal(b, varints[i].bytes, n);
        assert_int_equal(b[n], 0xaa);
        assert_true(varint_of(b, sizeof b, &used) == varints[i].value);
        assert_int_equal(used, n); /* and not what follows */
        for (size_t cut = 0; cut < n; cut++) {
            (void)varint_of(b, cut, &used);
            assert_int_equal(used, 0);
        }
    }
}

static void every_length_of_a_varint_is_read(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 63; bit++)
        for (int less = 0; less <= 1; less++) {
            uint64_t v = (1ull << bit) - (uint64_t)less;
            uint8_t b[9];
            size_t used;
            struct writer w = writer_of(b, sizeof b);
            write_varint(&w, v);
            assert_int_equal(w.used, v == 0 ? 1 : 1 + (bit - (unsigned)less) / 7);
            assert_true(varint_of(b, w.used, &used) == v);
            assert_int_equal(used, w.used);
        }
}

/* One number has one form, and none is above 63 bits. */
static void other_forms_of_a_varint_latch(void **state)
{
    (void)state;
    for (size_t n = 2; n <= 12; n++) {
        uint8_t b[12];
        size_t used;
        memset(b, 0x80, sizeof b);
        b[n - 1] = 0; /* 0, or what has its low bits, with zeros above */
        (void)varint_of(b, sizeof b, &used);
        assert_int_equal(used, 0);
        b[0] = 0xff;
        (void)varint_of(b, sizeof b, &used);
        assert_int_equal(used, 0);
        b[n - 1] = 1;
        (void)varint_of(b, sizeof b, &used);
        assert_int_equal(used, n <= 9 ? n : 0);
    }
    uint8_t endless[12];
    size_t used;
    memset(endless, 0xff, sizeof endless);
    (void)varint_of(endless, sizeof endless, &used);
    assert_int_equal(used, 0);
    endless[9] = 0; /* the tenth byte adds nothing, and is one too many */
    (void)varint_of(endless, sizeof endless, &used);
    assert_int_equal(used, 0);
}

static void a_varint_is_written_whole_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof varints / sizeof varints[0]; i++)
        for (size_t room = 0; room < varints[i].n; room++) {
            uint8_t b[9];
            memset(b, 0xaa, sizeof b);
            struct writer w = writer_of(b, room);
            write_varint(&w, varints[i].value);
            assert_true(w.bad);
            assert_int_equal(w.used, 0);
            for (size_t at = 0; at < sizeof b; at++)
                assert_int_equal(b[at], 0xaa);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_order_and_knows_the_end),
        cmocka_unit_test(a_short_read_gives_zeros_and_latches),
        cmocka_unit_test(a_huge_length_does_not_wrap),
        cmocka_unit_test(a_full_writer_writes_nothing_more),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(varints_are_those_of_the_page),
        cmocka_unit_test(every_length_of_a_varint_is_read),
        cmocka_unit_test(other_forms_of_a_varint_latch),
        cmocka_unit_test(a_varint_is_written_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
