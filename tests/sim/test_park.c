/*
 * Sessions that are parked by one run and resumed by the next: in one round trip where the server
 * still has the slow key, with an exchange where it has not, and of no use to anybody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

#define DELAY_MS 20
#define RTT      (2 * DELAY_MS * SIM_MS)

static struct plan plan_of(uint64_t seed, uint8_t needed, const struct parked_session *resume)
{
    return (struct plan){.seed = seed,
                         .needed = needed,
                         .wanted = needed,
                         .size = 20000,
                         .park = true,
                         .resume = resume,
                         .up = path_of(DELAY_MS),
                         .down = path_of(DELAY_MS)};
}

static struct world *run(const struct plan *plan)
{
    struct world *w = world_new(plan);
    expect(w, world_run(w, 100 * SIM_SEC));
    world_expect_intact(w);
    return w;
}

/* What a run whose data waits for these legs is given; once for all tests. */
static struct parked_session parked_by(uint8_t needed)
{
    static struct parked_session parked[LEGS_3 + 1];
    if (parked[needed].legs)
        return parked[needed];
    const struct plan plan = plan_of(1, needed, NULL);
    struct world *w = run(&plan);
    parked[needed] = w->client.parked;
    expect(w, w->client.parked.legs == needed && w->client.exchanges == 1);
    expect(w, w->client.resumed_level == 0);
    world_free(w);
    return parked[needed];
}

/* No exchange, the session after one round trip, and everything in it as usual. */
static void expect_resumed(struct world *w, uint8_t legs)
{
    const uint64_t *sent = w->end.sent_kind;
    expect(w, w->client.resumed_level == session_level(legs) && w->client.exchanges == 0);
    expect(w, sent[KIND_RESUME] == 1 && w->cluster.answered_kind[KIND_RESUME] == 1);
    expect(w, sent[KIND_HELLO] + sent[KIND_LEG] + sent[KIND_BLOCK] + sent[KIND_FINISH] == 0);
    expect(w, w->client.caller.legs == legs);
    expect(w, w->client.ready_ns - w->client.start_ns == RTT);
    expect(w, w->client.parked.legs == legs); /* for the run after this one */
    world_expect_no_drop(w);
}

static void the_next_run_takes_one_round_trip(void **state)
{
    (void)state;
    const uint8_t levels[] = {LEGS_2, LEGS_3};
    for (int i = 0; i < 2; i++) {
        struct parked_session parked = parked_by(levels[i]);
        for (uint64_t seed = 2; seed < 5; seed++) { /* each run parks for the next */
            struct plan plan = plan_of(seed, levels[i], &parked);
            plan.servers = seed == 3 ? 2 : 1; /* none of which has seen it, or its restart */
            struct world *w = world_new(&plan);
            cluster_restart(&w->cluster, 0);
            expect(w, world_run(w, 10 * SIM_SEC));
            world_expect_intact(w);
            expect_resumed(w, levels[i]);
            parked = w->client.parked;
            world_free(w);
        }
    }
}

/* It absorbs the leg that it lacks, in the exchange that RESUMED begins. */
static void expect_risen(struct world *w)
{
    const uint64_t *sent = w->end.sent_kind;
    expect(w, w->client.resumed_level == 2 && w->client.exchanges == 0);
    expect(w, sent[KIND_RESUME] == 1 && sent[KIND_HELLO] + sent[KIND_LEG] == 0);
    expect(w, sent[KIND_BLOCK] == BLOCK_COUNT && sent[KIND_FINISH] == 1);
    expect(w, w->client.caller.legs == LEGS_3 && w->client.parked.legs == LEGS_3);
    world_expect_no_drop(w);
}

/* A session of level 3 serves who asks for 2, and stays one; the other way it rises first. */
static void never_below_the_level_that_is_asked_for(void **state)
{
    (void)state;
    const struct parked_session two = parked_by(LEGS_2), three = parked_by(LEGS_3);
    struct plan plan = plan_of(2, LEGS_2, &three);
    plan.wanted = LEGS_3;
    struct world *w = run(&plan);
    expect_resumed(w, LEGS_3);
    world_free(w);
    plan = plan_of(2, LEGS_3, &two);
    w = run(&plan);
    expect(w, w->client.first_data_legs == LEGS_3);
    expect_risen(w);
    world_free(w);
    plan = plan_of(2, LEGS_2, &two); /* the service wants more than both had thought */
    plan.wanted = plan.least_legs = LEGS_3;
    w = run(&plan);
    expect(w, w->client.first_data_legs == LEGS_3);
    expect_risen(w);
    world_free(w);
}

