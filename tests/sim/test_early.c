/* Requests in the first packet: answered in one round trip, executed once at most where once is all
 * that is allowed, and where they cannot be executed asked again, for a round trip and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

#define ONE_WAY_MS 25
#define RTT        (2 * ONE_WAY_MS * SIM_MS)
#define SLACK      (RTT / 10)

static struct plan plan_of(uint64_t seed, enum lethe_early early)
{
    return (struct plan){.seed = seed,
                         .wanted = LEGS_3,
                         .size = 500,
                         .early = early,
                         .up = path_of(ONE_WAY_MS),
                         .down = path_of(ONE_WAY_MS)};
}

static uint64_t ended(const struct world *w, enum early_end how)
{
    uint64_t sum = 0;
    for (int i = 0; i < w->cluster.count; i++)
        sum += w->cluster.counters[i].early[how];
    return sum;
}

/* Runs to the end, which takes so many round trips, and ends like this. */
static void takes(struct world *w, int round_trips, enum early_outcome outcome, enum early_end how)
{
    const int64_t begun = w->sim.now_ns;
    expect(w, world_run(w, 10 * SIM_SEC));
    world_expect_intact(w);
    world_expect_no_drop(w);
    expect(w, w->client.early == outcome && ended(w, how) == 1);
    expect(w, w->resource.opens == 1 && w->client.exchanges == 1);
    const int64_t took = w->sim.now_ns - begun;
    expect(w, took >= round_trips * RTT && took < round_trips * RTT + SLACK);
}

static void a_small_resource_takes_one_round_trip(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    for (uint64_t i = 0; i < seeds.count; i++) {
        const bool once = i % 2;
        struct plan p = plan_of(seeds.first + i, once ? LETHE_EARLY_ONCE : LETHE_EARLY_REPEATABLE);
        p.servers = 2;
        struct world *w = world_new(&p);
        takes(w, 1, EARLY_EXECUTED, EARLY_END_EXECUTED);
        expect(w, w->client.first_data_legs == 0 && w->end.sent == 1);
        world_free(w);
    }
}

/* The first bytes in one round trip, and all others behind them, while legs are absorbed. */
static void a_large_one_goes_on_at_level_1_and_rises(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan p = plan_of(seeds.first + i, LETHE_EARLY_REPEATABLE);
        p.size = 4 << 20;
        if (i % 2)
            p.up.loss = p.down.loss = 50;
        struct world *w = world_new(&p);
        expect(w, world_run(w, 60 * SIM_SEC));
        world_expect_intact(w);
        if (i % 2 == 0)
            expect(w, w->client.first_data_ns - w->client.start_ns < RTT + SLACK);
        expect(w, w->client.first_data_legs == 0 && w->client.early == EARLY_EXECUTED);
        expect(w, w->client.caller.legs == LEGS_3);
        world_free(w);
    }
}

/* To whom a puzzle is due it costs one more, whatever it asks; and it executes nothing. */
static void a_puzzle_costs_a_second_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct plan p = plan_of(11, i % 2 ? LETHE_EARLY_ONCE : LETHE_EARLY_REPEATABLE);
        struct world *w = world_new(&p);
        const int level = i < 2 ? 1 : 2; /* the proof of an address, or bits to find */
        w->cluster.servers[0]->admit.control.level = (uint8_t)level;
        w->cluster.servers[0]->admit.control.step = INT64_MAX / 2; /* it stays */
        const uint64_t *admissions = w->cluster.counters[0].admissions;
        takes(w, 2, EARLY_EXECUTED, EARLY_END_EXECUTED);
        expect(w, admissions[ADMIT_ASKED] == 1 && admissions[ADMIT_SOLVED] == 1);
        expect(w, w->client.puzzle_bits == (level == 2 ? CONTROL_BITS_FIRST : 0));
        expect(w, w->client.first_data_legs == 0 && w->end.sent == 2);
        world_free(w);
    }
}

static struct packet first_hello; /* as an eavesdropper keeps it */

static void keep_hello(void *context, const struct packet *in, const struct burst *out)
{
    (void)context;
    (void)out;
    if (in->bytes[0] == KIND_HELLO && first_hello.n == 0)
        packet_copy(&first_hello, in);
}

static struct world *spied(const struct plan *p)
{
    struct world *w = world_new(p);
    first_hello.n = 0;
    w->cluster.spy = keep_hello;
    return w;
}

/* Sends it again from elsewhere, to whichever process the balancer picks. */
static void replay(struct world *w, int times)
{
    struct packet p = first_hello;
    p.from[16] ^= 0x55;
    for (int i = 0; i < times; i++)
        w->cluster.node.take(&w->cluster.node, &p);
}

/* The server as a whole begins anew: its filter is empty. */
static void restart_server(struct world *w)
{
    static const uint8_t key[ONCE_KEY_BYTES] = {2};
    memset(&w->once, 0, sizeof w->once);
    once_init(&w->once, key, cluster_wall_ms(&w->cluster));
    for (int i = 0; i < w->cluster.count; i++)
        cluster_restart(&w->cluster, i);
}

