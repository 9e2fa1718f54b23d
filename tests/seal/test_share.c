/* seal/share: opens for its own session and as its own leg, while its key lives, and unchanged. */
#include "seal/test_support.h"

#include "seal/continuation.h"
#include "seal/share.h"

static struct rng rng;
static struct ring ring;
static uint8_t share[SHARE_BYTES], m[EXCHANGE_ID_BYTES], nonce[NONCE_BYTES];
static uint8_t secret[32], hash[32];

static int seal_one(void **state)
{
    (void)state;
    rng = rng_of(1);
    ring_of(&ring, &rng, 8, 15);
    rng_fill(&rng, m, sizeof m);
    rng_fill(&rng, nonce, sizeof nonce);
    rng_fill(&rng, secret, sizeof secret);
    rng_fill(&rng, hash, sizeof hash);
    share_seal(share, ring_find(&ring, 2, BORN_MS), nonce, m, LEG_MCELIECE, secret, hash);
    return 0;
}

static void refused(const struct ring *r, int64_t now_ms, uint8_t leg)
{
    uint8_t s[32], h[32];
    memset(s, 0xee, sizeof s);
    memset(h, 0xee, sizeof h);
    assert_int_equal(share_open(s, h, r, now_ms, m, leg, share), LETHE_ERR_CRYPTO);
    assert_true(bytes_are_zero(s, sizeof s));
    assert_true(bytes_are_zero(h, sizeof h));
}

static void opens_as_it_was_sealed(void **state)
{
    (void)state;
    uint8_t s[32], h[32];
    assert_int_equal(share[0], 2);
    assert_int_equal(share_open(s, h, &ring, BORN_MS, m, LEG_MCELIECE, share), LETHE_OK);
    assert_memory_equal(s, secret, sizeof s);
    assert_memory_equal(h, hash, sizeof h);
}

static void another_leg_is_refused(void **state)
{
    (void)state;
    for (unsigned leg = 0; leg < 256; leg++)
        if (leg != LEG_MCELIECE)
            refused(&ring, BORN_MS, (uint8_t)leg);
}

static void another_session_is_refused(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof m; bit++) {
        m[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused(&ring, BORN_MS, LEG_MCELIECE);
        m[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof share; bit++) {
        share[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused(&ring, BORN_MS, LEG_MCELIECE);
        share[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void dead_and_other_keys_open_nothing(void **state)
{
    (void)state;
    uint8_t s[32], h[32];
    struct ring other;
    int64_t death = ring_find(&ring, 2, BORN_MS)->born_ms + ring.life_ms;
    assert_int_equal(share_open(s, h, &ring, death - 1, m, LEG_MCELIECE, share), LETHE_OK);
    refused(&ring, death, LEG_MCELIECE);
    ring_of(&other, &rng, 8, 15);
    refused(&other, BORN_MS, LEG_MCELIECE);
    for (unsigned kid = 0; kid < 256; kid++) {
        share[0] = (uint8_t)kid;
        if (kid != 2)
            refused(&ring, BORN_MS, LEG_MCELIECE);
    }
}

/* A key of another purpose opens nothing, so a continuation is no share and a share no state. */
static void each_purpose_has_its_own_key(void **state)
{
    (void)state;
    for (int p = 0; p < RING_PURPOSES; p++) {
        struct ring shifted = ring;
        if (p == RING_SHARE)
            continue;
        memcpy(shifted.keys[2].sub[RING_SHARE], ring.keys[2].sub[p], 32);
        refused(&shifted, BORN_MS, LEG_MCELIECE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(opens_as_it_was_sealed, seal_one),
        cmocka_unit_test_setup(another_leg_is_refused, seal_one),
        cmocka_unit_test_setup(another_session_is_refused, seal_one),
        cmocka_unit_test_setup(every_flipped_bit_is_refused, seal_one),
        cmocka_unit_test_setup(dead_and_other_keys_open_nothing, seal_one),
        cmocka_unit_test_setup(each_purpose_has_its_own_key, seal_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
