/* wire/accept: header and body, one length, eight names of keys. */
#include "wire/test_support.h"

#include "wire/accept.h"

static uint8_t packet[DATAGRAM_BYTES], m[EXCHANGE_ID_BYTES], server[ACCEPT_SERVER_BYTES];
static uint8_t k1[ACCEPT_KEY_BYTES], continuation[CONTINUATION_BYTES];
static uint8_t transport[TRANSPORT_BYTES], pass[ACCEPT_PASS_BYTES];

static int decode(const uint8_t *p, size_t n)
{
    struct accept a;
    return accept_decode(&a, p, n);
}

static int encode_one(void **state)
{
    (void)state;
    number_bytes(m, sizeof m, 1);
    number_bytes(server, sizeof server, 2);
    number_bytes(k1, sizeof k1, 3);
    number_bytes(continuation, sizeof continuation, 4);
    number_bytes(packet, sizeof packet, 5);
    number_bytes(transport, sizeof transport, 6);
    number_bytes(pass, sizeof pass, 7);
    accept_encode(packet, &(struct accept){.kid = 7, .m = m, .server = server});
    return 0;
}

static void the_header_comes_back(void **state)
{
    (void)state;
    struct accept a;
    assert_int_equal(packet[0], KIND_ACCEPT);
    assert_int_equal(packet[1], 7);
    assert_memory_equal(packet + 2, m, 16);
    assert_memory_equal(packet + 18, server, 32);
    assert_int_equal(packet[50], (uint8_t)(5 + 13 * 50)); /* the box is the caller's */
    assert_int_equal(ACCEPT_BOX_BYTES, 1182);
    assert_int_equal(accept_decode(&a, packet, sizeof packet), LETHE_OK);
    assert_int_equal(a.kid, 7);
    assert_ptr_equal(a.m, packet + 2);
    assert_ptr_equal(a.server, packet + 18);
    assert_ptr_equal(a.box, packet + 50);
}

static void other_lengths_kinds_and_kids_are_malformed(void **state)
{
    (void)state;
    only_this_length(decode, packet, sizeof packet);
    only_these_values(decode, packet, sizeof packet, 0, KIND_ACCEPT, KIND_ACCEPT + 1);
    only_these_values(decode, packet, sizeof packet, 1, 0, KID_COUNT);
}

static int decode_body(const uint8_t *p, size_t n)
{
    struct accept_body b;
    return accept_body_decode(&b, p, n);
}

static void the_body_comes_back_and_the_rest_is_zeros(void **state)
{
    (void)state;
    uint8_t body[ACCEPT_BODY_BYTES];
    struct accept_body b;
    memset(body, 0xee, sizeof body);
    accept_body_encode(
        body, &(struct accept_body){
                  .k1 = k1, .continuation = continuation, .transport = transport, .pass = pass});
    assert_int_equal(accept_body_decode(&b, body, sizeof body), LETHE_OK);
    assert_ptr_equal(b.k1, body);
    assert_ptr_equal(b.continuation, body + 32);
    assert_ptr_equal(b.transport, body + 32 + 197);
    assert_memory_equal(b.k1, k1, sizeof k1);
    assert_memory_equal(b.continuation, continuation, sizeof continuation);
    assert_memory_equal(b.transport, transport, sizeof transport);
    assert_ptr_equal(b.pass, body + 288);
    assert_memory_equal(b.pass, pass, sizeof pass);
    assert_true(bytes_are_zero(body + 352, sizeof body - 352));
}

/* What follows the pass is room for an early answer: only a short body is malformed. */
static void a_short_body_is_malformed(void **state)
{
    (void)state;
    uint8_t body[ACCEPT_BODY_BYTES] = {0};
    for (size_t n = 0; n <= sizeof body; n++)
        assert_int_equal(decode_exactly(decode_body, body, sizeof body, n),
                         n < 352 ? LETHE_ERR_FORMAT : LETHE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_header_comes_back, encode_one),
        cmocka_unit_test_setup(other_lengths_kinds_and_kids_are_malformed, encode_one),
        cmocka_unit_test_setup(the_body_comes_back_and_the_rest_is_zeros, encode_one),
        cmocka_unit_test(a_short_body_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
