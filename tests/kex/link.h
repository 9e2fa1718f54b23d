/*
 * A path between one client and servers under a virtual clock: delay, jitter, loss, duplication.
 * The client runs until it is done; every packet either way is counted and its size checked.
 */
#ifndef TESTS_KEX_LINK_H
#define TESTS_KEX_LINK_H

#include "kex/world.h"

struct link {
    unsigned loss_percent, twice_percent; /* each way */
    int64_t delay_ns, jitter_ns;          /* one way */
    int64_t limit_ns;                     /* the client must be done by then */
    struct rng rng;

    /* Who takes the next packet, and what happens to servers before that; NULL: servers[0]. */
    struct world_server *(*pick)(struct link *l, int64_t now_ns);
    struct world_server *servers;
    uint64_t served; /* packets taken so far */

    uint64_t up, down; /* packets sent, each way */
    uint64_t verdicts[VERDICTS];
    int64_t end_ns; /* when it was over */
};

/* True when the client was done within the limit, and hardly ever woken for nothing. */
bool link_run(struct link *l, struct kex_client *c);

#endif
