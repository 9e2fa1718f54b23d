/*
 * The puzzle as pure functions (protocol section 5; MinimaLT): nothing is kept of one that was set.
 *
 *   z' = KDF("puzzle", ring; address | C' | N | n')     H(z') under the label "puzzle hash"
 *
 * n' holds the time and w, so these are bound as well. Who is to solve it gets H(z') and z' without
 * w of its bits, and finds them in about 2^(w-1) hashes; with w = 0 only who receives at the
 * address gets z', and that is all that it proves.
 */
#ifndef ADMIT_PUZZLE_H
#define ADMIT_PUZZLE_H

#include <stdbool.h>

#include "seal/ring.h"
#include "seal/session.h"
#include "wire/hello.h"
#include "wire/puzzle.h"

#define PUZZLE_LIFE_MS 16000 /* as long as a strike at least, see seal/strikes.h */

enum puzzle_result {
    PUZZLE_RIGHT,
    PUZZLE_LATE,  /* too old, from before `since_ms`, or its cookie key is gone: not looked at */
    PUZZLE_WRONG, /* not the answer, or to a puzzle set to another address or HELLO */
};

/* Derives z' for the HELLO h from address (canonical) and n'. The caller wipes z. */
void puzzle_answer(uint8_t z[PUZZLE_ANSWER_BYTES], const struct cookie_key *key,
                   const uint8_t address[ADDRESS_BYTES], const struct hello *h,
                   const uint8_t nonce[PUZZLE_NONCE_BYTES]);

/* Writes a PUZZLE of `bits` (at most PUZZLE_BITS_MOST); random: PUZZLE_RANDOM_BYTES, fresh. */
void puzzle_set(uint8_t out[PUZZLE_BYTES], const struct cookie_key *key, int64_t now_ms,
                uint8_t bits, const uint8_t *random, const uint8_t address[ADDRESS_BYTES],
                const struct hello *h);

/* Judges a solution that h brought from address; since_ms: when what is struck began to be kept. */
enum puzzle_result puzzle_check(const struct puzzle_field *f, const struct ring *ring,
                                int64_t now_ms, int64_t since_ms,
                                const uint8_t address[ADDRESS_BYTES], const struct hello *h);

/* Tries `count` values of the zeroed bits, from `first` on in steps of `step`; those past the last
 * are not tried. True: z is the answer. */
bool puzzle_search(uint8_t z[PUZZLE_ANSWER_BYTES], const struct puzzle *q, uint64_t first,
                   uint64_t step, uint64_t count);

#endif
