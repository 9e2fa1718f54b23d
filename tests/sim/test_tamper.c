/*
 * An attacker flips bits, forges and injects: the file is intact, each drop is counted under the
 * name of its check, and what is not authentic changes nothing.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <valgrind/memcheck.h>

#include "sim/world.h"

static const enum verdict expected[] = {
    DROP_KIND,         DROP_FORMAT,      DROP_IDENTITY, DROP_MAC,          DROP_DH,
    DROP_DECAP,        DROP_HELLO_BOX,   DROP_KID,      DROP_EXCHANGE_BOX, DROP_LEG,
    DROP_CONTINUATION, DROP_REQUEST_BOX, DROP_SHARE,
};

static uint64_t dropped_as_expected(const struct world *w)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        sum += cluster_dropped(&w->cluster, expected[i]);
    return sum;
}

/* With a bit flipped in every third packet each way, a window stays at its least, and nearly each
 * number waits for a time-out. (Before there was a window, such a line was filled all the same.) */
static void one_bit_in_every_kth_packet(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(3);
    for (uint64_t i = 0; i < seeds.count; i++)
        for (uint32_t k = 3; k <= 20; k += 8)
            for (int strict = 0; strict < 2; strict++) {
                struct plan plan = {.seed = seeds.first + i,
                                    .needed = strict ? LEGS_3 : LEGS_2,
                                    .wanted = LEGS_3,
                                    .size = 300000,
                                    .up = path_of(10),
                                    .down = path_of(10)};
                plan.up.corrupt_every = plan.down.corrupt_every = k;
                struct world *w = world_new(&plan);
                expect(w, world_run(w, (k == 3 ? 200 : 30) * SIM_SEC));
                world_expect_intact(w);
                world_pass(w, 100 * SIM_MS); /* what is still on its way */
                /* A flipped kind byte may make a packet that is none of a client's. */
                expect(w, w->up.corrupt.flipped > 10);
                expect(w, dropped_as_expected(w) == w->up.corrupt.flipped);
                expect(w, w->client.packets_ignored > 10);
                /* What a time-out has asked for once more may come twice. */
                uint64_t flipped = w->down.corrupt.flipped;
                expect(w, w->client.packets_ignored <= flipped + flipped / 10);
                expect(w, w->client.exchanges == 1);
                world_free(w);
            }
}

/* Answers that the attacker makes up, at a client that waits: right in form, wrong in content. */
static void forge(struct world *w, uint8_t kind, size_t n)
{
    uint8_t p[DATAGRAM_BYTES];
    sim_fill(&w->sim, p, sizeof p);
    p[0] = kind;
    p[1] = kind == KIND_ACCEPT ? 3 : p[1];
    if (kind == KIND_BLOCKED)
        store16(p + 1, (uint16_t)sim_below(&w->sim, BLOCK_COUNT));
    client_input(&w->client, w->sim.now_ns, p, n);
}

/* A forged DATA may set up the key schedule for others like it, which is no more than a cache. */
static void forget_schedule(struct client *c)
{
    c->caller.batch_live = false;
    memset(c->caller.batch_prefix, 0, sizeof c->caller.batch_prefix);
    memset(&c->caller.batch, 0, sizeof c->caller.batch);
    c->caller.batch_generation = 0;
}

struct forged {
    uint8_t kind;
    size_t n;
};

static const struct forged forgeries[] = {
    {KIND_ACCEPT, 1232}, {KIND_LEGGED, 1185}, {KIND_BLOCKED, 44}, {KIND_FINISHED, 340},
    {KIND_DATA, 300},    {KIND_DATA, 1232},   {KIND_HELLO, 1232}, {0, 1},
};
#define FORGERIES (sizeof forgeries / sizeof *forgeries)

