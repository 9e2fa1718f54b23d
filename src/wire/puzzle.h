/*
 * PUZZLE, which may answer HELLO, and the puzzle field of HELLO that brings a solution or a pass
 * (protocol section 5; MinimaLT). All pointers borrow.
 *
 *   n'     kid 1 | issued 8 | bits 1 | random 14
 *   PUZZLE kind | N 24 | n' 24 | H(z') 32 | z' with its low bits zeroed 32
 *   field  0, zeros | 1, n' 24, z' 32, zeros 7 | 2, kid 1, nonce 16, expires 8, tag 16, zeros 22
 *
 * The low bits of z' are those of its first 4 bytes as an integer.
 */
#ifndef WIRE_PUZZLE_H
#define WIRE_PUZZLE_H

#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

#define PUZZLE_NONCE_BYTES  24 /* n' */
#define PUZZLE_RANDOM_BYTES 14
#define PUZZLE_ANSWER_BYTES 32 /* z' */
#define PUZZLE_BITS_MOST    32
#define PUZZLE_BYTES        (1 + NONCE_BYTES + PUZZLE_NONCE_BYTES + 2 * PUZZLE_ANSWER_BYTES)

#define PUZZLE_FIELD_BYTES  64
#define PASS_NONCE_BYTES    16
#define PASS_TAG_BYTES      16

struct puzzle_nonce {
    uint8_t kid;       /* of the cookie key that z' is derived from */
    int64_t issued_ms; /* Unix time, not negative */
    uint8_t bits;      /* w, how many are zeroed */
    const uint8_t *random;
};

struct puzzle {
    const uint8_t *echo;  /* N of the HELLO that is answered */
    const uint8_t *nonce; /* n' */
    uint8_t bits;         /* decoded: those of n'; not encoded */
    const uint8_t *hash;  /* H(z') */
    const uint8_t *hint;  /* z' with its low bits zeroed */
};

enum puzzle_field_type { PUZZLE_FIELD_NONE = 0, PUZZLE_FIELD_SOLUTION = 1, PUZZLE_FIELD_PASS = 2 };

struct puzzle_field {
    uint8_t type;
    const uint8_t *nonce;       /* n', or the pass's nonce of PASS_NONCE_BYTES */
    const uint8_t *answer;      /* z', of a solution */
    struct puzzle_nonce puzzle; /* n' of a solution: decoded, not encoded */
    uint8_t kid;                /* the rest is of a pass */
    int64_t expires_ms;         /* Unix time, not negative */
    const uint8_t *tag;
};

/* What n' says; LETHE_ERR_FORMAT when the kid, the time or the bits are out of range. */
int puzzle_nonce_decode(struct puzzle_nonce *q, const uint8_t p[PUZZLE_NONCE_BYTES]);
void puzzle_nonce_encode(uint8_t out[PUZZLE_NONCE_BYTES], const struct puzzle_nonce *q);

/* LETHE_ERR_FORMAT unless exactly a PUZZLE, with the zeros where it says so. */
int puzzle_decode(struct puzzle *q, const uint8_t *p, size_t n);
void puzzle_encode(uint8_t out[PUZZLE_BYTES], const struct puzzle *q);

/* LETHE_ERR_FORMAT when the type is unknown, a value is out of range, or padding is not zero. */
int puzzle_field_decode(struct puzzle_field *f, const uint8_t p[PUZZLE_FIELD_BYTES]);
void puzzle_field_encode(uint8_t out[PUZZLE_FIELD_BYTES], const struct puzzle_field *f);

#endif
