/*
 * The ring turns under a running exchange and download, and nothing is lost by it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

static struct path_plan line(int64_t delay_ms, int64_t bits_s, uint32_t loss)
{
    struct path_plan p = path_of(delay_ms);
    p.bits_s = bits_s;
    p.queue_bytes = 30000;
    p.loss = loss;
    return p;
}

static void expect_no_dead_key(struct world *w)
{
    expect(w, cluster_dropped(&w->cluster, DROP_KID) == 0);
    expect(w, cluster_dropped(&w->cluster, DROP_CONTINUATION) == 0);
    expect(w, cluster_dropped(&w->cluster, DROP_SHARE) == 0);
    expect(w, w->client.exchanges == 1);
}

/* Keys of 2 s live 16 s: the upload takes 5 s or so and the download half a minute. */
static void many_rotations_in_one_transfer(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    for (uint64_t i = 0; i < seeds.count; i++)
        for (int strict = 0; strict < 2; strict++) {
            struct plan plan = {.seed = seeds.first + i,
                                .servers = 1 + (int)(i % 2),
                                .period_ms = 2000,
                                .needed = strict ? LEGS_3 : LEGS_2,
                                .wanted = LEGS_3,
                                .size = 5 << 20,
                                .up = line(20, 2000000, 0),
                                .down = line(20, 1500000, 10)};
            struct world *w = world_new(&plan);
            expect(w, world_run(w, 120 * SIM_SEC));
            world_expect_intact(w);
            expect(w, w->end.done_ns - w->client.start_ns > 20 * SIM_SEC);
            expect_no_dead_key(w);
            expect(w, session_level(w->client.caller.legs) == 3);
            world_free(w);
        }
}

/* The real period: half an hour at 100 kbit/s, over three times the life of a key. */
static void half_an_hour_at_a_slow_line(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(2);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .needed = LEGS_2,
                            .wanted = LEGS_3,
                            .size = 20 << 20,
                            .up = line(50, 100000, 0),
                            .down = line(50, 100000, 5)};
        struct world *w = world_new(&plan);
        expect(w, world_run(w, 3600 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->end.done_ns - w->client.start_ns > 1700 * SIM_SEC);
        expect_no_dead_key(w);
        world_free(w);
    }
}

/* The slowest path that the protocol promises to serve is about 21 kbit/s upwards; at twice that,
 * the upload must end while its key lives, whatever the queue. */
static void the_slowest_upload(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(2);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .needed = LEGS_3,
                            .wanted = LEGS_3,
                            .size = 20000,
                            .up = line(50, 42000, 0),
                            .down = line(50, 42000, 0)};
        struct world *w = world_new(&plan);
        expect(w, world_run(w, 460 * SIM_SEC));
        world_expect_intact(w);
        expect_no_dead_key(w);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_rotations_in_one_transfer),
        cmocka_unit_test(half_an_hour_at_a_slow_line),
        cmocka_unit_test(the_slowest_upload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
