/*
 * A resource that changes while it is fetched: the client ends with exactly one version, or with a
 * clear error, and never with a mixture.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

struct change {
    struct world *world;
    uint64_t version, size;
};

static void change(void *context)
{
    const struct change *c = context;
    resource_set(&c->world->resource, c->version, c->size);
}

static void disappear(void *context)
{
    struct world *w = context;
    w->resource.there = false;
}

static void be_busy(void *context)
{
    struct world *w = context;
    w->resource.busy = true;
}

static void be_idle(void *context)
{
    struct world *w = context;
    w->resource.busy = false;
}

static struct world *new_world(uint64_t seed, uint64_t size, uint32_t reorder)
{
    struct plan plan = {.seed = seed,
                        .needed = LEGS_2,
                        .wanted = LEGS_2,
                        .size = size,
                        .up = path_of(20),
                        .down = path_of(20)};
    plan.down.bits_s = 20000000;
    plan.down.queue_bytes = 100000;
    plan.up.reorder = plan.down.reorder = reorder;
    return world_new(&plan);
}

static void change_at(struct world *w, int64_t at_ms, uint64_t version, uint64_t size)
{
    const struct change c = {.world = w, .version = version, .size = size};
    sim_at_with(&w->sim, w->sim.now_ns + at_ms * SIM_MS, change, &c, sizeof c);
}

static const uint64_t sizes[] = {0, 1, 1023, 1024, 1025, 65535, 65536, 65537, 1000000, 2500000};

/* One change to each size, at a random moment, also with packets out of order. */
static void one_change_is_followed(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(3);
    for (uint64_t i = 0; i < seeds.count; i++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (uint32_t reorder = 0; reorder <= 300; reorder += 150) {
                struct world *w = new_world(seeds.first + i, 1500000, reorder);
                change_at(w, 100 + (int64_t)sim_below(&w->sim, 400), 2, sizes[s]);
                expect(w, world_run(w, 60 * SIM_SEC));
                world_expect_intact(w);
                expect(w, w->fetch->restarts <= 1);
                world_free(w);
            }
}

static void several_changes_are_followed(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct world *w = new_world(seeds.first + i, 1500000, 100);
        for (int c = 0; c < 5; c++)
            change_at(w, 100 + 100 * c, 2 + (uint64_t)c,
                      sizes[6 + sim_below(&w->sim, sizeof sizes / sizeof *sizes - 6)]);
        expect(w, world_run(w, 60 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->fetch->restarts >= 1 && w->fetch->restarts <= 5);
        world_free(w);
    }
}

/* It is written to without a pause: the client says so instead of trying for ever. */
static void a_resource_that_never_rests(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(3);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct world *w = new_world(seeds.first + i, 1500000, 0);
        for (int c = 0; c < 100; c++)
            change_at(w, 100 + 60 * c, 2 + (uint64_t)c, 1500000);
        expect(w, world_run(w, 20 * SIM_SEC));
        world_expect_error(w, LETHE_ERR_CHANGED);
        world_free(w);
    }
}

static void a_resource_that_disappears(void **state)
{
    (void)state;
    struct world *w = new_world(1, 1500000, 0);
    sim_at(&w->sim, w->sim.now_ns + 300 * SIM_MS, disappear, w);
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_error(w, LETHE_ERR_NOT_FOUND);
    expect(w, w->fetch->known); /* it was there, and is not any more */
    world_free(w);
    w = new_world(2, 1000, 0);
    w->resource.there = false;
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_error(w, LETHE_ERR_NOT_FOUND);
    world_free(w);
}

static void a_busy_resource_is_waited_for(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(3);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct world *w = new_world(seeds.first + i, 1500000, 0);
        sim_at(&w->sim, w->sim.now_ns + 200 * SIM_MS, be_busy, w);
        sim_at(&w->sim, w->sim.now_ns + 3200 * SIM_MS, be_idle, w);
        expect(w, world_run(w, 10 * SIM_SEC));
        world_expect_intact(w);
        world_free(w);
        w = new_world(seeds.first + i, 1500000, 0);
        sim_at(&w->sim, w->sim.now_ns + 100 * (int64_t)(i % 5) * SIM_MS, be_busy, w);
        expect(w, world_run(w, 20 * SIM_SEC));
        world_expect_error(w, LETHE_ERR_CHANGED);
        expect(w, w->end.done_ns - w->client.start_ns > FETCH_BUSY_MOST_NS);
        expect(w, w->end.sent < 2000); /* it asks now and then whether it still is */
        world_free(w);
    }
}

/* The bytes change and the version does not. A version is the service's word, and each packet is
 * authentic: nothing tells, and each byte is what the server had when it sent it. (Before there
 * were packet numbers, the client compared each piece with the server's digest.) */
static void touch_quietly(void *context)
{
    struct world *w = context;
    w->resource.bytes[w->resource.size / 2] ^= 1;
}

static void a_change_without_a_version_is_not_seen(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct world *w = new_world(seeds.first + i, 300000, 0);
        int64_t at = 80 + (int64_t)sim_below(&w->sim, 200);
        sim_at(&w->sim, w->sim.now_ns + at * SIM_MS, touch_quietly, w);
        expect(w, world_run(w, 20 * SIM_SEC));
        w->resource.bytes[w->resource.size / 2] ^=
            w->store.bytes[w->resource.size / 2] ^ w->resource.bytes[w->resource.size / 2];
        world_expect_intact(w);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_change_is_followed),
        cmocka_unit_test(several_changes_are_followed),
        cmocka_unit_test(a_resource_that_never_rests),
        cmocka_unit_test(a_resource_that_disappears),
        cmocka_unit_test(a_busy_resource_is_waited_for),
        cmocka_unit_test(a_change_without_a_version_is_not_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
