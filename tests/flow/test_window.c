/* flow/window: each rule of the replay, alone. */
#include "flow/window_support.h"

static uint64_t advance(struct transport *t, uint32_t age_ms, size_t runs, const uint64_t (*r)[2])
{
    struct proof p = {.count = runs};
    for (size_t i = 0; i < runs; i++)
        p.runs[i] = (struct run){r[i][0], r[i][1]};
    return window_advance(t, &p, age_ms);
}

#define ADVANCE(t, age, ...)                                                                       \
    advance(t, age, sizeof((const uint64_t[][2]){__VA_ARGS__}) / sizeof(uint64_t[2]),              \
            (const uint64_t[][2]){__VA_ARGS__})

static struct transport reno(uint32_t packets)
{
    return steady(ALGORITHM_RENO, 1000, packets * WINDOW_ONE);
}

static void a_first_request_may_have_the_first_window(void **state)
{
    (void)state;
    struct transport t = fresh(ALGORITHM_CUBIC);
    assert_int_equal(advance(&t, 0, 0, NULL), 10);
    assert_int_equal(t.highest, 10);
    assert_int_equal(t.base, 0);
    t.highest = 12; /* two probes */
    assert_int_equal(advance(&t, 0, 0, NULL), 12);
    t.window = 100; /* less than a packet counts as one */
    t.highest = 0;
    assert_int_equal(advance(&t, 0, 0, NULL), 1);
}

static void slow_start_counts_each_and_ends_at_the_threshold(void **state)
{
    (void)state;
    struct transport t = fresh(ALGORITHM_RENO);
    assert_int_equal(ADVANCE(&t, 5, {1, 10}), 30);
    assert_int_equal(t.window, 20 * WINDOW_ONE);
    t.threshold = 22 * WINDOW_ONE + 1;
    assert_int_equal(ADVANCE(&t, 5, {11, 12}), 34);
    assert_int_equal(ADVANCE(&t, 5, {13, 13}), 35);
    assert_int_equal(t.window, 22 * WINDOW_ONE + 1);
    assert_true(t.square == square_of(t.window));
    struct transport whole = fresh(ALGORITHM_RENO), parts;
    whole.threshold = 15 * WINDOW_ONE;
    parts = whole;
    ADVANCE(&whole, 0, {1, 10});
    ADVANCE(&parts, 0, {1, 5});
    assert_int_equal(parts.window, 15 * WINDOW_ONE);
    ADVANCE(&parts, 0, {6, 10}); /* what is beyond the threshold grows by the algorithm */
    assert_int_equal(whole.window, parts.window);
    assert_true(whole.square == square_of(15 * WINDOW_ONE) + 5 * 2 * 65536);
}

static void a_young_gap_is_undecided(void **state)
{
    (void)state;
    struct transport t = reno(16), before = t; /* tolerance 4 */
    /* 1003 is missing, the end is 3 above: the value stops at 1002, the horizon is one shorter */
    assert_int_equal(ADVANCE(&t, 0, {1001, 1002}, {1004, 1006}), 1006 + 16 - 1);
    assert_int_equal(t.base, 1002);
    assert_int_equal(t.highest, 1021);
    assert_false(t.in_recovery);
    ADVANCE(&before, 0, {1001, 1002});
    assert_true(t.square == before.square && t.window == before.window);
    /* the gap closes: as if nothing had been */
    assert_int_equal(ADVANCE(&t, 0, {1003, 1006}), 1006 + 16);
    assert_false(t.in_recovery);
    t = reno(16);
    assert_int_equal(ADVANCE(&t, 0, {1002, 1002}, {1004, 1004}), 1004 + 16 - 2);
    assert_int_equal(t.base, 1000);
}

static void an_undecided_gap_wider_than_the_window_grants_nothing(void **state)
{
    (void)state;
    struct transport t = reno(2);
    t.highest = 1010;
    assert_int_equal(ADVANCE(&t, 0, {1003, 1003}), 1010);
    assert_int_equal(t.base, 1000);
    t.highest = 1003;
    assert_int_equal(ADVANCE(&t, 0, {1003, 1003}), 1003); /* 2 - 2 missing */
}

