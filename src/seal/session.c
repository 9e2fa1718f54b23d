/*
 * How a session's key moves: it absorbs legs, and every continuation gets its own.
 * Each step is a one-way hash, so that a later key never reveals an earlier one.
 */
#include "seal/session.h"
#include "base/bytes.h"
#include "crypto/hash.h"

int session_level(uint8_t legs)
{
    if (!(legs & LEG_BIT(LEG_SNTRUP)))
        return 1;
    return legs & LEG_BIT(LEG_MCELIECE) ? 3 : 2;
}

void session_absorb(uint8_t z[SESSION_KEY_BYTES], uint8_t *legs, uint8_t leg,
                    const uint8_t secret[32], const uint8_t hash[32])
{
    const struct bytes parts[] = {{&leg, 1}, {secret, 32}, {hash, 32}};
    kdf(z, "leg", z, parts, 3);
    *legs |= LEG_BIT(leg);
}

void session_next(uint8_t z[SESSION_KEY_BYTES], const uint8_t nonce[NONCE_BYTES])
{
    const struct bytes parts[] = {{nonce, NONCE_BYTES}};
    kdf(z, "next", z, parts, 1);
}

void key_from_client(uint8_t out[32], const uint8_t key[32])
{
    kdf(out, "from client", key, NULL, 0);
}

void key_from_server(uint8_t out[32], const uint8_t key[32])
{
    kdf(out, "from server", key, NULL, 0);
}

void keys_split(uint8_t from_client[32], uint8_t from_server[32], const uint8_t key[32])
{
    key_from_client(from_client, key);
    key_from_server(from_server, key);
}

size_t address_network_bytes(const uint8_t address[ADDRESS_BYTES])
{
    return address[0] == ADDRESS_FAMILY_V4 ? 1 + 12 + 3 : 1 + 7; /* a v4 one is mapped */
}

void address_hash(uint8_t out[ADDRESS_HASH_BYTES], const uint8_t address[ADDRESS_BYTES])
{
    uint8_t full[HASH_BYTES];
    hash_of(full, "address", address, ADDRESS_BYTES);
    memcpy(out, full, ADDRESS_HASH_BYTES);
}
