/* Known answers: a seed's error vector and its session key, as Python computes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/bytes.h"
#include "crypto/goppa.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(error_and_key)};
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
