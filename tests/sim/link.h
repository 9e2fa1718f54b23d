/*
 * What a packet may meet on its way: nodes that do one thing each, to be chained.
 *
 * Each init leaves `next` to the caller (way_init chains a whole row of them). Chances are per
 * mille.
 */
#ifndef SIM_LINK_H
#define SIM_LINK_H

#include "sim/sim.h"

struct delay_node {
    struct node node;
    int64_t delay_ns, jitter_ns; /* jitter keeps the order */
    int64_t last_ns;
};

/* A line of `bits_s` with a drop-tail queue of `queue_bytes`; bits_s 0: no limit. */
struct rate_node {
    struct node node;
    int64_t bits_s, queue_bytes;
    int64_t free_ns; /* when the line has sent everything */
    uint64_t dropped;
};

struct loss_node {
    struct node node;
    uint32_t chance;
    uint64_t dropped;
};

/* Holds some packets back, so that later ones overtake them. */
struct reorder_node {
    struct node node;
    uint32_t chance;
    int64_t hold_ns;
};

struct duplicate_node {
    struct node node;
    uint32_t chance;
    int64_t hold_ns;
};

/* Flips one bit at a random place of some packets; of every k-th when `every` is set. */
struct corrupt_node {
    struct node node;
    uint32_t chance, every;
    uint64_t seen, flipped;
    void (*flipping)(void *context, const struct packet *before); /* or NULL: told of each */
    void *context;
};

/* Drops what is longer than `limit`, payloads; 0: no limit. */
struct mtu_node {
    struct node node;
    size_t limit;
    uint64_t dropped;
};

/* An attacker on the path: remembers what passes and sends it again, also from other addresses. */
#define THIEF_MEMORY 512
struct thief_node {
    struct node node;
    bool remember;         /* what passes; a chance to replay implies it */
    uint32_t chance;       /* of replaying something when a packet passes */
    uint32_t spoof_chance; /* of a replay pretending to come from `spoofed` */
    uint8_t spoofed[ADDRESS_BYTES];
    uint64_t seen, replayed, spoofed_packets, spoofed_bytes;
    struct packet *memory[THIEF_MEMORY]; /* owned; NULL: none yet */
};

struct path_plan {
    int64_t delay_ns, jitter_ns, bits_s, queue_bytes, hold_ns;
    size_t mtu;
    uint32_t loss, reorder, duplicate, corrupt, corrupt_every, replay, spoof;
};

/* thief, mtu, loss, corrupt, duplicate, rate, delay, reorder; `first.next` ... in this order. */
struct way {
    struct thief_node thief;
    struct loss_node loss;
    struct corrupt_node corrupt;
    struct duplicate_node duplicate;
    struct mtu_node mtu;
    struct rate_node rate;
    struct delay_node delay;
    struct reorder_node reorder;
};

/* Remembers a packet in place of the oldest. */
void thief_note(struct thief_node *t, const struct packet *p);

/* p is zeroed before. */
void way_init(struct way *p, struct sim *sim, const struct path_plan *plan, struct node *to);
void way_free(struct way *p);
struct node *way_entry(struct way *p);

#endif
