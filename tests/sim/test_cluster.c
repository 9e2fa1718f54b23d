/*
 * Several servers behind a balancer that sprays packets: any of them can take any step.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

static void spray(uint64_t seed, int servers, uint8_t needed, uint32_t loss, int64_t period_ms)
{
    struct plan plan = {.seed = seed,
                        .servers = servers,
                        .needed = needed,
                        .wanted = LEGS_3,
                        .period_ms = period_ms,
                        .size = 500000,
                        .up = path_of(20),
                        .down = path_of(20)};
    plan.up.loss = plan.down.loss = loss;
    struct world *w = world_new(&plan);
    expect(w, world_run(w, 30 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.exchanges == 1);
    for (int i = 0; i < servers; i++)
        expect(w, w->cluster.counters[i].verdicts[ANSWERED] > w->cluster.answered / 8);
    expect(w, cluster_dropped(&w->cluster, ANSWERED) == w->cluster.answered);
    for (int v = ANSWERED + 1; v < VERDICTS; v++)
        expect(w, cluster_dropped(&w->cluster, (enum verdict)v) == 0);
    world_free(w);
}

static void packets_go_to_any_server(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(3);
    for (uint64_t i = 0; i < seeds.count; i++)
        for (int servers = 2; servers <= 3; servers++) {
            spray(seeds.first + i, servers, LEGS_3, 0, 0);
            spray(seeds.first + i, servers, LEGS_2, 20, 0);
        }
}

/* The keys reach the members at different moments; none may seal with one that others lack. */
static void the_ring_turns_at_different_moments(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(3);
    for (uint64_t i = 0; i < seeds.count; i++)
        spray(seeds.first + i, 3, LEGS_3, 0, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_go_to_any_server),
        cmocka_unit_test(the_ring_turns_at_different_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
