/*
 * libmceliece and libntruprime behind the same three verbs. Their one failure is padding bits that
 * are set. Decapsulation then leaves a key of ones (encapsulation one of zeros, in this release):
 * it is wiped here, so that it can never be taken for a secret.
 */
#include "crypto/kem.h"

#include <mceliece.h>
#include <ntruprime.h>

#include "base/bytes.h"
#include "lethe/error.h"

_Static_assert(MCELIECE_PUBLIC_BYTES == mceliece6960119f_PUBLICKEYBYTES, "public key size");
_Static_assert(MCELIECE_SECRET_BYTES == mceliece6960119f_SECRETKEYBYTES, "secret key size");
_Static_assert(MCELIECE_CT_BYTES == mceliece6960119f_CIPHERTEXTBYTES, "ciphertext size");
_Static_assert(MCELIECE_KEY_BYTES == mceliece6960119f_BYTES, "session key size");
_Static_assert(SNTRUP_PUBLIC_BYTES == sntrup761_PUBLICKEYBYTES, "public key size");
_Static_assert(SNTRUP_SECRET_BYTES == sntrup761_SECRETKEYBYTES, "secret key size");
_Static_assert(SNTRUP_CT_BYTES == sntrup761_CIPHERTEXTBYTES, "ciphertext size");
_Static_assert(SNTRUP_KEY_BYTES == sntrup761_BYTES, "session key size");

void mceliece_keypair(uint8_t *pk, uint8_t *sk)
{
    mceliece6960119f_keypair(pk, sk);
}

int mceliece_enc(uint8_t ct[MCELIECE_CT_BYTES], uint8_t key[MCELIECE_KEY_BYTES], const uint8_t *pk)
{
    if (mceliece6960119f_enc(ct, key, pk) == 0)
        return LETHE_OK;
    wipe(key, MCELIECE_KEY_BYTES);
    return LETHE_ERR_CRYPTO;
}

int mceliece_dec(uint8_t key[MCELIECE_KEY_BYTES], const uint8_t ct[MCELIECE_CT_BYTES],
                 const uint8_t sk[MCELIECE_SECRET_BYTES])
{
    if (mceliece6960119f_dec(key, ct, sk) == 0)
        return LETHE_OK;
    wipe(key, MCELIECE_KEY_BYTES);
    return LETHE_ERR_CRYPTO;
}

void sntrup_keypair(uint8_t pk[SNTRUP_PUBLIC_BYTES], uint8_t sk[SNTRUP_SECRET_BYTES])
{
    sntrup761_keypair(pk, sk);
}

void sntrup_enc(uint8_t ct[SNTRUP_CT_BYTES], uint8_t key[SNTRUP_KEY_BYTES],
                const uint8_t pk[SNTRUP_PUBLIC_BYTES])
{
    sntrup761_enc(ct, key, pk);
}

void sntrup_dec(uint8_t key[SNTRUP_KEY_BYTES], const uint8_t ct[SNTRUP_CT_BYTES],
                const uint8_t sk[SNTRUP_SECRET_BYTES])
{
    sntrup761_dec(key, ct, sk);
}
