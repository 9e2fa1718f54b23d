/*
 * Contests, one after another.
 */
#include "sim/play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <valgrind/valgrind.h>

#define SHORTER    20  /* by which a run is shorter that is not judged */
#define ACTS_LEAST 100 /* in all runs of an entry */

const struct contest_plan play_small = {.flows = 4,
                                        .cheats = 2,
                                        .bits_s = 10000000,
                                        .rtt_ns = 20 * SIM_MS,
                                        .queue = 30,
                                        .warm_ns = 3 * SIM_SEC,
                                        .run_ns = 30 * SIM_SEC},
                          play_large = {.flows = 4,
                                        .cheats = 2,
                                        .bits_s = 400000000,
                                        .rtt_ns = 2 * SIM_MS,
                                        .queue = 130,
                                        .warm_ns = SIM_SEC / 2,
                                        .run_ns = 2 * SIM_SEC};

#ifndef __has_feature
#define __has_feature(x) 0
#endif

bool play_is_judged(void)
{
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
    return false;
#else
    return !RUNNING_ON_VALGRIND;
#endif
}

static unsigned long part, parts = 1, rows;

void play_parts(int argc, char **argv)
{
    if (argc != 3)
        return;
    part = strtoul(argv[1], NULL, 10);
    parts = strtoul(argv[2], NULL, 10);
    assert_true(part < parts);
}

bool play_is_mine(void)
{
    return rows++ % parts == part;
}

static void add(struct outcome *o, const struct contest *c)
{
    for (int i = 0; i < c->plan.cheats; i++) {
        o->acts += c->flows[i]->cheat->acts;
        o->twice += c->flows[i]->twice;
    }
    o->victims_in += c->victims_in;
    o->victims_out += c->victims_out;
    o->window += contest_window(c);
    for (int v = 0; v < VERDICTS; v++)
        o->dropped[v] += contest_dropped(c, (enum verdict)v);
}

struct outcome play(const struct contest_plan *plan, uint64_t runs)
{
    const struct seeds seeds = sim_seeds(play_is_judged() ? runs : 1);
    double cheats = 0, honest = 0;
    struct outcome o = {0};
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct contest_plan one = *plan;
        one.seed = seeds.first + i;
        one.warm_ns /= play_is_judged() ? 1 : SHORTER;
        one.run_ns /= play_is_judged() ? 1 : SHORTER;
        struct contest *c = contest_new(&one);
        contest_run(c);
        cheats += contest_share(c);
        honest += contest_mean(c, c->plan.cheats, c->plan.flows);
        add(&o, c);
        contest_free(c);
    }
    o.gain = cheats / honest;
    o.window /= (double)seeds.count;
    return o;
}

struct outcome play_expect(const char *name, const struct contest_plan *plan, uint64_t runs,
                           double most)
{
    const struct outcome o = play(plan, runs);
    print_message("%-34s %5.3f of a share, at most %.2f (window %.0f, %llu runs, %llu acts)\n",
                  name, o.gain, most, o.window, (unsigned long long)runs,
                  (unsigned long long)o.acts);
    assert_true(!play_is_judged() || o.gain <= most);
    assert_true(plan->servers > 1 || o.twice == 0);
    return o;
}

struct outcome play_entry(const struct contest_plan *plan, const struct entry *e, double most)
{
    struct contest_plan one = *plan;
    one.cheat = e->kinds;
    one.algorithm = e->algorithm;
    const struct outcome o = play_expect(e->name, &one, e->runs, most);
    assert_true(!play_is_judged() || o.acts >= ACTS_LEAST);
    return o;
}
