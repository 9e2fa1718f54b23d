/*
 * Cheats earn nothing where windows are small: flows at one bottleneck, some of which do not play
 * by the rules, each in a way of its own. Bounds: doc/limits.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/fixture.h"
#include "sim/play.h"

#define ALL_BEST (CHEAT_OLD | CHEAT_SHORT | CHEAT_GAPS)

/* Two runs are enough of what loses a tenth and more; the others scatter by 0.07 from run to run.
 * Those that try many proofs for each request take five times as long: one for each process. */
static const struct entry entries[] = {
    {"all three, the best", ALL_BEST, ALGORITHM_CUBIC, 8},
    {"the best old continuation", CHEAT_OLD, ALGORITHM_CUBIC, 6},
    {"an old one and the latest", CHEAT_OLD | CHEAT_WIDE, ALGORITHM_CUBIC, 6},
    {"ends slow starts at random", CHEAT_END_START, ALGORITHM_CUBIC, 6},
    {"continuations, again and again", CHEAT_FLOOD, ALGORITHM_CUBIC, 6},
    {"the same (Reno)", CHEAT_FLOOD, ALGORITHM_RENO, 4},
    {"repeats nothing", CHEAT_NO_RELIST, ALGORITHM_CUBIC, 6},
    {"repeats all", CHEAT_RELIST_ALL, ALGORITHM_CUBIC, 6},
    {"replays", CHEAT_REPLAY, ALGORITHM_CUBIC, 8},
    {"replays (Reno)", CHEAT_REPLAY, ALGORITHM_RENO, 6},
    {"no continuation", CHEAT_NO_RENEW, ALGORITHM_CUBIC, 4},
    {"asks in bursts", CHEAT_BURST, ALGORITHM_CUBIC, 4},
    {"shortened proofs", CHEAT_SHORT | CHEAT_WEAK, ALGORITHM_CUBIC, 2},
    {"invented gaps", CHEAT_GAPS | CHEAT_WEAK, ALGORITHM_CUBIC, 2},
    {"probes always", CHEAT_PROBE, ALGORITHM_CUBIC, 2},
    {"asks beyond what is granted", CHEAT_REACH | CHEAT_BURST, ALGORITHM_CUBIC, 2},
    {"moves each second", CHEAT_MOVE, ALGORITHM_CUBIC, 2},
    {"moves each second (Reno)", CHEAT_MOVE, ALGORITHM_RENO, 2},
};

static void no_cheat_earns_much(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (play_is_mine())
            (void)play_entry(&play_small, &entries[i], GAIN_SMALL);
}

/* Windows of 7 packets, where one packet more is much and losses are many. */
static void old_continuations_earn_little_where_windows_are_least(void **state)
{
    (void)state;
    static const struct entry tiny[] = {
        {"all three, windows of 7", ALL_BEST, ALGORITHM_CUBIC, 8},
        {"the same (Reno)", ALL_BEST, ALGORITHM_RENO, 8},
    };
    struct contest_plan plan = play_small;
    plan.queue = 8;
    for (size_t i = 0; i < sizeof tiny / sizeof *tiny; i++) {
        if (!play_is_mine())
            continue;
        const struct outcome o = play_entry(&plan, &tiny[i], GAIN_SMALL);
        assert_true(!play_is_judged() || o.window < 9);
    }
}

/* Slow start ends early and once: whoever goes on is stopped by the first loss. */
static void a_slow_start_that_does_not_end_earns_little(void **state)
{
    (void)state;
    struct contest_plan plan = play_small;
    plan.cheat = CHEAT_START;
    if (!play_is_mine())
        return;
    const struct outcome o = play_expect("never ends its slow start", &plan, 8, GAIN_SMALL);
    assert_true(!play_is_judged() || o.acts > 0);
}

static void what_was_not_received_cannot_be_claimed(void **state)
{
    (void)state;
    static const struct entry lies[] = {
        {"hides losses", CHEAT_HIDE, ALGORITHM_CUBIC, 2},
        {"hides losses (Reno)", CHEAT_HIDE, ALGORITHM_RENO, 2},
        {"invents receipts", CHEAT_AHEAD, ALGORITHM_CUBIC, 2},
        {"both", CHEAT_HIDE | CHEAT_AHEAD, ALGORITHM_CUBIC, 2},
        {"guesses nonces", CHEAT_GUESS, ALGORITHM_CUBIC, 6},
        {"guesses nonces (Reno)", CHEAT_GUESS, ALGORITHM_RENO, 4},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        if (!play_is_mine())
            continue;
        const struct outcome o = play_entry(&play_small, &lies[i], GAIN_SMALL);
        /* The others were still on their way, or died under another check. */
        assert_true(!play_is_judged() || o.dropped[DROP_PROOF] > o.acts / 2);
    }
}

static void a_size_must_have_passed(void **state)
{
    (void)state;
    static const struct entry sizes[] = {
        {"claims larger packets", CHEAT_SIZE, ALGORITHM_CUBIC, 4},
        {"claims larger packets (Reno)", CHEAT_SIZE, ALGORITHM_RENO, 4},
    };
    struct contest_plan plan = play_small;
    plan.mtu = DATAGRAM_BYTES;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (play_is_mine())
            (void)play_entry(&plan, &sizes[i], GAIN_SMALL);
}

/* An old base is renewed for longer than its strikes live, and what came above it long ago is asked
 * for again all the time. A slower line has the same windows and fewer packets. */
static void a_base_that_stays_behind_earns_nothing(void **state)
{
    (void)state;
    static const struct entry behind[] = {
        {"stays behind for 60 s", CHEAT_BEHIND, ALGORITHM_CUBIC, 4},
        {"the same (Reno)", CHEAT_BEHIND, ALGORITHM_RENO, 4},
    };
    struct contest_plan plan = play_small;
    plan.bits_s = 2000000;
    plan.rtt_ns = 100 * SIM_MS;
    plan.run_ns = 60 * SIM_SEC;
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        if (play_is_mine())
            (void)play_entry(&plan, &behind[i], GAIN_SMALL);
}

/* Others get no more than was sent in their names, and the line is not filled with it. */
static void nothing_is_reflected(void **state)
{
    (void)state;
    const struct entry e = {"asks in others' names", CHEAT_SPOOF, ALGORITHM_CUBIC, 6};
    if (!play_is_mine())
        return;
    const struct outcome o = play_entry(&play_small, &e, GAIN_SMALL);
    assert_true(o.victims_out > 0 && o.victims_out <= o.victims_in);
    assert_true(!play_is_judged() || o.victims_out < o.victims_in / 20);
}

static void honest_flows_share(void **state)
{
    (void)state;
    const struct seeds seeds = sim_seeds(play_is_judged() ? 3 : 1);
    if (!play_is_mine())
        return;
    for (uint64_t i = 0; i < 2 * seeds.count; i++) {
        struct contest_plan plan = play_small;
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_flows_share),
        cmocka_unit_test(no_cheat_earns_much),
        cmocka_unit_test(old_continuations_earn_little_where_windows_are_least),
        cmocka_unit_test(a_slow_start_that_does_not_end_earns_little),
        cmocka_unit_test(what_was_not_received_cannot_be_claimed),
        cmocka_unit_test(a_size_must_have_passed),
        cmocka_unit_test(a_base_that_stays_behind_earns_nothing),
        cmocka_unit_test(nothing_is_reflected),
    };
    play_parts(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
