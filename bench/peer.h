/*
 * The sending side of a benchmark: a socket, a batch and an outbox, as Lethe's own client has them.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "net/batch.h"
#include "net/loop.h"
#include "net/outbox.h"
#include "net/udp.h"

#define PEER_SILENCE_NS 3000000000 /* after this long without an answer a benchmark has failed */

struct peer {
    struct udp udp;
    struct address to;
    struct loop loop;
    uint64_t messages; /* received, merged ones counted once: about one for each flush over there */
    struct batch batch;
    struct outbox outbox;
};

/* A new socket that talks to `to`. peer_close frees it. */
struct peer *peer_open(const struct address *to);
void peer_close(struct peer *p);

/* Room for a packet; outbox_commit on p->outbox says how long it became. */
uint8_t *peer_room(struct peer *p);

/* A copy of a finished packet. */
void peer_queue(struct peer *p, const void *packet, size_t n);

/* Sends what is queued, then waits until p->batch holds at least one answer or deadline_ns is
 * reached (LOOP_NO_LIMIT: PEER_SILENCE_NS, after which the benchmark fails). */
void peer_turn(struct peer *p, uint64_t deadline_ns);

#endif
