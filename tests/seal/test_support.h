/* What the tests of seal/ share: a seeded generator whose seed is printed, and a ring. */
#ifndef TESTS_SEAL_TEST_SUPPORT_H
#define TESTS_SEAL_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/rng.h"
#include "lethe/error.h"
#include "seal/ring.h"
#include "seal/session.h"

#define BORN_MS ((int64_t)1700000000000)

static inline struct rng rng_of(uint64_t number)
{
    struct rng r;
    uint8_t seed[RNG_SEED_BYTES] = {0};
    store64(seed, number);
    rng_seed(&r, seed);
    print_message("seed %llu\n", (unsigned long long)number);
    return r;
}

/* A ring with keys of epochs first..last, the last born at BORN_MS, a minute apart. */
static inline void ring_of(struct ring *ring, struct rng *rng, uint64_t first, uint64_t last)
{
    ring_init(ring, RING_PERIOD_MS);
    for (uint64_t e = first; e <= last; e++) {
        uint8_t key[COOKIE_KEY_BYTES];
        rng_fill(rng, key, sizeof key);
        ring_put(ring, e, BORN_MS - (int64_t)(last - e) * RING_PERIOD_MS, key);
    }
}

#endif
