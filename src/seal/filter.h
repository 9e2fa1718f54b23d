/*
 * The replay filter (protocol section 3; Trickles' constant-size replay history): remembers uses
 * ("strikes") in fixed memory.
 *
 * One generation for each cookie key, so that what a dead key admitted need not be remembered. A
 * use is found wherever it comes from again; but what a network may add is limited: networks fall
 * into buckets by a keyed hash, and a bucket has a quota, so that one network cannot fill the
 * filter for all. A strike is a 63-bit keyed hash: a false "seen" has probability below 2^-49 for
 * a full generation, and there is no false "fresh": a generation or a bucket that is full says so,
 * and the caller falls back to what is harmless. Memory: sizeof (struct filter), about 1 MB.
 */
#ifndef SEAL_FILTER_H
#define SEAL_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "seal/session.h"
#include "wire/limits.h"

#define FILTER_SLOTS     16384 /* a power of two */
#define FILTER_FULL      14336 /* strikes a generation takes; the rest keeps probes short */
#define FILTER_BUCKETS   64
#define FILTER_QUOTA     896 /* strikes a bucket of networks may add: a sixteenth */
#define FILTER_KEY_BYTES 32

enum strike {
    STRIKE_FRESH, /* not seen before, and remembered now */
    STRIKE_SEEN,  /* remembered from before */
    STRIKE_FULL,  /* not seen before, and not remembered: no room, or the network's quota is used up
                   */
};

struct filter_generation {
    uint64_t epoch;
    uint32_t used;
    uint16_t by_bucket[FILTER_BUCKETS];
    uint64_t slots[FILTER_SLOTS]; /* 0: empty */
};

struct filter {
    uint8_t key[FILTER_KEY_BYTES];
    struct filter_generation generations[KID_COUNT];
};

/* key: fresh random for each process. */
void filter_init(struct filter *f, const uint8_t key[FILTER_KEY_BYTES]);

/* Strikes `use` (any bytes that name it) of the cookie key `epoch`. A new epoch empties the
 * generation of the epoch that had its kid before; an epoch older than that is STRIKE_SEEN.
 * address: the client's, canonical; its /24 or /56 is the network. */
enum strike filter_strike(struct filter *f, uint64_t epoch, const uint8_t address[ADDRESS_BYTES],
                          const void *use, size_t use_len);

/* Strikes remembered now, for the counters. */
size_t filter_used(const struct filter *f);

#endif
