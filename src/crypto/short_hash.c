/*
 * SipHash-2-4 from libsodium. It is portable code without tables, in constant time for a given
 * length, so that neither the key nor the input shows.
 */
#include "crypto/short_hash.h"

#include <sodium.h>

#include "base/bytes.h"

_Static_assert(crypto_shorthash_siphash24_KEYBYTES == SHORT_HASH_KEY_BYTES, "key size");
_Static_assert(crypto_shorthash_siphashx24_KEYBYTES == SHORT_HASH_KEY_BYTES, "key size");
_Static_assert(crypto_shorthash_siphashx24_BYTES == SHORT_TAG_BYTES, "tag size");
_Static_assert(crypto_shorthash_siphash24_BYTES == sizeof(uint64_t), "hash size");

uint64_t short_hash(const uint8_t key[SHORT_HASH_KEY_BYTES], const void *p, size_t n)
{
    uint8_t out[crypto_shorthash_siphash24_BYTES];
    crypto_shorthash_siphash24(out, p, n, key);
    return load64(out);
}

void short_tag(uint8_t out[SHORT_TAG_BYTES], const uint8_t key[SHORT_HASH_KEY_BYTES], const void *p,
               size_t n)
{
    crypto_shorthash_siphashx24(out, p, n, key);
}
