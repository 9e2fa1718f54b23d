/*
 * SipHash-2-4 (Aumasson, Bernstein 2012): 64 bits under a secret key, quick for short inputs.
 *
 * Without the key its values cannot be predicted, nor collisions chosen; but 64 bits are no more
 * than that: for tables and for what can be tried only online. The result is the reference
 * implementation's 8 bytes, read little-endian.
 */
#ifndef CRYPTO_SHORT_HASH_H
#define CRYPTO_SHORT_HASH_H

#include <stddef.h>
#include <stdint.h>

#define SHORT_HASH_KEY_BYTES 16

/* SipHash-2-4 with 128 bits of output: a mac that is quick for a few hundred bytes. */
#define SHORT_TAG_BYTES 16
void short_tag(uint8_t out[SHORT_TAG_BYTES], const uint8_t key[SHORT_HASH_KEY_BYTES], const void *p,
               size_t n);

uint64_t short_hash(const uint8_t key[SHORT_HASH_KEY_BYTES], const void *p, size_t n);

#endif
