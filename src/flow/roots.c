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

/* Cube roots of (8.5 .. 63.5) * 2^58, in 2^14. */
static const uint8_t cbrt_first[] = {
    82,  85,  88,  91,  94,  96,  98,  101, 103, 105, 107, 109, 110, 112, 114, 115, 117, 119, 120,
    122, 123, 125, 126, 127, 129, 130, 131, 133, 134, 135, 136, 137, 138, 140, 141, 142, 143, 144,
    145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 157, 158, 159, 160, 161};

/* A step of Newton's method never ends below the root, and squares the error: 2^-5 at first. */
static uint64_t cbrt_step(uint64_t v, uint64_t root)
{
    return (2 * root + v / (root * root)) / 3;
}

uint64_t integer_cbrt(uint64_t v)
{
    if (v == 0)
        return 0;
    unsigned thirds = (unsigned)__builtin_clzll(v) / 3;
    uint64_t first = (uint64_t)cbrt_first[(v << 3 * thirds >> 58) - 8] << 14 >> thirds;
    uint64_t root = cbrt_step(v, cbrt_step(v, first + 1));
    while (root > v / (root * root)) /* twice at most */
        root--;
    return root;
}
