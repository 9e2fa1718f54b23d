/* Hexadecimal to bytes, for vectors. */
#ifndef KAT_HEX_H
#define KAT_HEX_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Writes strlen(hex) / 2 bytes to out and returns that number. */
static inline size_t unhex(uint8_t *out, const char *hex)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned v = 0;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        out[i] = (uint8_t)v;
    }
    return n;
}

static inline void assert_hex(const uint8_t *got, const char *hex)
{
    uint8_t want[2048];
    assert_true(strlen(hex) / 2 <= sizeof want);
    assert_memory_equal(got, want, unhex(want, hex));
}

#endif
