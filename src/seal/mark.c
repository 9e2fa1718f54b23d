/*
 * Marks: one short hash to make one, one to check it.
 * Values of two sizes have marks, and what is hashed is of two sizes.
 */
#include "seal/mark.h"
#include "base/bytes.h"
#include "crypto/short_hash.h"

#define NETWORK_BYTES_MAX (ADDRESS_BYTES - 3)

static uint32_t mark_of(const uint8_t *value, size_t n, const struct cookie_key *key,
                        const uint8_t address[ADDRESS_BYTES])
{
    uint8_t in[NETWORK_BYTES_MAX + MARK_VALUE_BYTES - MARK_BYTES] = {0};
    const size_t random = n - MARK_BYTES;
    memcpy(in, address, address_network_bytes(address));
    memcpy(in + NETWORK_BYTES_MAX, value, random);
    return (uint32_t)short_hash(key->sub[RING_MARK], in, NETWORK_BYTES_MAX + random);
}

void mark_draw(uint8_t *value, size_t n, struct rng *rng, const struct cookie_key *key,
               const uint8_t address[ADDRESS_BYTES])
{
    rng_fill(rng, value, n - MARK_BYTES);
    store32(value + n - MARK_BYTES, mark_of(value, n, key, address));
}

bool mark_names(const uint8_t *value, size_t n, const struct cookie_key *key,
                const uint8_t address[ADDRESS_BYTES])
{
    return load32(value + n - MARK_BYTES) == mark_of(value, n, key, address);
}
