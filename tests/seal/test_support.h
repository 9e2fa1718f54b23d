/* What the tests of seal/ share: a seeded generator whose seed is printed, a ring, and sessions. */
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

/* A transport of which every field is drawn, in the range that a continuation keeps. */
static inline void draw_transport(struct transport *t, struct rng *rng)
{
    *t = (struct transport){.base = rng_u64(rng) >> (1 + rng_below(rng, 63))};
    t->highest = t->base + (uint32_t)rng_u64(rng);
    t->recovery = t->base + (uint32_t)rng_u64(rng);
    t->window = (uint32_t)rng_below(rng, WINDOW_MOST + 1ull);
    t->threshold = WINDOW_LEAST + (uint32_t)rng_below(rng, WINDOW_MOST - WINDOW_LEAST + 1ull);
    t->peak = (uint32_t)rng_below(rng, WINDOW_MOST + 1ull);
    t->square = rng_u64(rng);
    t->virtual_ms = (uint32_t)rng_u64(rng);
    t->epoch_ms = (uint32_t)rng_u64(rng);
    t->lineage = (uint32_t)rng_u64(rng);
    t->datagram = (uint16_t)(DATAGRAM_BYTES + rng_below(rng, PACKET_MAX - DATAGRAM_BYTES + 1));
    t->algorithm = (uint8_t)rng_below(rng, ALGORITHMS);
    t->in_recovery = rng_below(rng, 2);
    t->home = rng_u64(rng);
    rng_fill(rng, t->range_key, sizeof t->range_key);
}

static inline void draw_session(struct session *s, struct rng *rng)
{
    *s = (struct session){.legs = (uint8_t)rng_u64(rng),
                          .issued_ms = (int64_t)rng_u64(rng),
                          .begun_ms = (int64_t)rng_u64(rng)};
    rng_fill(rng, s->z, sizeof s->z);
    rng_fill(rng, s->m, sizeof s->m);
    rng_fill(rng, s->address, sizeof s->address);
    draw_transport(&s->transport, rng);
}

#endif
