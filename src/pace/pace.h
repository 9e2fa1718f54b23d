/*
 * Pacing, loss detection and congestion control for a client that sends many small packets, each
 * answered by one (RFC 9002's ideas; NewReno with CUBIC's decrease of 0.7). Losses on a path
 * without a queue leave a window of ten packets, unless most is lost.
 *
 * A value of fixed size and pure functions; times are nanoseconds of any monotonic clock. The
 * caller numbers what it sends by `item` (a block's position, a chunk) and asks pace_lost
 * what to send again. At most PACE_WINDOW packets are in flight.
 */
#ifndef PACE_PACE_H
#define PACE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_WINDOW 2048 /* a power of two */
#define PACE_MS     ((int64_t)1000000)
#define PACE_FIRST_TIMEOUT_NS (250 * PACE_MS)

/* Of two times at which something is due. */
static inline int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

enum pace_state { PACE_FREE, PACE_IN_FLIGHT, PACE_LOST };

struct pace_record {
    uint32_t item;
    uint8_t state;
    bool again; /* sent before under another number: its answer gives no round-trip time */
    int64_t sent_ns;
};

struct pace {
    uint32_t window_q8;    /* packets, 24.8 fixed point */
    uint32_t threshold_q8; /* slow start below */
    uint32_t credit_q8;    /* answers since the window last grew */
    uint32_t in_flight;
    uint32_t unreported;        /* records in state PACE_LOST */
    uint32_t answered, lost;    /* since the window was last reduced */
    uint64_t next;              /* number of the next packet */
    uint64_t oldest;            /* no record below is in flight or unreported */
    uint64_t largest;           /* one past the largest number answered */
    uint64_t recovery;          /* losses below belong to an episode already paid for */
    int64_t srtt_ns, rttvar_ns; /* 0: no sample yet */
    int64_t least_ns;           /* the shortest certain round trip; 0: none yet */
    int64_t send_ns;            /* the pacer's next slot */
    int64_t progress_ns;        /* when something was last answered, or first sent after silence */
    uint32_t backoff;           /* timeouts in a row */
    struct pace_record records[PACE_WINDOW]; /* of oldest to next; before they are sent, anything */
};

void pace_init(struct pace *p);

/* True when a packet may leave now. */
bool pace_ready(const struct pace *p, int64_t now_ns);

/* Takes note of a packet sent; returns its number. */
uint64_t pace_sent(struct pace *p, uint32_t item, bool again, int64_t now_ns);

/* The packet of that number was answered. Numbers that are unknown, answered or given up are
 * ignored. Returns true when it was in flight. */
bool pace_answered(struct pace *p, uint64_t number, int64_t now_ns);

/* Takes one item that must count as lost; false when there is none. */
bool pace_lost(struct pace *p, uint32_t *item);

/* Gives up all that is in flight, as when the session that would have answered is gone: no sign of
 * congestion. */
void pace_abandon(struct pace *p);

/* Runs the timers: gives up what is overdue. Call before pace_lost and pace_ready. */
void pace_tick(struct pace *p, int64_t now_ns);

/* When pace_tick or pace_ready will next have something new to say; `wanting` tells whether the
 * caller has more to send. INT64_MAX: never. */
int64_t pace_next_ns(const struct pace *p, bool wanting);

/* Time without any answer after which everything in flight counts as lost: PACE_FIRST_TIMEOUT_NS
 * before there is a sample. */
int64_t pace_timeout_ns(const struct pace *p);

#endif
