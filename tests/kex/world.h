/*
 * What the tests of the exchange share: an identity, a McEliece pair for clients, rings, servers.
 *
 * Everything comes from the seed of world_make, the libraries' own randomness included: a test
 * that fails fails again.
 */
#ifndef TESTS_KEX_WORLD_H
#define TESTS_KEX_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kex/client.h"
#include "kex/server.h"

#define WORLD_MS ((int64_t)1700000000000) /* the servers' clock at the virtual time 0 */

struct world {
    struct server_identity identity;
    struct server_public public;
    uint8_t identity_pk[MCELIECE_PUBLIC_BYTES];
    uint8_t client_pk[MCELIECE_PUBLIC_BYTES], client_sk[MCELIECE_SECRET_BYTES];
};

extern struct world world;

/* Makes the identity and the client's pair, which takes a tenth of a second. */
void world_make(void);

/* Restarts the libraries' randomness (librandombytes) from a number. */
void world_seed_libraries(uint64_t number);

struct rng world_rng(uint64_t number);

/* A ring with `count` keys, epochs 100 and up, a period apart, the last born 10 s ago. The
 * same number gives the same keys. */
void world_ring(struct ring *ring, uint64_t number, unsigned count);

#define WORLD_SLOW_EPOCH 95 /* the newest of two slow keys: kid 47 */

/* A server process: what it holds besides the identity. */
struct world_server {
    struct ring ring, slow;
    struct filter filter;
    struct resumed resumed;
    struct rng rng;
    struct exchange exchange;
    uint8_t address[ADDRESS_BYTES]; /* of whom it hears */
};

/* A fresh process on that ring, and on the slow ring that they all have; its filter and entropy are
 * of the number. */
void world_server_start(struct world_server *s, const struct ring *ring, uint64_t number);

struct step world_step(struct world_server *s, int64_t now_ms);

/* The parts of HELLO's step one after the other. */
enum verdict world_hello(struct world_server *s, int64_t now_ms, const uint8_t *p, size_t n,
                         uint8_t out[DATAGRAM_BYTES], size_t *out_len);

/* Hands a packet to the step of its kind; *out_len is 0 unless ANSWERED. */
enum verdict world_serve(struct world_server *s, int64_t now_ms, const uint8_t *p, size_t n,
                         uint8_t out[DATAGRAM_BYTES], size_t *out_len);

/* A client that wants these legs, with the McEliece pair lent; HELLO is made and not sent. */
void world_client(struct kex_client *c, uint8_t wanted, uint64_t number);

/* The client's HELLO, served and taken in: c is accepted, and has the pair that LEG brings. */
void world_accept(struct kex_client *c, struct world_server *s, int64_t now_ms);

#endif
