/* crypto/aead: what is sealed opens, and nothing that differs in a bit does, by either library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/aead_implementation.h"
#include "crypto/init.h"
#include "lethe/error.h"

#define M_BYTES  77
#define AD_BYTES 21

static uint8_t key[AEAD_KEY_BYTES], nonce[AEAD_NONCE_BYTES], ad[AD_BYTES];
static uint8_t m[M_BYTES], c[M_BYTES + AEAD_TAG_BYTES], got[M_BYTES];

static int seal_one(void **state)
{
    (void)state;
    memset(key, 1, sizeof key);
    memset(nonce, 2, sizeof nonce);
    memset(ad, 3, sizeof ad);
    memset(m, 4, sizeof m);
    aead_seal(c, m, sizeof m, ad, sizeof ad, nonce, key);
    return 0;
}

static int open_it(void)
{
    memset(got, 0xee, sizeof got);
    return aead_open(got, c, sizeof c, ad, sizeof ad, nonce, key);
}

static void opens_what_it_sealed(void **state)
{
    (void)state;
    assert_int_equal(open_it(), LETHE_OK);
    assert_memory_equal(got, m, sizeof m);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    const struct {
        uint8_t *p;
        size_t n;
    } parts[] = {{c, sizeof c}, {ad, sizeof ad}, {nonce, sizeof nonce}, {key, sizeof key}};
    for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
        for (size_t bit = 0; bit < parts[k].n * 8; bit++) {
            parts[k].p[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(open_it(), LETHE_ERR_CRYPTO);
            assert_memory_not_equal(got, m, sizeof m);
            parts[k].p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    assert_int_equal(open_it(), LETHE_OK);
}

static void every_other_length_is_refused(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof c; n++)
        assert_int_equal(aead_open(got, c, n, ad, sizeof ad, nonce, key), LETHE_ERR_CRYPTO);
    for (size_t n = 0; n < sizeof ad; n++)
        assert_int_equal(aead_open(got, c, sizeof c, ad, n, nonce, key), LETHE_ERR_CRYPTO);
}

static void in_place_and_empty(void **state)
{
    (void)state;
    uint8_t b[M_BYTES + AEAD_TAG_BYTES];
    memcpy(b, m, sizeof m);
    aead_seal(b, b, sizeof m, ad, sizeof ad, nonce, key);
    assert_memory_equal(b, c, sizeof c);
    assert_int_equal(aead_open(b, b, sizeof b, ad, sizeof ad, nonce, key), LETHE_OK);
    assert_memory_equal(b, m, sizeof m);

    aead_seal(b, NULL, 0, NULL, 0, nonce, key);
    assert_int_equal(aead_open(got, b, AEAD_TAG_BYTES, NULL, 0, nonce, key), LETHE_OK);
    assert_int_equal(aead_open(NULL, b, AEAD_TAG_BYTES, NULL, 0, nonce, key), LETHE_OK);
    b[3] ^= 4;
    assert_int_equal(aead_open(got, b, AEAD_TAG_BYTES, NULL, 0, nonce, key), LETHE_ERR_CRYPTO);
    assert_int_equal(aead_open(NULL, b, AEAD_TAG_BYTES, NULL, 0, nonce, key), LETHE_ERR_CRYPTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(opens_what_it_sealed, seal_one),
        cmocka_unit_test_setup(every_flipped_bit_is_refused, seal_one),
        cmocka_unit_test_setup(every_other_length_is_refused, seal_one),
        cmocka_unit_test_setup(in_place_and_empty, seal_one),
    };
    if (crypto_init() != LETHE_OK || crypto_init() != LETHE_OK)
        return 1;
    int failed = 0;
    for (int i = 0; i < AEAD_IMPLEMENTATIONS; i++) {
        if (!aead_implementations[i]->ready())
            return 1;
        aead_use(aead_implementations[i]);
        failed += cmocka_run_group_tests_name(aead_implementations[i]->name, tests, NULL, NULL);
    }
    return failed;
}
