/*
 * XChaCha20-Poly1305 from its two halves: HChaCha20 makes the subkey, and the implementation that
 * was chosen at start-up does the rest, under the nonce 0 0 0 0 | index.
 */
#include "crypto/aead_implementation.h"

#include <sodium.h>

#include "base/bytes.h"

_Static_assert(AEAD_PREFIX_BYTES == crypto_core_hchacha20_INPUTBYTES, "prefix size");
_Static_assert(AEAD_KEY_BYTES == crypto_core_hchacha20_KEYBYTES, "key size");
_Static_assert(AEAD_KEY_BYTES == crypto_core_hchacha20_OUTPUTBYTES, "subkey size");

const struct aead_implementation *const aead_implementations[AEAD_IMPLEMENTATIONS] = {&aead_openssl,
                                                                                      &aead_sodium};

const struct aead_implementation *const aead_aes_implementations[] = {
#ifdef LETHE_IPSEC_MB
    &aead_aes_ipsec,
#endif
    &aead_aes_openssl, NULL};

static const struct aead_implementation *chosen = &aead_sodium, *chosen_aes = &aead_aes_openssl;

void aead_use(const struct aead_implementation *implementation)
{
    chosen = implementation;
}

void aead_use_aes(const struct aead_implementation *implementation)
{
    chosen_aes = implementation;
}

void aead_batch_init(struct aead_batch *b, const uint8_t key[AEAD_KEY_BYTES],
                     const uint8_t prefix[AEAD_PREFIX_BYTES])
{
    b->aes = false;
    crypto_core_hchacha20(b->subkey, prefix, key, NULL);
}

bool aead_has_aes(void)
{
    return chosen_aes->ready();
}

/* Another constant than ChaCha20's in HChaCha20: the two ciphers never have a key in common. */
void aead_batch_init_aes(struct aead_batch *b, const uint8_t key[AEAD_KEY_BYTES],
                         const uint8_t prefix[AEAD_PREFIX_BYTES])
{
    static const uint8_t constant[crypto_core_hchacha20_CONSTBYTES] = {"lethe aes gcm   "};
    b->aes = true;
    crypto_core_hchacha20(b->subkey, prefix, key, constant);
}

void aead_batch_seal(const struct aead_batch *b, uint8_t *c, const uint8_t *m, size_t mlen,
                     const uint8_t *ad, size_t adlen, uint64_t index)
{
    uint8_t nonce[AEAD_SHORT_NONCE_BYTES] = {0};
    store64(nonce + sizeof nonce - sizeof index, index);
    (b->aes ? chosen_aes : chosen)->seal(c, m, mlen, ad, adlen, nonce, b->subkey);
}

int aead_batch_open(const struct aead_batch *b, uint8_t *m, const uint8_t *c, size_t clen,
                    const uint8_t *ad, size_t adlen, uint64_t index)
{
    uint8_t nonce[AEAD_SHORT_NONCE_BYTES] = {0};
    store64(nonce + sizeof nonce - sizeof index, index);
    return (b->aes ? chosen_aes : chosen)->open(m, c, clen, ad, adlen, nonce, b->subkey);
}

void aead_forget(void)
{
    chosen->forget();
    chosen_aes->forget();
}
