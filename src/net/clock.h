/*
 * The two clocks. client/, service/, node/ and above call them; the rest gets time as an argument.
 */
#ifndef NET_CLOCK_H
#define NET_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some fixed moment; never steps back; for deadlines and pacing. */
uint64_t clock_monotonic_ns(void);

/* Milliseconds since 1970 UTC; may step when an administrator sets it; for stamps that others read.
 */
uint64_t clock_real_ms(void);

#endif
