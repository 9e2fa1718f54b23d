/*
 * Admission (protocol section 5): whether a HELLO whose mac is right may cost its decapsulation,
 * and whose other packets are left out when more come than can be taken.
 *
 * Two things make a puzzle due: the load (control.h), for everybody; and what a network takes
 * (sketch.h), for who calls from there. A network that has taken its share without proof is asked
 * for the proof of an address alone, w = 0, so that a stranger who uses its addresses can do it no
 * other harm. What it took with proofs counts apart, and beyond its share makes its own puzzles
 * harder, in proportion: at twice the share they are as hard as any. Nobody is turned away.
 *
 * Other packets are cheap one by one, and nothing can be asked of who sends them; but most of them
 * show where they come from (origin.h). They are counted, but for REQUESTs that are answered in
 * full: who only fetches has nothing to fear. While a crowd waits, some are dropped unopened, so
 * that the queue does not overflow and lose everybody's: of what comes from elsewhere than it
 * should all but a network's share; and, when there are too many in all, what is of a network that
 * is beyond its share. What shows its network counts apart, so that nobody else can use its share
 * up. And where so many networks have a share that crowds take half of the worker all the same,
 * the share is halved, again and again, until they do not: by the controller of the puzzles. BLOCKs
 * have shares of their own: they cost the most, can be repeated without end, and a fetch can do
 * without them.
 *
 * A solution or a pass counts once (seal/strikes.h, seal/filter.h). When the table of strikes is
 * full, a solution is let through; when the filter is, a pass is not.
 */
#ifndef ADMIT_ADMIT_H
#define ADMIT_ADMIT_H

#include "admit/control.h"
#include "admit/origin.h"
#include "admit/sketch.h"
#include "seal/step.h"
#include "wire/hello.h"
#include "wire/puzzle.h"

/* What one part in so many of a worker's time never exceeds while it is steady. */
#define ADMIT_PART_US(parts) (SKETCH_HALF_MS * 1000 * 8 / 5 / (parts))
/* What a network may take at once. */
#define ADMIT_SHARE_US ADMIT_PART_US(8)
/* The same of other packets, 6400 of them; and of all together. */
#define ADMIT_OTHERS_US     ADMIT_PART_US(32)
#define ADMIT_OTHERS_ALL_US ADMIT_PART_US(4)
/* What one of them counts when it is left out, about what a BLOCK takes that follows one of the
 * same exchange; and what one counts at most, for the same reason as below. */
#define ADMIT_OTHER_US      4
#define ADMIT_OTHER_MOST_US 40
/* Steps of low load, together longer than SKETCH_HALF_MS, after which shares are doubled again. */
#define ADMIT_PATIENCE 8
/* So many packets that wait at once are a crowd. */
#define ADMIT_CROWD 32
/* For so long after it was set, a puzzle counts though they have become harder. */
#define ADMIT_GRACE_MS 2000
/* What one HELLO counts at most: what takes longer was kept waiting by others. */
#define ADMIT_COST_MOST_NS 10000000

/* How a HELLO came through, or did not. */
enum admit_result {
    ADMIT_FREE,   /* no puzzle was due */
    ADMIT_SOLVED, /* with a solution, */
    ADMIT_PASSED, /* with a pass */

    ADMIT_ASKED,   /* it brought neither: PUZZLE */
    ADMIT_LATE,    /* a solution too old to tell: PUZZLE */
    ADMIT_WEAK,    /* a solution with fewer bits than are due: PUZZLE */
    ADMIT_STRUCK,  /* a solution or a pass for the second time: PUZZLE */
    ADMIT_REFUSED, /* a pass that is of no use here, now, or to its network: PUZZLE */

    ADMIT_WRONG,     /* a solution that is none: dropped */
    ADMIT_MALFORMED, /* dropped */
    ADMIT_NO_KEY,    /* a puzzle was due, and there is no cookie key to set it with: dropped */
    ADMIT_RESULTS,
};

struct admit {
    struct control control;
    /* Of other packets that were looked at in a crowd, those that show their network, BLOCKs apart,
     * and those that do not: each level halves a network's share of them. */
    struct control marked, blocks, untold;
    struct sketch sketch;
};

/* Of one HELLO, for as long as it is answered. */
struct admission {
    struct sketch_network network;
    bool proven;
};

/* key: fresh random for each process. steady_ms: of a clock that never steps back, everywhere. */
void admit_init(struct admit *a, const uint8_t key[SKETCH_KEY_BYTES], int64_t steady_ms);

/* Moves the difficulty when it is time; call before the others, and now and then at rest. */
void admit_turn(struct admit *a, int64_t steady_ms);

/* Judges h, whose mac is right. From ADMIT_ASKED to ADMIT_REFUSED out holds a PUZZLE. Up to
 * ADMIT_PASSED, the caller opens the HELLO and then says what that took: admit_spent. */
enum admit_result admit_hello(struct admit *a, struct admission *d, const struct step *st,
                              int64_t steady_ms, const struct hello *h, uint8_t out[PUZZLE_BYTES]);

/* Whether a RESUME may cost its X25519: unless work is due from everybody, or its network has taken
 * its share. It cannot bring a solution; its client begins an exchange instead, which can. What it
 * took is counted by admit_spent, without proof. */
bool admit_resume(struct admit *a, struct admission *d, const struct step *st, int64_t steady_ms);

void admit_spent(struct admit *a, const struct admission *d, int64_t steady_ms, uint64_t ns);

/* Whether so many packets that came at once are a crowd: fewer are, while shares are smaller. */
bool admit_is_crowd(const struct admit *a, size_t packets);

/* A packet of len bytes other than HELLO that waited in a crowd: whether it may be looked at. And
 * one, in a crowd or not, of which so much was seen that it counts: what that took. */
bool admit_other(struct admit *a, const struct step *st, int64_t steady_ms, const uint8_t *p,
                 size_t len);
void admit_other_spent(struct admit *a, const struct step *st, int64_t steady_ms, bool crowded,
                       const uint8_t *p, size_t len, uint64_t ns);

/* Whether out holds a PUZZLE. */
bool admit_is_puzzle(enum admit_result r);

#endif
