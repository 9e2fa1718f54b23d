/*
 * Exact integer roots. Windows are computed at two ends and must agree to the last bit, which
 * floating point does not promise.
 */
#include "flow/window.h"

/* The square root of a v with one of its two top bits set, or one more. Each line doubles the
 * number of right bits by one step of Newton's method, on no more of v than those bits depend on;
 * the shifts are chosen so that the error never exceeds one unit. */
static uint64_t sqrt_estimate(uint64_t v)
{
    uint64_t root = 1 + (v >> 62);
    root = (root << 1) + (v >> 59) / root;
    root = (root << 3) + (v >> 53) / root;
    root = (root << 7) + (v >> 41) / root;
    return (root << 15) + (v >> 17) / root;
}

uint64_t integer_sqrt(uint64_t v)
{
    if (v == 0)
        return 0;
    unsigned halves = (unsigned)__builtin_clzll(v) / 2;
    uint64_t root = sqrt_estimate(v << 2 * halves) >> halves;
    /* root is at most 2^32, whose square does not fit: compare through the quotient. */
    return root > v / root ? root - 1 : root;
}

uint64_t integer_cbrt(uint64_t v)
{
    uint64_t root = 0;
    int top = v ? (63 - __builtin_clzll(v)) / 3 * 3 : 0;
    for (int shift = top; shift >= 0; shift -= 3) {
        root *= 2;
        /* (root + 1)^3 - root^3; v has root^3 taken off already. No branch: it would be a guess. */
        uint64_t step = 3 * root * (root + 1) + 1;
        uint64_t fits = v >> shift >= step;
        v -= (step << shift) & -fits;
        root += fits;
    }
    return root;
}
