/*
 * BLAKE2b with the label as its personalisation: every use is a function of its own.
 * The key block and the state hold secrets, so a state is wiped as soon as it has given its hash.
 */
#include "crypto/hash.h"

#include <assert.h>
#include <mceliece.h>
#include <sodium.h>

#include "base/bytes.h"

_Static_assert(sizeof(struct hash) >= sizeof(crypto_generichash_blake2b_state), "state size");
_Static_assert(_Alignof(struct hash) >= _Alignof(crypto_generichash_blake2b_state), "alignment");

static crypto_generichash_blake2b_state *state_of(struct hash *h)
{
    return (crypto_generichash_blake2b_state *)(void *)h;
}

static void start(struct hash *h, const char *label, const uint8_t *key, size_t outlen)
{
    uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    size_t n = strlen(label);
    assert(n <= sizeof personal); /* labels are literals: two longer ones could collide */
    memcpy(personal, label, n);
    crypto_generichash_blake2b_init_salt_personal(state_of(h), key, key ? KDF_KEY_BYTES : 0, outlen,
                                                  NULL, personal);
}

static void finish(struct hash *h, uint8_t *out, size_t outlen)
{
    crypto_generichash_blake2b_final(state_of(h), out, outlen);
    wipe(h, sizeof *h);
}

void hash_init(struct hash *h, const char *label)
{
    start(h, label, NULL, HASH_BYTES);
}

void hash_update(struct hash *h, const void *p, size_t n)
{
    crypto_generichash_blake2b_update(state_of(h), p, n);
}

void hash_final(struct hash *h, uint8_t out[HASH_BYTES])
{
    finish(h, out, HASH_BYTES);
}

void hash_of(uint8_t out[HASH_BYTES], const char *label, const void *p, size_t n)
{
    struct hash h;
    hash_init(&h, label);
    hash_update(&h, p, n);
    hash_final(&h, out);
}

void kdf(uint8_t out[HASH_BYTES], const char *label, const uint8_t key[KDF_KEY_BYTES],
         const struct bytes *parts, size_t count)
{
    struct hash h;
    start(&h, label, key, HASH_BYTES);
    for (size_t i = 0; i < count; i++) {
        uint8_t length[8];
        store64(length, parts[i].n);
        hash_update(&h, length, sizeof length);
        hash_update(&h, parts[i].p, parts[i].n);
    }
    finish(&h, out, HASH_BYTES);
}

void short_mac(uint8_t out[SHORT_MAC_BYTES], const char *label, const uint8_t key[KDF_KEY_BYTES],
               const void *p, size_t n)
{
    struct hash h;
    start(&h, label, key, SHORT_MAC_BYTES);
    hash_update(&h, p, n);
    finish(&h, out, SHORT_MAC_BYTES);
}

void shake256(uint8_t *out, size_t outlen, const void *p, size_t n)
{
    mceliece_xof_shake256(out, (long long)outlen, p, (long long)n);
}
