/*
 * The KEMs of the hybrid, each behind the same three verbs.
 *
 * The libraries draw their own randomness from the kernel (librandombytes); tests replace
 * that symbol to make runs repeatable. Sizes: mceliece6960119f (Classic McEliece round 4 / ISO,
 * no plaintext confirmation) and sntrup761 (NTRU Prime round 3).
 */
#ifndef CRYPTO_KEM_H
#define CRYPTO_KEM_H

#include <stdint.h>

#define MCELIECE_PUBLIC_BYTES 1047319
#define MCELIECE_SECRET_BYTES 13948
#define MCELIECE_CT_BYTES     194
#define MCELIECE_KEY_BYTES    32

#define SNTRUP_PUBLIC_BYTES   1158
#define SNTRUP_SECRET_BYTES   1763
#define SNTRUP_CT_BYTES       1039
#define SNTRUP_KEY_BYTES      32

void mceliece_keypair(uint8_t *pk, uint8_t *sk);

/* LETHE_ERR_CRYPTO when pk's padding bits are set (libmceliece returns -1); key is then wiped. */
int mceliece_enc(uint8_t ct[MCELIECE_CT_BYTES], uint8_t key[MCELIECE_KEY_BYTES], const uint8_t *pk);

/* LETHE_ERR_CRYPTO when ct's padding bits are set: libmceliece returns -1 and an all-ones key,
 * which is wiped here and must never be used. A wrong ct otherwise yields a pseudorandom key and
 * LETHE_OK (implicit rejection). */
int mceliece_dec(uint8_t key[MCELIECE_KEY_BYTES], const uint8_t ct[MCELIECE_CT_BYTES],
                 const uint8_t sk[MCELIECE_SECRET_BYTES]);

void sntrup_keypair(uint8_t pk[SNTRUP_PUBLIC_BYTES], uint8_t sk[SNTRUP_SECRET_BYTES]);
void sntrup_enc(uint8_t ct[SNTRUP_CT_BYTES], uint8_t key[SNTRUP_KEY_BYTES],
                const uint8_t pk[SNTRUP_PUBLIC_BYTES]);
void sntrup_dec(uint8_t key[SNTRUP_KEY_BYTES], const uint8_t ct[SNTRUP_CT_BYTES],
                const uint8_t sk[SNTRUP_SECRET_BYTES]);

#endif
