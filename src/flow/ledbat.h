/*
 * The client's limit for background transfers (RFC 6817, with the corrections of LEDBAT++,
 * draft-irtf-iccrg-ledbat-plus-plus): it takes what others leave, and makes way when they come.
 *
 * How much more than the shortest round trip of late a packet takes is the queue; the limit
 * rises while the queue is below a target, and falls in proportion to what is above it. Round trips
 * serve in place of one-way delays, as in LEDBAT++: they need no clock of the server's. The client
 * asks for the lesser of this and what the window allows; the server knows nothing of it.
 *
 * A value and pure functions; times are nanoseconds of one monotonic clock.
 */
#ifndef FLOW_LEDBAT_H
#define FLOW_LEDBAT_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 6817 allows 100 ms and LEDBAT++ takes 60: more than a short queue holds, where a flow would
 * then only ever notice losses, and compete. */
#define LEDBAT_TARGET_NS   ((int64_t)8000000)
#define LEDBAT_MINUTES     4 /* the shortest round trip is that of so many, the current included */
#define LEDBAT_MINUTE_NS   ((int64_t)60000000000)
#define LEDBAT_RTT_MOST_NS ((int64_t)10000000000) /* longer ones count as this */
#define LEDBAT_LEAST       2                      /* packets */
#define LEDBAT_MOST        ((uint64_t)1 << 24)

struct ledbat {
    int64_t least_ns[LEDBAT_MINUTES]; /* the shortest round trip of each minute; 0: none */
    int64_t minute_ns;                /* when that of least_ns[0] began */
    int64_t round_ns;                 /* when this round began: a round trip in which much is met */
    int64_t shortest_ns;              /* of this round; 0: none yet */
    uint64_t answered;                /* packets in this round */
    int64_t rtt_ns;                   /* shortest of the last round; 0: none yet */
    uint64_t window_q8;               /* packets in 1/256 */
    uint64_t threshold_q8;            /* where the ramp leads */
    int64_t deaf_ns;                  /* losses until then are of an episode that is paid for */
    int64_t slowdown_ns;              /* when the next or current slowdown began; INT64_MAX: none */
    int64_t resume_ns;                /* when its pause ends */
    bool ramping;                     /* doubled each round: at the start, and after a pause */
};

void ledbat_init(struct ledbat *l);

/* So many packets were answered (0: none of them news), the last after rtt_ns. */
void ledbat_sample(struct ledbat *l, int64_t rtt_ns, uint64_t answered_packets, int64_t now_ns);

/* A packet was lost. */
void ledbat_loss(struct ledbat *l, int64_t now_ns);

/* The packets that may be in flight: LEDBAT_LEAST or more. */
uint64_t ledbat_packets(const struct ledbat *l);

#endif
