/* crypto/rng: one stream for a seed however it is drawn, and no trace of it in the state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/init.h"
#include "crypto/rng.h"
#include "lethe/error.h"

static const uint8_t seed[RNG_SEED_BYTES] = {9, 8, 7, 0x55, 0x66, 0x77, 1, 2, 3, 4, 5, 6, 7, 8};

static bool holds(const struct rng *r, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i + n <= sizeof r->pool; i++)
        if (memcmp(r->pool + i, p, n) == 0)
            return true;
    return false;
}

static void draws_do_not_depend_on_their_sizes(void **state)
{
    (void)state;
    uint8_t want[5000], got[5000];
    struct rng r;
    rng_seed(&r, seed);
    rng_fill(&r, want, sizeof want);
    static const size_t sizes[] = {1, 7, 8, 31, 32, 33, 735, 736, 737, 768, 769, 1472, 2500};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        rng_seed(&r, seed);
        for (size_t at = 0; at < sizeof got; at += sizes[i]) {
            size_t left = sizeof got - at;
            rng_fill(&r, got + at, left < sizes[i] ? left : sizes[i]);
        }
        assert_memory_equal(got, want, sizeof want);
    }
    rng_seed(&r, seed);
    assert_true(rng_u64(&r) == load64(want));
    rng_fill(&r, got, 0);
    assert_true(rng_u64(&r) == load64(want + 8));
}

static void no_run_of_the_stream_comes_twice(void **state)
{
    (void)state;
    uint8_t out[4 * RNG_POOL_BYTES];
    struct rng r;
    rng_seed(&r, seed);
    rng_fill(&r, out, sizeof out);
    for (size_t i = 8; i + 8 <= sizeof out; i++)
        assert_memory_not_equal(out, out + i, 8);
    uint8_t other[RNG_SEED_BYTES] = {1};
    rng_seed(&r, other);
    uint8_t first[8];
    rng_fill(&r, first, sizeof first);
    assert_memory_not_equal(out, first, sizeof first);
}

static void the_state_forgets_what_it_gave(void **state)
{
    (void)state;
    uint8_t out[2000];
    struct rng r;
    rng_seed(&r, seed);
    assert_false(holds(&r, seed, 8));
    for (size_t n = 8; n <= sizeof out; n += 61) {
        rng_seed(&r, seed);
        rng_fill(&r, out, n);
        for (size_t i = 0; i + 8 <= n; i++)
            assert_false(holds(&r, out + i, 8));
        size_t given = n % (RNG_POOL_BYTES - RNG_SEED_BYTES);
        assert_int_equal(r.used, given ? RNG_SEED_BYTES + given : RNG_POOL_BYTES);
        assert_true(bytes_are_zero(r.pool + RNG_SEED_BYTES, r.used - RNG_SEED_BYTES));
    }
}

static void the_next_key_is_never_given(void **state)
{
    (void)state;
    uint8_t out[RNG_POOL_BYTES - RNG_SEED_BYTES], next[RNG_SEED_BYTES];
    struct rng r;
    rng_seed(&r, seed);
    memcpy(next, r.pool, sizeof next);
    rng_fill(&r, out, sizeof out);
    assert_memory_equal(r.pool, next, sizeof next);
    for (size_t i = 0; i + 8 <= sizeof out; i++)
        assert_memory_not_equal(out + i, next, 8);
    rng_u64(&r);
    assert_false(holds(&r, next, 8));
}

static void below_is_below_and_even(void **state)
{
    (void)state;
    enum { DRAWS = 60000, BOUND = 6 };
    unsigned seen[BOUND] = {0};
    struct rng r;
    rng_seed(&r, seed);
    for (int i = 0; i < DRAWS; i++)
        seen[rng_below(&r, BOUND)]++;
    for (int i = 0; i < BOUND; i++) /* 10000 each, 91 a standard deviation: five of them */
        assert_in_range(seen[i], 10000 - 457, 10000 + 457);
    for (int i = 0; i < 100; i++)
        assert_true(rng_below(&r, 1) == 0);
}

/* With 3 * 2^62 as the bound a quarter of all draws is rejected; without that a third of the
 * values, those below 2^62, would come up twice as often. */
static void below_is_even_for_a_huge_bound(void **state)
{
    (void)state;
    const uint64_t third = 1ull << 62;
    unsigned low = 0;
    struct rng r;
    rng_seed(&r, seed);
    for (int i = 0; i < 30000; i++) {
        uint64_t v = rng_below(&r, 3 * third);
        assert_true(v < 3 * third);
        low += v < third;
    }
    assert_in_range(low, 10000 - 408, 10000 + 408); /* 82 a standard deviation */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_do_not_depend_on_their_sizes),
        cmocka_unit_test(no_run_of_the_stream_comes_twice),
        cmocka_unit_test(the_state_forgets_what_it_gave),
        cmocka_unit_test(the_next_key_is_never_given),
        cmocka_unit_test(below_is_below_and_even),
        cmocka_unit_test(below_is_even_for_a_huge_bound),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
