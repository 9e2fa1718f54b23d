/*
 * HELLOs for load and for attack: valid ones, made cheaply from secrets that were drawn once, and
 * such as only look valid until the server has paid for them.
 */
#ifndef SCENARIOS_CRAFT_H
#define SCENARIOS_CRAFT_H

#include <stdint.h>

#include "crypto/kem.h"
#include "kex/client.h"

/* What a client computes once for a HELLO; the nonce alone makes another HELLO of it. */
struct secrets {
    uint8_t client[32], ct[MCELIECE_CT_BYTES], s[32], dh[32];
};

/* Ends the program when the identity is unusable. */
void craft_secrets(struct secrets *k, const struct server_public *server, struct rng *rng);

/* A HELLO that the server answers. */
void craft_hello(uint8_t out[DATAGRAM_BYTES], const struct secrets *k,
                 const struct server_public *server, struct rng *rng);

/* A HELLO whose mac is right, and whose ciphertext and box are noise. client, nonce and puzzle:
 * those of its header. */
void craft_garbage(uint8_t out[DATAGRAM_BYTES], const struct server_public *server,
                   const uint8_t client[32], const uint8_t nonce[NONCE_BYTES],
                   const uint8_t puzzle[HELLO_PUZZLE_BYTES], struct rng *rng);

#endif
