/*
 * X25519 from lib25519; Ed25519 from libsodium, as lib25519 makes no pair from a seed.
 * A result of zero is told without a branch on it.
 */
#include "crypto/dh.h"

#include <lib25519.h>
#include <sodium.h>

#include "base/bytes.h"
#include "lethe/error.h"

#define LANES 4

void dh_public(uint8_t pk[DH_PUBLIC_BYTES], const uint8_t sk[DH_SECRET_BYTES])
{
    /* Clamps like lib25519_dh and takes a third of its time, for the base point is fixed. */
    lib25519_nG_montgomery25519(pk, sk);
}

int dh_shared(uint8_t shared[DH_SHARED_BYTES], const uint8_t pk[DH_PUBLIC_BYTES],
              const uint8_t sk[DH_SECRET_BYTES])
{
    lib25519_dh(shared, pk, sk);
    /* A failed result is all zero, which is what wiping would leave. */
    return LETHE_ERR_CRYPTO * (int)bytes_are_zero(shared, DH_SHARED_BYTES);
}

/* lib25519 computes four side by side, but three one after the other: the last goes in twice. */
int dh_shared_together(uint8_t *const shared[DH_TOGETHER], const uint8_t pk[DH_PUBLIC_BYTES],
                       const uint8_t *const sk[DH_TOGETHER])
{
    uint8_t points[LANES][DH_PUBLIC_BYTES], secrets[LANES][DH_SECRET_BYTES];
    uint8_t out[LANES][DH_SHARED_BYTES];
    int zero = 0;
    for (size_t i = 0; i < LANES; i++) {
        memcpy(points[i], pk, DH_PUBLIC_BYTES);
        memcpy(secrets[i], sk[i < DH_TOGETHER ? i : DH_TOGETHER - 1], DH_SECRET_BYTES);
    }
    lib25519_nPbatch_montgomery25519(out[0], secrets[0], points[0], LANES);
    for (size_t i = 0; i < DH_TOGETHER; i++) {
        memcpy(shared[i], out[i], DH_SHARED_BYTES);
        zero |= (int)bytes_are_zero(out[i], DH_SHARED_BYTES);
    }
    wipe(secrets, sizeof secrets);
    wipe(out, sizeof out);
    return LETHE_ERR_CRYPTO * zero;
}

void sign_keypair(uint8_t pk[SIGN_PUBLIC_BYTES], uint8_t sk[SIGN_SECRET_BYTES],
                  const uint8_t seed[32])
{
    crypto_sign_ed25519_seed_keypair(pk, sk, seed);
}

void sign_make(uint8_t out[SIGN_BYTES], const uint8_t sk[SIGN_SECRET_BYTES], const void *p,
               size_t n)
{
    crypto_sign_ed25519_detached(out, NULL, p, n, sk);
}

bool sign_is_of(const uint8_t pk[SIGN_PUBLIC_BYTES], const uint8_t signature[SIGN_BYTES],
                const void *p, size_t n)
{
    return crypto_sign_ed25519_verify_detached(signature, p, n, pk) == 0;
}
