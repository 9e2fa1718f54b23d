/*
 * A server that is killed in mid-transfer, and comes back with the same ring: the transfer goes on
 * within three of the time-outs that the client had when it died, without a second exchange.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

struct death {
    struct world *world;
    int64_t for_ns;
    uint64_t had;       /* bytes when it came back */
    int64_t back_ns;    /* 0: not yet */
    int64_t timeout_ns; /* the client's when it died, which had heard of it until then */
};

static void come_back(void *context)
{
    struct death *d = context;
    struct world *w = d->world;
    cluster_restart(&w->cluster, 0);
    d->back_ns = w->sim.now_ns;
    d->had = w->fetch->bytes_received;
}

static void die(void *context)
{
    struct death *d = context;
    struct pull alive = d->world->client.pull;
    alive.backoff = 0;
    d->timeout_ns = pull_timeout_ns(&alive);
    cluster_kill(&d->world->cluster, 0);
    sim_at(&d->world->sim, d->world->sim.now_ns + d->for_ns, come_back, d);
}

static struct world *new_world(uint64_t seed, uint32_t loss)
{
    struct plan plan = {.seed = seed,
                        .algorithm = (uint8_t)(seed % ALGORITHMS),
                        .needed = LEGS_2,
                        .wanted = LEGS_2,
                        .size = 4 << 20,
                        .up = path_of(2 + (int64_t)(seed * 7 % 50)),
                        .down = path_of(2 + (int64_t)(seed * 11 % 50))};
    plan.down.bits_s = 20000000;
    plan.down.queue_bytes = 60000;
    plan.up.loss = plan.down.loss = loss;
    return world_new(&plan);
}

/* Killed once in the download, for up to three seconds or for no time at all. */
static void goes_on(uint64_t seed)
{
    struct world *w = new_world(seed, 0);
    struct death d = {.world = w};
    d.for_ns = (int64_t)sim_below(&w->sim, 2) * (int64_t)sim_below(&w->sim, 3000) * SIM_MS;
    const int64_t at_ms = 400 + (int64_t)sim_below(&w->sim, 1200);
    sim_at(&w->sim, w->sim.now_ns + at_ms * SIM_MS, die, &d);
    while (d.back_ns == 0)
        expect(w, !world_run(w, SIM_MS));
    /* What was on its way when it died may still come: that is no sign of its being back. */
    const int64_t on_the_way = d.for_ns ? 0 : 60 * SIM_MS;
    world_run(w, on_the_way);
    const uint64_t had = w->fetch->bytes_received;
    while (w->fetch->bytes_received == had && !world_run(w, SIM_MS))
        expect(w, w->sim.now_ns - d.back_ns - on_the_way <= 3 * d.timeout_ns);
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.exchanges == 1 && w->cluster.counters[0].fallbacks[FALLBACK_BOOT] > 0);
    /* All that it had on its way is answered with continuations, and a few are enough. */
    for (int v = ANSWERED + 1; v < VERDICTS; v++)
        expect(w, v == DROP_BARE || cluster_dropped(&w->cluster, (enum verdict)v) == 0);
    world_free(w);
}

static void it_goes_on_in_three_timeouts(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(40);
    for (uint64_t i = 0; i < seeds.count; i++)
        goes_on(seeds.first + i);
}

/* Again and again, on a line that loses packets. */
static void many_deaths_are_survived(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(12);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct world *w = new_world(seeds.first + i, 10);
        struct death deaths[6];
        while (w->fetch->bytes_received == 0)
            expect(w, !world_run(w, 10 * SIM_MS));
        int64_t at = w->sim.now_ns;
        for (int k = 0; k < 6; k++) {
            deaths[k] =
                (struct death){.world = w, .for_ns = (int64_t)sim_below(&w->sim, 1500) * SIM_MS};
            sim_at(&w->sim, at, die, &deaths[k]);
            at += deaths[k].for_ns + (int64_t)sim_below(&w->sim, 800) * SIM_MS;
        }
        expect(w, world_run(w, 60 * SIM_SEC));
        world_expect_intact(w);
        world_pass(w, at - w->sim.now_ns); /* deaths that the transfer did not live to see */
        expect(w, w->client.exchanges == 1);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on_in_three_timeouts),
        cmocka_unit_test(many_deaths_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
