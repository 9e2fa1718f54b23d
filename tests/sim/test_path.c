/*
 * Long and slow paths: where a packet's way takes longer than the first time-out, the client must
 * learn that, and not fill the line with copies.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

#define LEAST_BLOCKS BLOCK_COUNT

static void upload(struct path_plan p, int64_t limit_ns, uint64_t most_blocks)
{
    struct seeds seeds = sim_seeds(2);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .needed = LEGS_3,
                            .wanted = LEGS_3,
                            .size = 20000,
                            .up = p,
                            .down = p};
        struct world *w = world_new(&plan);
        expect(w, world_run(w, limit_ns));
        world_expect_intact(w);
        expect(w, w->client.exchanges == 1);
        expect(w, w->end.sent_kind[KIND_BLOCK] <= most_blocks);
        world_free(w);
    }
}

/* A geostationary satellite: 600 ms there and back. */
static void a_satellite(void **state)
{
    (void)state;
    struct path_plan p = path_of(300);
    p.bits_s = 10000000;
    p.queue_bytes = 300000;
    upload(p, 20 * SIM_SEC, 2 * LEAST_BLOCKS);
}

static void two_seconds_there_and_back(void **state)
{
    (void)state;
    upload(path_of(1000), 60 * SIM_SEC, 2 * LEAST_BLOCKS);
}

/* 1.13 MB at 64 kbit/s are 141 s, at 128 kbit/s 71 s. */
static void slow_lines(void **state)
{
    (void)state;
    struct path_plan p = path_of(50);
    p.queue_bytes = 30000;
    p.bits_s = 128000;
    upload(p, 110 * SIM_SEC, LEAST_BLOCKS * 5 / 4);
    p.bits_s = 64000;
    upload(p, 220 * SIM_SEC, LEAST_BLOCKS * 5 / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_satellite),
        cmocka_unit_test(two_seconds_there_and_back),
        cmocka_unit_test(slow_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
