/*
 * Time as a plain integer. Both clocks exist on every Linux and
 * cannot fail with valid arguments, so there is no error to return.
 */
#include "net/clock.h"

#include <time.h>

uint64_t clock_monotonic_ns(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_real_ms(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}
