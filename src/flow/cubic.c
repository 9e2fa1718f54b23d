/*
 * CUBIC (RFC 9438) in virtual time: W(t) = C (t - K)^3 + W_max with C = 0.4 packets/s^3, or what
 * Reno with CUBIC's decrease would have, if that is more. Times are milliseconds.
 */
#include "flow/window.h"

#define SHARE        717u /* beta = 0.7, in 1/1024 */
#define SQUARE_MOST  ((uint64_t)WINDOW_MOST * WINDOW_MOST)
#define FAR_MS       2000000 /* past K; its cube still fits, and is above any window */

#define CUBE_DIVISOR 9765625 /* ms^3 to packets / WINDOW_ONE: 1 / (0.4e-9 * 256), exactly */

/* Twice alpha = 3 (1 - beta) / (1 + beta), for the estimate's square. */
#define ALPHA_TWICE   (2 * 3 * (1024 - SHARE))
#define ALPHA_DIVISOR (1024 + SHARE)

/* Linux's CUBIC keeps alpha: beside it on a full line, who does not would have more than a share
 * of large windows. */
#define CATCH_UP_MOST (32 * WINDOW_ONE)

static uint64_t curve(const struct transport *t)
{
    uint64_t fall = t->peak > t->threshold ? t->peak - t->threshold : 0;
    int64_t k = (int64_t)integer_cbrt(fall * CUBE_DIVISOR);
    int64_t since = (int64_t)(uint32_t)(t->virtual_ms - t->epoch_ms) - k;
    if (since > FAR_MS)
        since = FAR_MS;
    /* k^3 is at most the fall times the divisor: this is never below the threshold. */
    return (uint64_t)(t->peak + since * since * since / CUBE_DIVISOR);
}

/* How many of n numbers come before Reno, with CUBIC's decrease, is where the last loss was. */
static uint64_t below_loss(const struct transport *t, uint64_t n)
{
    const uint64_t prior = (uint64_t)t->threshold * 1024 / SHARE;
    if (prior >= CATCH_UP_MOST)
        return n;
    const uint64_t goal = prior * prior,
                   step = WINDOW_ONE * WINDOW_ONE * ALPHA_TWICE / ALPHA_DIVISOR;
    const uint64_t below = t->square < goal ? (goal - t->square - 1) / step + 1 : 0;
    return below < n ? below : n;
}

/* Its window gains alpha in its own time, and from there on 1 (section 4.3). */
static uint64_t estimate(struct transport *t, uint64_t n)
{
    const uint64_t slow = below_loss(t, n), square = WINDOW_ONE * WINDOW_ONE;
    uint64_t more = slow * square * ALPHA_TWICE / ALPHA_DIVISOR + (n - slow) * square * 2;
    if (__builtin_add_overflow(t->square, more, &t->square) || t->square > SQUARE_MOST)
        t->square = SQUARE_MOST;
    return integer_sqrt(t->square);
}

static void grow(struct transport *t, uint64_t n)
{
    uint64_t target = curve(t), reno = estimate(t, n);
    if (target < reno)
        target = reno;
    uint64_t most = t->window + n * (WINDOW_ONE / 2); /* half as much again in a round */
    if (most > WINDOW_MOST)
        most = WINDOW_MOST;
    if (target > most)
        target = most;
    if (target > t->window)
        t->window = (uint32_t)target;
}

/* Fast convergence: who lost before reaching the last peak makes room for others. */
static void reduce(struct transport *t, uint32_t old)
{
    if (old < t->peak)
        t->peak = (uint32_t)((uint64_t)old * (1024 + SHARE) / 2048);
    else
        t->peak = old;
    if (t->peak < t->threshold)
        t->peak = t->threshold;
    t->square = (uint64_t)t->threshold * t->threshold;
    t->epoch_ms = t->virtual_ms;
}

/* After a loss the curve has its peak and has started at the loss; a first slow start has neither.
 */
static void begin(struct transport *t)
{
    t->square = (uint64_t)t->window * t->window;
    if (t->peak >= t->window)
        return;
    t->peak = t->window;
    t->epoch_ms = t->virtual_ms;
}

const struct window_algorithm window_cubic = {
    .name = "cubic", .share_q10 = SHARE, .grow = grow, .reduce = reduce, .begin = begin};
