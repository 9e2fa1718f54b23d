/*
 * A session as a value: what both sides know, and what each keeps of it.
 *
 * The server's side is `struct session`, which lives only inside a continuation; the client's is
 * `struct client_session`, which holds the continuation. kex/ makes sessions, flow/ uses
 * them, and neither includes the other: this file is where they meet.
 */
#ifndef SEAL_SESSION_H
#define SEAL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seal/transport.h"

#define SESSION_KEY_BYTES  32
#define ADDRESS_HASH_BYTES 16

/* The legs of the hybrid, also bit numbers of a set of legs. */
enum {
    LEG_SNTRUP = 0,
    LEG_MCELIECE = 1,
    LEG_COUNT = 2,
};

#define LEG_BIT(leg) ((uint8_t)(1u << (leg)))

/* Shorthand for people: 1 after ACCEPT, 2 with NTRU Prime, 3 with McEliece as well. */
int session_level(uint8_t legs);

struct session {
    uint8_t z[SESSION_KEY_BYTES];
    uint8_t legs; /* the set absorbed */
    uint8_t m[EXCHANGE_ID_BYTES];
    int64_t issued_ms;
    int64_t begun_ms; /* its number space, by the clock of the server that began it */
    uint8_t address[ADDRESS_HASH_BYTES];
    struct transport transport;
};

/* What a leg of the exchange yields at the client: the sealed half for the server, and the
 * secret and hash that both sides absorb. */
struct leg_yield {
    bool ready;
    uint8_t leg;
    uint8_t share[SHARE_BYTES];
    uint8_t secret[32];
    uint8_t hash[32];
};

struct client_session {
    uint8_t z[SESSION_KEY_BYTES];
    uint8_t legs;
    uint8_t m[EXCHANGE_ID_BYTES];
    uint8_t continuation[CONTINUATION_BYTES];
    struct transport transport; /* without its range key */
};

/* Z' = KDF("leg", Z, leg, secret, hash), in place, and the leg's bit set. */
void session_absorb(uint8_t z[SESSION_KEY_BYTES], uint8_t *legs, uint8_t leg,
                    const uint8_t secret[32], const uint8_t hash[32]);

/* Z_new = KDF("next", Z, the continuation's nonce), in place. */
void session_next(uint8_t z[SESSION_KEY_BYTES], const uint8_t nonce[NONCE_BYTES]);

/* A key that both sides use, split into one for each direction; or one of the two alone. */
void key_from_client(uint8_t out[32], const uint8_t key[32]);
void key_from_server(uint8_t out[32], const uint8_t key[32]);
void keys_split(uint8_t from_client[32], uint8_t from_server[32], const uint8_t key[32]);

/* A canonical address: family 1 (4 or 6) | address 16 (v4 mapped) | port 2. */
#define ADDRESS_BYTES     19
#define ADDRESS_FAMILY_V4 4

/* How many of its first bytes name its network: a /24, or a /56. */
size_t address_network_bytes(const uint8_t address[ADDRESS_BYTES]);

/* The hash under which a continuation names a client's address. */
void address_hash(uint8_t out[ADDRESS_HASH_BYTES], const uint8_t address[ADDRESS_BYTES]);

#endif
