/*
 * Numbered test datagrams, and an account of those that arrived: how many, in
 * what order, how late, and whether whole.
 *
 * A datagram is its number, the time of its sending and a fill that depends on
 * both, so that one changed bit anywhere is seen. Times are CLOCK_MONOTONIC,
 * which the namespaces of one machine share.
 */
#ifndef NET_LINK_TALLY_H
#define NET_LINK_TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TALLY_BYTES_MIN 24u /* the smallest datagram */
#define TALLY_BYTES_MAX 65507u
#define TALLY_COUNT_MAX 10000000u

struct tally {
    uint8_t *seen; /* one byte a number; owned */
    uint64_t count;
    uint64_t received, duplicates, late, corrupted, bytes;
    uint64_t highest; /* the highest number seen, plus 1 */
    uint64_t delay_min_ns, delay_max_ns, delay_sum_ns;
    uint64_t first_ns, last_ns;
};

uint64_t tally_now_ns(void);

/* Writes datagram `number` of n bytes, n at least TALLY_BYTES_MIN. */
void tally_write(uint8_t *out, size_t n, uint64_t number, uint64_t sent_ns);

/* For numbers below count. Ends the program without memory. */
void tally_init(struct tally *t, uint64_t count);
void tally_free(struct tally *t);

/*
 * Counts a datagram: as corrupted when it is not what its number and time say;
 * else as a duplicate when its number came before; else as received, and late
 * when a higher number came before.
 */
void tally_count(struct tally *t, const uint8_t *datagram, size_t n, uint64_t now_ns);

/* Prints NAME=VALUE lines. */
void tally_print(const struct tally *t, FILE *out);

/* Prints the numbers that never came, one a line. */
void tally_print_missing(const struct tally *t, FILE *out);

#endif
