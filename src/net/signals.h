/*
 * Signals as a readable file descriptor, so that the loop meets them like packets.
 */
#ifndef NET_SIGNALS_H
#define NET_SIGNALS_H

#include <stddef.h>

/*
 * Blocks the signals in the calling thread (threads and programs that it starts inherit that) and
 * opens a non-blocking descriptor that becomes readable when one is pending. Call before starting
 * threads. The caller closes *fd. LETHE_ERR_USAGE for a number that is no signal,
 * LETHE_ERR_INTERNAL otherwise.
 */
int signals_open(int *fd, const int *numbers, size_t count);

/* Takes one pending signal: its number in *number, or 0 when none is pending. */
int signals_take(int fd, int *number);

#endif
