/*
 * Servers that are silent for a while, or for ever: how long a client waits, and how loudly.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

static void silence_3_s(void *context)
{
    struct world *w = context;
    cluster_silence(&w->cluster, 3 * SIM_SEC);
}

static void silence_20_s(void *context)
{
    struct world *w = context;
    cluster_silence(&w->cluster, 20 * SIM_SEC);
}

static void silence_for_ever(void *context)
{
    struct world *w = context;
    cluster_silence(&w->cluster, 100000 * SIM_SEC);
}

static struct world *world_with(uint64_t seed, uint8_t needed, int64_t at_ms, void (*how)(void *))
{
    struct plan plan = {.seed = seed,
                        .needed = needed,
                        .wanted = LEGS_3,
                        .size = 4 << 20,
                        .up = path_of(20),
                        .down = path_of(20)};
    plan.down.bits_s = 20000000;
    plan.down.queue_bytes = 60000;
    struct world *w = world_new(&plan);
    sim_at(&w->sim, w->sim.now_ns + at_ms * SIM_MS, how, w);
    return w;
}

static int64_t a_moment(uint64_t seed)
{
    return 30 + (int64_t)(seed * 337 % 1200);
}

static void three_seconds_are_sat_out(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    for (uint64_t i = 0; i < seeds.count; i++) {
        uint64_t seed = seeds.first + i;
        struct world *w = world_with(seed, seed % 2 ? LEGS_2 : LEGS_3, a_moment(seed), silence_3_s);
        expect(w, world_run(w, 12 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->client.exchanges == 1);
        world_free(w);
    }
}

/* 20 s are longer than the stall time: the client asks for a new exchange meanwhile, and goes on
 * with whichever is answered. */
static void twenty_seconds_are_survived(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    for (uint64_t i = 0; i < seeds.count; i++) {
        uint64_t seed = seeds.first + i;
        struct world *w =
            world_with(seed, seed % 2 ? LEGS_2 : LEGS_3, a_moment(seed), silence_20_s);
        expect(w, world_run(w, 32 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->client.exchanges <= 2);
        world_free(w);
    }
}

/* From silence_for_ever at at_ms, LETHE_ERR_TIMEOUT comes after give_up_ns, not before. */
static void gives_up(uint64_t seed, int64_t at_ms, int64_t give_up_ns, uint64_t most_packets)
{
    struct world *w = world_with(seed, LEGS_2, at_ms, silence_for_ever);
    w->client.options.give_up_ns = give_up_ns;
    world_run(w, at_ms * SIM_MS);
    uint64_t before = w->end.sent;
    expect(w, world_run(w, 2 * give_up_ns));
    world_expect_error(w, LETHE_ERR_TIMEOUT);
    int64_t silent = w->end.done_ns - w->client.heard_ns;
    expect(w, silent >= give_up_ns && silent < give_up_ns + 10 * SIM_MS);
    expect(w, w->end.sent - before <= most_packets);
    uint8_t out[PACKET_MAX];
    expect(w, client_output(&w->client, w->sim.now_ns, out) == 0);
    world_free(w);
}

static void nobody_there(void **state)
{
    (void)state;
    gives_up(1, 0, 10 * SIM_SEC, 10);
    gives_up(2, 0, 30 * SIM_SEC, 20);
    gives_up(3, 0, 300 * SIM_SEC, 155);
}

static void gone_in_the_middle(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    for (uint64_t i = 0; i < seeds.count; i++) {
        uint64_t seed = seeds.first + i;
        /* What was in the window when it fell silent, then two or three packets each 2 s. */
        gives_up(seed, a_moment(seed), 30 * SIM_SEC, 600);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_seconds_are_sat_out),
        cmocka_unit_test(twenty_seconds_are_survived),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(gone_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
