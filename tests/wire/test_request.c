/* wire/request: the header's lengths; the body with every bound at its edge. */
#include "wire/test_support.h"

#include "wire/request.h"

#define OFFSET_MAX ((uint64_t)INT64_MAX - 65536)

static uint8_t continuation[CONTINUATION_BYTES], nonce[NONCE_BYTES];
static uint8_t shares[2][SHARE_BYTES], version[REQUEST_VERSION_BYTES], path[REQUEST_PATH_MAX + 1];
static uint8_t out[REQUEST_BODY_MAX];

/* Where fields lie: in the header, in the body. */
enum { NONCE_AT = 115, COUNT_AT = 139, SHARES_AT = 140 };
enum { OP_AT = 10, OFFSET_AT = 27, LENGTH_AT = 35, PATH_LEN_AT = 39, PATH_AT = 41 };

static int decode(const uint8_t *p, size_t n)
{
    struct request q;
    return request_decode(&q, p, n);
}

static int decode_body(const uint8_t *p, size_t n)
{
    struct request_body b;
    return request_body_decode(&b, p, n);
}

static struct request_body full_body(void)
{
    return (struct request_body){.renew = true,
                                 .generation = 0xab,
                                 .id = 0x0807060504030201,
                                 .op = OP_DIGEST,
                                 .version = version,
                                 .offset = OFFSET_MAX,
                                 .length = PIECE_BYTES,
                                 .path = path,
                                 .path_len = REQUEST_PATH_MAX};
}

static struct request_body small_body(void)
{
    return (struct request_body){.version = version, .op = OP_READ, .path = path, .path_len = 0};
}

static int number_all(void **state)
{
    (void)state;
    number_bytes(continuation, sizeof continuation, 1);
    number_bytes(nonce, sizeof nonce, 2);
    number_bytes(shares[0], sizeof shares[0], 3);
    number_bytes(shares[1], sizeof shares[1], 4);
    number_bytes(version, sizeof version, 5);
    number_bytes(path, sizeof path, 6);
    memset(out, 0xee, sizeof out);
    return 0;
}

static struct request header_of(uint8_t share_count)
{
    return (struct request){.continuation = continuation,
                            .nonce = nonce,
                            .share_count = share_count,
                            .shares = {{0, shares[0]}, {1, shares[1]}}};
}

static void the_header_comes_back(void **state)
{
    (void)state;
    uint8_t packet[DATAGRAM_BYTES + 1];
    struct request q = header_of(0);
    number_bytes(packet, sizeof packet, 7);
    request_encode(packet, &q);
    assert_int_equal(packet[0], KIND_REQUEST);
    assert_memory_equal(packet + 1, continuation, 114);
    assert_memory_equal(packet + NONCE_AT, nonce, 24);
    assert_int_equal(packet[COUNT_AT], 0);
    assert_int_equal(packet[SHARES_AT], (uint8_t)(7 + 13 * SHARES_AT)); /* as it was */
    for (size_t n = 0; n <= sizeof packet; n++)
        assert_int_equal(decode_exactly(decode, packet, sizeof packet, n),
                         n >= 256 && n <= 1232 ? LETHE_OK : LETHE_ERR_FORMAT);
    memset(&q, 0xee, sizeof q);
    assert_int_equal(request_decode(&q, packet, 300), LETHE_OK);
    assert_ptr_equal(q.continuation, packet + 1);
    assert_ptr_equal(q.nonce, packet + NONCE_AT);
    assert_int_equal(q.share_count, 0);
    assert_ptr_equal(q.box, packet + SHARES_AT);
    assert_int_equal(q.box_len, 300 - SHARES_AT);
    only_these_values(decode, packet, 300, 0, KIND_REQUEST, KIND_REQUEST + 1);
}

/* Legs are not judged here: what the session does not lack, the server refuses. */
static void shares_come_back_before_the_box(void **state)
{
    (void)state;
    for (uint8_t count = 0; count <= 2; count++) {
        uint8_t packet[DATAGRAM_BYTES] = {0};
        struct request q = header_of(count);
        size_t box = SHARES_AT + (size_t)count * 106;
        assert_int_equal(REQUEST_HEADER_BYTES(count), box);
        packet[box] = 0xee;
        request_encode(packet, &q);
        assert_int_equal(packet[box], 0xee);
        memset(&q, 0xee, sizeof q);
        assert_int_equal(request_decode(&q, packet, 400), LETHE_OK);
        assert_int_equal(q.share_count, count);
        for (int i = 0; i < count; i++) {
            assert_int_equal(q.shares[i].leg, i);
            assert_ptr_equal(q.shares[i].share, packet + SHARES_AT + 1 + i * 106);
            assert_memory_equal(q.shares[i].share, shares[i], SHARE_BYTES);
            only_these_values(decode, packet, 400, SHARES_AT + (size_t)i * 106, 0, 256);
        }
        assert_ptr_equal(q.box, packet + box);
        assert_int_equal(q.box_len, 400 - box);
    }
}

