/*
 * A path that loses nothing: the exchange takes exactly the packets that the protocol says.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

#define EXCHANGE_PACKETS (1 + 1 + BLOCK_COUNT + 1)

static uint64_t exchange_packets(const uint64_t by_kind[COUNTER_KINDS])
{
    uint64_t sum = 0;
    for (int kind = KIND_HELLO; kind <= KIND_FINISHED; kind++)
        sum += by_kind[kind];
    return sum;
}

static void strict_takes_887_packets_each_way(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    assert_int_equal(EXCHANGE_PACKETS, 887);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .needed = LEGS_3,
                            .wanted = LEGS_3,
                            .least_legs = LEGS_3,
                            .size = 300000,
                            .up = path_of(25),
                            .down = path_of(25)};
        struct world *w = world_new(&plan);
        expect(w, world_run(w, 10 * SIM_SEC));
        world_expect_intact(w);
        expect(w, exchange_packets(w->end.sent_kind) == EXCHANGE_PACKETS);
        expect(w, exchange_packets(w->end.got_kind) == EXCHANGE_PACKETS);
        expect(w, w->client.kex.packets_sent == EXCHANGE_PACKETS);
        expect(w, w->client.kex.packets_answered == EXCHANGE_PACKETS);
        expect(w, session_level(w->client.caller.legs) == 3);
        expect(w, w->client.exchanges == 1 && w->client.packets_ignored == 0);
        expect(w, w->fetch->retries == 0);
        /* Nothing dropped, but for what tried whether larger packets pass. */
        expect(w, w->cluster.answered + w->up.mtu.dropped == w->end.sent);
        expect(w, w->up.mtu.dropped <= PATH_TRIES && w->down.mtu.dropped == 0);
        expect(w, w->end.longest[KIND_HELLO] == DATAGRAM_BYTES);
        expect(w, w->cluster.longest == MTU_ETHERNET);
        world_expect_no_drop(w);
        world_free(w);
    }
}

static void level_2_upgrades_in_the_background(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .needed = LEGS_2,
                            .wanted = LEGS_3,
                            .least_legs = LEGS_2,
                            .size = 8 << 20,
                            .up = path_of(25),
                            .down = path_of(25)};
        struct world *w = world_new(&plan);
        expect(w, world_run(w, 10 * SIM_SEC));
        world_expect_intact(w);
        expect(w, session_level(w->client.caller.legs) == 3);
        /* Data after HELLO, LEG and a request: three round trips of 50 ms. */
        expect(w, w->client.first_data_ns - w->client.start_ns <= 160 * SIM_MS);
        expect(w, exchange_packets(w->end.sent_kind) == EXCHANGE_PACKETS);
        expect(w, w->client.exchanges == 1);
        world_free(w);
    }
}

static void levels_1_and_2_do_without_the_upload(void **state)
{
    (void)state;
    const uint8_t legs[] = {0, LEGS_2};
    for (size_t i = 0; i < 2; i++) {
        struct plan plan = {.seed = 1 + i,
                            .needed = legs[i],
                            .wanted = legs[i],
                            .size = 100000,
                            .up = path_of(10),
                            .down = path_of(10)};
        struct world *w = world_new(&plan);
        expect(w, world_run(w, 10 * SIM_SEC));
        world_expect_intact(w);
        expect(w, exchange_packets(w->end.sent_kind) == 1 + i);
        expect(w, w->client.caller.legs == legs[i]);
        world_free(w);
    }
}

static void a_service_refuses_a_session_below_its_level(void **state)
{
    (void)state;
    struct plan plan = {.seed = 1,
                        .needed = LEGS_2,
                        .wanted = LEGS_2,
                        .least_legs = LEGS_3,
                        .size = 1000,
                        .up = path_of(10),
                        .down = path_of(10)};
    struct world *w = world_new(&plan);
    expect(w, world_run(w, 10 * SIM_SEC));
    world_expect_error(w, LETHE_ERR_REFUSED);
    expect(w, w->resource.reads + w->resource.digests == 0 && w->store.written == 0);
    world_free(w);
}

/* The session will have absorbed enough when the upload is done: until then it is asked now and
 * then, at no cost to the upload. */
static void a_service_is_waited_for_that_wants_more_than_the_client(void **state)
{
    (void)state;
    struct plan plan = {.seed = 2,
                        .needed = LEGS_2,
                        .wanted = LEGS_3,
                        .least_legs = LEGS_3,
                        .size = 1000,
                        .up = path_of(10),
                        .down = path_of(10)};
    plan.up.bits_s = 1000000;
    plan.up.queue_bytes = 8000;
    struct world *w = world_new(&plan);
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->end.done_ns - w->client.start_ns > 8 * SIM_SEC);
    expect(w, w->end.sent_kind[KIND_REQUEST] < 40);
    world_free(w);
}

static void a_run_repeats_from_its_seed(void **state)
{
    (void)state;
    uint64_t first = 0;
    for (int i = 0; i < 2; i++) {
        struct path_plan bad = path_of(20);
        bad.loss = 50;
        bad.reorder = 100;
        bad.duplicate = 50;
        struct plan plan = {.seed = 99,
                            .servers = 2,
                            .needed = LEGS_2,
                            .wanted = LEGS_3,
                            .size = 400000,
                            .up = bad,
                            .down = bad};
        struct world *w = world_new(&plan);
        expect(w, world_run(w, 60 * SIM_SEC));
        uint64_t print = 0;
        uint8_t random[8];
        rng_fill(&w->client.rng, random, sizeof random);
        print = load64(random) ^ (uint64_t)w->end.done_ns * 3 ^ w->end.sent * 5 ^ w->sim.random;
        expect(w, i == 0 || print == first);
        first = print;
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_takes_887_packets_each_way),
        cmocka_unit_test(level_2_upgrades_in_the_background),
        cmocka_unit_test(levels_1_and_2_do_without_the_upload),
        cmocka_unit_test(a_service_refuses_a_session_below_its_level),
        cmocka_unit_test(a_service_is_waited_for_that_wants_more_than_the_client),
        cmocka_unit_test(a_run_repeats_from_its_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
