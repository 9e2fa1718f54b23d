/*
 * ChaCha20 key stream, for masks: key 32 bytes, zero nonce, so that one key names one stream.
 */
#ifndef CRYPTO_STREAM_H
#define CRYPTO_STREAM_H

#include <stddef.h>
#include <stdint.h>

/* The first n bytes of the stream of this key. */
void stream_fill(uint8_t *out, size_t n, const uint8_t key[32]);

#endif
