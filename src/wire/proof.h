/*
 * A proof of receipt (protocol section 4): runs of packet numbers above a base that both sides
 * know, and the xor of the range nonces that those packets carried.
 */
#ifndef WIRE_PROOF_H
#define WIRE_PROOF_H

#include <stddef.h>
#include <stdint.h>

#define PROOF_RUNS_MAX 64

/* Numbers first..last: both received, and all between. */
struct run {
    uint64_t first, last;
};

/* Runs in ascending order, at least one missing number between two, all above the base. */
struct proof {
    size_t count; /* at most PROOF_RUNS_MAX; 0: nothing received */
    struct run runs[PROOF_RUNS_MAX];
};

#endif
