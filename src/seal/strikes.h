/*
 * The table of packet numbers sent (protocol section 4; Trickles' constant-size replay history):
 * while it remembers a number of a number space, the number is not sent again at this server.
 *
 * An entry is 8 bytes for 16 consecutive numbers: a 48-bit keyed tag of (space, number / 16) and a
 * mask of those sent. Entries live in three tables that take turns: one takes new entries for
 * STRIKES_TURN_MS, all three are asked, and the oldest is emptied to become the newest. A strike so
 * lives longer than STRIKES_LIFE_MS and at most one turn more; then its number is fresh again, and
 * it is for the caller to refuse what is older (seal/places.h tells it). Memory: sizeof (struct
 * strikes), 28 MB with the places, fixed.
 *
 * There is no false "fresh". A false "struck" befalls the whole group of 16, for as long as the
 * strange entry lives: with probability below 2^-42 for one group when all tables are full (the
 * 64-bit hash places an entry by 20 bits, 4 of them also the tag's, and a probe in a full table
 * passes one entry on average that shares these 4). Who does not know the key cannot bring it about
 * on purpose, nor long probes. A newest table that is full says so, until the next turn, and the
 * caller falls back to what is harmless.
 */
#ifndef SEAL_STRIKES_H
#define SEAL_STRIKES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seal/places.h"

#define STRIKES_TURN_MS   8000
#define STRIKES_TABLES    3
#define STRIKES_LIFE_MS   (STRIKES_TURN_MS * (STRIKES_TABLES - 1))
#define STRIKES_SLOTS     (1u << 20)              /* of one table; a power of two */
#define STRIKES_FULL      (STRIKES_SLOTS / 4 * 3) /* entries a table takes: 98,304 a second */
#define STRIKES_KEY_BYTES 16

struct strikes_table {
    uint32_t used;
    uint64_t slots[STRIKES_SLOTS]; /* tag 48 | mask 16, never 0; 0: empty */
};

struct strikes {
    uint8_t key[STRIKES_KEY_BYTES];
    int64_t turn;    /* now_ms / STRIKES_TURN_MS of the newest table */
    unsigned newest; /* index of it */
    struct strikes_table tables[STRIKES_TABLES];
    struct places places; /* under the same key, by the same turns */
};

/* key: fresh random for each process. now_ms: see strikes_turn. */
void strikes_init(struct strikes *s, const uint8_t key[STRIKES_KEY_BYTES], int64_t now_ms);

/* Moves on to another turn when it is time. Call before the others. now_ms is of a clock that never
 * steps (net/clock.h: the monotonic one): a step forward would make it forget too soon, and a step
 * back, which changes nothing, makes it forget only when the clock has caught up. Emptying a table
 * of 8 MB takes up to a millisecond, once a turn; all three, after a pause of three turns. */
void strikes_turn(struct strikes *s, int64_t now_ms);

/* Strikes the numbers group * 16 + i for each bit i of `wanted` in the number space named by
 * `space`. Returns the bits that were fresh, 0 when none was. *full, written always: there were
 * fresh ones and no room for them; then none is struck and the result is 0. */
uint16_t strikes_take(struct strikes *s, uint64_t space, uint64_t group, uint16_t wanted,
                      bool *full);

/* Which of `wanted` were struck before; strikes nothing. */
uint16_t strikes_look(const struct strikes *s, uint64_t space, uint64_t group, uint16_t wanted);

/* Entries now, for the counters: a group that was struck in two turns has two. */
size_t strikes_used(const struct strikes *s);

#endif
