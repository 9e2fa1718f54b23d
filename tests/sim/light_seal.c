/*
 * The linker sends every seal and opening of a contest here: boxes of the same lengths that only
 * the same key and nonce open, and that tell by their ends whether they were changed. Contests seal
 * millions of packets, and no cheat in them attacks the cipher.
 */
#include <string.h>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "lethe/error.h"

#define ENDS 64 /* bytes at either end of a box that its tag is of */

void __wrap_aead_batch_init(struct aead_batch *b, const uint8_t key[AEAD_KEY_BYTES],
                            const uint8_t prefix[AEAD_PREFIX_BYTES]);
void __wrap_aead_batch_init_aes(struct aead_batch *b, const uint8_t key[AEAD_KEY_BYTES],
                                const uint8_t prefix[AEAD_PREFIX_BYTES]);
void __wrap_aead_batch_seal(const struct aead_batch *b, uint8_t *c, const uint8_t *m, size_t mlen,
                            const uint8_t *ad, size_t adlen, uint64_t index);
int __wrap_aead_batch_open(const struct aead_batch *b, uint8_t *m, const uint8_t *c, size_t clen,
                           const uint8_t *ad, size_t adlen, uint64_t index);

static uint64_t mix(uint64_t sum, uint64_t v)
{
    sum = (sum ^ v) * 0x9e3779b97f4a7c15u;
    return sum ^ sum >> 29;
}

static uint64_t mix_all(uint64_t sum, const uint8_t *p, size_t n)
{
    for (; n >= 8; p += 8, n -= 8)
        sum = mix(sum, load64(p));
    for (; n > 0; n--)
        sum = mix(sum, *p++);
    return sum;
}

void __wrap_aead_batch_init(struct aead_batch *b, const uint8_t key[AEAD_KEY_BYTES],
                            const uint8_t prefix[AEAD_PREFIX_BYTES])
{
    b->aes = false;
    memset(b->subkey, 0, sizeof b->subkey);
    store64(b->subkey, mix_all(mix_all(1, key, AEAD_KEY_BYTES), prefix, AEAD_PREFIX_BYTES));
}

void __wrap_aead_batch_init_aes(struct aead_batch *b, const uint8_t key[AEAD_KEY_BYTES],
                                const uint8_t prefix[AEAD_PREFIX_BYTES])
{
    __wrap_aead_batch_init(b, key, prefix);
    b->aes = true;
}

static void tag_of(uint8_t tag[AEAD_TAG_BYTES], const struct aead_batch *b, const uint8_t *m,
                   size_t mlen, const uint8_t *ad, size_t adlen, uint64_t index)
{
    uint64_t sum = mix(mix(load64(b->subkey), b->aes), index);
    const size_t end = mlen < ENDS ? mlen : ENDS;
    sum = mix_all(mix(sum, mlen), m, end);
    sum = mix_all(mix_all(sum, m + mlen - end, end), ad, adlen);
    store64(tag, sum);
    store64(tag + 8, mix(sum, adlen));
}

void __wrap_aead_batch_seal(const struct aead_batch *b, uint8_t *c, const uint8_t *m, size_t mlen,
                            const uint8_t *ad, size_t adlen, uint64_t index)
{
    uint8_t tag[AEAD_TAG_BYTES];
    tag_of(tag, b, m, mlen, ad, adlen, index);
    memmove(c, m, mlen);
    memcpy(c + mlen, tag, sizeof tag);
}

int __wrap_aead_batch_open(const struct aead_batch *b, uint8_t *m, const uint8_t *c, size_t clen,
                           const uint8_t *ad, size_t adlen, uint64_t index)
{
    uint8_t tag[AEAD_TAG_BYTES];
    if (clen < sizeof tag)
        return LETHE_ERR_CRYPTO;
    tag_of(tag, b, c, clen - sizeof tag, ad, adlen, index);
    if (memcmp(tag, c + clen - sizeof tag, sizeof tag) != 0)
        return LETHE_ERR_CRYPTO;
    memmove(m, c, clen - sizeof tag);
    return LETHE_OK;
}
