/*
 * X25519 (RFC 7748, lib25519) and Ed25519 (RFC 8032, libsodium), sizes in the types.
 */
#ifndef CRYPTO_DH_H
#define CRYPTO_DH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DH_PUBLIC_BYTES   32
#define DH_SECRET_BYTES   32
#define DH_SHARED_BYTES   32
#define SIGN_PUBLIC_BYTES 32
#define SIGN_SECRET_BYTES 64
#define SIGN_BYTES        64

/* The public key of a secret: clamping happens inside, any 32 bytes are a secret. */
void dh_public(uint8_t pk[DH_PUBLIC_BYTES], const uint8_t sk[DH_SECRET_BYTES]);

/* LETHE_OK, or LETHE_ERR_CRYPTO when pk is of low order, which makes shared all zero whatever
 * sk is. Found in constant time. */
int dh_shared(uint8_t shared[DH_SHARED_BYTES], const uint8_t pk[DH_PUBLIC_BYTES],
              const uint8_t sk[DH_SECRET_BYTES]);

/* One public key with DH_TOGETHER secrets: as long as two of dh_shared, where lib25519 has AVX2 to
 * compute them side by side. Errors as above. */
#define DH_TOGETHER 3
int dh_shared_together(uint8_t *const shared[DH_TOGETHER], const uint8_t pk[DH_PUBLIC_BYTES],
                       const uint8_t *const sk[DH_TOGETHER]);

/* Ed25519 key pair from a 32-byte seed (RFC 8032): sk is seed | pk. */
void sign_keypair(uint8_t pk[SIGN_PUBLIC_BYTES], uint8_t sk[SIGN_SECRET_BYTES],
                  const uint8_t seed[32]);

/* Ed25519 over n bytes. */
void sign_make(uint8_t out[SIGN_BYTES], const uint8_t sk[SIGN_SECRET_BYTES], const void *p,
               size_t n);
bool sign_is_of(const uint8_t pk[SIGN_PUBLIC_BYTES], const uint8_t signature[SIGN_BYTES],
                const void *p, size_t n);

#endif
