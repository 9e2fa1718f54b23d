/*
 * Everything at once, drawn from the seed: whatever happens, the client ends in time, with exactly
 * one version of the resource or with an error that says why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

#define VERSIONS 4

static const uint64_t sizes[VERSIONS + 1] = {0, 300000, 700000, 500000, 70000};

static void restart_one(void *context)
{
    struct world *w = context;
    cluster_restart(&w->cluster, (int)sim_below(&w->sim, (uint64_t)w->cluster.count));
}

static void lose(void *context)
{
    struct world *w = context;
    cluster_lose_ring(&w->cluster);
}

static void silence(void *context)
{
    struct world *w = context;
    cluster_silence(&w->cluster, (int64_t)sim_below(&w->sim, 12 * (uint64_t)SIM_SEC));
}

static void move(void *context)
{
    struct world *w = context;
    if (w->cluster.tally_count < CLUSTER_TALLY - 1)
        address_make(w->end.address, (uint8_t)sim_below(&w->sim, 50), 7, 41000);
}

static void change(void *context)
{
    struct world *w = context;
    if (w->resource.version < VERSIONS)
        resource_set(&w->resource, w->resource.version + 1, sizes[w->resource.version + 1]);
}

static void (*const events[])(void *) = {restart_one, lose, silence, move, change};
#define EVENTS (sizeof events / sizeof *events)

static struct path_plan any_path(struct sim *r)
{
    struct path_plan p = path_of(1 + (int64_t)sim_below(r, 150));
    p.loss = (uint32_t)sim_below(r, 2) * (uint32_t)sim_below(r, 80);
    p.reorder = (uint32_t)sim_below(r, 2) * (uint32_t)sim_below(r, 200);
    p.duplicate = (uint32_t)sim_below(r, 2) * (uint32_t)sim_below(r, 200);
    p.corrupt = (uint32_t)sim_below(r, 2) * (uint32_t)sim_below(r, 30);
    p.replay = (uint32_t)sim_below(r, 2) * (uint32_t)sim_below(r, 300);
    p.jitter_ns = (int64_t)sim_below(r, 2) * 10 * SIM_MS;
    if (sim_below(r, 2)) {
        p.bits_s = 1000000 + (int64_t)sim_below(r, 20000000);
        p.queue_bytes = 5000 + (int64_t)sim_below(r, 100000);
    }
    return p;
}

/* A ring that turns every 5 s kills an exchange after 40, in which a bad path cannot carry the
 * upload: only runs that do not wait for it have such a one. */
static struct plan any_plan(uint64_t seed)
{
    struct sim r;
    const uint8_t needed[] = {0, LEGS_2, LEGS_3};
    sim_init(&r, ~seed);
    struct plan plan = {.seed = seed,
                        .servers = 1 + (int)sim_below(&r, 3),
                        .needed = needed[sim_below(&r, 3)],
                        .wanted = LEGS_3,
                        .size = sizes[1],
                        .give_up_ns = 40 * SIM_SEC,
                        .up = any_path(&r),
                        .down = any_path(&r)};
    if (plan.needed != LEGS_3 && sim_below(&r, 2))
        plan.period_ms = 5000;
    return plan;
}

/* Version and size that the store holds, byte for byte. */
static bool is_one_version(const struct world *w)
{
    for (uint64_t v = 1; v <= w->resource.version; v++) {
        uint8_t *content = resource_content(v, sizes[v]);
        bool same = w->store.size == sizes[v] && memcmp(w->store.bytes, content, sizes[v]) == 0;
        free(content);
        if (same)
            return true;
    }
    return false;
}

static void whatever_happens(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(20);
    for (uint64_t i = 0; i < seeds.count; i++) {
        const struct plan plan = any_plan(seeds.first + i);
        struct world *w = world_new(&plan);
        int count = (int)sim_below(&w->sim, 6);
        for (int e = 0; e < count; e++)
            sim_at(&w->sim, w->sim.now_ns + (int64_t)sim_below(&w->sim, 8000) * SIM_MS,
                   events[sim_below(&w->sim, EVENTS)], w);
        expect(w, world_run(w, 600 * SIM_SEC));
        world_expect_error(w, LETHE_OK);
        expect(w, is_one_version(w));
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