static void what_was_executed_never_is_again(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(2);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan p = plan_of(seeds.first + i, LETHE_EARLY_ONCE);
        p.servers = 3;
        struct world *w = spied(&p);
        takes(w, 1, EARLY_EXECUTED, EARLY_END_EXECUTED);
        replay(w, 10); /* at all processes */
        cluster_restart(&w->cluster, 1);
        replay(w, 5);
        expect(w, ended(w, EARLY_END_SEEN) == 15);
        restart_server(w);
        for (int minute = 0; minute < 8; minute++) {
            replay(w, 5);
            world_pass(w, 60 * SIM_SEC);
        }
        expect(w, ended(w, EARLY_END_BEGIN) >= 10 && ended(w, EARLY_END_CLOCK) >= 20);
        expect(w, ended(w, EARLY_END_BEGIN) + ended(w, EARLY_END_CLOCK) == 40);
        expect(w, ended(w, EARLY_END_EXECUTED) == 1 && w->resource.opens == 1);
        world_free(w);
    }
}

/* Nothing that could be new is known to be: the request is executed behind a round trip, once. */
static void a_full_filter_costs_a_round_trip(void **state)
{
    (void)state;
    struct plan p = plan_of(3, LETHE_EARLY_ONCE);
    struct world *w = spied(&p);
    const uint32_t minute = (uint32_t)(cluster_wall_ms(&w->cluster) / ONCE_MINUTE_MS);
    struct once_generation *g = &w->once.generations[minute % ONCE_GENERATIONS];
    atomic_store(&g->minute, minute);
    atomic_store(&g->used, ONCE_FULL);
    takes(w, 2, EARLY_REFUSED, EARLY_END_NOROOM);
    replay(w, 5);
    expect(w, w->resource.opens == 1 && ended(w, EARLY_END_EXECUTED) == 0);
    world_free(w);
}

static void a_clock_that_is_an_hour_off_costs_a_round_trip(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct plan p = plan_of(4, LETHE_EARLY_ONCE);
        p.minutes_off = 60 * sign;
        struct world *w = world_new(&p);
        takes(w, 2, EARLY_REFUSED, EARLY_END_CLOCK);
        world_free(w);
        p.minutes_off = 2 * sign; /* that much is allowed for */
        w = world_new(&p);
        takes(w, 1, EARLY_EXECUTED, EARLY_END_EXECUTED);
        world_free(w);
    }
}

static void a_dead_short_term_key_costs_a_round_trip(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct plan p = plan_of(5, LETHE_EARLY_REPEATABLE);
        struct world *w = world_new(&p);
        for (int i = 0; i < SHORT_TERM_KEYS; i++)
            w->short_term.keys[i].until_ms =
                cluster_wall_ms(&w->cluster) + (late ? ONE_WAY_MS + 1 : ONE_WAY_MS - 5);
        cluster_share_short_term(&w->cluster);
        if (late)
            takes(w, 1, EARLY_EXECUTED, EARLY_END_EXECUTED);
        else
            takes(w, 2, EARLY_REFUSED, EARLY_END_KEY);
        world_free(w);
    }
}

/* A server that answers at level 2 says so, and its client waits for that. */
static void who_takes_nothing_early_says_what_it_needs(void **state)
{
    (void)state;
    struct plan p = plan_of(6, LETHE_EARLY_REPEATABLE);
    p.late = true;
    p.least_legs = LEGS_2;
    struct world *w = world_new(&p);
    takes(w, 3, EARLY_REFUSED, EARLY_END_OFF);
    expect(w, w->client.first_data_legs == LEGS_2);
    world_free(w);
}

/* The answer is lost: what came of the request is not known, and it is asked again. */
static void lose_first(void *context, const struct packet *in, const struct burst *out)
{
    struct world *w = context;
    (void)out;
    if (in->bytes[0] == KIND_HELLO && w->cluster.answered_kind[KIND_HELLO] == 1)
        memset(w->cluster.out, 0, DATAGRAM_BYTES);
}

static void a_lost_answer_is_asked_for_again(void **state)
{
    (void)state;
    struct plan p = plan_of(7, LETHE_EARLY_ONCE);
    struct world *w = world_new(&p);
    w->cluster.spy = lose_first;
    w->cluster.spy_context = w;
    expect(w, world_run(w, 10 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.early == EARLY_UNKNOWN && ended(w, EARLY_END_SEEN) >= 1);
    expect(w, ended(w, EARLY_END_EXECUTED) == 1 && w->resource.opens == 2);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_resource_takes_one_round_trip),
        cmocka_unit_test(a_puzzle_costs_a_second_round_trip),
        cmocka_unit_test(a_large_one_goes_on_at_level_1_and_rises),
        cmocka_unit_test(what_was_executed_never_is_again),
        cmocka_unit_test(a_full_filter_costs_a_round_trip),
        cmocka_unit_test(a_clock_that_is_an_hour_off_costs_a_round_trip),
        cmocka_unit_test(a_dead_short_term_key_costs_a_round_trip),
        cmocka_unit_test(who_takes_nothing_early_says_what_it_needs),
        cmocka_unit_test(a_lost_answer_is_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
