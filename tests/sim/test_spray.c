/*
 * A transfer whose packets are sprayed over three servers with one ring, each of which remembers
 * what it has sent itself and nothing else; also while one of them starts anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

static struct world *new_world(uint64_t seed, uint32_t loss)
{
    struct plan plan = {.seed = seed,
                        .servers = 3,
                        .algorithm = (uint8_t)(seed % ALGORITHMS),
                        .needed = LEGS_2,
                        .wanted = LEGS_2,
                        .size = 3 << 19,
                        .up = path_of(15),
                        .down = path_of(15)};
    plan.down.bits_s = 20000000;
    plan.down.queue_bytes = 100000;
    plan.up.loss = plan.down.loss = loss;
    return world_new(&plan);
}

/* All of them sent a fair part, in one number space. Little came twice: until two
 * have answered in turns, a client repeats itself as it may with one. */
static void expect_shared(struct world *w)
{
    uint64_t sent = 0;
    for (int i = 0; i < 3; i++)
        sent += w->cluster.counters[i].numbers_sent;
    for (int i = 0; i < 3; i++)
        expect(w, w->cluster.counters[i].numbers_sent > sent / 5);
    expect(w, w->watch.numbers == sent);
    expect(w, w->watch.again <= w->watch.numbers / 5);
}

static void three_servers_send_one_body(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(12);
    for (uint64_t i = 0; i < seeds.count; i++) {
        const bool lossy = (seeds.first + i) % 2 == 0;
        struct world *w = new_world(seeds.first + i, lossy ? 10 : 0);
        expect(w, world_run(w, (lossy ? 20 : 6) * SIM_SEC));
        world_expect_intact(w);
        world_expect_no_drop(w);
        expect_shared(w);
        expect(w, w->watch.spaces_begun == 1 && w->client.exchanges == 1);
        world_free(w);
    }
}

static void restart_one(void *context)
{
    struct world *w = context;
    cluster_restart(&w->cluster, (int)sim_below(&w->sim, 3));
}

/* One of them starts anew, now and then: what it is asked with an older continuation begins another
 * number space, in which all go on. */
static void one_of_them_starts_anew(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(12);
    for (uint64_t i = 0; i < seeds.count; i++) {
        const bool lossy = (seeds.first + i) % 2 == 0;
        struct world *w = new_world(seeds.first + i, lossy ? 10 : 0);
        const int times = 1 + (int)((seeds.first + i) % 3);
        for (int k = 0; k < times; k++)
            sim_at(&w->sim, w->sim.now_ns + (150 + (int64_t)sim_below(&w->sim, 600)) * SIM_MS,
                   restart_one, w);
        expect(w, world_run(w, 30 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->client.exchanges == 1 && w->cluster.restarts == (uint64_t)times);
        world_free(w);
    }
}

static void die(void *context)
{
    struct world *w = context;
    cluster_kill(&w->cluster, 1);
}

static void come_back(void *context)
{
    struct world *w = context;
    cluster_restart(&w->cluster, 1);
}

/* One of them is dead for two seconds, in which each third packet finds nobody. */
static void one_of_them_dies(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct world *w = new_world(seeds.first + i, 0);
        const int64_t at = w->sim.now_ns + (200 + (int64_t)sim_below(&w->sim, 500)) * SIM_MS;
        sim_at(&w->sim, at, die, w);
        sim_at(&w->sim, at + 2 * SIM_SEC, come_back, w);
        expect(w, world_run(w, 30 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->client.exchanges == 1);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_servers_send_one_body),
        cmocka_unit_test(one_of_them_starts_anew),
        cmocka_unit_test(one_of_them_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
