/* wire/request: the body with every bound at its edge, each value on either side. */
#include "wire/test_support.h"

#include "base/cursor.h"
#include "wire/request.h"

static uint8_t bytes[REQUEST_CALL_MAX], out[REQUEST_BODY_MAX];

/* Where fields lie: in a body without proof and handles, and in an item. */
enum { FLAGS_AT = 0, DATAGRAM_AT = 6, RUNS_AT = 8, HANDLES_AT = 9 };
enum { SHAPE = 4, HANDLE = 5, OFFSET = 6, LAST = 14 };

static int decode_body(const uint8_t *p, size_t n)
{
    struct request_body b;
    return request_body_decode(&b, p, n);
}

static int number_all(void **state)
{
    (void)state;
    number_bytes(bytes, sizeof bytes, 5);
    return 0;
}

/* The start of a body, up to the count of runs; what follows is the test's. */
static struct writer begin(uint8_t flags)
{
    struct writer w = writer_of(out, sizeof out);
    memset(out, 0, sizeof out);
    write8(&w, flags);
    write8(&w, 7);
    write32(&w, 8);
    write16(&w, DATAGRAM_BYTES);
    return w;
}

/* A body of one item and a call, whose flags and datagram may be anything. */
static size_t with_item_and_call(void)
{
    struct writer w = begin(REQUEST_CALL);
    write_bytes(&w, "\0\1\61\0", 4); /* no proof, a handle of 49 bytes */
    write_bytes(&w, bytes, 49);
    write_bytes(&w, "\1\1\0\0\0\1\0\0\0\0\0\0\0\0\0\1\0", 17);
    write_bytes(&w, "\0\0\0\0\0\0\0\0\377\1\0a", 12);
    assert_false(w.bad);
    return w.used;
}

enum { ITEM_AT = HANDLES_AT + 1 + 2 + 49 + 1, CALL_AT = ITEM_AT + 16 }; /* of it */

