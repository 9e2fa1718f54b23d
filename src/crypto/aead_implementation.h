/*
 * ChaCha20-Poly1305 (RFC 8439, section 2.8) by two libraries behind one shape: the same bytes, the
 * same errors; and so AES-256-GCM, for batches alone (NIST SP 800-38D). Only crypto_init chooses;
 * tests and measurements take each in turn.
 *
 * The rule is the order of aead_implementations: the first that is ready. OpenSSL's code uses
 * AVX-512, libsodium's does not. OpenSSL's time over libsodium's in a batch, by bytes of plaintext:
 *
 *              17    64   256  1200  8900
 *   AVX-512  1.10  1.13  0.92  0.76  0.44
 *   AVX2     1.08  1.09  1.05  0.91  0.80
 *
 * A second rule for short packets would win 30 ns on those and is not worth its tests. A lone
 * packet after a pause takes OpenSSL about a microsecond longer, if it is not a jumbo one.
 *
 * AES: the first of aead_aes_implementations that is ready; none where the processor does not do
 * AES and GHASH itself. ipsec-mb is ready on processors with VAES and AVX-512, and only in a build
 * that found it. 1200 bytes of a batch take it 149 ns, OpenSSL 3.0 459 ns.
 */
#ifndef CRYPTO_AEAD_IMPLEMENTATION_H
#define CRYPTO_AEAD_IMPLEMENTATION_H

#include <stdbool.h>

#include <openssl/types.h>

#include "crypto/aead.h"

#define AEAD_SHORT_NONCE_BYTES 12
#define AEAD_IMPLEMENTATIONS   2

/* seal and open: as aead_seal and aead_open, with a nonce of 12 bytes. */
struct aead_implementation {
    const char *name;
    bool (*ready)(void); /* prepares the calling thread; false: it is not to be had */
    void (*seal)(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
                 const uint8_t nonce[AEAD_SHORT_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);
    int (*open)(uint8_t *m, const uint8_t *c, size_t clen, const uint8_t *ad, size_t adlen,
                const uint8_t nonce[AEAD_SHORT_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);
    void (*forget)(void);
};

/* OpenSSL as this process has it, or NULL. */
OSSL_LIB_CTX *aead_openssl_library(void);

extern const struct aead_implementation aead_openssl, aead_sodium;
extern const struct aead_implementation *const aead_implementations[AEAD_IMPLEMENTATIONS];

extern const struct aead_implementation aead_aes_ipsec, aead_aes_openssl;
extern const struct aead_implementation *const aead_aes_implementations[]; /* and NULL */

/* From now on the functions of crypto/aead.h are this implementation's, which must be ready. No
 * other thread may be in one of them. */
void aead_use(const struct aead_implementation *implementation);
void aead_use_aes(const struct aead_implementation *implementation);

#endif
