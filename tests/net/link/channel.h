/*
 * One direction of an emulated link: decides what becomes of each frame, and
 * when. No clock and no device: time is an argument, in nanoseconds.
 *
 * A frame passes, in this order: a drop-tail queue before a transmitter of the
 * given rate; random loss (a lost frame has used the rate); the delay. Frames
 * leave in their order whatever the jitter; only reordering changes the order.
 *
 * Chances are drawn by frame number from a seeded counter generator
 * (SplitMix64, Steele, Lea, Flood 2014): what happens to frame i depends on the
 * seed, the direction and i alone, and no chance shifts the draws of another.
 */
#ifndef NET_LINK_CHANNEL_H
#define NET_LINK_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_PPB       1000000000u /* chances are in parts per 10^9 */
#define CHANNEL_QUEUE_MAX 1000000u

struct channel_options {
    uint64_t delay_ns;
    uint64_t jitter_ns; /* at most delay_ns; the delay is uniform in delay_ns +- jitter_ns */
    uint64_t rate_bps;  /* of whole frames as the device gives them; 0: no limit */
    uint64_t queue;     /* frames that wait or are being sent, 1 to CHANNEL_QUEUE_MAX */
    uint64_t loss_ppb;
    uint64_t dup_ppb;
    uint64_t reorder_ppb;
    uint64_t reorder_by_ns; /* what a reordered frame waits on top of its delay */
    uint64_t corrupt_ppb;   /* one payload bit flipped, checksum fixed up */
    uint64_t stale_ppb;     /* one payload bit flipped, checksum left as it was */
};

struct channel {
    struct channel_options how;
    uint64_t key;
    uint64_t frames;        /* frames decided so far: the next frame's number */
    uint64_t busy_until_ns; /* when the transmitter is free */
    uint64_t last_due_ns;
    uint64_t *leaving_ns; /* ring: when each queued frame leaves the transmitter; owned */
    size_t leaving_first, leaving_count;
};

enum fate_kind { FATE_CARRIED, FATE_LOST, FATE_QUEUE_FULL };

struct fate {
    enum fate_kind kind;
    unsigned copies;    /* 1 or 2 when carried */
    uint64_t due_ns[2]; /* when each copy arrives */
    bool reordered[2];
    bool corrupt, stale; /* the first copy only */
    uint64_t corrupt_bit, stale_bit;
};

/* 0, or -1 without memory. `direction` keeps two channels of one seed apart. */
int channel_init(struct channel *c, const struct channel_options *how, uint64_t seed,
                 unsigned direction);
void channel_free(struct channel *c);

/* Decides about the next frame of n bytes that came at now_ns; now_ns never decreases. */
struct fate channel_decide(struct channel *c, uint64_t now_ns, size_t n);

#endif
