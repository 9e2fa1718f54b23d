/*
 * Four resources over one session: one window serves them all, and each gets its share of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

static struct world *new_world(uint64_t seed, uint64_t size, const uint64_t more[PULL_BODIES - 1],
                               uint32_t loss)
{
    struct plan plan = {.seed = seed,
                        .needed = LEGS_2,
                        .wanted = LEGS_2,
                        .size = size,
                        .up = path_of(20),
                        .down = path_of(20)};
    memcpy(plan.more, more, sizeof plan.more);
    plan.down.bits_s = 20000000;
    plan.down.queue_bytes = 100000;
    plan.up.loss = plan.down.loss = loss;
    return world_new(&plan);
}

/* While all four want bytes, none gets a tenth less or more than a fourth of them. */
static void the_shares_are_fair(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    const uint64_t more[] = {2 << 20, 2 << 20, 2 << 20};
    for (uint64_t i = 0; i < seeds.count; i++) {
        const bool lossy = (seeds.first + i) % 2 == 0;
        struct world *w = new_world(seeds.first + i, 2 << 20, more, lossy ? 10 : 0);
        const struct fetch *f = w->client.fetches;
        while (f[0].bytes_done < (1 << 20)) {
            expect(w, !world_run(w, 20 * SIM_MS));
            expect(w, w->sim.now_ns - w->client.start_ns < 30 * SIM_SEC);
        }
        const uint64_t sum = f[0].bytes_done + f[1].bytes_done + f[2].bytes_done + f[3].bytes_done;
        for (int k = 0; k < PULL_BODIES; k++) {
            expect(w, f[k].bytes_done > sum / 4 - sum / 40);
            expect(w, f[k].bytes_done < sum / 4 + sum / 40);
        }
        expect(w, world_run(w, 60 * SIM_SEC));
        world_expect_intact(w);
        world_expect_no_drop(w);
        expect(w, w->client.exchanges == 1 && w->watch.spaces_begun == 1);
        world_free(w);
    }
}

/* Of any size, also none at all, and of sizes that end within one packet. */
static void sizes_may_differ(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(60);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct sim r;
        sim_init(&r, ~(seeds.first + i));
        uint64_t more[PULL_BODIES - 1];
        for (int k = 0; k < PULL_BODIES - 1; k++)
            more[k] = 1 + sim_below(&r, (uint64_t)1 << sim_below(&r, 21));
        const uint64_t size = sim_below(&r, (uint64_t)1 << sim_below(&r, 21));
        struct world *w =
            new_world(seeds.first + i, size, more, (uint32_t)((seeds.first + i) % 3) * 15);
        expect(w, world_run(w, 40 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->client.exchanges == 1);
        world_free(w);
    }
}

/* Handles with all the state that they may have: four of them do not fit into one packet. */
static void handles_may_be_long(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(12);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .needed = LEGS_2,
                            .wanted = LEGS_3,
                            .long_names = true,
                            .size = 500000,
                            .more = {500000, 400000, 300000},
                            .up = path_of(20),
                            .down = path_of(20)};
        plan.up.loss = plan.down.loss = (uint32_t)((seeds.first + i) % 3) * 25;
        struct world *w = world_new(&plan);
        expect(w, world_run(w, 40 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->client.exchanges == 1);
        world_free(w);
    }
}

static void one_disappears(void *context)
{
    struct world *w = context;
    w->others[1].there = false;
}

static void one_changes(void *context)
{
    struct world *w = context;
    resource_set(&w->others[0], 20, 777777);
}

/* What befalls one of them does not concern the others. */
static void one_may_fail_alone(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(8);
    const uint64_t more[] = {1 << 20, 1 << 20, 1 << 20};
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct world *w = new_world(seeds.first + i, 1 << 20, more, 0);
        const int64_t at = w->sim.now_ns + (130 + (int64_t)sim_below(&w->sim, 800)) * SIM_MS;
        sim_at(&w->sim, at, one_disappears, w);
        sim_at(&w->sim, at, one_changes, w);
        expect(w, world_run(w, 30 * SIM_SEC));
        expect(w, w->client.fetches[2].result == LETHE_ERR_NOT_FOUND);
        expect(w, w->client.fetches[1].restarts == 1);
        w->plan.more[2] = 0; /* what the world need not find intact ... */
        const struct memory_store *third = &w->other_stores[2];
        expect(w, memcmp(third->bytes, w->others[2].bytes, 1 << 20) == 0);
        w->plan.more[1] = 0; /* ... but for these it has looked at here */
        world_expect_intact(w);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shares_are_fair),
        cmocka_unit_test(sizes_may_differ),
        cmocka_unit_test(handles_may_be_long),
        cmocka_unit_test(one_may_fail_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
