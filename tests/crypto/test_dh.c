/* crypto/dh: two sides agree, clamping is inside, points of low order are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/bytes.h"
#include "crypto/dh.h"
#include "crypto/init.h"
#include "crypto/rng.h"
#include "lethe/error.h"

static void both_sides_agree(void **state)
{
    (void)state;
    const uint8_t seed[RNG_SEED_BYTES] = {3};
    struct rng r;
    rng_seed(&r, seed);
    for (int i = 0; i < 50; i++) {
        uint8_t a[32], b[32], pa[32], pb[32], ab[32], ba[32], other[32];
        rng_fill(&r, a, sizeof a);
        rng_fill(&r, b, sizeof b);
        dh_public(pa, a);
        dh_public(pb, b);
        assert_int_equal(dh_shared(ab, pb, a), LETHE_OK);
        assert_int_equal(dh_shared(ba, pa, b), LETHE_OK);
        assert_memory_equal(ab, ba, sizeof ab);
        crypto_scalarmult_curve25519_base(other, a); /* libsodium's, another implementation */
        assert_memory_equal(pa, other, sizeof pa);
        assert_int_equal(crypto_scalarmult_curve25519(other, a, pb), 0);
        assert_memory_equal(ab, other, sizeof ab);
    }
}

/* Each as on its own, with secrets that are clamped and points with the top bit set. */
static void together_is_as_one_by_one(void **state)
{
    (void)state;
    const uint8_t seed[RNG_SEED_BYTES] = {4};
    struct rng r;
    rng_seed(&r, seed);
    for (int i = 0; i < 50; i++) {
        uint8_t sk[DH_TOGETHER][32], pk[32], shared[DH_TOGETHER][32], one[32];
        uint8_t *const to[DH_TOGETHER] = {shared[0], shared[1], shared[2]};
        const uint8_t *const of[DH_TOGETHER] = {sk[0], sk[1], sk[2]};
        rng_fill(&r, sk, sizeof sk);
        rng_fill(&r, pk, sizeof pk);
        assert_int_equal(dh_shared_together(to, pk, of), LETHE_OK);
        for (int j = 0; j < DH_TOGETHER; j++) {
            assert_int_equal(dh_shared(one, pk, sk[j]), LETHE_OK);
            assert_memory_equal(shared[j], one, sizeof one);
        }
    }
}

static void clamping_is_inside(void **state)
{
    (void)state;
    uint8_t a[32], b[32], pa[32], pb[32], sa[32], sb[32];
    memset(a, 0xff, sizeof a);
    memcpy(b, a, sizeof b);
    b[0] &= 248;
    b[31] &= 127;
    dh_public(pa, a);
    dh_public(pb, b);
    assert_memory_equal(pa, pb, sizeof pa);
    assert_int_equal(dh_shared(sa, pa, a), LETHE_OK);
    assert_int_equal(dh_shared(sb, pa, b), LETHE_OK);
    assert_memory_equal(sa, sb, sizeof sa);
}

/* The points whose order divides 8, written in every way that 255 bits allow (u below and above
 * p = 2^255 - 19), and again with the ignored top bit set. */
static void low_order_is_refused(void **state)
{
    (void)state;
    static const uint8_t order_8[2][32] = {
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
         0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
         0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
         0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
         0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    };
    uint8_t points[7][32] = {{0}, {1}}; /* 0 and 1 */
    memcpy(points[2], order_8, sizeof order_8);
    for (int i = 4; i < 7; i++) { /* p - 1, p, p + 1 */
        memset(points[i], 0xff, 32);
        points[i][0] = (uint8_t)(0xec + i - 4);
        points[i][31] = 0x7f;
    }
    const uint8_t sk[DH_SECRET_BYTES] = {77, 5, 1};
    const uint8_t *const secrets[DH_TOGETHER] = {sk, sk, sk};
    for (int i = 0; i < 14; i++) {
        uint8_t shared[DH_SHARED_BYTES], pk[DH_PUBLIC_BYTES];
        uint8_t three[DH_TOGETHER][DH_SHARED_BYTES];
        uint8_t *const to[DH_TOGETHER] = {three[0], three[1], three[2]};
        memset(shared, 0xaa, sizeof shared);
        memcpy(pk, points[i % 7], sizeof pk);
        pk[31] |= i < 7 ? 0 : 0x80;
        assert_int_equal(dh_shared(shared, pk, sk), LETHE_ERR_CRYPTO);
        memset(three, 0xaa, sizeof three);
        assert_int_equal(dh_shared_together(to, pk, secrets), LETHE_ERR_CRYPTO);
        assert_true(bytes_are_zero(three, sizeof three));
        assert_true(bytes_are_zero(shared, sizeof shared));
    }
}

static void a_signing_key_signs(void **state)
{
    (void)state;
    uint8_t pk[SIGN_PUBLIC_BYTES], sk[SIGN_SECRET_BYTES], seed[32] = {5};
    uint8_t sig[SIGN_BYTES];
    sign_keypair(pk, sk, seed);
    assert_int_equal(crypto_sign_ed25519_detached(sig, NULL, (const uint8_t *)"x", 1, sk), 0);
    assert_int_equal(crypto_sign_ed25519_verify_detached(sig, (const uint8_t *)"x", 1, pk), 0);
    assert_true(sign_is_of(pk, sig, "x", 1));
    assert_false(sign_is_of(pk, sig, "y", 1));
    uint8_t again[SIGN_BYTES];
    sign_make(again, sk, "x", 1);
    assert_memory_equal(again, sig, sizeof sig); /* Ed25519 draws nothing */
    again[63] ^= 0x10;
    assert_false(sign_is_of(pk, again, "x", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_agree),    cmocka_unit_test(together_is_as_one_by_one),
        cmocka_unit_test(clamping_is_inside),  cmocka_unit_test(low_order_is_refused),
        cmocka_unit_test(a_signing_key_signs),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
