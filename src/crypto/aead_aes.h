/*
 * AES-256-GCM with nonces of 12 bytes, for aead_batch. Only where aead_aes_ready says so.
 */
#ifndef CRYPTO_AEAD_AES_H
#define CRYPTO_AEAD_AES_H

#include <stdbool.h>

#include "crypto/aead_implementation.h"

/* Prepares the calling thread; false: the processor does not do AES and GHASH itself. */
bool aead_aes_ready(void);

/* As those of struct aead_implementation. */
void aead_aes_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
                   const uint8_t nonce[AEAD_SHORT_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);
int aead_aes_open(uint8_t *m, const uint8_t *c, size_t clen, const uint8_t *ad, size_t adlen,
                  const uint8_t nonce[AEAD_SHORT_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);
void aead_aes_forget(void);

#endif
