/*
 * Servers that die and come back with the same ring, at any moment: nobody notices but by a pause.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

static void restart(void *context)
{
    struct world *w = context;
    cluster_restart(&w->cluster, 0);
}

static void go_down(void *context)
{
    struct world *w = context;
    cluster_restart(&w->cluster, 0);
    cluster_silence(&w->cluster, (int64_t)sim_below(&w->sim, 3 * (uint64_t)SIM_SEC));
}

static struct world *new_world(uint64_t seed, uint8_t needed)
{
    struct plan plan = {.seed = seed,
                        .needed = needed,
                        .wanted = LEGS_3,
                        .size = 1 << 20,
                        .up = path_of(20),
                        .down = path_of(20)};
    return world_new(&plan);
}

/* A restart at each of `count` random moments of the first `within_ns`. */
static void plan_restarts(struct world *w, int count, int64_t within_ns, void (*how)(void *))
{
    for (int i = 0; i < count; i++)
        sim_at(&w->sim, w->sim.now_ns + (int64_t)sim_below(&w->sim, (uint64_t)within_ns), how, w);
}

static void carries_on(uint8_t needed, int count, void (*how)(void *), int64_t limit_ns)
{
    struct seeds seeds = sim_seeds(8);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct world *w = new_world(seeds.first + i, needed);
        plan_restarts(w, count, 300 * SIM_MS, how);
        expect(w, world_run(w, limit_ns));
        world_expect_intact(w);
        expect(w, w->cluster.restarts > 0);
        expect(w, w->client.exchanges == 1);
        world_free(w);
    }
}

static void a_restart_in_an_instant_is_not_noticed(void **state)
{
    (void)state;
    carries_on(LEGS_3, 5, restart, 5 * SIM_SEC);
    carries_on(LEGS_2, 5, restart, 5 * SIM_SEC);
}

static void a_restart_of_some_seconds_needs_no_second_exchange(void **state)
{
    (void)state;
    carries_on(LEGS_3, 1, go_down, 15 * SIM_SEC);
    carries_on(LEGS_2, 1, go_down, 15 * SIM_SEC);
}

/* Every packet of the exchange meets a process that has never seen one, and so does every call.
 * Only numbers ask for a process that remembers what it has sent: one that does not sends none, but
 * for a continuation of its own, so that they flow as soon as it lives for a round trip. */
static void restart_again(void *context, const struct packet *in, const struct burst *out)
{
    (void)in;
    (void)out;
    struct world *w = context;
    if (!w->fetch->open)
        cluster_restart(&w->cluster, 0);
}

static void a_new_process_for_every_packet_will_do(void **state)
{
    (void)state;
    struct world *w = new_world(1, LEGS_3);
    w->cluster.spy = restart_again;
    w->cluster.spy_context = w;
    expect(w, world_run(w, 5 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.exchanges == 1 && w->cluster.restarts >= 887 + 1);
    expect(w, w->cluster.counters[0].fallbacks[FALLBACK_BOOT] > 0);
    world_free(w);
}

/* A process that lives for some round trips and no longer, all the way. */
static void restart_soon(void *context)
{
    struct world *w = context;
    cluster_restart(&w->cluster, 0);
    sim_at(&w->sim, w->sim.now_ns + 300 * SIM_MS, restart_soon, w);
}

static void short_lives_will_do(void **state)
{
    (void)state;
    struct world *w = new_world(4, LEGS_2);
    sim_at(&w->sim, w->sim.now_ns, restart_soon, w);
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.exchanges == 1 && w->cluster.restarts >= 2);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_in_an_instant_is_not_noticed),
        cmocka_unit_test(a_restart_of_some_seconds_needs_no_second_exchange),
        cmocka_unit_test(a_new_process_for_every_packet_will_do),
        cmocka_unit_test(short_lives_will_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