/* A transfer that rises to level 3 on the way leaves a session of level 3, resumed or not. */
static void what_is_parked_last_has_the_highest_level(void **state)
{
    (void)state;
    const struct parked_session two = parked_by(LEGS_2);
    for (int i = 0; i < 2; i++) {
        struct plan plan = plan_of(1, LEGS_2, i ? &two : NULL);
        plan.wanted = LEGS_3;
        plan.size = 3 << 19;
        plan.down.bits_s = 6000000;
        plan.down.queue_bytes = 60000;
        struct world *w = run(&plan);
        expect(w, w->client.parked.legs == LEGS_3 && w->client.resumed_level == (i ? 2 : 0));
        expect(w, w->client.first_data_legs == LEGS_2 && w->client.caller.legs == LEGS_3);
        world_free(w);
    }
}

static void where_nothing_is_parked_there_is_an_exchange(void **state)
{
    (void)state;
    const struct parked_session parked = parked_by(LEGS_2);
    struct plan plan = plan_of(2, LEGS_2, &parked);
    struct world *w = world_new(&plan);
    memset(&w->cluster.slow, 0, sizeof w->cluster.slow); /* a server without --park */
    cluster_restart(&w->cluster, 0);
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_intact(w);
    expect(w, cluster_dropped(&w->cluster, DROP_PARKED) == 1);
    expect(w, w->client.exchanges == 1 && !w->client.resumed_level && w->client.parked.legs == 0);
    world_free(w);

    w = world_new(&plan); /* and one whose slow key is dead */
    w->cluster.slow.born_ms -= SLOW_COUNT * (int64_t)SLOW_PERIOD_MS;
    cluster_restart(&w->cluster, 0);
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_intact(w);
    expect(w, cluster_dropped(&w->cluster, DROP_PARKED) == 1 && w->client.exchanges == 1);
    world_free(w);
}

/* Silence costs a timeout. An answer that comes after it is taken if it is the first. */
static void a_lost_resume_costs_a_timeout(void **state)
{
    (void)state;
    const struct parked_session parked = parked_by(LEGS_2);
    struct plan plan = plan_of(2, LEGS_2, &parked);
    struct world *w = world_new(&plan);
    cluster_silence(&w->cluster, 100 * SIM_MS);
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.exchanges == 1 && !w->client.resumed_level);
    world_free(w);

    plan.up = plan.down = path_of(1500);
    w = world_new(&plan);
    expect(w, world_run(w, 60 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.resumed_level && w->client.ready_ns - w->client.start_ns == 3000 * SIM_MS);
    world_free(w);
}

/* Everything of a run again, in the name of others: before a restart, after it, at two servers. */
static void who_replays_it_gains_nothing(void **state)
{
    (void)state;
    const struct parked_session parked = parked_by(LEGS_2);
    struct plan plan = plan_of(2, LEGS_2, &parked);
    struct world *w = world_new(&plan);
    uint8_t victim[ADDRESS_BYTES];
    w->up.thief.remember = true;
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.resumed_level == 2);
    address_make(victim, 77, 7, 53);
    const uint64_t ignored = w->client.packets_ignored;
    for (int again = 0; again < 3; again++) {
        if (again == 2)
            cluster_restart(&w->cluster, 0);
        struct packet p;
        packet_copy(&p, w->up.thief.memory[0]);
        expect(w, p.bytes[0] == KIND_RESUME);
        memcpy(p.from, again ? victim : w->end.address, ADDRESS_BYTES);
        w->cluster.node.take(&w->cluster.node, &p);
    }
    expect(w, cluster_dropped(&w->cluster, DROP_RESUMED) == 2);
    const struct tally *t = cluster_tally(&w->cluster, victim);
    expect(w, t->packets_out == 1 && t->bytes_out <= t->bytes_in / 2);
    expect(w, w->client.packets_ignored == ignored);
    world_free(w);
}

/* Whatever is lost, doubled or out of order: each run is intact, and no nonce used twice. */
static void chains_of_runs_over_a_bad_path(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(6);
    int total = 0, runs = 0;
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct parked_session parked = {.legs = 0};
        int resumed = 0;
        for (uint64_t k = 0; k < 4; k++) {
            struct plan plan =
                plan_of(seeds.first + i * 4 + k, LEGS_2, parked.legs ? &parked : NULL);
            plan.servers = 2;
            plan.up.loss = plan.down.loss = 50;
            plan.up.duplicate = plan.down.duplicate = 100;
            plan.up.reorder = plan.down.reorder = 100;
            struct world *w = run(&plan);
            resumed += w->client.resumed_level > 0;
            parked = w->client.parked;
            world_free(w);
        }
        total += resumed;
        runs += 3; /* the first has nothing to resume */
    }
    assert_true(2 * total > runs && total <= runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_run_takes_one_round_trip),
        cmocka_unit_test(never_below_the_level_that_is_asked_for),
        cmocka_unit_test(what_is_parked_last_has_the_highest_level),
        cmocka_unit_test(where_nothing_is_parked_there_is_an_exchange),
        cmocka_unit_test(a_lost_resume_costs_a_timeout),
        cmocka_unit_test(who_replays_it_gains_nothing),
        cmocka_unit_test(chains_of_runs_over_a_bad_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
