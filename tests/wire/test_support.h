/* What the tests of wire/ share: known bytes, and a packet at every length in a buffer of that
 * size. */
#ifndef TESTS_WIRE_TEST_SUPPORT_H
#define TESTS_WIRE_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/bytes.h"
#include "lethe/error.h"
#include "wire/limits.h"

/* Bytes that differ from their neighbours, and from those of another start. */
static inline void number_bytes(uint8_t *p, size_t n, uint8_t start)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(start + 13 * i);
}

typedef int (*decode_bytes)(const uint8_t *p, size_t n);

/* Decodes n bytes of p (zeros after its first `have`) where reading one byte more is an error. */
static inline int decode_exactly(decode_bytes decode, const uint8_t *p, size_t have, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = i < have ? p[i] : 0;
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
