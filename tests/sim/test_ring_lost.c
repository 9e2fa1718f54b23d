/*
 * The ring is lost: no continuation opens any more, and the client begins anew by itself.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

static void lose(void *context)
{
    struct world *w = context;
    cluster_lose_ring(&w->cluster);
}

/* Loses the ring at `at_ns` of the run; a second exchange, and the rest of the file, must follow.
 */
static void survives(uint64_t seed, uint8_t needed, int64_t at_ns)
{
    struct plan plan = {.seed = seed,
                        .servers = 1 + (int)(seed % 2),
                        .needed = needed,
                        .wanted = LEGS_3,
                        .size = 4 << 20,
                        .up = path_of(20),
                        .down = path_of(20)};
    plan.down.bits_s = 20000000;
    plan.down.queue_bytes = 60000;
    struct world *w = world_new(&plan);
    sim_at(&w->sim, w->sim.now_ns + at_ns, lose, w);
    while (w->client.exchanges < 2 && !world_run(w, 10 * SIM_MS))
        expect(w, w->sim.now_ns < w->client.start_ns + at_ns + CLIENT_STALL_NS + 200 * SIM_MS);
    uint64_t had = w->fetch->bytes_received;
    world_run(w, 600 * SIM_MS); /* the upload of a strict client takes about half of it */
    expect(w, w->fetch->bytes_received > had);
    expect(w, world_run(w, 10 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.exchanges == 2);
    expect(w, cluster_dropped(&w->cluster, DROP_KID) +
                      cluster_dropped(&w->cluster, DROP_CONTINUATION) +
                      cluster_dropped(&w->cluster, DROP_EXCHANGE_BOX) >
                  0);
    /* What was here is not fetched again: at most what was on the way. */
    expect(w, w->fetch->bytes_received < plan.size + plan.size / 8);
    world_free(w);
}

static void lost_in_the_exchange(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    for (uint64_t i = 0; i < seeds.count; i++) {
        survives(seeds.first + i, LEGS_3, (60 + 20 * (int64_t)(i % 16)) * SIM_MS);
        survives(seeds.first + i, LEGS_2, (60 + 20 * (int64_t)(i % 16)) * SIM_MS);
    }
}

static void lost_in_the_download(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    for (uint64_t i = 0; i < seeds.count; i++) {
        survives(seeds.first + i, LEGS_3, (1000 + 50 * (int64_t)(i % 6)) * SIM_MS);
        survives(seeds.first + i, LEGS_2, (1000 + 50 * (int64_t)(i % 6)) * SIM_MS);
    }
}

/* At any moment at all of a strict run, also around the absorbing of shares. */
static void lost_at_any_moment(void **state)
{
    (void)state;
    for (int64_t at_ms = 45; at_ms < 700; at_ms += sim_step_of(31))
        survives(7, at_ms % 2 ? LEGS_3 : LEGS_2, at_ms * SIM_MS);
}

/* Before ACCEPT there is nothing to lose. */
static void lost_before_anything(void **state)
{
    (void)state;
    struct plan plan = {.seed = 3,
                        .needed = LEGS_2,
                        .wanted = LEGS_3,
                        .size = 1000,
                        .up = path_of(20),
                        .down = path_of(20)};
    struct world *w = world_new(&plan);
    sim_at(&w->sim, w->sim.now_ns + 10 * SIM_MS, lose, w);
    expect(w, world_run(w, 5 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.exchanges == 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_in_the_exchange),
        cmocka_unit_test(lost_in_the_download),
        cmocka_unit_test(lost_at_any_moment),
        cmocka_unit_test(lost_before_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
