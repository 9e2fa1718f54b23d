/*
 * Cheats earn nothing: flows at one bottleneck, some of which do not play by the rules.
 *
 * A gain is the mean goodput of the cheats over that of the honest flows beside them, and the
 * median over the seeds is what counts. Bounds: doc/limits.md.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <valgrind/valgrind.h>

#include "flow/lineage.h"
#include "lethe/error.h"
#include "sim/cheat.h"
#include "sim/fixture.h"

#define SEEDS_MOST  64
#define GAIN_SMALL  1.10 /* windows below 50 packets */
#define GAIN_LARGE  1.05
#define SHARE_SMALL 50.0
#define ALL_BEST    (CHEAT_OLD | CHEAT_SHORT | CHEAT_GAPS)

/* Windows of 13 packets, and of 70. */
static const struct contest_plan small = {.flows = 4,
                                          .cheats = 2,
                                          .bits_s = 10000000,
                                          .rtt_ns = 20 * SIM_MS,
                                          .queue = 30,
                                          .warm_ns = 3 * SIM_SEC,
                                          .run_ns = 30 * SIM_SEC},
                                 large = {.flows = 4,
                                          .cheats = 2,
                                          .bits_s = 400000000,
                                          .rtt_ns = 2 * SIM_MS,
                                          .queue = 250,
                                          .warm_ns = SIM_SEC / 2,
                                          .run_ns = 2 * SIM_SEC};

/* What the runs of one plan have shown. */
struct outcome {
    double gain, window; /* medians */
    double cheat;        /* mean bytes of a cheat */
    uint64_t lies, proofs_refused, twice;
};

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add(struct outcome *o, const struct contest *c)
{
    o->proofs_refused += contest_dropped(c, DROP_PROOF);
    o->cheat += contest_mean(c, 0, c->plan.cheats ? c->plan.cheats : c->plan.flows);
    for (int i = 0; i < c->plan.cheats; i++) {
        o->lies += c->flows[i]->cheat->lies;
        o->twice += c->flows[i]->twice;
    }
}

/* Under valgrind, one short run for the memory's sake: what it shows of gains is noise. */
static struct seeds seeds_of(uint64_t runs)
{
    return sim_seeds(RUNNING_ON_VALGRIND ? 1 : runs);
}

static struct outcome play(const struct contest_plan *plan, uint64_t runs)
{
    const struct seeds seeds = seeds_of(runs);
    double gains[SEEDS_MOST], windows[SEEDS_MOST];
    struct outcome o = {0};
    const size_t n = seeds.count < SEEDS_MOST ? seeds.count : SEEDS_MOST;
    for (size_t i = 0; i < n; i++) {
        struct contest_plan one = *plan;
        one.seed = seeds.first + i;
        one.run_ns /= RUNNING_ON_VALGRIND ? 20 : 1;
        struct contest *c = contest_new(&one);
        contest_run(c);
        gains[i] = plan->cheats ? contest_gain(c) : 1;
        windows[i] = contest_window(c);
        add(&o, c);
        contest_free(c);
    }
    qsort(gains, n, sizeof *gains, ascending);
    qsort(windows, n, sizeof *windows, ascending);
    o.gain = (gains[(n - 1) / 2] + gains[n / 2]) / 2;
    o.window = windows[n / 2];
    o.cheat /= (double)n;
    return o;
}

/* Runs a cheat against a bound, and says how it went. */
static struct outcome contend(const char *name, const struct contest_plan *plan, uint64_t runs,
                              double most)
{
    const struct seeds seeds = seeds_of(runs);
    const struct outcome o = play(plan, runs);
    print_message("%-34s %5.3f of a share, at most %.2f (window %.0f; seeds %llu to %llu)\n", name,
                  o.gain, most, o.window, (unsigned long long)seeds.first,
                  (unsigned long long)(seeds.first + seeds.count - 1));
    assert_true(RUNNING_ON_VALGRIND || o.gain <= most);
    return o;
}

static struct outcome contend_small(const char *name, unsigned cheat, uint64_t runs)
{
    struct contest_plan plan = small;
    plan.cheat = cheat;
    const struct outcome o = contend(name, &plan, runs, GAIN_SMALL);
    assert_true(o.twice == 0);
    return o;
}

static struct outcome contend_large(const char *name, unsigned cheat, uint64_t runs)
{
    struct contest_plan plan = large;
    plan.cheat = cheat;
    const struct outcome o = contend(name, &plan, runs, GAIN_LARGE);
    assert_true(o.twice == 0 && (RUNNING_ON_VALGRIND || o.window > SHARE_SMALL));
    return o;
}

static void what_was_not_received_cannot_be_claimed(void **state)
{
    (void)state;
    const unsigned kinds[] = {CHEAT_HIDE, CHEAT_AHEAD, CHEAT_HIDE | CHEAT_AHEAD};
    const char *names[] = {"hides losses", "invents receipts", "both"};
    for (size_t i = 0; i < 3; i++) {
        const struct outcome o = contend_small(names[i], kinds[i], 2);
        assert_true(RUNNING_ON_VALGRIND || o.lies > 50);
        /* The others were still on their way, or died under another check. */
        assert_true(RUNNING_ON_VALGRIND || o.proofs_refused > o.lies / 2);
    }
}

static void old_continuations_earn_nothing(void **state)
{
    (void)state;
    (void)contend_small("the best old continuation", CHEAT_OLD, 3);
}

