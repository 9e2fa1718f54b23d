/*
 * Cheats at several servers of one ring, and in several places of one session.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/lineage.h"
#include "sim/play.h"

#define MEETINGS 24
#define NOISE    0.085 /* of the difference of two gains: its standard error is 0.025 */

static const struct contest_plan *at_servers(int servers, bool strict_home)
{
    static struct contest_plan plan;
    plan = play_small;
    plan.servers = servers;
    plan.strict_home = strict_home;
    return &plan;
}

/* Members that trust each other's numbers strike each for itself. */
static void n_servers_are_worth_n_shares(void **state)
{
    (void)state;
    static const struct {
        int servers;
        struct entry entry;
    } rows[] = {
        {2, {"two servers, the same numbers", CHEAT_SECOND, ALGORITHM_CUBIC, 8}},
        {3, {"three servers", CHEAT_SECOND, ALGORITHM_CUBIC, 8}},
        {3, {"replays at three servers", CHEAT_REPLAY, ALGORITHM_CUBIC, 6}},
        {2, {"two servers (Reno)", CHEAT_SECOND, ALGORITHM_RENO, 6}},
        {3, {"three servers (Reno)", CHEAT_SECOND, ALGORITHM_RENO, 6}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (play_is_mine())
            (void)play_entry(at_servers(rows[i].servers, false), &rows[i].entry,
                             rows[i].servers * GAIN_SMALL);
}

/* Members that do not are worth one, as an honest client has it in the same runs. */
static void strict_homes_are_worth_one(void **state)
{
    (void)state;
    static const struct entry entries[] = {
        {"strict homes, the same numbers", CHEAT_SECOND, ALGORITHM_CUBIC, MEETINGS},
        {"strict homes, replays", CHEAT_REPLAY, ALGORITHM_CUBIC, MEETINGS},
    };
    for (size_t i = 0; i < 4; i++) {
        struct contest_plan plan = *at_servers(2 + (int)i / 2, true);
        if (!play_is_mine())
            continue;
        const double honest = play_expect("strict homes, honest", &plan, MEETINGS, GAIN_SMALL).gain;
        const struct outcome o = play_entry(&plan, &entries[i % 2], GAIN_SMALL);
        assert_true(!play_is_judged() || o.gain <= honest + NOISE);
    }
}

static void a_session_at_each_of_two_homes_has_two_shares(void **state)
{
    (void)state;
    struct contest_plan plan = *at_servers(2, true);
    plan.cheat = 0;
    plan.team = 2;
    plan.spread = true;
    if (!play_is_mine())
        return;
    (void)play_expect("a session at each of two homes", &plan, 6, 2 * GAIN_SMALL);
}

/* As long as strikes are remembered; sim/spaces says what comes after. */
static void one_session_has_one_share(void **state)
{
    (void)state;
    struct contest_plan plan = play_small;
    plan.team = 2;
    plan.run_ns = 11 * SIM_SEC;
    if (play_is_mine())
        (void)play_expect("two clients of one session", &plan, 16, GAIN_SMALL);
    plan.restart_ns = 5 * SIM_SEC / 2;
    if (play_is_mine())
        (void)play_expect("the same, after a restart", &plan, 16, GAIN_SMALL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n_servers_are_worth_n_shares),
        cmocka_unit_test(strict_homes_are_worth_one),
        cmocka_unit_test(a_session_at_each_of_two_homes_has_two_shares),
        cmocka_unit_test(one_session_has_one_share),
    };
    play_parts(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