static void the_tolerance_is_a_quarter_of_the_window_or_three(void **state)
{
    (void)state;
    static const uint32_t tolerances[][2] = {{2, 3}, {12, 3}, {15, 3}, {16, 4}, {100, 25}};
    for (size_t i = 0; i < 5; i++) {
        uint64_t d = tolerances[i][1];
        struct transport t = reno(tolerances[i][0]), u = t;
        assert_int_equal(window_tolerance(&t), d);
        t.highest = u.highest = 1200;
        ADVANCE(&t, 0, {1001 + d - 1, 1001 + d - 1});
        assert_false(t.in_recovery);
        ADVANCE(&u, 0, {1001 + d, 1001 + d});
        assert_true(u.in_recovery);
        u.threshold = tolerances[i][0] * WINDOW_ONE;
        assert_int_equal(window_tolerance(&u), d); /* in recovery: of what it leads to */
    }
}

static void a_loss_starts_recovery(void **state)
{
    (void)state;
    struct transport t = reno(40); /* tolerance 10 */
    t.virtual_ms = 500;
    /* highest at the loss: 1005 + 40; 5 receipts were counted as growth, 20 as recovery */
    uint64_t horizon = ADVANCE(&t, 100, {1001, 1005}, {1007, 1026});
    assert_int_equal(t.recovery, 1045);
    assert_int_equal(horizon, 1045 + 11); /* 2 + 18 / 2 */
    assert_int_equal(t.window, 11 * WINDOW_ONE);
    assert_int_equal(t.base, 1026);
    assert_true(t.in_recovery);
    uint32_t grown = (uint32_t)integer_sqrt(square_of(40 * WINDOW_ONE) + 5 * 2 * 65536);
    assert_int_equal(t.threshold, grown / 2);
    assert_int_equal(window_packets(&t), grown / 2 / WINDOW_ONE);
}

static void a_loss_leaves_two_packets_at_least(void **state)
{
    (void)state;
    struct transport t = reno(2);
    t.highest = 1010;
    ADVANCE(&t, 0, {1005, 1005});
    assert_true(t.in_recovery);
    assert_int_equal(t.threshold, WINDOW_LEAST);
}

static void losses_of_the_same_flight_change_nothing_more(void **state)
{
    (void)state;
    struct transport t = reno(40), u = t;
    ADVANCE(&t, 0, {1002, 1030});
    ADVANCE(&u, 0, {1002, 1010}, {1015, 1030});
    assert_int_equal(u.recovery, t.recovery);
    assert_int_equal(u.threshold, t.threshold);
    assert_int_equal(u.window, t.window - 4 * WINDOW_ONE / 2);
    ADVANCE(&u, 0, {1035, 1040}); /* to the end of that flight */
    assert_int_equal(u.recovery, 1040);
    assert_int_equal(u.threshold, t.threshold);
    assert_true(u.in_recovery);
    ADVANCE(&t, 0, {1041, 1060}); /* the gap ends where recovery does */
    assert_false(t.in_recovery);
    assert_int_equal(t.recovery, 1040);
}

static void a_loss_beyond_recovery_is_another(void **state)
{
    (void)state;
    struct transport t = reno(40);
    ADVANCE(&t, 0, {1002, 1040});
    assert_int_equal(t.recovery, 1040);
    uint64_t granted = t.highest;
    struct transport u = t;
    ADVANCE(&t, 0, {1042, 1060});
    assert_true(t.in_recovery);
    assert_int_equal(t.recovery, granted);
    assert_int_equal(t.threshold, 10 * WINDOW_ONE);
    /* A gap that only begins within the flight is no cheaper: hiding 1040 must not pay. */
    struct transport v = reno(40);
    ADVANCE(&v, 0, {1002, 1030});
    assert_int_equal(v.recovery, 1040);
    ADVANCE(&v, 0, {1042, 1055});
    assert_true(v.recovery > 1040);
    assert_true(v.threshold < u.threshold);
}

