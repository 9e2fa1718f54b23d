/*
 * The server's core: one packet in, its answer out, and the counters.
 *
 * The cost ladder is server_packet, one visible function. No socket and no clock: the worker
 * (node/worker.c) and the simulator both drive it. Its memory is this struct: about 32 MB.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "admit/admit.h"
#include "flow/server.h"
#include "kex/lookup.h"
#include "kex/server.h"
#include "seal/step.h"
#include "server/counters.h"
#include "store/short_term_file.h"

#define HELLO_NS  150000
#define RESUME_NS 45000
#define OTHER_NS  (ADMIT_OTHER_US * 1000)

struct server_options {
    const struct server_identity *identity;
    const struct shelf *shelf; /* what LOOKUP finds */
    struct lethe_service service;
    uint8_t least_legs; /* sessions that have absorbed less are told LETHE_STATUS_LEVEL */
    uint8_t algorithm;  /* of congestion control */
    bool strict_home;   /* what another server has begun is begun anew */
    bool early;         /* requests in HELLO are taken, if the service takes them */
    struct once *once;  /* shared with the server's other processes; NULL: see server/early.h */
    int64_t period_ms;  /* of the ring */
    bool no_puzzles;    /* every HELLO is opened, whatever the load */
    /* Tells the time before and after a packet is looked at, in nanoseconds; NULL: they count as
     * HELLO_NS, RESUME_NS and, all others, OTHER_NS. */
    uint64_t (*clock_ns)(void);
};

struct server {
    struct server_options options;
    struct ring ring, slow; /* slow: empty unless sessions may be parked */
    struct short_term_keys short_term;
    bool has_short_term; /* its public half, signed, to be given out: */
    uint8_t short_term_file[SHORT_TERM_FILE_BYTES];
    struct filter filter;
    struct admit admit;
    struct resumed resumed;
    struct rng rng;
    struct exchange exchange; /* of the packet before, within one batch */
    bool crowded;             /* ADMIT_CROWD packets or more came at once */
    int64_t boot_ms, last_ms;
    int64_t steady_ms; /* as now_ms, but for steps back */
    uint64_t home;
    uint8_t lineage_key[32];
    struct flow_request request;
    struct flow_scratch scratch;
    struct counters *counters;
    struct strikes strikes; /* the last, so that it is zeroed once */
};

/* What options refers to, and counters, are borrowed. seed: fresh for each process. now_ms: Unix
 * time; what was issued before it is not continued. */
void server_init(struct server *s, const struct server_options *options, struct counters *counters,
                 int64_t now_ms, const uint8_t seed[RNG_SEED_BYTES]);

/* Takes a packet from address (canonical) and writes the answer's packets into *burst, which has
 * room for BURST_BYTES; returns how many they are. An answer is never longer than the packet unless
 * the packet is a REQUEST whose address is proven. */
size_t server_packet(struct server *s, int64_t now_ms, const uint8_t address[ADDRESS_BYTES],
                     const uint8_t *p, size_t n, struct burst *burst);

/* Takes new short-term keys in. */
void server_take_short_term(struct server *s, const struct short_term_image *image, int64_t now_ms);

/* Lets time pass without a packet, to be called now and then: wipes the keys whose time is over,
 * and puzzles become easier. */
void server_expire(struct server *s, int64_t now_ms);

/* Begins a batch of so many packets that came at once. Without it none is a crowd. */
void server_batch_begin(struct server *s, size_t packets);

/* Forgets what the last packet left behind; the caller ends every batch with it. */
void server_batch_end(struct server *s);

void server_wipe(struct server *s);

/* A moment, and how long ago it was; where there is no clock, what it usually takes. */
uint64_t server_clock_ns(const struct server *s);
uint64_t server_took_ns(const struct server *s, uint64_t start, uint64_t usual);

#endif