static void fixed_fields_have_their_ranges(void **state)
{
    (void)state;
    size_t n = with_item_and_call();
    only_these_values(decode_body, out, n, FLAGS_AT, 0, 64);
    for (size_t at = 1; at < DATAGRAM_AT; at++)
        only_these_values(decode_body, out, n, at, 0, 256);
    for (unsigned v = 0; v < 65536; v++) {
        store16(out + DATAGRAM_AT, (uint16_t)v);
        assert_int_equal(decode_body(out, n), v >= 1232 && v <= 8952 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
}

static int decode_runs(unsigned count, const char *gap, size_t gap_len)
{
    struct writer w = begin(0);
    write8(&w, (uint8_t)count);
    for (unsigned i = 0; i < count; i++) {
        write_bytes(&w, i + 1 == count ? gap : "\1", i + 1 == count ? gap_len : 1);
        write8(&w, 0);
    }
    if (count)
        write64(&w, 1);
    write_zeros(&w, 2);
    assert_false(w.bad);
    return decode_exactly(decode_body, out, w.used, w.used);
}

static void there_are_64_runs_at_most(void **state)
{
    (void)state;
    for (unsigned count = 0; count < 256; count++)
        assert_int_equal(decode_runs(count, "\1", 1), count <= 64 ? LETHE_OK : LETHE_ERR_FORMAT);
}

/* The first run may begin right above the base; another one not right above the one before, which
 * would be one run. */
static void runs_do_not_touch(void **state)
{
    (void)state;
    assert_int_equal(decode_runs(1, "\0", 1), LETHE_OK);
    for (unsigned count = 2; count <= 64; count++) {
        assert_int_equal(decode_runs(count, "\0", 1), LETHE_ERR_FORMAT);
        assert_int_equal(decode_runs(count, "\1", 1), LETHE_OK);
    }
    assert_int_equal(decode_runs(2, "\201\0", 2), LETHE_ERR_FORMAT); /* a long form of 1 */
    assert_int_equal(decode_runs(2, "\200\1", 2), LETHE_OK);
    assert_int_equal(decode_runs(2, "\200\200\200\200\200\200\200\200\200\1", 10),
                     LETHE_ERR_FORMAT);
}

static int decode_run(uint64_t gap, uint64_t length, size_t at)
{
    struct writer w = begin(0);
    write8(&w, 3);
    for (size_t i = 0; i < 3; i++) {
        write_varint(&w, i == at ? gap : 1);
        write_varint(&w, i == at ? length : 1);
    }
    write64(&w, 1);
    write_zeros(&w, 2);
    return decode_exactly(decode_body, out, w.used, w.used);
}

static void runs_and_gaps_have_32_bits(void **state)
{
    (void)state;
    const uint64_t most = UINT32_MAX;
    const uint64_t more[] = {1ull << 32, (1ull << 32) + 1, 1ull << 62, INT64_MAX};
    for (size_t at = 0; at < 3; at++) {
        assert_int_equal(decode_run(most, most, at), LETHE_OK);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(decode_run(more[i], 1, at), LETHE_ERR_FORMAT);
            assert_int_equal(decode_run(1, more[i], at), LETHE_ERR_FORMAT);
        }
    }
}

static void there_are_4_handles_at_most(void **state)
{
    (void)state;
    for (unsigned count = 0; count < 256; count++) {
        static uint8_t body[20000];
        struct writer w = writer_of(body, sizeof body);
        begin(0);
        write_bytes(&w, out, RUNS_AT);
        write8(&w, 0);
        write8(&w, (uint8_t)count);
        for (unsigned i = 0; i < count; i++) {
            write16(&w, 49);
            write_bytes(&w, bytes, 49);
        }
        write8(&w, 0);
        assert_false(w.bad);
        assert_int_equal(decode_exactly(decode_body, body, w.used, w.used),
                         count <= 4 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
}

static void handles_have_their_lengths(void **state)
{
    (void)state;
    static uint8_t body[66000] = {0};
    begin(0);
    memcpy(body, out, RUNS_AT);
    for (unsigned count = 1; count <= 4; count += 3)
        for (unsigned len = 0; len < 65536; len++) {
            const size_t others = (size_t)(count - 1) * 51, at = HANDLES_AT + 1 + others;
            memset(body + HANDLES_AT, 0, 400 + others);
            body[HANDLES_AT] = (uint8_t)count;
            for (unsigned i = 0; i + 1 < count; i++)
                body[HANDLES_AT + 1 + 51 * i] = 49;
            store16(body + at, (uint16_t)len);
            assert_int_equal(decode_body(body, sizeof body),
                             len >= 49 && len <= 305 ? LETHE_OK : LETHE_ERR_FORMAT);
            if (len == 305)
                assert_int_equal(decode_exactly(decode_body, body, sizeof body, at + 2 + 304),
                                 LETHE_ERR_FORMAT);
        }
}

static void there_are_32_items_at_most(void **state)
{
    (void)state;
    for (unsigned count = 0; count < 256; count++) {
        struct writer w = begin(REQUEST_CALL);
        write_zeros(&w, 2);
        write8(&w, (uint8_t)count);
        for (unsigned i = 0; i < count; i++)
            write_bytes(&w, "\1\0\0\0\1\376\0\0\0\0\0\0\0\0\1\0", 16);
        write_bytes(&w, "\0\0\0\0\0\0\0\0\377\0\0", 11);
        assert_false(w.bad);
        assert_int_equal(decode_exactly(decode_body, out, w.used, w.used),
                         count <= 32 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
}

static void items_have_their_ranges(void **state)
{
    (void)state;
    size_t n = with_item_and_call();
    for (size_t i = 0; i < 4; i++) {
        only_these_values(decode_body, out, n, ITEM_AT + i, i == 0, 256); /* first */
        out[ITEM_AT] = 0;
        out[ITEM_AT + i] = 1;
        assert_int_equal(decode_body(out, n), LETHE_OK);
        out[ITEM_AT + i] = 0;
        out[ITEM_AT] = 1;
    }
    for (unsigned shape = 0; shape < 256; shape++) {
        unsigned count = shape % 128;
        out[ITEM_AT + SHAPE] = (uint8_t)shape;
        assert_int_equal(decode_body(out, n),
                         count >= 1 && count <= 16 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    out[ITEM_AT + SHAPE] = 1;
    const uint64_t most = (uint64_t)INT64_MAX - (1 << 20);
    const uint64_t offsets[] = {most, most + 1, INT64_MAX, 1ull << 63, UINT64_MAX};
    for (size_t i = 0; i < 5; i++) {
        store64(out + ITEM_AT + OFFSET, offsets[i]);
        assert_int_equal(decode_body(out, n), i == 0 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    store64(out + ITEM_AT + OFFSET, 0);
    for (unsigned last = 0; last < 65536; last++) {
        store16(out + ITEM_AT + LAST, (uint16_t)last);
        assert_int_equal(decode_body(out, n), last > 0 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
}

/* An item's handle is one of the request's or what its call opens; a call's is one or none. */
static void handles_are_those_of_the_request(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 4; count++)
        for (unsigned flags = 0; flags <= REQUEST_FLAGS; flags++)
            for (unsigned handle = 0; handle < 256; handle++) {
                struct writer w = begin((uint8_t)flags);
                write8(&w, 0);
                write8(&w, (uint8_t)count);
                for (unsigned i = 0; i < count; i++) {
                    write16(&w, 49);
                    write_bytes(&w, bytes, 49);
                }
                write_bytes(&w, "\1\1\0\0\0\1", 6);
                write8(&w, (uint8_t)handle);
                write_bytes(&w, "\0\0\0\0\0\0\0\0\1\0", 10);
                size_t call_at = w.used;
                write_bytes(&w, "\0\0\0\0\0\0\0\0\0\0\0", 11);
                bool opened = handle == 254 && flags & REQUEST_CALL;
                assert_int_equal(decode_body(out, w.used),
                                 handle < count || opened ? LETHE_OK : LETHE_ERR_FORMAT);
                out[call_at - 11] = 0;
                out[call_at + 8] = (uint8_t)handle;
                bool fits =
                    handle < count || handle == 255 || handle == 253 || !(flags & REQUEST_CALL);
                assert_int_equal(decode_body(out, w.used), fits ? LETHE_OK : LETHE_ERR_FORMAT);
            }
}

static void without_handles_there_is_only_what_a_call_opens(void **state)
{
    (void)state;
    struct writer w = begin(REQUEST_CALL);
    write_zeros(&w, 2);
    write_bytes(&w, "\1\1\0\0\0\1\376\0\0\0\0\0\0\0\0\1\0", 17);
    write_bytes(&w, "\0\0\0\0\0\0\0\0\377\0\0", 11);
    const size_t item_handle = HANDLES_AT + 2 + HANDLE, call_handle = w.used - 3;
    only_these_values(decode_body, out, w.used, item_handle, HANDLE_OPENED, HANDLE_OPENED + 1);
    out[call_handle] = HANDLE_OPENED; /* which is for items */
    assert_int_equal(decode_body(out, w.used), LETHE_ERR_FORMAT);
    out[call_handle] = HANDLE_SERVER;
    assert_int_equal(decode_body(out, w.used), LETHE_OK);
    out[call_handle] = HANDLE_SERVER - 1;
    assert_int_equal(decode_body(out, w.used), LETHE_ERR_FORMAT);
    out[call_handle] = HANDLE_NONE;
    out[FLAGS_AT] = 0;
    assert_int_equal(decode_body(out, w.used), LETHE_ERR_FORMAT);
}

static void a_long_call_is_malformed(void **state)
{
    (void)state;
    static uint8_t body[66000];
    size_t n = with_item_and_call(), len_at = CALL_AT + 9;
    assert_int_equal(n, len_at + 3);
    memcpy(body, out, n);
    for (unsigned len = 0; len < 65536; len++) {
        store16(body + len_at, (uint16_t)len);
        assert_int_equal(decode_body(body, sizeof body), len <= 960 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    store16(body + len_at, 960);
    assert_int_equal(decode_exactly(decode_body, body, sizeof body, n - 1 + 960), LETHE_OK);
    assert_int_equal(decode_exactly(decode_body, body, sizeof body, n - 1 + 959), LETHE_ERR_FORMAT);
}

static void no_call_is_none(void **state)
{
    (void)state;
    struct request_body b;
    memset(&b, 0xee, sizeof b);
    size_t n = with_item_and_call();
    out[FLAGS_AT] = 0; /* what was the call is padding now */
    assert_int_equal(request_body_decode(&b, out, n), LETHE_OK);
    assert_true(b.call_id == 0 && b.sum == 0);
    assert_int_equal(b.call_handle, HANDLE_NONE);
    assert_null(b.call);
    assert_int_equal(b.call_len, 0);
    assert_int_equal(request_body_encode(out, sizeof out, 0, &b), CALL_AT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fixed_fields_have_their_ranges, number_all),
        cmocka_unit_test_setup(there_are_64_runs_at_most, number_all),
        cmocka_unit_test_setup(runs_do_not_touch, number_all),
        cmocka_unit_test_setup(runs_and_gaps_have_32_bits, number_all),
        cmocka_unit_test_setup(there_are_4_handles_at_most, number_all),
        cmocka_unit_test_setup(handles_have_their_lengths, number_all),
        cmocka_unit_test_setup(there_are_32_items_at_most, number_all),
        cmocka_unit_test_setup(items_have_their_ranges, number_all),
        cmocka_unit_test_setup(handles_are_those_of_the_request, number_all),
        cmocka_unit_test_setup(without_handles_there_is_only_what_a_call_opens, number_all),
        cmocka_unit_test_setup(a_long_call_is_malformed, number_all),
        cmocka_unit_test_setup(no_call_is_none, number_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
