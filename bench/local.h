/*
 * A server and its identity inside the benchmark's own process: no file, no socket, no clock.
 */
#ifndef BENCH_LOCAL_H
#define BENCH_LOCAL_H

#include "kex/client.h"
#include "server/server.h"

#define LOCAL_MS 1700000000000 /* the server's time; it stands still */

struct local {
    struct server_identity identity;
    struct server_public public;
    struct server server;
    struct counters counters;
    struct rng rng; /* the clients' */
    uint8_t address[ADDRESS_BYTES];
    uint8_t mceliece_public[MCELIECE_PUBLIC_BYTES];
    struct burst burst; /* the last answer */
    uint8_t answer[BURST_BYTES];
};

/* Allocates; the process ends before it is given back. */
struct local *local_make(const struct lethe_service *service);

/* Hands a packet to the server; returns how many packets the answer has. They lie in `answer`, end
 * to end. */
size_t local_ask(struct local *l, const uint8_t *p, size_t n);

struct local_packet {
    uint8_t bytes[DATAGRAM_BYTES];
};

/* So many HELLOs for level 2, each of a client of its own. The caller frees them. */
struct local_packet *local_hellos(struct local *l, int count);

/* Fresh random bytes. */
void local_random(void *p, size_t n);

#endif
