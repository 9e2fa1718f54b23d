/* seal/parked: what is parked opens while its slow key lives, unchanged, and gives no key away. */
#include "seal/test_support.h"

#include "seal/parked.h"

static struct rng rng;
static struct ring slow;
static struct parked parked;
static uint8_t z[SESSION_KEY_BYTES], m[EXCHANGE_ID_BYTES], nonce[NONCE_BYTES], sealed[PARKED_BYTES];

static int seal_one(void **state)
{
    (void)state;
    rng = rng_of(1);
    ring_init_slow(&slow);
    for (uint64_t e = 46; e <= 95; e++) { /* 48 live, two of them in the places of dead ones */
        uint8_t key[COOKIE_KEY_BYTES];
        rng_fill(&rng, key, sizeof key);
        ring_put(&slow, e, BORN_MS - (int64_t)(95 - e) * SLOW_PERIOD_MS, key);
    }
    rng_fill(&rng, z, sizeof z);
    rng_fill(&rng, m, sizeof m);
    rng_fill(&rng, nonce, sizeof nonce);
    parked_of(&parked, z, 3, m);
    parked_seal(sealed, &parked, ring_find(&slow, 47, BORN_MS), nonce);
    return 0;
}

static void refused(const struct ring *r, int64_t now_ms)
{
    struct parked p;
    memset(&p, 0xee, sizeof p);
    assert_int_equal(parked_open(&p, r, now_ms, sealed), LETHE_ERR_CRYPTO);
    assert_true(bytes_are_zero(&p, sizeof p));
}

static void opens_as_it_was_sealed(void **state)
{
    (void)state;
    struct parked p;
    assert_int_equal(sealed[0], 47);
    assert_memory_equal(sealed + 1, nonce, sizeof nonce);
    assert_int_equal(parked_open(&p, &slow, BORN_MS, sealed), LETHE_OK);
    assert_memory_equal(&p, &parked, sizeof p);
    assert_int_equal(p.legs, 3);
    assert_memory_equal(p.m, m, sizeof m);
}

/* A session's key is not in it, nor the key of any continuation after it. */
static void the_key_is_another(void **state)
{
    (void)state;
    struct parked other;
    uint8_t next[SESSION_KEY_BYTES];
    memcpy(next, z, sizeof next);
    session_next(next, nonce);
    assert_memory_not_equal(parked.key, z, sizeof z);
    assert_memory_not_equal(parked.key, next, sizeof next);
    parked_of(&other, next, 3, m);
    assert_memory_not_equal(other.key, parked.key, sizeof z);
}

static void lives_as_long_as_its_key(void **state)
{
    (void)state;
    struct parked p;
    const int64_t two_days = 48 * (int64_t)3600000;
    assert_int_equal(parked_open(&p, &slow, BORN_MS + two_days - 1, sealed), LETHE_OK);
    refused(&slow, BORN_MS + two_days);
    ring_expire(&slow, BORN_MS + two_days);
    for (int i = 0; i < RING_COUNT_MAX; i++)
        assert_true(bytes_are_zero(&slow.keys[i], sizeof slow.keys[i]));
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused(&slow, BORN_MS);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (unsigned kid = 0; kid < 256; kid++) {
        sealed[0] = (uint8_t)kid;
        if (kid != 47)
            refused(&slow, BORN_MS);
    }
}

/* Neither does another subkey of the slow key, nor a cookie key, nor an empty ring. */
static void another_key_opens_nothing(void **state)
{
    (void)state;
    struct ring ring;
    for (int p = 0; p < RING_PURPOSES; p++) {
        struct ring shifted = slow;
        if (p == RING_PARK)
            continue;
        memcpy(shifted.keys[47].sub[RING_PARK], slow.keys[47].sub[p], 32);
        refused(&shifted, BORN_MS);
    }
    ring_of(&ring, &rng, 40, 47);
    refused(&ring, BORN_MS);
    ring_init_slow(&slow);
    refused(&slow, BORN_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(opens_as_it_was_sealed, seal_one),
        cmocka_unit_test_setup(the_key_is_another, seal_one),
        cmocka_unit_test_setup(lives_as_long_as_its_key, seal_one),
        cmocka_unit_test_setup(every_flipped_bit_is_refused, seal_one),
        cmocka_unit_test_setup(another_key_opens_nothing, seal_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
