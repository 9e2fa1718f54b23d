/*
 * H and KDF (protocol, preamble).
 *
 * H is BLAKE2b-256 with the label as BLAKE2b's 16-byte personalisation, so that no two uses
 * share a function. KDF(label, key, parts) is H keyed with key over the parts, each preceded
 * by its length as 8 bytes, so that no two lists of parts collide. Labels are at most 16
 * characters.
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES      32
#define KDF_KEY_BYTES   32
#define SHORT_MAC_BYTES 16

struct bytes {
    const void *p;
    size_t n;
};

/* Incremental H, for what does not lie in one piece (a 1 MB identity, a file's piece). */
struct hash {
    uint64_t opaque[48]; /* holds libsodium's state, which wants 64-byte alignment */
} __attribute__((aligned(64)));

void hash_init(struct hash *h, const char *label);
void hash_update(struct hash *h, const void *p, size_t n);
void hash_final(struct hash *h, uint8_t out[HASH_BYTES]);

/* H over one span. */
void hash_of(uint8_t out[HASH_BYTES], const char *label, const void *p, size_t n);

/* KDF(label, key, parts[0..count-1]). The caller owns and wipes out. */
void kdf(uint8_t out[HASH_BYTES], const char *label, const uint8_t key[KDF_KEY_BYTES],
         const struct bytes *parts, size_t count);

/* A 16-byte keyed tag over one span: HELLO's mac and other cheap checks. */
void short_mac(uint8_t out[SHORT_MAC_BYTES], const char *label, const uint8_t key[KDF_KEY_BYTES],
               const void *p, size_t n);

/* SHAKE256 (FIPS 202), outlen bytes. */
void shake256(uint8_t *out, size_t outlen, const void *p, size_t n);

#endif
