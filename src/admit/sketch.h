/*
 * What each network takes of a worker's time, in fixed memory: a count-min sketch (Cormode,
 * Muthukrishnan 2005) by /24 or /56, which halves everything each SKETCH_HALF_MS, in eight steps: a
 * network that is beyond its share regains a twelfth of it at a time, and not half.
 *
 * A network falls into one cell of each row by a keyed hash, and its count is the least of these:
 * others that share a cell add to it and never take away, so a network may seem to take more than
 * it does, not less. What took a steady r microseconds a half-life stands between 1.39 r and 1.53
 * r. There are five counts: of HELLOs whose address is not proven, of those that brought a solution
 * or a pass, of other packets, and of those among these that show where they come from (origin.h),
 * BLOCKs apart.
 */
#ifndef ADMIT_SKETCH_H
#define ADMIT_SKETCH_H

#include <stdint.h>

#include "crypto/short_hash.h"
#include "seal/session.h"

#define SKETCH_ROWS      4
#define SKETCH_CELLS     16384 /* of a row; a power of two */
#define SKETCH_HALF_MS   512
#define SKETCH_STEPS     8 /* in which it is halved */
#define SKETCH_KEY_BYTES SHORT_HASH_KEY_BYTES

enum sketch_count {
    SKETCH_UNPROVEN,
    SKETCH_PROVEN,
    SKETCH_OTHERS,
    SKETCH_MARKED,
    SKETCH_BLOCKS,
    SKETCH_COUNTS
};

struct sketch_cell {
    uint32_t step;              /* when it last faded, in steps */
    uint32_t us[SKETCH_COUNTS]; /* microseconds of CPU */
};

struct sketch {
    uint8_t key[SKETCH_KEY_BYTES];
    struct sketch_cell total;
    struct sketch_cell cells[SKETCH_ROWS][SKETCH_CELLS];
};

/* Where a network is counted. */
struct sketch_network {
    uint16_t cell[SKETCH_ROWS];
};

/* key: fresh random for each process. */
void sketch_init(struct sketch *s, const uint8_t key[SKETCH_KEY_BYTES]);

struct sketch_network sketch_find(const struct sketch *s, const uint8_t address[ADDRESS_BYTES]);

/* What the network took, as of now_ms of a clock that never steps back. */
uint32_t sketch_read(struct sketch *s, const struct sketch_network *n, enum sketch_count which,
                     int64_t now_ms);

/* What all networks took together. */
uint32_t sketch_total(struct sketch *s, enum sketch_count which, int64_t now_ms);

void sketch_add(struct sketch *s, const struct sketch_network *n, enum sketch_count which,
                uint32_t us, int64_t now_ms);

/* The same for all networks together alone: what nobody is to answer for. */
void sketch_add_total(struct sketch *s, enum sketch_count which, uint32_t us, int64_t now_ms);

#endif