static void forged_answers_change_nothing(void **state)
{
    (void)state;
    const int64_t moments_ms[] = {10, 50, 90, 200, 500};
    for (size_t m = 0; m < sizeof moments_ms / sizeof *moments_ms; m++)
        for (size_t f = 0; f < FORGERIES; f += (size_t)sim_step_of(1)) {
            struct plan plan = {.seed = 1 + m,
                                .needed = LEGS_3,
                                .wanted = LEGS_3,
                                .size = 2000000,
                                .up = path_of(20),
                                .down = path_of(20)};
            struct world *w = world_new(&plan);
            world_run(w, moments_ms[m] * SIM_MS);
            expect(w, !w->end.stopped);
            static struct client before, after;
            before = w->client;
            w->sim.now_ns += SIM_MS;
            forge(w, forgeries[f].kind, forgeries[f].n);
            expect(w, w->client.packets_ignored == before.packets_ignored + 1);
            w->client.packets_ignored--;
            after = w->client;
            forget_schedule(&before);
            forget_schedule(&after);
            /* Padding is compared too: equal, and nobody's business what it is. */
            VALGRIND_MAKE_MEM_DEFINED(&before, sizeof before);
            VALGRIND_MAKE_MEM_DEFINED(&after, sizeof after);
            expect(w, memcmp(&before, &after, sizeof before) == 0);
            w->sim.now_ns -= SIM_MS;
            expect(w, world_run(w, 20 * SIM_SEC));
            world_expect_intact(w);
            world_free(w);
        }
}

/* What an attacker without keys may say to a waiting client: forgeries, and answers of before. */
static void inject(void *context)
{
    struct world *w = context;
    if (w->end.stopped)
        return;
    const struct thief_node *t = &w->down.thief;
    for (size_t f = 0; f < FORGERIES; f++)
        forge(w, forgeries[f].kind, forgeries[f].n);
    for (uint64_t i = 0; i < t->seen && i < THIEF_MEMORY && !client_done(&w->client); i++)
        client_input(&w->client, w->sim.now_ns, t->memory[i]->bytes, t->memory[i]->n);
    sim_at(&w->sim, w->sim.now_ns + SIM_SEC, inject, w);
}

/* Runs until at_ms, from which moment the attacker speaks; `remembers`: it repeats what it saw. */
static struct world *attacked_world(uint64_t seed, int64_t at_ms, bool remembers)
{
    struct plan plan = {.seed = seed,
                        .needed = LEGS_3,
                        .wanted = LEGS_3,
                        .size = 4 << 20,
                        .up = path_of(20),
                        .down = path_of(20)};
    struct world *w = world_new(&plan);
    w->down.thief.remember = remembers;
    world_run(w, at_ms * SIM_MS);
    expect(w, !w->end.stopped);
    w->down.thief.remember = false;
    sim_at(&w->sim, w->sim.now_ns + 100 * SIM_MS, inject, w);
    return w;
}

/* Nobody is there but the attacker, whose packets must not pass for a sign of life. */
static void silence(bool remembers)
{
    for (int64_t at_ms = 10; at_ms < 600; at_ms += 90) {
        struct world *w = attacked_world(5, at_ms, remembers);
        cluster_silence(&w->cluster, 100000 * SIM_SEC);
        expect(w, world_run(w, 31 * SIM_SEC));
        world_expect_error(w, LETHE_ERR_TIMEOUT);
        world_free(w);
    }
}

static void forged_answers_are_no_sign_of_life(void **state)
{
    (void)state;
    silence(false);
}

static void replayed_answers_are_no_sign_of_life(void **state)
{
    (void)state;
    silence(true);
}

/* Nor may they keep a client from the second exchange that it needs. */
static void lost_ring(bool remembers)
{
    for (int64_t at_ms = 100; at_ms < 700; at_ms += 200) {
        struct world *w = attacked_world(6, at_ms, remembers);
        cluster_lose_ring(&w->cluster);
        expect(w, world_run(w, 29 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->client.exchanges == 2);
        world_free(w);
    }
}

static void forged_answers_do_not_stop_a_second_exchange(void **state)
{
    (void)state;
    lost_ring(false);
}

static void replayed_answers_do_not_stop_a_second_exchange(void **state)
{
    (void)state;
    lost_ring(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bit_in_every_kth_packet),
        cmocka_unit_test(forged_answers_change_nothing),
        cmocka_unit_test(forged_answers_are_no_sign_of_life),
        cmocka_unit_test(replayed_answers_are_no_sign_of_life),
        cmocka_unit_test(forged_answers_do_not_stop_a_second_exchange),
        cmocka_unit_test(replayed_answers_do_not_stop_a_second_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
