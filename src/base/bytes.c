/*
 * Constant-time comparison and wiping.
 * The difference is gathered with OR and looked at once, at the end.
 */
#include "base/bytes.h"

bool bytes_equal(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    uint64_t wide = 0;
    uint32_t diff = 0;
    for (; n >= sizeof wide; n -= sizeof wide, x += sizeof wide, y += sizeof wide)
        wide |= load64(x) ^ load64(y);
    for (size_t i = 0; i < n; i++)
        diff |= (uint32_t)(x[i] ^ y[i]);
    wide |= wide >> 32;
    diff |= (uint32_t)(wide >> 16 | wide) & 0xffff;
    return ((diff - 1) >> 31) & 1;
}

bool bytes_are_zero(const void *a, size_t n)
{
    const uint8_t *x = a;
    uint32_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= x[i];
    return ((any - 1) >> 31) & 1;
}

void wipe(void *p, size_t n)
{
    explicit_bzero(p, n);
}
