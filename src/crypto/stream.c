/*
 * ChaCha20 key stream under a key that is used for nothing else.
 */
#include "crypto/stream.h"
#include <sodium.h>

void stream_fill(uint8_t *out, size_t n, const uint8_t key[32])
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    crypto_stream_chacha20(out, n, nonce, key);
}
