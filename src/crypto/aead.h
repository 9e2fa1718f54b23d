/*
 * Authenticated encryption: AE(k, n; m) = XChaCha20-Poly1305 (protocol, preamble).
 * Key 32 bytes, nonce 24, tag 16 appended. `ad` is every byte of the packet outside
 * the box. c and m are one buffer, or do not overlap.
 *
 * A batch is many packets under one key whose nonces have their first 16 bytes in common: the
 * subkey that these give is made once (draft-irtf-cfrg-xchacha-03, section 2.3). Every thread may
 * call every function; one batch may be used by several. Nothing is allocated after the thread's
 * crypto_init (a thread that never called it allocates at its first seal or open).
 *
 * The implementation (crypto/aead_implementation.h) may keep the subkey of a thread's last packet
 * until its next one, its aead_forget or its end; it never has the key that the subkey is made of.
 */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AEAD_KEY_BYTES    32
#define AEAD_NONCE_BYTES  24
#define AEAD_PREFIX_BYTES 16 /* of the nonce: what a batch has in common */
#define AEAD_TAG_BYTES    16

/* Writes mlen + AEAD_TAG_BYTES bytes to c. Cannot fail. */
void aead_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
               const uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);

/* Writes clen - AEAD_TAG_BYTES bytes to m. Returns LETHE_OK, or LETHE_ERR_CRYPTO when the tag is
 * wrong or clen is too short for one; nothing of m may then be used, and it holds no plaintext. */
int aead_open(uint8_t *m, const uint8_t *c, size_t clen, const uint8_t *ad, size_t adlen,
              const uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);

/* A plain value and a secret: the caller wipes it. */
struct aead_batch {
    bool aes;
    uint8_t subkey[AEAD_KEY_BYTES];
};

void aead_batch_init(struct aead_batch *b, const uint8_t key[AEAD_KEY_BYTES],
                     const uint8_t prefix[AEAD_PREFIX_BYTES]);

/* True where AES-256-GCM is done by the processor, in constant time and about twice as fast. */
bool aead_has_aes(void);

/* A batch under AES-256-GCM instead (NIST SP 800-38D), with a subkey of its own and the nonce
 * 0 0 0 0 | index. Only where aead_has_aes. */
void aead_batch_init_aes(struct aead_batch *b, const uint8_t key[AEAD_KEY_BYTES],
                         const uint8_t prefix[AEAD_PREFIX_BYTES]);

/* As aead_seal and aead_open with the nonce prefix | index, the index in 8 bytes, little-endian. */
void aead_batch_seal(const struct aead_batch *b, uint8_t *c, const uint8_t *m, size_t mlen,
                     const uint8_t *ad, size_t adlen, uint64_t index);
int aead_batch_open(const struct aead_batch *b, uint8_t *m, const uint8_t *c, size_t clen,
                    const uint8_t *ad, size_t adlen, uint64_t index);

/* Overwrites what the calling thread's implementation keeps of its last packet. Half the cost of a
 * short seal: for the end of a batch, not for each packet. */
void aead_forget(void);

#endif
