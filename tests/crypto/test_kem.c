/* crypto/kem: both sides get one key, and padding bits that are set are an error and no key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/goppa.h"
#include "crypto/init.h"
#include "crypto/kem.h"
#include "lethe/error.h"

static uint8_t pk[MCELIECE_PUBLIC_BYTES], sk[MCELIECE_SECRET_BYTES];

static int make_keys(void **state)
{
    (void)state;
    mceliece_keypair(pk, sk);
    return 0;
}

static void mceliece_agrees(void **state)
{
    (void)state;
    uint8_t ct[MCELIECE_CT_BYTES], a[MCELIECE_KEY_BYTES], b[MCELIECE_KEY_BYTES];
    for (int i = 0; i < 5; i++) {
        assert_int_equal(mceliece_enc(ct, a, pk), LETHE_OK);
        assert_true(goppa_syndrome_canonical(ct));
        assert_int_equal(mceliece_dec(b, ct, sk), LETHE_OK);
        assert_memory_equal(a, b, sizeof a);
    }
}

static void a_wrong_ciphertext_gives_another_key(void **state)
{
    (void)state;
    uint8_t ct[MCELIECE_CT_BYTES], a[MCELIECE_KEY_BYTES], b[MCELIECE_KEY_BYTES];
    uint8_t again[MCELIECE_KEY_BYTES];
    assert_int_equal(mceliece_enc(ct, a, pk), LETHE_OK);
    ct[100] ^= 1;
    assert_int_equal(mceliece_dec(b, ct, sk), LETHE_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(mceliece_dec(again, ct, sk), LETHE_OK);
    assert_memory_equal(again, b, sizeof b);
}

static void padding_of_a_ciphertext(void **state)
{
    (void)state;
    uint8_t ct[MCELIECE_CT_BYTES], key[MCELIECE_KEY_BYTES];
    assert_int_equal(mceliece_enc(ct, key, pk), LETHE_OK);
    for (int bit = 3; bit < 8; bit++) {
        ct[MCELIECE_CT_BYTES - 1] ^= (uint8_t)(1u << bit);
        memset(key, 0xaa, sizeof key);
        assert_int_equal(mceliece_dec(key, ct, sk), LETHE_ERR_CRYPTO);
        assert_true(bytes_are_zero(key, sizeof key));
        ct[MCELIECE_CT_BYTES - 1] ^= (uint8_t)(1u << bit);
    }
}

static void padding_of_a_public_key(void **state)
{
    (void)state;
    uint8_t ct[MCELIECE_CT_BYTES], key[MCELIECE_KEY_BYTES];
    static const size_t rows[] = {0, 1, 700, GOPPA_ROWS - 1};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int bit = 5; bit < 8; bit++) {
            uint8_t *last = pk + rows[i] * GOPPA_ROW_BYTES + GOPPA_ROW_BYTES - 1;
            *last ^= (uint8_t)(1u << bit);
            memset(key, 0xaa, sizeof key);
            assert_int_equal(mceliece_enc(ct, key, pk), LETHE_ERR_CRYPTO);
            assert_true(bytes_are_zero(key, sizeof key));
            *last ^= (uint8_t)(1u << bit);
        }
    assert_int_equal(mceliece_enc(ct, key, pk), LETHE_OK);
}

static void sntrup_agrees(void **state)
{
    (void)state;
    uint8_t p[SNTRUP_PUBLIC_BYTES], s[SNTRUP_SECRET_BYTES], ct[SNTRUP_CT_BYTES];
    uint8_t a[SNTRUP_KEY_BYTES], b[SNTRUP_KEY_BYTES];
    sntrup_keypair(p, s);
    for (int i = 0; i < 5; i++) {
        sntrup_enc(ct, a, p);
        sntrup_dec(b, ct, s);
        assert_memory_equal(a, b, sizeof a);
        ct[i * 200] ^= 0x10;
        sntrup_dec(b, ct, s);
        assert_memory_not_equal(a, b, sizeof a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mceliece_agrees),
        cmocka_unit_test(a_wrong_ciphertext_gives_another_key),
        cmocka_unit_test(padding_of_a_ciphertext),
        cmocka_unit_test(padding_of_a_public_key),
        cmocka_unit_test(sntrup_agrees),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
