/*
 * Transfers over paths of every kind: each ends, intact, within a time that follows from its path;
 * a window that losses have closed opens again. (What servers send is watched in every scenario.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

enum trouble { JITTER = 1, RATE = 2, LOSS = 4, REORDER = 8, DUPLICATE = 16, COMBINATIONS = 32 };

static struct path_plan a_path(struct sim *r, unsigned troubles)
{
    const size_t mtus[] = {DATAGRAM_BYTES, MTU_ETHERNET, PACKET_MAX};
    struct path_plan p = path_of((int64_t)sim_below(r, 80));
    p.hold_ns = (int64_t)(1 + sim_below(r, 30)) * SIM_MS;
    p.mtu = mtus[sim_below(r, 3)];
    p.jitter_ns = troubles & JITTER ? (int64_t)sim_below(r, 20) * SIM_MS : 0;
    p.loss = troubles & LOSS ? (uint32_t)sim_below(r, 100) : 0;
    p.reorder = troubles & REORDER ? (uint32_t)sim_below(r, 300) : 0;
    p.duplicate = troubles & DUPLICATE ? (uint32_t)sim_below(r, 300) : 0;
    if (troubles & RATE) {
        p.bits_s = 500000 << sim_below(r, 8);
        p.queue_bytes = 3000 << sim_below(r, 7);
    }
    return p;
}

static struct plan a_plan(uint64_t seed)
{
    struct sim r;
    sim_init(&r, ~seed);
    const unsigned troubles = (unsigned)(seed % COMBINATIONS);
    struct plan plan = {.seed = seed,
                        .algorithm = (uint8_t)sim_below(&r, ALGORITHMS),
                        .background = sim_below(&r, 8) == 0,
                        .rate = sim_below(&r, 8) == 0 ? 30000 << sim_below(&r, 5) : 0,
                        .size = sim_below(&r, (uint64_t)1 << sim_below(&r, seed % 8 ? 15 : 21)),
                        .give_up_ns = 60 * SIM_SEC,
                        .up = a_path(&r, troubles),
                        .down = a_path(&r, troubles)};
    plan.needed = plan.wanted = sim_below(&r, 4) ? LEGS_2 : 0;
    return plan;
}

static double seconds(const struct path_plan *p)
{
    const double queue = p->bits_s ? (double)p->queue_bytes * 8 / (double)p->bits_s : 0;
    const int64_t hold_ns = p->reorder || p->duplicate ? p->hold_ns : 0;
    return (double)(p->delay_ns + p->jitter_ns + hold_ns) / 1e9 + queue;
}

/* How long a transfer may take: some round trips, the bytes at two thirds of the line's rate or at
 * the rate allowed, and a time-out for each packet that is lost or comes too late. */
static int64_t bound_ns(const struct plan *plan)
{
    const struct path_plan *up = &plan->up, *down = &plan->down;
    const double round = seconds(up) + seconds(down) + 0.05, packets = (double)plan->size / 900 + 4;
    const double line = down->bits_s ? (double)down->bits_s / 8 : 1e9;
    const double allowed = plan->rate ? (double)plan->rate : 1e9;
    const double bad = (up->loss + down->loss + (up->reorder + down->reorder) / 4.0) / 1000;
    const double small = down->bits_s && down->queue_bytes < 12000 ? 0.1 : 0;
    double bound = 3 + 20 * round + 1.2 * (double)plan->size / allowed +
                   1.5 * (double)plan->size / line + packets * (bad + small) * (round + 0.15);
    if (plan->background)
        bound *= 4;
    return (int64_t)(bound * 1e9);
}

static void every_transfer_ends(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(2048);
    for (uint64_t i = 0; i < seeds.count; i++) {
        const struct plan plan = a_plan(seeds.first + i);
        struct world *w = world_new(&plan);
        expect(w, world_run(w, bound_ns(&plan)));
        world_expect_intact(w);
        expect(w, w->client.exchanges == 1);
        expect(w, cluster_dropped(&w->cluster, DROP_TWICE) == 0);
        for (int f = FALLBACK_NONE + 1; f < FALLBACKS; f++)
            expect(w, w->cluster.counters[0].fallbacks[f] == 0);
        expect(w, plan.up.duplicate || plan.up.loss || plan.down.loss || w->end.idle_worst <= 1);
        world_free(w);
    }
}

/* Bytes of the body that came from `from_s` to `to_s`, both since the beginning, each second. */
static double goodput(struct world *w, int64_t from_s, int64_t to_s)
{
    world_run(w, w->client.start_ns + from_s * SIM_SEC - w->sim.now_ns);
    const uint64_t before = w->fetch->bytes_received;
    world_run(w, w->client.start_ns + to_s * SIM_SEC - w->sim.now_ns);
    expect(w, !w->end.stopped);
    return (double)(w->fetch->bytes_received - before) / (double)(to_s - from_s);
}

/* One packet of 20 is lost for three seconds; then none is, and the line is full again. */
static void a_window_opens_again(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .algorithm = (uint8_t)(i % ALGORITHMS),
                            .needed = LEGS_2,
                            .wanted = LEGS_2,
                            .size = 40 << 20,
                            .up = path_of(15),
                            .down = path_of(15)};
        plan.down.bits_s = 20000000;
        plan.down.queue_bytes = 80000;
        plan.up.loss = plan.down.loss = 50;
        struct world *w = world_new(&plan);
        const double lossy = goodput(w, 1, 3);
        w->up.loss.chance = w->down.loss.chance = 0;
        const double later = goodput(w, 9, 13), line = 20e6 / 8 * 1400 / 1500;
        expect(w, lossy < line / 2 && later > line * 0.85);
        expect(w, w->client.exchanges == 1);
        world_free(w);
    }
}

/* One request of 20 is lost and no answer: the next repeats it, and the line stays full. */
static void lost_requests_are_repaired(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(3);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .needed = LEGS_2,
                            .wanted = LEGS_2,
                            .size = 20 << 20,
                            .up = path_of(15),
                            .down = path_of(15)};
        plan.down.bits_s = 20000000;
        plan.down.queue_bytes = 80000;
        plan.up.loss = 50;
        struct world *w = world_new(&plan);
        expect(w, goodput(w, 2, 6) > 20e6 / 8 * 1400 / 1500 * 0.85);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_transfer_ends),
        cmocka_unit_test(a_window_opens_again),
        cmocka_unit_test(lost_requests_are_repaired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