/* Behind the shares there is room for a tag, at every length; and there are two shares at most. */
static void shares_leave_room_for_a_box(void **state)
{
    (void)state;
    for (uint8_t count = 0; count <= 2; count++) {
        uint8_t packet[DATAGRAM_BYTES + 8] = {0};
        const struct request q = header_of(count);
        request_encode(packet, &q);
        size_t least = SHARES_AT + (size_t)count * 106 + 16;
        for (size_t n = 0; n <= sizeof packet; n++)
            assert_int_equal(decode_exactly(decode, packet, sizeof packet, n),
                             n >= 256 && n >= least && n <= 1232 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    uint8_t roomy[DATAGRAM_BYTES] = {KIND_REQUEST};
    only_these_values(decode, roomy, sizeof roomy, COUNT_AT, 0, 3);
    only_these_values(decode, roomy, 262, COUNT_AT, 0, 2);
    only_these_values(decode, roomy, 261, COUNT_AT, 0, 1); /* 15 bytes are no tag */
}

static void a_full_body_comes_back(void **state)
{
    (void)state;
    const struct request_body b = full_body();
    struct request_body got;
    size_t n = request_body_encode(out, sizeof out, &b);
    assert_int_equal(n, PATH_AT + 512);
    assert_int_equal(request_body_decode(&got, out, n), LETHE_OK);
    assert_true(got.renew);
    assert_int_equal(got.generation, b.generation);
    assert_true(got.id == b.id);
    assert_int_equal(got.op, OP_DIGEST);
    assert_memory_equal(got.version, version, sizeof version);
    assert_true(got.offset == OFFSET_MAX);
    assert_int_equal(got.length, PIECE_BYTES);
    assert_int_equal(got.path_len, REQUEST_PATH_MAX);
    assert_memory_equal(got.path, path, REQUEST_PATH_MAX);
    for (size_t len = 0; len < n; len++)
        assert_int_equal(decode_exactly(decode_body, out, n, len), LETHE_ERR_FORMAT);
}

/* So that the packet has REQUEST_MIN_BYTES; what follows the path is padding. */
static void a_small_body_is_padded(void **state)
{
    (void)state;
    struct request_body b = small_body(), got;
    size_t least = REQUEST_MIN_BYTES - REQUEST_HEADER_BYTES(0) - TAG_BYTES;
    for (uint16_t len = 0; len < 120; len++) {
        b.path_len = len;
        memset(out, 0xee, sizeof out);
        size_t n = request_body_encode(out, sizeof out, &b), used = PATH_AT + (size_t)len;
        assert_int_equal(n, used < least ? least : used);
        assert_true(bytes_are_zero(out + used, n - used));
        assert_int_equal(out[n], 0xee);
        assert_int_equal(request_body_decode(&got, out, n), LETHE_OK);
        assert_false(got.renew);
        assert_int_equal(got.path_len, len);
    }
}

static void fields_out_of_range_are_malformed(void **state)
{
    (void)state;
    const struct request_body b = small_body();
    size_t n = request_body_encode(out, sizeof out, &b);
    only_these_values(decode_body, out, n, 0, 0, 2);
    only_these_values(decode_body, out, n, OP_AT, 0, 256); /* unknown ones get STATUS_BAD */

    const struct {
        uint64_t value;
        int err;
    } offsets[] = {{OFFSET_MAX, LETHE_OK},
                   {OFFSET_MAX + 1, LETHE_ERR_FORMAT},
                   {INT64_MAX, LETHE_ERR_FORMAT},
                   {1ull << 63, LETHE_ERR_FORMAT},
                   {UINT64_MAX, LETHE_ERR_FORMAT}};
    for (size_t i = 0; i < 5; i++) {
        store64(out + OFFSET_AT, offsets[i].value);
        assert_int_equal(decode_body(out, n), offsets[i].err);
    }
    store64(out + OFFSET_AT, 0);
    const uint32_t lengths[] = {PIECE_BYTES, PIECE_BYTES + 1, 1u << 31, UINT32_MAX};
    for (size_t i = 0; i < 4; i++) {
        store32(out + LENGTH_AT, lengths[i]);
        assert_int_equal(decode_body(out, n), i == 0 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
}

static void a_long_path_is_malformed(void **state)
{
    (void)state;
    uint8_t body[1000] = {0};
    for (unsigned len = 0; len < 65536; len++) {
        store16(body + PATH_LEN_AT, (uint16_t)len);
        assert_int_equal(decode_body(body, sizeof body),
                         len <= REQUEST_PATH_MAX ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    /* A path that its length alone would allow, and that is not all there. */
    store16(body + PATH_LEN_AT, 500);
    assert_int_equal(decode_exactly(decode_body, body, sizeof body, PATH_AT + 500), LETHE_OK);
    assert_int_equal(decode_exactly(decode_body, body, sizeof body, PATH_AT + 499),
                     LETHE_ERR_FORMAT);
}

static void a_body_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    const struct request_body b = full_body(), small = small_body();
    size_t n = request_body_encode(out, sizeof out, &b);
    for (size_t room = 0; room < n; room++)
        assert_int_equal(request_body_encode(out, room, &b), 0);
    assert_int_equal(request_body_encode(out, n, &b), n);
    assert_int_equal(request_body_encode(out, 99, &small), 0); /* no room for the padding */
    assert_int_equal(request_body_encode(out, 100, &small), 100);
    /* The longest fits a packet that brings every share. */
    assert_true(n <= DATAGRAM_BYTES - REQUEST_HEADER_BYTES(REQUEST_SHARES_MAX) - TAG_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_header_comes_back, number_all),
        cmocka_unit_test_setup(shares_come_back_before_the_box, number_all),
        cmocka_unit_test_setup(shares_leave_room_for_a_box, number_all),
        cmocka_unit_test_setup(a_full_body_comes_back, number_all),
        cmocka_unit_test_setup(a_small_body_is_padded, number_all),
        cmocka_unit_test_setup(fields_out_of_range_are_malformed, number_all),
        cmocka_unit_test_setup(a_long_path_is_malformed, number_all),
        cmocka_unit_test_setup(a_body_that_does_not_fit_is_not_written, number_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
