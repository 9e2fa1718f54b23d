/*
 * Range nonces: the xor over first..last of r(i) xor r(i + 1) is r(first) xor r(last + 1).
 */
#include "flow/range.h"

#include "base/bytes.h"
#include "crypto/short_hash.h"

_Static_assert(RANGE_KEY_BYTES == SHORT_HASH_KEY_BYTES, "one key serves as the other");

uint64_t range_end(const uint8_t key[RANGE_KEY_BYTES], uint64_t number)
{
    uint8_t bytes[8];
    store64(bytes, number);
    return short_hash(key, bytes, sizeof bytes);
}

uint64_t range_nonce(const uint8_t key[RANGE_KEY_BYTES], uint64_t number)
{
    return range_end(key, number) ^ range_end(key, number + 1);
}

bool range_proven(const uint8_t key[RANGE_KEY_BYTES], const struct proof *p, uint64_t sum)
{
    for (size_t i = 0; i < p->count; i++) {
        sum ^= range_end(key, p->runs[i].first);
        sum ^= range_end(key, p->runs[i].last + 1);
    }
    return sum == 0;
}
