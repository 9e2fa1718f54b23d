/*
 * A packet on its own is a batch of one. The batch is another file's so that a test can stand
 * between the two and see every seal.
 */
#include "crypto/aead.h"

#include "base/bytes.h"

void aead_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
               const uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES])
{
    struct aead_batch b;
    aead_batch_init(&b, key, nonce);
    aead_batch_seal(&b, c, m, mlen, ad, adlen, load64(nonce + AEAD_PREFIX_BYTES));
    wipe(&b, sizeof b);
}

int aead_open(uint8_t *m, const uint8_t *c, size_t clen, const uint8_t *ad, size_t adlen,
              const uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES])
{
    struct aead_batch b;
    aead_batch_init(&b, key, nonce);
    int err = aead_batch_open(&b, m, c, clen, ad, adlen, load64(nonce + AEAD_PREFIX_BYTES));
    wipe(&b, sizeof b);
    return err;
}
