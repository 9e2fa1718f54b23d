/*
 * Reno (RFC 5681): one packet more for each window received. The window's square grows by exactly 2
 * for each number, so that it is the square that is kept: nothing is lost to rounding.
 */
#include "flow/window.h"

#define SQUARE_MOST ((uint64_t)WINDOW_MOST * WINDOW_MOST)

static void begin(struct transport *t)
{
    t->square = (uint64_t)t->window * t->window;
}

static void reduce(struct transport *t, uint32_t old)
{
    (void)old;
    t->square = (uint64_t)t->threshold * t->threshold; /* where recovery leads */
}

static void grow(struct transport *t, uint64_t n)
{
    uint64_t more = 2 * n * WINDOW_ONE * WINDOW_ONE;
    if (__builtin_add_overflow(t->square, more, &t->square) || t->square > SQUARE_MOST)
        t->square = SQUARE_MOST;
    t->window = (uint32_t)integer_sqrt(t->square);
}

const struct window_algorithm window_reno = {
    .name = "reno", .share_q10 = 512, .grow = grow, .reduce = reduce, .begin = begin};
