/* What the tests of the window share: a seeded generator, values, truths and their proofs. */
#ifndef TESTS_FLOW_WINDOW_SUPPORT_H
#define TESTS_FLOW_WINDOW_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "flow/window.h"
#include "lethe/error.h"

static uint64_t dice;

/* SplitMix64. */
static inline uint64_t roll(void)
{
    uint64_t z = dice += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* The seed in LETHE_TEST_SEED, or 1: printed, so that what failed can be had again. */
static inline void seed_dice(void)
{
    const char *text = getenv("LETHE_TEST_SEED");
    dice = text ? strtoull(text, NULL, 10) : 1;
    print_message("LETHE_TEST_SEED=%llu\n", (unsigned long long)dice);
    dice = roll(); /* neighbours would share a sequence */
}

/* 0..most */
static inline uint64_t up_to(uint64_t most)
{
    return most == UINT64_MAX ? roll() : roll() % (most + 1);
}

static inline bool chance(uint64_t of_1000)
{
    return roll() % 1000 < of_1000;
}

static inline uint64_t square_of(uint32_t v)
{
    return (uint64_t)v * v;
}

static inline struct transport fresh(uint8_t algorithm)
{
    static const uint8_t key[RANGE_KEY_BYTES];
    struct transport t;
    transport_init(&t, algorithm, 1, 1, key);
    return t;
}

/* A value outside slow start and recovery with everything below it accounted for. */
static inline struct transport steady(uint8_t algorithm, uint64_t base, uint32_t window)
{
    struct transport t = fresh(algorithm);
    t.base = t.recovery = base;
    t.window = t.threshold = t.peak = window;
    t.square = square_of(window);
    t.highest = base + window / WINDOW_ONE;
    return t;
}

#define TRUTH_MOST 8192

/* Which of the numbers base + 1 .. base + count were received. */
struct truth {
    uint64_t base, count;
    uint8_t received[TRUTH_MOST];
};

/* The proof of all received up to base + count; false when it has too many runs. */
static inline bool prove(struct proof *p, const struct truth *t, uint64_t base, uint64_t end)
{
    p->count = 0;
    for (uint64_t n = base + 1; n <= end; n++) {
        if (!t->received[n - t->base - 1])
            continue;
        uint64_t first = n;
        while (n < end && t->received[n - t->base])
            n++;
        if (p->count == PROOF_RUNS_MAX)
            return false;
        p->runs[p->count++] = (struct run){first, n};
    }
    return true;
}

#endif
