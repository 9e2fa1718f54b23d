/* Known answers: X25519 (RFC 7748) and Ed25519 (RFC 8032). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/dh.h"
#include "crypto/init.h"
#include "kat/hex.h"
#include "lethe/error.h"

/* RFC 7748, section 5.2: a scalar that needs clamping, and a point whose top bit is set. */
static void scalar_multiplication(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
         "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
         "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
        {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
         "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
         "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t sk[32], pk[32], shared[32];
        unhex(sk, rows[i][0]);
        unhex(pk, rows[i][1]);
        assert_int_equal(dh_shared(shared, pk, sk), LETHE_OK);
        assert_hex(shared, rows[i][2]);
    }
}

/* RFC 7748, section 5.2: k = X25519(k, u), u = the old k, from the base point; 1000 times. */
static void thousand_times(void **state)
{
    (void)state;
    uint8_t k[32] = {9}, u[32] = {9}, next[32];
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(dh_shared(next, u, k), LETHE_OK);
        memcpy(u, k, 32);
        memcpy(k, next, 32);
        if (i == 0)
            assert_hex(k, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
    assert_hex(k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

/* RFC 7748, section 6.1. */
static void alice_and_bob(void **state)
{
    (void)state;
    uint8_t a[32], b[32], pa[32], pb[32], shared[32];
    unhex(a, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    unhex(b, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    dh_public(pa, a);
    dh_public(pb, b);
    assert_hex(pa, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    assert_hex(pb, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    assert_int_equal(dh_shared(shared, pb, a), LETHE_OK);
    assert_hex(shared, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_int_equal(dh_shared(shared, pa, b), LETHE_OK);
    assert_hex(shared, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

/* RFC 8032, section 7.1, tests 1 to 3. */
static void keys_and_signatures(void **state)
{
    (void)state;
    static const char *const rows[][4] = {
        /* seed, public key, message, signature */
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t seed[32], pk[SIGN_PUBLIC_BYTES], sk[SIGN_SECRET_BYTES], made[SIGN_BYTES], m[3];
        unhex(seed, rows[i][0]);
        sign_keypair(pk, sk, seed);
        assert_hex(pk, rows[i][1]);
        assert_hex(sk, rows[i][0]);
        assert_hex(sk + 32, rows[i][1]);
        const size_t n = unhex(m, rows[i][2]);
        sign_make(made, sk, m, n);
        assert_hex(made, rows[i][3]);
        assert_true(sign_is_of(pk, made, m, n));
        m[n] = 0;
        assert_false(sign_is_of(pk, made, m, n + 1));
        for (size_t bit = 0; bit < 8 * sizeof made; bit++) {
            made[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(sign_is_of(pk, made, m, n));
            made[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalar_multiplication),
        cmocka_unit_test(thousand_times),
        cmocka_unit_test(alice_and_bob),
        cmocka_unit_test(keys_and_signatures),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
