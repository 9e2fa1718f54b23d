/* What the tests of wire/ share: known bytes and random ones, and a packet at every length in a
 * buffer of that size. */
#ifndef TESTS_WIRE_TEST_SUPPORT_H
#define TESTS_WIRE_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/bytes.h"
#include "crypto/rng.h"
#include "lethe/error.h"
#include "wire/limits.h"

/* Bytes that differ from their neighbours, and from those of another start. */
static inline void number_bytes(uint8_t *p, size_t n, uint8_t start)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(start + 13 * i);
}

/* A generator whose seed is printed. */
static inline struct rng rng_of(uint64_t number)
{
    struct rng r;
    uint8_t seed[RNG_SEED_BYTES] = {0};
    store64(seed, number);
    rng_seed(&r, seed);
    print_message("seed %llu\n", (unsigned long long)number);
    return r;
}

/* least to most, each of the two ends as often as all between. */
static inline uint64_t between(struct rng *r, uint64_t least, uint64_t most)
{
    switch (rng_below(r, 3)) {
    case 0:
        return least;
    case 1:
        return most;
    default:
        return least + rng_below(r, most - least + 1);
    }
}

typedef int (*decode_bytes)(const uint8_t *p, size_t n);

/* Decodes n bytes of p (zeros after its first `have`) where reading one byte more is an error. */
static inline int decode_exactly(decode_bytes decode, const uint8_t *p, size_t have, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memset(copy, 0, n);
    memcpy(copy, p, n < have ? n : have);
    int err = decode(copy, n);
    free(copy);
    return err;
}

/* A packet of n bytes decodes, and no other length does. */
static inline void only_this_length(decode_bytes decode, const uint8_t *p, size_t n)
{
    for (size_t len = 0; len <= n + 64; len++)
        assert_int_equal(decode_exactly(decode, p, n, len), len == n ? LETHE_OK : LETHE_ERR_FORMAT);
    assert_int_equal(decode_exactly(decode, p, n, 65536), LETHE_ERR_FORMAT);
}

/* Of the 256 values of byte `at`, those below `end` and from `first` on decode. */
static inline void only_these_values(decode_bytes decode, uint8_t *p, size_t n, size_t at,
                                     unsigned first, unsigned end)
{
    uint8_t before = p[at];
    for (unsigned v = 0; v < 256; v++) {
        p[at] = (uint8_t)v;
        assert_int_equal(decode(p, n), v >= first && v < end ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    p[at] = before;
}

#endif
