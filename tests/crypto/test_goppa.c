/*
 * crypto/goppa: 884 partial products, masked and unmasked, are a Classic McEliece ciphertext.
 * libmceliece, which knows nothing of blocks, decapsulates it to the key that we derive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/goppa.h"
#include "crypto/init.h"
#include "crypto/kem.h"
#include "crypto/rng.h"
#include "lethe/error.h"

static uint8_t pk[MCELIECE_PUBLIC_BYTES], sk[MCELIECE_SECRET_BYTES];
static struct rng rng;

static int setup(void **state)
{
    (void)state;
    const uint8_t seed[RNG_SEED_BYTES] = {21};
    rng_seed(&rng, seed);
    mceliece_keypair(pk, sk);
    return 0;
}

static void expand_good(struct goppa_error *e)
{
    uint8_t seed[32];
    do
        rng_fill(&rng, seed, sizeof seed);
    while (!goppa_error_expand(e, seed));
}

static bool bit_of(const uint8_t *p, size_t i)
{
    return p[i / 8] >> i % 8 & 1;
}

/* What the server answers at a position. */
static uint8_t answer(const struct goppa_error *e, int position, uint8_t mask)
{
    uint8_t block[BLOCK_BYTES], columns[BLOCK_COL_BYTES];
    goppa_block(block, pk, position);
    goppa_error_columns(columns, e, position % BLOCK_COL_GROUPS);
    uint8_t bits = goppa_block_product(block, columns);
    assert_true(bits < 0x80);
    return bits ^ mask;
}

static void assembled_products_decapsulate(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        struct goppa_error e;
        uint8_t c[GOPPA_SYNDROME_BYTES] = {0}, ours[32], theirs[MCELIECE_KEY_BYTES];
        expand_good(&e);
        for (int position = 0; position < BLOCK_COUNT; position++)
            goppa_syndrome_add(c, position / BLOCK_COL_GROUPS, answer(&e, position, 0));
        goppa_syndrome_add_identity(c, &e);
        assert_true(goppa_syndrome_canonical(c));
        goppa_session_key(ours, &e, c);
        assert_int_equal(mceliece_dec(theirs, c, sk), LETHE_OK);
        assert_memory_equal(ours, theirs, sizeof ours);

        c[n * 70] ^= 2; /* another syndrome is another key */
        assert_int_equal(mceliece_dec(theirs, c, sk), LETHE_OK);
        assert_memory_not_equal(ours, theirs, sizeof ours);
    }
}

/* The client adds four masked answers a row group; the server takes the masks away from the sum
 * and adds the identity: the order of XOR does not matter. */
static void masks_cancel(void **state)
{
    (void)state;
    struct goppa_error e;
    uint8_t masks[BLOCK_COUNT], sum[GOPPA_SYNDROME_BYTES] = {0}, plain[GOPPA_SYNDROME_BYTES] = {0};
    expand_good(&e);
    rng_fill(&rng, masks, sizeof masks);
    for (int position = BLOCK_COUNT - 1; position >= 0; position--) {
        uint8_t mask = masks[position] & 0x7f;
        goppa_syndrome_add(sum, position / BLOCK_COL_GROUPS, answer(&e, position, mask));
        goppa_syndrome_add(plain, position / BLOCK_COL_GROUPS, answer(&e, position, 0));
    }
    assert_memory_not_equal(sum, plain, sizeof sum);
    goppa_syndrome_add_identity(sum, &e);
    for (int position = 0; position < BLOCK_COUNT; position++)
        goppa_syndrome_add(sum, position / BLOCK_COL_GROUPS, masks[position]);
    goppa_syndrome_add_identity(plain, &e);
    assert_memory_equal(sum, plain, sizeof sum);
    uint8_t ours[32], theirs[MCELIECE_KEY_BYTES];
    goppa_session_key(ours, &e, sum);
    assert_int_equal(mceliece_dec(theirs, sum, sk), LETHE_OK);
    assert_memory_equal(ours, theirs, sizeof ours);
}

