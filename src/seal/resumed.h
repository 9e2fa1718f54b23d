/*
 * Which sessions were resumed from their parked continuations, in fixed memory.
 *
 * A session's id is struck when it resumes: each does so once while that is remembered. A tag is a
 * 64-bit keyed hash, in one of RESUMED_WAYS places that the hash chooses; where they are all taken,
 * the one taken longest ago is forgotten. What is forgotten, or was struck at another server or
 * before a restart, may resume again. That is harmless: only who has the fresh X25519 secret of a
 * RESUME can use its answer, which is no longer than it.
 */
#ifndef SEAL_RESUMED_H
#define SEAL_RESUMED_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/limits.h"

#define RESUMED_KEY_BYTES 32
#define RESUMED_SETS      4096
#define RESUMED_WAYS      4

struct resumed {
    uint8_t key[RESUMED_KEY_BYTES];
    uint8_t next[RESUMED_SETS];                /* the place to take next in each set */
    uint64_t tags[RESUMED_SETS][RESUMED_WAYS]; /* 0: none */
};

/* key: fresh random for each process. */
void resumed_init(struct resumed *r, const uint8_t key[RESUMED_KEY_BYTES]);

/* True when the session m is not known to have been resumed; it is from now on. */
bool resumed_strike(struct resumed *r, const uint8_t m[EXCHANGE_ID_BYTES]);

#endif
