/* Known answers: a seed's error vector, its syndrome and session key, as Python computes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/bytes.h"
#include "crypto/goppa.h"
#include "crypto/hash.h"
#include "crypto/init.h"
#include "kat/hex.h"
#include "kat/vectors.h"
#include "lethe/error.h"

static void error_and_key(void **state)
{
    (void)state;
    uint8_t seed[32], at[2 * GOPPA_WEIGHT], bits[GOPPA_ERROR_BYTES], digest[32], key[32];
    uint8_t syndrome[GOPPA_SYNDROME_BYTES];
    struct goppa_error e;
    unhex(seed, V_ERROR_SEED);
    assert_true(goppa_error_expand(&e, seed));
    for (size_t i = 0; i < GOPPA_WEIGHT; i++)
        store16(at + 2 * i, e.at[i]);
    assert_hex(at, V_ERROR_AT);
    goppa_error_bits(bits, &e);
    crypto_hash_sha256(digest, bits, sizeof bits);
    assert_hex(digest, V_ERROR_BITS_SHA256);
    for (size_t i = 0; i < sizeof syndrome; i++)
        syndrome[i] = i < 193 ? (uint8_t)i : 5;
    goppa_session_key(key, &e, syndrome);
    assert_hex(key, V_SESSION_KEY);
}

/* Block by block, as a server multiplies and a client adds up. */
static void multiply(uint8_t syndrome[GOPPA_SYNDROME_BYTES], const uint8_t *pk,
                     const struct goppa_error *e)
{
    uint8_t columns[BLOCK_COL_GROUPS][BLOCK_COL_BYTES], block[BLOCK_BYTES];
    for (int c = 0; c < BLOCK_COL_GROUPS; c++)
        goppa_error_columns(columns[c], e, c);
    for (int position = 0; position < BLOCK_COUNT; position++) {
        goppa_block(block, pk, position);
        goppa_syndrome_add(syndrome, position / BLOCK_COL_GROUPS,
                           goppa_block_product(block, columns[position % BLOCK_COL_GROUPS]));
    }
    goppa_syndrome_add_identity(syndrome, e);
}

static void block_products(void **state)
{
    (void)state;
    static uint8_t pk[GOPPA_ROWS * GOPPA_ROW_BYTES];
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    uint8_t seed[32], digest[32];
    crypto_hash_sha256_state all;
    hash_of(seed, "key", NULL, 0);
    crypto_stream_chacha20(pk, sizeof pk, nonce, seed);
    for (size_t r = 0; r < GOPPA_ROWS; r++)
        pk[GOPPA_ROW_BYTES * r + GOPPA_ROW_BYTES - 1] &= 0x1f;
    crypto_hash_sha256_init(&all);
    for (unsigned i = 0; i < 256; i++) {
        uint8_t syndrome[GOPPA_SYNDROME_BYTES] = {0};
        struct goppa_error e;
        hash_of(seed, "seed", &(uint8_t){(uint8_t)i}, 1);
        if (!goppa_error_expand(&e, seed))
            continue;
        multiply(syndrome, pk, &e);
        crypto_hash_sha256_update(&all, syndrome, sizeof syndrome);
    }
    crypto_hash_sha256_final(&all, digest);
    assert_hex(digest, V_SYNDROMES_SHA256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(error_and_key),
                                       cmocka_unit_test(block_products)};
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