/* Who lost a whole flight had one loss; nobody has lost more at once who got no more. */
static void a_gap_of_several_flights_is_as_many_losses(void **state)
{
    (void)state;
    static const struct {
        uint64_t first, recovery;
        uint32_t threshold;
    } cases[] = {{1041, 1040, 20}, {1042, 1060, 10}, {1061, 1060, 10},
                 {1062, 1070, 5},  {1072, 1075, 2},  {1000000, 999999, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct transport t = reno(40);
        ADVANCE(&t, 0, {cases[i].first, cases[i].first + 9});
        assert_int_equal(t.recovery, cases[i].recovery);
        assert_int_equal(t.threshold / WINDOW_ONE, cases[i].threshold);
        assert_int_equal(t.base, cases[i].first + 9);
        assert_true(t.highest >= t.recovery);
    }
}

static void recovery_grows_by_its_share_to_the_threshold(void **state)
{
    (void)state;
    struct transport t = steady(ALGORITHM_CUBIC, 1000, 40 * WINDOW_ONE);
    ADVANCE(&t, 0, {1011, 1011});
    assert_int_equal(t.window, WINDOW_ONE);
    assert_int_equal(ADVANCE(&t, 0, {1012, 1012}), 1040 + 2);
    ADVANCE(&t, 0, {1013, 1022});
    assert_int_equal(t.window, 2 * WINDOW_ONE + 10 * 717 * WINDOW_ONE / 1024);
    t.recovery += 100;
    ADVANCE(&t, 0, {1023, 1090});
    assert_int_equal(t.window, t.threshold);
    assert_true(t.in_recovery);
}

static void recovery_ends_beyond_it_and_slow_start_goes_on(void **state)
{
    (void)state;
    struct transport t = reno(40);
    ADVANCE(&t, 0, {1021, 1036}); /* the window is 9 */
    assert_int_equal(t.recovery, 1040);
    assert_int_equal(t.window, 9 * WINDOW_ONE);
    struct transport u = t;
    assert_int_equal(ADVANCE(&t, 0, {1037, 1042}), 1042 + 11 + 2);
    assert_false(t.in_recovery);
    assert_int_equal(t.window, 13 * WINDOW_ONE);
    ADVANCE(&u, 0, {1037, 1040});
    assert_true(u.in_recovery);
    ADVANCE(&u, 0, {1041, 1042});
    assert_int_equal(u.window, t.window);
}

/* The receipts after a loss have been granted for while it was undecided. */
static void receipts_after_a_loss_count_once(void **state)
{
    (void)state;
    struct transport t = reno(40), u = t;
    for (uint64_t last = 1002; last < 1011; last++)
        assert_int_equal(ADVANCE(&t, 0, {1002, last}), last + 40 - 1);
    assert_int_equal(t.base, 1000);
    struct transport cut = t;
    ADVANCE(&cut, 0, {1002, 1006}, {1008, 1020}); /* 18 receipts in two runs, nine granted */
    assert_int_equal(cut.window, 2 * WINDOW_ONE + 7 * WINDOW_ONE / 2);
    ADVANCE(&t, 0, {1002, 1011});
    assert_true(t.in_recovery);
    assert_int_equal(t.recovery, 1049);
    assert_int_equal(t.window, WINDOW_ONE); /* ten receipts, nine granted */
    ADVANCE(&u, 0, {1002, 1011});           /* all at once: nothing granted early */
    assert_int_equal(u.window, 6 * WINDOW_ONE);
}

/* Beyond recovery an old gap of its flight is settled; it does not shorten the horizon. */
static void a_young_gap_of_a_flight_already_paid_for_shortens_nothing(void **state)
{
    (void)state;
    struct transport t = reno(40);
    ADVANCE(&t, 0, {1002, 1038});
    assert_int_equal(t.recovery, 1040);
    struct transport u = t;
    uint64_t horizon = ADVANCE(&t, 0, {1041, 1041});
    assert_int_equal(t.base, 1038);
    assert_int_equal(horizon, 1041 + 20);
    assert_int_equal(ADVANCE(&u, 0, {1042, 1042}), 1042 + 20 - 1);
}

static void virtual_time_passes_with_receipts(void **state)
{
    (void)state;
    static const struct {
        uint64_t received;
        uint32_t age_ms, passes;
    } cases[] = {{1, 40, 1},   {10, 40, 10},     {39, 40, 39},     {40, 40, 40},
                 {41, 40, 40}, {40, 2000, 2000}, {40, 2001, 2000}, {20, UINT32_MAX, 1000},
                 {39, 1, 0},   {13, 100, 32}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct transport t = reno(40);
        t.virtual_ms = UINT32_MAX;
        t.highest = 1100;
        ADVANCE(&t, cases[i].age_ms, {1001, 1000 + cases[i].received});
        assert_int_equal(t.virtual_ms, (uint32_t)(cases[i].passes - 1));
    }
    struct transport t = reno(40);
    advance(&t, 100, 0, NULL);
    assert_int_equal(t.virtual_ms, 0);
    ADVANCE(&t, 40, {1011, 1020}, {1031, 1040}); /* only what is received counts */
    assert_int_equal(t.virtual_ms, 20);
    assert_int_equal(t.epoch_ms, 0);
}

static void slow_start_ends_on_request(void **state)
{
    (void)state;
    struct transport t = fresh(ALGORITHM_CUBIC);
    ADVANCE(&t, 50, {1, 10});
    window_end_slow_start(&t);
    assert_int_equal(t.threshold, 20 * WINDOW_ONE);
    assert_int_equal(t.window, 20 * WINDOW_ONE);
    assert_int_equal(t.peak, 20 * WINDOW_ONE);
    assert_int_equal(t.epoch_ms, 50);
    assert_true(t.square == square_of(t.window));
    struct transport u = t;
    window_end_slow_start(&u); /* not in slow start */
    u.window += WINDOW_ONE;
    window_end_slow_start(&u);
    u.in_recovery = true;
    u.window = 5 * WINDOW_ONE;
    window_end_slow_start(&u);
    assert_int_equal(u.threshold, t.threshold);
    u.in_recovery = false;
    u.window = 0;
    window_end_slow_start(&u);
    assert_int_equal(u.threshold, WINDOW_LEAST);
    assert_int_equal(u.window, 0);
}

static void a_restart_is_a_fresh_space_after_a_loss(void **state)
{
    (void)state;
    static const uint8_t key[RANGE_KEY_BYTES] = {9, 9};
    for (int recovering = 0; recovering < 2; recovering++) {
        struct transport t = steady(ALGORITHM_CUBIC, 1000, 40 * WINDOW_ONE);
        t.in_recovery = recovering;
        t.window = recovering ? 3 * WINDOW_ONE : t.window;
        t.datagram = 1400;
        t.virtual_ms = 77;
        window_restart(&t, 5, 6, key);
        assert_int_equal(t.window, 40 * WINDOW_ONE * 717 / 1024);
        assert_int_equal(t.threshold, t.window);
        assert_int_equal(t.peak, 40 * WINDOW_ONE);
        assert_int_equal(t.epoch_ms, 77);
        assert_true(t.square == square_of(t.window));
        assert_true(!t.in_recovery && !t.base && !t.highest && !t.recovery);
        assert_true(t.lineage == 5 && t.home == 6 && t.datagram == 1400);
        assert_memory_equal(t.range_key, key, sizeof key);
        assert_int_equal(advance(&t, 0, 0, NULL), 28);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_request_may_have_the_first_window),
        cmocka_unit_test(slow_start_counts_each_and_ends_at_the_threshold),
        cmocka_unit_test(a_young_gap_is_undecided),
        cmocka_unit_test(an_undecided_gap_wider_than_the_window_grants_nothing),
        cmocka_unit_test(the_tolerance_is_a_quarter_of_the_window_or_three),
        cmocka_unit_test(a_loss_starts_recovery),
        cmocka_unit_test(a_loss_leaves_two_packets_at_least),
        cmocka_unit_test(losses_of_the_same_flight_change_nothing_more),
        cmocka_unit_test(a_loss_beyond_recovery_is_another),
        cmocka_unit_test(a_gap_of_several_flights_is_as_many_losses),
        cmocka_unit_test(recovery_grows_by_its_share_to_the_threshold),
        cmocka_unit_test(recovery_ends_beyond_it_and_slow_start_goes_on),
        cmocka_unit_test(receipts_after_a_loss_count_once),
        cmocka_unit_test(a_young_gap_of_a_flight_already_paid_for_shortens_nothing),
        cmocka_unit_test(virtual_time_passes_with_receipts),
        cmocka_unit_test(slow_start_ends_on_request),
        cmocka_unit_test(a_restart_is_a_fresh_space_after_a_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
