/*
 * The size of packets that a path lets pass (RFC 8899's idea): asked for upward from the size that
 * always passes, and down to it again when larger ones vanish.
 *
 * A probe is a REQUEST of the size in question; its answer is as long, and brings a continuation
 * that names the size. Who holds that continuation has received such a packet, so that a server
 * that remembers nothing knows what passes.
 */
#ifndef FLOW_PATH_H
#define FLOW_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/limits.h"

#define PATH_TRIES 3
#define PATH_AGAIN_NS                                                                              \
    ((int64_t)60000000000) /* after which a size that did not pass is tried again */
/* It may have been an outage and no black hole: a probe, one packet, will tell. */
#define PATH_SOON_NS ((int64_t)1000000000)

struct path {
    uint16_t trying; /* the size that is being probed, 0: none */
    uint8_t tries;
    int64_t next_ns; /* no probe before */
};

/* The size to probe now, given the size that passes; 0: none. */
uint16_t path_probe(struct path *p, uint16_t passes, int64_t now_ns);

/* A probe has left; it counts as lost after timeout_ns. */
void path_sent(struct path *p, int64_t now_ns, int64_t timeout_ns);

/* Larger packets have vanished: nothing is probed for a moment. */
void path_is_black_hole(struct path *p, int64_t now_ns);

#endif
