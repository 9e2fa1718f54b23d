/* crypto/goppa_error: which seeds expand, and that every layout of e says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/goppa.h"
#include "crypto/init.h"
#include "crypto/rng.h"
#include "lethe/error.h"

static struct rng rng;

static int seed_rng(void **state)
{
    (void)state;
    const uint8_t seed[RNG_SEED_BYTES] = {42};
    rng_seed(&rng, seed);
    return 0;
}

static bool bit_of(const uint8_t *p, size_t i)
{
    return p[i / 8] >> i % 8 & 1;
}

static unsigned ones(const uint8_t *p, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < 8 * n; i++)
        sum += bit_of(p, i);
    return sum;
}

static void expand_good(struct goppa_error *e)
{
    uint8_t seed[32];
    do
        rng_fill(&rng, seed, sizeof seed);
    while (!goppa_error_expand(e, seed));
}

/* The answer is checked against the plainest search; the share of good seeds is the product of
 * (1 - i / 6960) for i < 119, which is 0.3628, and its standard deviation 0.0034. */
static void good_seeds_are_those_without_a_pair(void **state)
{
    (void)state;
    enum { SEEDS = 20000 };
    static unsigned seen[GOPPA_N];
    int good = 0;
    for (int n = 0; n < SEEDS; n++) {
        uint8_t seed[32];
        struct goppa_error e;
        bool pair = false, here[GOPPA_N] = {false};
        rng_fill(&rng, seed, sizeof seed);
        bool ok = goppa_error_expand(&e, seed);
        for (int i = 0; i < GOPPA_WEIGHT; i++) {
            assert_true(e.at[i] < GOPPA_N);
            pair |= here[e.at[i]];
            here[e.at[i]] = true;
            seen[e.at[i]]++;
        }
        assert_true(ok == !pair);
        good += ok;
    }
    assert_in_range(good, SEEDS * 3458 / 10000, SEEDS * 3798 / 10000);
    for (int i = 0; i < GOPPA_N; i++) /* 342 each, 18.5 a standard deviation: seven of them */
        assert_in_range(seen[i], 342 - 130, 342 + 130);
}

static void bits_are_the_positions(void **state)
{
    (void)state;
    for (int n = 0; n < 200; n++) {
        struct goppa_error e;
        uint8_t bits[GOPPA_ERROR_BYTES];
        expand_good(&e);
        goppa_error_bits(bits, &e);
        assert_int_equal(ones(bits, sizeof bits), GOPPA_WEIGHT);
        for (int i = 0; i < GOPPA_WEIGHT; i++)
            assert_true(bit_of(bits, e.at[i]));
    }
}

/* Both ends of every part: the identity's, each column group's, the vector's. */
static void set_edges(struct goppa_error *e)
{
    static const uint16_t edges[] = {0,    7,    8,    1535, 1536, 1546, 1547,
                                     1548, 1551, 1552, 2906, 2907, 4266, 4267,
                                     5626, 5627, 5628, 6943, 6944, 6958, 6959};
    const uint16_t n = sizeof edges / sizeof edges[0];
    for (uint16_t i = 0; i < GOPPA_WEIGHT; i++)
        e->at[i] = i < n ? edges[i] : (uint16_t)(100 + i);
}

static void check_parts(const struct goppa_error *e)
{
    uint8_t bits[GOPPA_ERROR_BYTES], columns[BLOCK_COL_BYTES], identity[GOPPA_SYNDROME_BYTES] = {0};
    goppa_error_bits(bits, e);
    goppa_syndrome_add_identity(identity, e);
    for (size_t i = 0; i < 8 * sizeof identity; i++)
        assert_true(bit_of(identity, i) == (i < GOPPA_ROWS && bit_of(bits, i)));
    unsigned total = ones(identity, sizeof identity);
    for (int group = 0; group < BLOCK_COL_GROUPS; group++) {
        memset(columns, 0xff, sizeof columns);
        goppa_error_columns(columns, e, group);
        total += ones(columns, sizeof columns);
        for (size_t i = 0; i < 8 * sizeof columns; i++) {
            size_t column = (size_t)group * 8 * BLOCK_COL_BYTES + i;
            bool want = column < GOPPA_COLS && bit_of(bits, GOPPA_ROWS + column);
            assert_true(bit_of(columns, i) == want);
        }
    }
    assert_int_equal(total, GOPPA_WEIGHT);
}

static void parts_are_the_bits(void **state)
{
    (void)state;
    struct goppa_error e;
    for (int n = 0; n < 100; n++) {
        expand_good(&e);
        check_parts(&e);
    }
    set_edges(&e);
    check_parts(&e);
}

static void identity_is_added_by_xor(void **state)
{
    (void)state;
    struct goppa_error e;
    uint8_t s[GOPPA_SYNDROME_BYTES], before[GOPPA_SYNDROME_BYTES];
    expand_good(&e);
    rng_fill(&rng, s, sizeof s);
    memcpy(before, s, sizeof s);
    goppa_syndrome_add_identity(s, &e);
    assert_memory_not_equal(s, before, sizeof s);
    goppa_syndrome_add_identity(s, &e);
    assert_memory_equal(s, before, sizeof s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_seeds_are_those_without_a_pair, seed_rng),
        cmocka_unit_test_setup(bits_are_the_positions, seed_rng),
        cmocka_unit_test_setup(parts_are_the_bits, seed_rng),
        cmocka_unit_test_setup(identity_is_added_by_xor, seed_rng),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
