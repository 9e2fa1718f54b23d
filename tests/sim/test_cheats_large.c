/*
 * Cheats earn nothing where windows are large. Most are tried with Reno, whose shares scatter half
 * as much in such short runs as CUBIC's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/play.h"

#define ALL_BEST (CHEAT_OLD | CHEAT_SHORT | CHEAT_GAPS)

/* Two runs are enough of what loses a tenth and more; the others scatter by 0.1 from run to run. */
static const struct entry entries[] = {
    {"all three, the best", ALL_BEST, ALGORITHM_CUBIC, 10},
    {"all three, the best (Reno)", ALL_BEST, ALGORITHM_RENO, 4},
    {"an old one and the latest", CHEAT_OLD | CHEAT_WIDE, ALGORITHM_RENO, 4},
    {"replays", CHEAT_REPLAY, ALGORITHM_CUBIC, 10},
    {"the best old continuation", CHEAT_OLD, ALGORITHM_CUBIC, 6},
    {"probes always", CHEAT_PROBE, ALGORITHM_CUBIC, 12},
    {"ends slow starts at random", CHEAT_END_START, ALGORITHM_CUBIC, 6},
    {"a continuation each time", CHEAT_RENEW, ALGORITHM_CUBIC, 12},
    {"hides losses", CHEAT_HIDE, ALGORITHM_CUBIC, 2},
    {"repeats nothing", CHEAT_NO_RELIST, ALGORITHM_CUBIC, 12},
    {"repeats all", CHEAT_RELIST_ALL, ALGORITHM_CUBIC, 12},
    {"replays (Reno)", CHEAT_REPLAY, ALGORITHM_RENO, 6},
    {"guesses nonces", CHEAT_GUESS, ALGORITHM_CUBIC, 12},
    {"asks in others' names", CHEAT_SPOOF, ALGORITHM_CUBIC, 12},
    {"continuations, again and again", CHEAT_FLOOD, ALGORITHM_CUBIC, 12},
    {"shortened proofs", CHEAT_SHORT | CHEAT_WEAK, ALGORITHM_CUBIC, 2},
    {"no continuation", CHEAT_NO_RENEW, ALGORITHM_CUBIC, 2},
    {"invented gaps", CHEAT_GAPS | CHEAT_WEAK, ALGORITHM_CUBIC, 2},
    {"asks in bursts", CHEAT_BURST, ALGORITHM_CUBIC, 2},
    {"asks beyond what is granted", CHEAT_REACH | CHEAT_BURST, ALGORITHM_CUBIC, 2},
    {"invents receipts", CHEAT_AHEAD, ALGORITHM_CUBIC, 2},
};

static void no_cheat_earns_much(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        if (!play_is_mine())
            continue;
        const struct outcome o = play_entry(&play_large, &entries[i], GAIN_LARGE);
        assert_true(!play_is_judged() || o.window > SHARE_SMALL);
        assert_true(o.victims_out <= o.victims_in);
    }
}

/* A few acts are all that there is time for: one or two moves, a dozen probes of the path. */
static void rare_acts_earn_nothing(void **state)
{
    (void)state;
    struct contest_plan start = play_large, move = play_large, size = play_large;
    start.cheat = CHEAT_START;
    start.queue = 250; /* long enough for a delay to be seen */
    move.cheat = CHEAT_MOVE;
    size.cheat = CHEAT_SIZE;
    size.mtu = DATAGRAM_BYTES;
    const struct {
        const char *name;
        const struct contest_plan *plan;
        uint64_t runs;
    } rare[] = {{"never ends its slow start", &start, 24},
                {"moves each second", &move, 4},
                {"claims larger packets", &size, 24}};
    for (size_t i = 0; i < 3; i++) {
        if (!play_is_mine())
            continue;
        const struct outcome o = play_expect(rare[i].name, rare[i].plan, rare[i].runs, GAIN_LARGE);
        assert_true(!play_is_judged() || o.acts >= 2 * rare[i].runs);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cheat_earns_much),
        cmocka_unit_test(rare_acts_earn_nothing),
    };
    play_parts(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