static void a_product_is_the_parity_of_each_row(void **state)
{
    (void)state;
    for (int n = 0; n < 200; n++) {
        uint8_t block[BLOCK_BYTES], columns[BLOCK_COL_BYTES];
        rng_fill(&rng, block, sizeof block);
        rng_fill(&rng, columns, sizeof columns);
        uint8_t want = 0;
        for (size_t r = 0; r < BLOCK_ROWS; r++)
            for (size_t i = 0; i < 8 * BLOCK_COL_BYTES; i++)
                if (bit_of(block + r * BLOCK_COL_BYTES, i) && bit_of(columns, i))
                    want ^= (uint8_t)(1u << r);
        assert_int_equal(goppa_block_product(block, columns), want);
    }
}

static void every_bit_of_a_block_counts(void **state)
{
    (void)state;
    uint8_t block[BLOCK_BYTES] = {0}, columns[BLOCK_COL_BYTES];
    memset(columns, 0xff, sizeof columns);
    for (size_t i = 0; i < 8 * sizeof block; i++) {
        block[i / 8] = (uint8_t)(1u << i % 8);
        assert_int_equal(goppa_block_product(block, columns), 1u << i / (8 * BLOCK_COL_BYTES));
        block[i / 8] = 0;
    }
}

static void blocks_tile_the_key(void **state)
{
    (void)state;
    static uint8_t again[MCELIECE_PUBLIC_BYTES];
    for (int position = 0; position < BLOCK_COUNT; position++) {
        uint8_t block[BLOCK_BYTES];
        memset(block, 0xee, sizeof block);
        goppa_block(block, pk, position);
        for (size_t r = 0; r < BLOCK_ROWS; r++)
            for (size_t i = 0; i < BLOCK_COL_BYTES; i++) {
                size_t row = (size_t)position / BLOCK_COL_GROUPS * BLOCK_ROWS + r;
                size_t at = (size_t)position % BLOCK_COL_GROUPS * BLOCK_COL_BYTES + i;
                if (at < GOPPA_ROW_BYTES)
                    again[row * GOPPA_ROW_BYTES + at] ^= block[r * BLOCK_COL_BYTES + i];
                else
                    assert_int_equal(block[r * BLOCK_COL_BYTES + i], 0);
            }
    }
    assert_memory_equal(again, pk, sizeof pk);
}

static void a_row_group_has_seven_bits_of_its_own(void **state)
{
    (void)state;
    uint8_t all[GOPPA_SYNDROME_BYTES] = {0};
    for (int group = 0; group < BLOCK_ROW_GROUPS; group++)
        for (int r = 0; r < BLOCK_ROWS; r++) {
            uint8_t s[GOPPA_SYNDROME_BYTES] = {0};
            goppa_syndrome_add(s, group, (uint8_t)(1u << r));
            for (size_t i = 0; i < 8 * sizeof s; i++)
                assert_true(bit_of(s, i) == (i == (size_t)(group * BLOCK_ROWS + r)));
            goppa_syndrome_add(all, group, (uint8_t)(1u << r | 0x80)); /* the eighth is ignored */
        }
    for (size_t i = 0; i < 8 * sizeof all; i++)
        assert_true(bit_of(all, i) == (i < GOPPA_ROWS));
}

static void canonical_means_no_padding(void **state)
{
    (void)state;
    uint8_t s[GOPPA_SYNDROME_BYTES];
    memset(s, 0xff, sizeof s);
    for (unsigned last = 0; last < 256; last++) {
        s[sizeof s - 1] = (uint8_t)last;
        assert_true(goppa_syndrome_canonical(s) == (last < 8));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assembled_products_decapsulate),
        cmocka_unit_test(masks_cancel),
        cmocka_unit_test(a_product_is_the_parity_of_each_row),
        cmocka_unit_test(every_bit_of_a_block_counts),
        cmocka_unit_test(blocks_tile_the_key),
        cmocka_unit_test(a_row_group_has_seven_bits_of_its_own),
        cmocka_unit_test(canonical_means_no_padding),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, setup, NULL);
}
