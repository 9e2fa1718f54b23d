/*
 * How hard the puzzles are: a level, moved by one each CONTROL_STEP_MS by the load, which is the
 * share of a worker's time that opening HELLOs takes.
 *
 * At level 0, at rest, no puzzle is due. Level 1 asks for w = 0, the proof of an address; level 2
 * for CONTROL_BITS_FIRST bits, and each level more for one bit more, which halves what a flood that
 * solves puzzles gets through. A load of CONTROL_HIGH raises the level, one below CONTROL_LOW (less
 * than half of that, so that one step does not swing back) lowers it. While addresses are asked for
 * a proof the load tells nothing of a flood that cannot give it: level 1 is kept while those asked
 * would be a load of CONTROL_LOW. From the highest level to rest it takes 1.6 seconds.
 *
 * The same controller sets how small networks' shares of other packets are (admit.h), with more
 * patience: what a network has taken fades in half a second, and until it has, a load that is low
 * tells nothing.
 */
#ifndef ADMIT_CONTROL_H
#define ADMIT_CONTROL_H

#include <stdint.h>

#define CONTROL_STEP_MS    100
#define CONTROL_HIGH       50 /* per cent */
#define CONTROL_LOW        20
#define CONTROL_LEVELS     16
#define CONTROL_BITS_FIRST 8
#define CONTROL_BITS_MOST  (CONTROL_BITS_FIRST + CONTROL_LEVELS - 2)

struct control {
    int64_t step;      /* now_ms / CONTROL_STEP_MS of what is being added up */
    uint64_t spent_ns; /* on HELLOs in it */
    uint64_t asked;    /* how many were not opened in it */
    uint64_t mean_ns;  /* what one takes, over the last few */
    uint8_t level;
    unsigned calm, patience; /* low loads in a row; and how many lower the level */
};

/* patience: after so many steps of low load the level is lowered; at once when what was not opened
 * would be none either. now_ms: of a clock that never steps back, here and below. */
void control_init(struct control *c, int64_t now_ms, unsigned patience);

/* Moves the level when a step is over. Call before the others, and now and then at rest. */
void control_turn(struct control *c, int64_t now_ms);

/* A HELLO was opened, which took so long. */
void control_spent(struct control *c, uint64_t ns);

/* A HELLO was not opened: it was asked for a puzzle, or its solution was wrong. */
void control_asked(struct control *c);

/* How many bits are due from everybody; -1: no puzzle is. */
int control_bits(const struct control *c);

#endif
