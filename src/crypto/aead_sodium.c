/*
 * ChaCha20-Poly1305 from libsodium, tag at the end. The comparison of the tag is libsodium's,
 * in constant time; whether it held is public, for the packet is dropped or answered.
 */
#include "crypto/aead_implementation.h"

#include <sodium.h>

#include "lethe/error.h"

_Static_assert(AEAD_KEY_BYTES == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "key size");
_Static_assert(AEAD_SHORT_NONCE_BYTES == crypto_aead_chacha20poly1305_ietf_NPUBBYTES, "nonce size");
_Static_assert(AEAD_TAG_BYTES == crypto_aead_chacha20poly1305_ietf_ABYTES, "tag size");

static bool sodium_ready(void)
{
    return true;
}

static void sodium_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
                        const uint8_t nonce[AEAD_SHORT_NONCE_BYTES],
                        const uint8_t key[AEAD_KEY_BYTES])
{
    crypto_aead_chacha20poly1305_ietf_encrypt(c, NULL, m, mlen, ad, adlen, NULL, nonce, key);
}

static int sodium_open(uint8_t *m, const uint8_t *c, size_t clen, const uint8_t *ad, size_t adlen,
                       const uint8_t nonce[AEAD_SHORT_NONCE_BYTES],
                       const uint8_t key[AEAD_KEY_BYTES])
{
    int ret =
        crypto_aead_chacha20poly1305_ietf_decrypt(m, NULL, NULL, c, clen, ad, adlen, nonce, key);
    return ret & LETHE_ERR_CRYPTO; /* ret is 0 or -1; no jump of ours depends on it */
}

static void sodium_forget(void)
{
    /* libsodium keeps nothing between calls. */
}

const struct aead_implementation aead_sodium = {.name = "libsodium",
                                                .ready = sodium_ready,
                                                .seal = sodium_seal,
                                                .open = sodium_open,
                                                .forget = sodium_forget};
