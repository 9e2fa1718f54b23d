/*
 * The window (protocol section 4; Trickles section 4; RFC 5681, RFC 9438): one pure function, in
 * integers, from a session's transport values and a proof of receipt to how far the client may
 * pull.
 *
 * The server runs it on what it unsealed, the client on its copy. A proof lists the numbers
 * received above base, up to the highest that the client chooses to show; what lies between its
 * runs is missing. A gap whose first number is the reordering tolerance or more below the end of
 * the proof is a loss; a younger one is undecided: the value stops before it, and what it misses
 * beyond recovery shortens the horizon. Losses of the flight that recovery answers for change
 * nothing; a gap that reaches beyond it is another loss, and one more for each further flight that
 * it spans. Receipts that had numbers granted for them while a loss was undecided are not counted
 * again in recovery.
 *
 * Property (tested): the horizon for a weakened proof never exceeds the best horizon of a prefix of
 * the truth, so that hiding, forging gaps or holding back earns nothing. A proof over many flights,
 * from an old continuation, may exceed it by up to 3 where its losses have brought the threshold
 * below ten packets: what is left of a small window grows again the sooner.
 */
#ifndef FLOW_WINDOW_H
#define FLOW_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "seal/transport.h"
#include "wire/proof.h"

#define WINDOW_AGE_MOST_MS   2000 /* a value counts as at most this old */
#define WINDOW_REORDER_LEAST 3    /* numbers; the tolerance is a quarter of the window if more */

/* What one congestion control algorithm is: a const table. `share_q10` is the part of the window
 * that a loss leaves, in 1/1024. */
struct window_algorithm {
    const char *name;
    uint32_t share_q10;
    /* n numbers were received outside slow start and recovery. */
    void (*grow)(struct transport *t, uint64_t n);
    /* A loss was found at window `old`; threshold is set already. */
    void (*reduce)(struct transport *t, uint32_t old);
    /* Growth begins at t->window: slow start has reached the threshold. */
    void (*begin)(struct transport *t);
};

extern const struct window_algorithm window_cubic;
extern const struct window_algorithm window_reno;

const struct window_algorithm *window_algorithm(const struct transport *t);

/* Replays p, which is well-formed and lies above t->base, on *t, whose age is age_ms. Returns the
 * horizon: the highest number that may be sent now, never below t->highest before the call;
 * t->highest is it afterwards. */
uint64_t window_advance(struct transport *t, const struct proof *p, uint32_t age_ms);

/* The client saw its delay grow in slow start and asks to end it (HyStart, RFC 9406): the threshold
 * comes down to the window. Never raises anything. */
void window_end_slow_start(struct transport *t);

/* A fresh number space at another home, after an outage or a move: base, highest and recovery are 0
 * and the window is what a loss leaves. */
void window_restart(struct transport *t, uint32_t lineage, uint64_t home,
                    const uint8_t range_key[RANGE_KEY_BYTES]);

/* The client is at another address: the same numbers go on, over a path of which nothing is known.
 * The window is the first one at most, the threshold what a loss leaves, and what was lost with
 * the old path counts no more. */
void window_move(struct transport *t);

/* The reordering tolerance in numbers. */
uint64_t window_tolerance(const struct transport *t);

/* The window in packets, at least 1: what recovery grows to, if in recovery. */
uint64_t window_packets(const struct transport *t);

/* floor(sqrt(v)) and floor(cbrt(v)). */
uint64_t integer_sqrt(uint64_t v);
uint64_t integer_cbrt(uint64_t v);

#endif
