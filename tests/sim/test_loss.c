/*
 * Bad paths: whatever they lose, reorder, repeat, damage or queue, the file arrives intact, and
 * within a stated virtual time; and at the rate that congestion control allows.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

enum trouble { NOTHING, REORDERING, DUPLICATION, CORRUPTION, SLOW_LINE, EVERYTHING, TROUBLES };

static struct path_plan bad_path(uint32_t loss, enum trouble trouble)
{
    struct path_plan p = path_of(25);
    bool all = trouble == EVERYTHING;
    p.loss = loss;
    p.jitter_ns = all ? 5 * SIM_MS : 0;
    p.reorder = all || trouble == REORDERING ? 100 : 0;
    p.duplicate = all || trouble == DUPLICATION ? 100 : 0;
    p.corrupt = all || trouble == CORRUPTION ? 20 : 0;
    if (all || trouble == SLOW_LINE) {
        p.bits_s = 4000000;
        p.queue_bytes = 40000;
    }
    return p;
}

/* At 1, 5 and 20 % loss each way, for 400 kB, and for the upload of a megabyte when strict. */
static int64_t bound_ns(uint32_t loss, bool strict)
{
    int64_t seconds = loss < 50 ? 12 : loss < 200 ? 30 : 120;
    return (strict ? 2 : 1) * seconds * SIM_SEC;
}

static void one_run(uint64_t seed, uint32_t loss, enum trouble trouble, bool strict)
{
    struct plan plan = {.seed = seed,
                        .needed = strict ? LEGS_3 : LEGS_2,
                        .wanted = LEGS_3,
                        .size = 400000,
                        .up = bad_path(loss, trouble),
                        .down = bad_path(loss, trouble)};
    struct world *w = world_new(&plan);
    expect(w, world_run(w, bound_ns(loss, strict)));
    world_expect_intact(w);
    expect(w, session_level(w->client.caller.legs) >= (strict ? 3 : 2));
    world_free(w);
}

static void many_runs(uint32_t loss, uint64_t count)
{
    struct seeds seeds = sim_seeds(count);
    for (uint64_t i = 0; i < seeds.count; i++)
        for (int trouble = NOTHING; trouble < TROUBLES; trouble++) {
            one_run(seeds.first + i, loss, (enum trouble)trouble, false);
            one_run(seeds.first + i, loss, (enum trouble)trouble, true);
        }
}

static void one_percent(void **state)
{
    (void)state;
    many_runs(10, 2);
}

static void five_percent(void **state)
{
    (void)state;
    many_runs(50, 2);
}

static void twenty_percent(void **state)
{
    (void)state;
    many_runs(200, 2);
}

/* Megabits of the file in a second of virtual time, after a few seconds. */
static double rate_of(uint64_t seed)
{
    const struct plan plan = {.seed = seed,
                              .needed = LEGS_2,
                              .wanted = LEGS_2,
                              .size = 16 << 20,
                              .up = bad_path(10, NOTHING),
                              .down = bad_path(10, NOTHING)};
    struct world *w = world_new(&plan);
    expect(w, !world_run(w, 3 * SIM_SEC));
    const uint64_t before = w->fetch->bytes_received;
    expect(w, !world_run(w, 20 * SIM_SEC));
    const double bits = (double)(w->fetch->bytes_received - before) * 8;
    world_free(w);
    return bits / 20e6;
}

/* Reno has sqrt(1.5 / p) packets in a round trip at a loss of p (Mathis et al., 1997): 2.84 Mbit/s
 * of packets of 1448 bytes here. CUBIC is meant to have as much on such a path. */
static void a_lossy_path_has_its_rate(void **state)
{
    (void)state;
    const struct seeds seeds = sim_seeds(24);
    double sum = 0;
    for (uint64_t i = 0; i < seeds.count; i++)
        sum += rate_of(seeds.first + i);
    print_message("%.2f Mbit/s over %llu runs\n", sum / (double)seeds.count,
                  (unsigned long long)seeds.count);
    assert_true(seeds.count < 24 || sum / 24 > 0.9 * 2.84);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_percent),
        cmocka_unit_test(five_percent),
        cmocka_unit_test(twenty_percent),
        cmocka_unit_test(a_lossy_path_has_its_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
