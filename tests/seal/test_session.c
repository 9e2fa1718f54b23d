/* seal/session: how keys move, and that each input moves them elsewhere. */
#include "seal/test_support.h"

static uint8_t z[SESSION_KEY_BYTES], secret[2][32], hash[2][32], nonce[NONCE_BYTES];

static int draw(void **state)
{
    (void)state;
    struct rng rng = rng_of(1);
    rng_fill(&rng, z, sizeof z);
    rng_fill(&rng, secret, sizeof secret);
    rng_fill(&rng, hash, sizeof hash);
    rng_fill(&rng, nonce, sizeof nonce);
    return 0;
}

static void absorb(uint8_t out[32], uint8_t leg, const uint8_t s[32], const uint8_t h[32])
{
    uint8_t legs = 0;
    memcpy(out, z, sizeof z);
    session_absorb(out, &legs, leg, s, h);
    assert_int_equal(legs, 1u << leg);
    assert_memory_not_equal(out, z, sizeof z);
}

static void levels_count_the_set(void **state)
{
    (void)state;
    assert_int_equal(session_level(0), 1);
    assert_int_equal(session_level(LEG_BIT(LEG_SNTRUP)), 2);
    assert_int_equal(session_level(LEG_BIT(LEG_MCELIECE)), 1);
    assert_int_equal(session_level(LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE)), 3);
}

static void absorbing_sets_bits_and_depends_on_order(void **state)
{
    (void)state;
    uint8_t a[32], b[32], legs_a = 0, legs_b = 0;
    memcpy(a, z, sizeof z);
    memcpy(b, z, sizeof z);
    session_absorb(a, &legs_a, LEG_SNTRUP, secret[0], hash[0]);
    assert_int_equal(legs_a, LEG_BIT(LEG_SNTRUP));
    session_absorb(a, &legs_a, LEG_MCELIECE, secret[1], hash[1]);
    session_absorb(b, &legs_b, LEG_MCELIECE, secret[1], hash[1]);
    assert_int_equal(legs_b, LEG_BIT(LEG_MCELIECE));
    session_absorb(b, &legs_b, LEG_SNTRUP, secret[0], hash[0]);
    assert_int_equal(legs_a, 3);
    assert_int_equal(legs_b, 3);
    assert_memory_not_equal(a, b, sizeof a);
}

/* Whoever lacks any one of them does not have the key. */
static void absorbing_depends_on_every_bit(void **state)
{
    (void)state;
    uint8_t first[32], other[32];
    absorb(first, LEG_SNTRUP, secret[0], hash[0]);
    absorb(other, LEG_SNTRUP, secret[0], hash[0]);
    assert_memory_equal(first, other, 32);
    absorb(other, LEG_MCELIECE, secret[0], hash[0]);
    assert_memory_not_equal(first, other, 32);
    absorb(other, LEG_SNTRUP, hash[0], secret[0]);
    assert_memory_not_equal(first, other, 32);
    uint8_t *const inputs[] = {z, secret[0], hash[0]};
    for (int i = 0; i < 3; i++)
        for (size_t bit = 0; bit < 256; bit++) {
            inputs[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
            absorb(other, LEG_SNTRUP, secret[0], hash[0]);
            assert_memory_not_equal(first, other, 32);
            inputs[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
}

static void next_depends_on_every_bit(void **state)
{
    (void)state;
    uint8_t first[32], other[32];
    memcpy(first, z, sizeof z);
    session_next(first, nonce);
    assert_memory_not_equal(first, z, sizeof z);
    for (size_t bit = 0; bit < 8 * sizeof nonce; bit++) {
        nonce[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memcpy(other, z, sizeof z);
        session_next(other, nonce);
        assert_memory_not_equal(first, other, sizeof other);
        nonce[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 256; bit++) {
        memcpy(other, z, sizeof z);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        session_next(other, nonce);
        assert_memory_not_equal(first, other, sizeof other);
    }
}

static void directions_differ(void **state)
{
    (void)state;
    uint8_t client[32], server[32], again[32];
    keys_split(client, server, z);
    assert_memory_not_equal(client, server, 32);
    assert_memory_not_equal(client, z, 32);
    assert_memory_not_equal(server, z, 32);
    keys_split(again, server, z);
    assert_memory_equal(client, again, 32);
    z[0] ^= 1;
    keys_split(again, server, z);
    assert_memory_not_equal(client, again, 32);
}

static void an_address_is_named_whole(void **state)
{
    (void)state;
    uint8_t address[ADDRESS_BYTES] = {ADDRESS_FAMILY_V4}, first[ADDRESS_HASH_BYTES];
    uint8_t other[ADDRESS_HASH_BYTES];
    address_hash(first, address);
    for (size_t bit = 0; bit < 8 * sizeof address; bit++) {
        address[bit / 8] ^= (uint8_t)(1u << bit % 8);
        address_hash(other, address);
        assert_memory_not_equal(first, other, sizeof other);
        address[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(levels_count_the_set, draw),
        cmocka_unit_test_setup(absorbing_sets_bits_and_depends_on_order, draw),
        cmocka_unit_test_setup(absorbing_depends_on_every_bit, draw),
        cmocka_unit_test_setup(next_depends_on_every_bit, draw),
        cmocka_unit_test_setup(directions_differ, draw),
        cmocka_unit_test_setup(an_address_is_named_whole, draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
