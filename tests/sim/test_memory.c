/*
 * Nothing is allocated while a packet is handled: not by the cores, and not by a library under
 * them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/allocations.h"
#include "sim/world.h"

static void the_counter_counts(void **state)
{
    (void)state;
    uint64_t before = allocations_in_core();
    sim_in_core++;
    void *volatile p = malloc(10);
    void *volatile q = calloc(2, 5);
    p = realloc(p, 10000);
    free(p);
    free(q);
    sim_in_core--;
    assert_true(allocations_in_core() - before >= 5);
    before = allocations_in_core();
    p = malloc(10);
    free(p);
    assert_true(allocations_in_core() == before);
}

static void lose(void *context)
{
    struct world *w = context;
    cluster_lose_ring(&w->cluster);
}

/* A whole run in bad conditions, with a second exchange in it. */
static void a_transfer_allocates_nothing(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(2);
    for (uint64_t i = 0; i < seeds.count; i++)
        for (int bad = 0; bad < 2; bad++) {
            struct path_plan p = path_of(20);
            p.loss = p.corrupt = p.duplicate = bad ? 20 : 0;
            struct plan plan = {.seed = seeds.first + i,
                                .needed = LEGS_2,
                                .wanted = LEGS_3,
                                .size = 3000000,
                                .park = true,
                                .up = p,
                                .down = p};
            struct world *w = world_new(&plan);
            if (bad)
                sim_at(&w->sim, w->sim.now_ns + 400 * SIM_MS, lose, w);
            uint64_t before = allocations_in_core();
            expect(w, world_run(w, 100 * SIM_SEC));
            expect(w, allocations_in_core() == before);
            world_expect_intact(w);
            expect(w, w->client.exchanges == (bad ? 2 : 1));
            world_free(w);
        }
}

static struct packet first_hello;

static void keep_hello(void *context, const struct packet *in, const struct burst *out)
{
    (void)context;
    (void)out;
    if (in->bytes[0] == KIND_HELLO && first_hello.n == 0)
        packet_copy(&first_hello, in);
}

/* HELLOs with a right mac and nothing behind it, more than the share of a network. */
static void flood(struct world *w)
{
    struct packet p = first_hello;
    p.bytes[DATAGRAM_BYTES - 1] ^= 1;
    for (unsigned i = 0; i < 1200; i++)
        w->cluster.node.take(&w->cluster.node, &p);
}

/* Neither what is asked for, nor who solves it, nor who only floods. */
static void admission_allocates_nothing(void **state)
{
    (void)state;
    struct plan plan = {.seed = 5,
                        .wanted = LEGS_2,
                        .size = 500,
                        .early = LETHE_EARLY_ONCE,
                        .up = path_of(20),
                        .down = path_of(20)};
    for (int asked = 0; asked < 2; asked++) {
        struct world *w = world_new(&plan);
        struct admit *admit = &w->cluster.servers[0]->admit;
        admit->control.level = asked ? 2 : 0;
        admit->control.step = INT64_MAX / 2; /* it stays */
        first_hello.n = 0;
        w->cluster.spy = keep_hello;
        const uint64_t before = allocations_in_core(),
                       *admissions = w->cluster.counters[0].admissions;
        expect(w, world_run(w, 10 * SIM_SEC));
        world_expect_intact(w);
        expect(w, admissions[ADMIT_SOLVED] == (asked ? 1 : 0) && w->client.early == EARLY_EXECUTED);
        flood(w);
        expect(w, admissions[ADMIT_ASKED] >= (asked ? 1200 : 100));
        expect(w, allocations_in_core() == before);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counter_counts),
        cmocka_unit_test(a_transfer_allocates_nothing),
        cmocka_unit_test(admission_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, allocations_begin, NULL);
}
