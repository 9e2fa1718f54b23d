/*
 * The usual scene: one client, a path each way, a cluster, one resource and a store.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "sim/ends.h"
#include "sim/fixture.h"
#include "sim/link.h"

#define LEGS_2 LEG_BIT(LEG_SNTRUP)
#define LEGS_3 (LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE))

struct plan {
    uint64_t seed;
    int servers;       /* 0: one */
    int64_t period_ms; /* 0: RING_PERIOD_MS */
    uint8_t needed, wanted;
    uint8_t least_legs;
    uint8_t algorithm;
    bool strict_home, background, long_names; /* of the resources: as long as names may be */
    uint64_t rate; /* bytes a second that the client allows itself, 0: no limit */
    uint64_t size;
    uint64_t more[PULL_BODIES - 1]; /* sizes of others that are fetched beside it, 0: none */
    uint64_t local_size; /* how much the store holds already; world_fill_store puts it there */
    int64_t give_up_ns;  /* 0: 30 s */
    bool park;           /* the servers park sessions, and the client asks for it */
    const struct parked_session *resume; /* what the client begins with, or NULL */
    struct path_plan up, down;
    const struct shelf *shelf; /* what LOOKUP finds, NULL: nothing */
    enum lethe_early early;    /* the service's; the client then asks in its first packet */
    bool late;                 /* ... of servers that take nothing early */
    int64_t minutes_off;       /* the client's clock */
};

struct world {
    struct sim sim;
    struct plan plan;
    struct resource resource, others[PULL_BODIES - 1];
    struct memory_store store, other_stores[PULL_BODIES - 1];
    struct client client;
    struct fetch *fetch; /* the client's, of `resource` */
    struct watch watch;
    struct client_end end;
    struct cluster cluster;
    struct way up, down;
    struct node router; /* where answers find the client, or nobody */
    uint64_t stray;
    struct once once;                  /* the servers' together */
    struct short_term_keys short_term; /* so are these */
    bool running;
};

/* The party is made once for all worlds of a program. */
const struct party *world_party(void);

/* Payloads of Ethernet's largest packets: what a path passes unless its plan says more or less. */
#define MTU_ETHERNET 1452

/* A path of so many milliseconds and nothing else. */
struct path_plan path_of(int64_t delay_ms);

struct world *world_new(const struct plan *plan);

/* Puts n bytes of what `version` of the resource has at offset into the store. Before world_start.
 */
void world_fill_store(struct world *w, uint64_t offset, uint64_t n, uint64_t version);

void world_start(struct world *w);

/* Runs until the client is done or the time is up; true when it is done. Starts it if need be. */
bool world_run(struct world *w, int64_t for_ns);

/* Runs for so long, done or not. */
void world_pass(struct world *w, int64_t for_ns);

/* The client has exactly the resources as they are now, and no nonce was used twice. */
void world_expect_intact(struct world *w);

/* Nobody lied, and no server dropped a packet: not even as repeated too often. */
void world_expect_no_drop(struct world *w);

/* The client ended with this error and nothing else is wrong. */
void world_expect_error(struct world *w, int err);

void world_free(struct world *w);

#define expect(w, what) sim_expect(&(w)->sim, what)

#endif
