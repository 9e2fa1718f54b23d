/* wire/leg: LEG and its answer, header by header. */
#include "wire/test_support.h"

#include "wire/leg.h"

static uint8_t m[EXCHANGE_ID_BYTES], nonce[NONCE_BYTES];

static int decode_leg(const uint8_t *p, size_t n)
{
    struct leg l;
    return leg_decode(&l, p, n);
}

static int decode_legged(const uint8_t *p, size_t n)
{
    struct legged l;
    return legged_decode(&l, p, n);
}

static void leg_comes_back(void **state)
{
    (void)state;
    uint8_t packet[DATAGRAM_BYTES];
    struct leg l;
    number_bytes(m, sizeof m, 1);
    number_bytes(packet, sizeof packet, 2);
    leg_encode(packet, &(struct leg){.kid = 5, .leg = 200, .m = m});
    assert_int_equal(LEG_HEADER_BYTES, 19);
    assert_int_equal(LEG_BOX_BYTES, 1213);
    assert_int_equal(packet[0], KIND_LEG);
    assert_memory_equal(packet + 3, m, 16);
    assert_int_equal(packet[19], (uint8_t)(2 + 13 * 19));
    assert_int_equal(leg_decode(&l, packet, sizeof packet), LETHE_OK);
    assert_int_equal(l.kid, 5);
    assert_int_equal(l.leg, 200); /* the table of legs is kex/'s */
    assert_ptr_equal(l.m, packet + 3);
    assert_ptr_equal(l.box, packet + 19);

    only_this_length(decode_leg, packet, sizeof packet);
    only_these_values(decode_leg, packet, sizeof packet, 0, KIND_LEG, KIND_LEG + 1);
    only_these_values(decode_leg, packet, sizeof packet, 1, 0, KID_COUNT);
    only_these_values(decode_leg, packet, sizeof packet, 2, 0, 256);
}

static void legged_comes_back(void **state)
{
    (void)state;
    uint8_t packet[LEGGED_BYTES];
    struct legged l;
    number_bytes(nonce, sizeof nonce, 1);
    number_bytes(packet, sizeof packet, 2);
    legged_encode(packet, &(struct legged){.nonce = nonce});
    assert_int_equal(LEGGED_BYTES, 1 + 24 + 1160);
    assert_int_equal(packet[0], KIND_LEGGED);
    assert_memory_equal(packet + 1, nonce, 24);
    assert_int_equal(packet[25], (uint8_t)(2 + 13 * 25));
    assert_int_equal(legged_decode(&l, packet, sizeof packet), LETHE_OK);
    assert_ptr_equal(l.nonce, packet + 1);
    assert_ptr_equal(l.box, packet + 25);

    only_this_length(decode_legged, packet, sizeof packet);
    only_these_values(decode_legged, packet, sizeof packet, 0, KIND_LEGGED, KIND_LEGGED + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leg_comes_back),
        cmocka_unit_test(legged_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
