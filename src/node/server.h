/*
 * The server's core: one packet in, at most one out, and the counters.
 *
 * The cost ladder is server_packet, one visible function. No socket and no clock: the worker
 * (node/worker.c) and the simulator both drive it. Its memory is this struct and a filter.
 */
#ifndef NODE_SERVER_H
#define NODE_SERVER_H

#include "kex/server.h"
#include "node/counters.h"
#include "node/service.h"
#include "seal/step.h"

struct server {
    const struct server_identity *identity;
    struct ring ring;
    struct filter filter;
    struct rng rng;
    struct exchange exchange; /* of the packet before, within one batch */
    struct service service;
    struct counters *counters;
};

/* identity, counters and what the service refers to are borrowed. seed: fresh for each process. */
void server_init(struct server *s, const struct server_identity *identity,
                 const struct service *service, struct counters *counters, int64_t period_ms,
                 const uint8_t seed[RNG_SEED_BYTES]);

/* Takes a packet from address (canonical); writes the answer to out and returns its length, 0 for
 * none. An answer is never longer than the packet unless the packet is a REQUEST whose address is
 * proven. */
size_t server_packet(struct server *s, int64_t now_ms, const uint8_t address[ADDRESS_BYTES],
                     const uint8_t *p, size_t n, uint8_t out[DATAGRAM_BYTES]);

/* Forgets what the last packet left behind; the caller ends every batch with it. */
void server_batch_end(struct server *s);

void server_wipe(struct server *s);

#endif