static void weaker_proofs_earn_nothing(void **state)
{
    (void)state;
    (void)contend_small("shortened proofs", CHEAT_SHORT, 6);
    (void)contend_small("invented gaps", CHEAT_GAPS, 6);
    (void)contend_large("shortened proofs", CHEAT_SHORT, 4);
}

static void the_best_of_all_earns_nothing(void **state)
{
    (void)state;
    (void)contend_small("all three, the best", ALL_BEST, 3);
    (void)contend_large("all three, the best", ALL_BEST, 6);
}

static void flags_earn_nothing(void **state)
{
    (void)state;
    (void)contend_small("probes always", CHEAT_PROBE, 4);
    (void)contend_small("never ends its slow start", CHEAT_START, 6);
    (void)contend_small("ends slow starts at random", CHEAT_END_START, 6);
    (void)contend_small("no continuation", CHEAT_NO_RENEW, 6);
    (void)contend_small("a continuation each time", CHEAT_RENEW, 6);
}

static void asking_otherwise_earns_nothing(void **state)
{
    (void)state;
    (void)contend_small("repeats nothing", CHEAT_NO_RELIST, 6);
    (void)contend_small("repeats all", CHEAT_RELIST_ALL, 6);
    (void)contend_small("asks in bursts", CHEAT_BURST, 4);
    (void)contend_small("asks beyond what is granted", CHEAT_REACH | CHEAT_BURST, 3);
    (void)contend_small("moves each second", CHEAT_MOVE, 2);
}

static void a_size_must_have_passed(void **state)
{
    (void)state;
    struct contest_plan plan = small;
    plan.cheat = CHEAT_SIZE;
    plan.mtu = DATAGRAM_BYTES;
    (void)contend("claims larger packets", &plan, 6, GAIN_SMALL);
}

/* Replays make the server answer, each with no more than it was sent: that much of the line is not
 * congestion controlled. The cheat itself has no more than an honest flow has among honest ones. */
static void replays_earn_nothing(void **state)
{
    (void)state;
    struct contest_plan plan = small;
    plan.cheats = 0;
    const double share = play(&plan, 6).cheat;
    plan.cheats = 2;
    plan.cheat = CHEAT_REPLAY;
    const struct outcome o = play(&plan, 6);
    print_message("%-34s %5.3f of a share; %.3f of its neighbours'\n", "replays", o.cheat / share,
                  o.gain);
    assert_true(RUNNING_ON_VALGRIND || o.cheat / share <= GAIN_SMALL);
    assert_true(o.twice == 0);
}

/* Members that do not trust each other's numbers begin anew; others strike each for itself. */
static void a_second_server_is_worth_a_share(void **state)
{
    (void)state;
    struct contest_plan plan = small;
    plan.servers = 2;
    plan.run_ns = 40 * SIM_SEC;
    plan.cheat = CHEAT_SECOND;
    (void)contend("two servers, the same numbers", &plan, 24, 2 * GAIN_SMALL);
    plan.strict_home = true;
    (void)contend("the same, strict homes", &plan, 4, GAIN_SMALL);
    plan.cheat = 0;
    plan.team = 2;
    plan.spread = true;
    (void)contend("a session at each of two homes", &plan, 4, 2 * GAIN_SMALL);
}

/* As long as strikes are remembered; doc/limits.md says what comes after. */
static void one_session_has_one_share(void **state)
{
    (void)state;
    struct contest_plan plan = small;
    plan.team = 2;
    plan.run_ns = 11 * SIM_SEC;
    (void)contend("two clients of one session", &plan, 24, GAIN_SMALL);
    plan.restart_ns = 5 * SIM_SEC / 2;
    (void)contend("the same, after a restart", &plan, 24, GAIN_SMALL);
}

static void honest_flows_share(void **state)
{
    (void)state;
    const struct seeds seeds = seeds_of(3);
    for (uint64_t i = 0; i < 2 * seeds.count; i++) {
        struct contest_plan plan = small;
        plan.seed = seeds.first + i / 2;
        plan.flows = i % 2 ? 8 : 2;
        plan.cheats = 0;
        struct contest *c = contest_new(&plan);
        contest_run(c);
        double sum = 0, squares = 0;
        for (int k = 0; k < plan.flows; k++) {
            const double bytes = (double)c->flows[k]->bytes;
            sum += bytes;
            squares += bytes * bytes;
        }
        const double line =
            (double)c->line_bytes * 8 * SIM_SEC / (double)plan.run_ns / (double)plan.bits_s;
        print_message("%d flows, seed %llu: Jain's index %.3f, line used %.3f\n", plan.flows,
                      (unsigned long long)plan.seed, sum * sum / squares / plan.flows, line);
        sim_expect(&c->sim, sum * sum / squares / plan.flows >= 0.9);
        sim_expect(&c->sim, line >= 0.95);
        for (int k = 0; k < plan.flows; k++)
            sim_expect(&c->sim, (double)c->flows[k]->bytes * plan.flows >= sum / 2);
        contest_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_flows_share),
        cmocka_unit_test(what_was_not_received_cannot_be_claimed),
        cmocka_unit_test(old_continuations_earn_nothing),
        cmocka_unit_test(weaker_proofs_earn_nothing),
        cmocka_unit_test(the_best_of_all_earns_nothing),
        cmocka_unit_test(flags_earn_nothing),
        cmocka_unit_test(asking_otherwise_earns_nothing),
        cmocka_unit_test(a_size_must_have_passed),
        cmocka_unit_test(replays_earn_nothing),
        cmocka_unit_test(a_second_server_is_worth_a_share),
        cmocka_unit_test(one_session_has_one_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
