/*
 * Authenticated encryption: AE(k, n; m) = XChaCha20-Poly1305 (protocol, preamble).
 * Key 32 bytes, nonce 24, tag 16 appended. `ad` is every byte of the packet outside
 * the box. Neither function allocates. c and m may be the same buffer.
 */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include <stddef.h>
#include <stdint.h>

#define AEAD_KEY_BYTES   32
#define AEAD_NONCE_BYTES 24
#define AEAD_TAG_BYTES   16

/* Writes mlen + AEAD_TAG_BYTES bytes to c. Cannot fail. */
void aead_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
               const uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);

/* Writes clen - AEAD_TAG_BYTES bytes to m. Returns LETHE_OK, or LETHE_ERR_CRYPTO when the tag is
 * wrong or clen is too short for one; nothing of m may then be used. */
int aead_open(uint8_t *m, const uint8_t *c, size_t clen, const uint8_t *ad, size_t adlen,
              const uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);

#endif
