/*
 * An onlooker with the servers' ring, who reads every REQUEST and what it was answered: it knows
 * what each server has sent, and so whether the transport's promises were kept.
 *
 * No server sends a number of one number space twice; none sends a number beyond the horizon that
 * the sealed values and the proof allow at this moment; a proof names numbers that were sent; and
 * what cannot be continued here is answered with no more bytes than it brought.
 */
#ifndef SIM_WATCH_H
#define SIM_WATCH_H

#include "flow/server.h"
#include "sim/sim.h"

struct cluster;

/* What was sent of one number space by one server, or by all of them (which: WATCH_ALL). */
#define WATCH_ALL (-1)
struct watch_space {
    int which;
    uint64_t boot; /* of that server, counted */
    uint8_t m[EXCHANGE_ID_BYTES];
    uint32_t lineage;
    uint8_t *sent; /* a bit for each number */
    uint64_t room; /* of sent, in numbers */
    uint64_t highest;
};

struct watch {
    struct watch_space *spaces;
    size_t count;
    uint64_t requests, unproven, begun_anew, probes; /* REQUESTs that were answered */
    uint64_t numbers, bytes;                         /* of bodies */
    uint64_t again;                                  /* numbers that another server had sent too */
    uint64_t renewals, spaces_begun;
};

/* A packet was taken by that server, and answered so. */
void watch_answer(struct watch *w, const struct cluster *c, int which, const struct packet *in,
                  const struct burst *out);

void watch_free(struct watch *w);

#endif
