/* pace/pace: the window, loss by order and by time, timeouts and round-trip samples, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pace/pace.h"

#define RTT (50 * PACE_MS)

static struct pace p;
static int64_t now;

static int start(void **state)
{
    (void)state;
    pace_init(&p);
    now = 1000 * PACE_MS;
    return 0;
}

/* Sends whatever the window allows, waiting for the pacer; returns how many. */
static unsigned send_all(void)
{
    unsigned n = 0;
    while (pace_next_ns(&p, true) != pace_next_ns(&p, false)) {
        if (pace_next_ns(&p, true) > now)
            now = pace_next_ns(&p, true);
        assert_true(pace_ready(&p, now));
        pace_sent(&p, n++, false, now);
        assert_true(n <= PACE_WINDOW);
    }
    assert_false(
        pace_ready(&p, now + 1000 * PACE_MS)); /* the window is full, however long one waits */
    return n;
}

static void answer(uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        assert_true(pace_answered(&p, i, now));
}

static unsigned drain_lost(void)
{
    unsigned n = 0;
    uint32_t item;
    while (pace_lost(&p, &item))
        n++;
    return n;
}

static void nothing_sent_nothing_due(void **state)
{
    (void)state;
    uint32_t item;
    assert_true(pace_ready(&p, now));
    assert_true(pace_next_ns(&p, false) == INT64_MAX);
    assert_true(pace_next_ns(&p, true) <= now);
    pace_tick(&p, now + 1000000 * PACE_MS);
    assert_false(pace_lost(&p, &item));
    assert_false(pace_answered(&p, 0, now));
    assert_int_equal(p.in_flight, 0);
}

static void the_first_window_is_twenty(void **state)
{
    (void)state;
    assert_int_equal(send_all(), 20);
    assert_int_equal(p.in_flight, 20);
}

static void slow_start_doubles(void **state)
{
    (void)state;
    unsigned expect = 20;
    uint64_t first = 0;
    for (int round = 0; round < 5; round++) {
        send_all();
        assert_int_equal(p.in_flight, expect);
        now += RTT;
        uint64_t last = p.next - 1;
        answer(first, last);
        assert_int_equal(p.in_flight, 0);
        first = last + 1;
        /* An answer while less than half the window is out proves nothing: half of them count. */
        assert_in_range(p.window_q8 >> 8, expect + expect / 4, 2 * expect);
        expect = p.window_q8 >> 8;
    }
    /* One answer in, two packets out, while the window stays full. */
    pace_init(&p);
    send_all();
    now += RTT;
    for (uint64_t i = 0; i < 200; i++) {
        answer(i, i);
        assert_int_equal(send_all(), 2);
    }
    assert_int_equal(p.window_q8 >> 8, 220);
}

static void an_unused_window_does_not_grow(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        uint64_t n = pace_sent(&p, 0, false, now);
        now += RTT;
        answer(n, n);
    }
    assert_int_equal(p.window_q8 >> 8, 20);
}

static void a_half_used_window_grows(void **state)
{
    (void)state;
    for (unsigned used = 8; used <= 10; used += 2) {
        pace_init(&p);
        for (unsigned i = 0; i < used; i++)
            pace_sent(&p, i, false, now);
        now += RTT;
        answer(0, 0);
        assert_int_equal(p.window_q8 >> 8, used == 10 ? 21 : 20);
    }
}

static void the_window_never_exceeds_the_records(void **state)
{
    (void)state;
    p.window_q8 = PACE_WINDOW << 8;
    uint64_t at = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send_all(), PACE_WINDOW);
        now += RTT;
        uint64_t end = p.next;
        while (at < end)
            answer(at, at), at++;
        assert_int_equal(p.window_q8, PACE_WINDOW << 8);
    }
    /* One straggler holds the records back even when the window is open. */
    send_all();
    now += PACE_MS;
    answer(at + 1, at + 1);
    uint64_t before = p.next;
    send_all();
    assert_true(p.next - p.oldest <= PACE_WINDOW);
    assert_true(p.next == before);
}

static void three_younger_answers_are_reordering_four_are_loss(void **state)
{
    (void)state;
    uint32_t item = 99;
    p.window_q8 = 8 << 8; /* a quarter is below the least tolerance of 3 */
    p.threshold_q8 = 8 << 8;
    assert_int_equal(send_all(), 8);
    now += 10 * PACE_MS; /* no time has passed to speak of: order alone decides */
    p.srtt_ns = RTT;
    answer(1, 2);
    assert_false(pace_lost(&p, &item)); /* number 0 is 3 behind the end of what was answered */
    assert_int_equal(p.in_flight, 6);
    answer(3, 3);
    assert_int_equal(p.in_flight, 4); /* three answers, and number 0 given up */
    assert_true(pace_lost(&p, &item));
    assert_int_equal(item, 0);
    assert_false(pace_lost(&p, &item));
    assert_in_range(p.window_q8, 5 << 8, 6 << 8); /* 0.7 of 8 */
    assert_int_equal(p.threshold_q8, p.window_q8);
}

static void tolerance_is_a_quarter_of_a_large_window(void **state)
{
    (void)state;
    p.window_q8 = 100 << 8;
    p.threshold_q8 = 1; /* growth by 1 in 100 at most: the tolerance stays 25 */
    p.srtt_ns = 10000 * PACE_MS;
    for (uint32_t i = 0; i < 100; i++)
        pace_sent(&p, i, false, now);
    answer(24, 24);
    assert_int_equal(p.unreported, 0);
    answer(25, 25);
    assert_int_equal(p.unreported, 1);
}

static void time_tells_too(void **state)
{
    (void)state;
    uint32_t item;
    pace_sent(&p, 7, false, now);
    pace_sent(&p, 8, false, now);
    now += RTT;
    answer(1, 1);
    assert_false(pace_lost(&p, &item)); /* one behind: perhaps reordered */
    int64_t due = pace_next_ns(&p, false);
    assert_true(due > now && due < now + RTT);
    pace_tick(&p, due - 1);
    assert_false(pace_lost(&p, &item));
    pace_tick(&p, due);
    assert_true(pace_lost(&p, &item));
    assert_int_equal(item, 7);
    assert_int_equal(p.backoff, 0); /* that was no timeout */
}

static void a_flight_pays_once(void **state)
{
    (void)state;
    p.window_q8 = p.threshold_q8 = 40 << 8;
    send_all();
    now += RTT;
    for (uint64_t i = 1; i < 40; i += 2)
        answer(i, i);
    assert_true(pace_next_ns(&p, false) <= now); /* what is lost by order waits to be taken */
    assert_int_equal(drain_lost(), 17);
    now = pace_next_ns(&p, false); /* the youngest are lost by time */
    pace_tick(&p, now);
    assert_int_equal(drain_lost(), 3);
    assert_in_range(p.window_q8, 28 << 8, 29 << 8);
    /* The next flight's loss costs again. */
    uint64_t first = p.next;
    assert_in_range(send_all(), 28, 29);
    now += RTT;
    answer(first + 20, first + 20);
    assert_true(drain_lost() > 1);
    assert_in_range(p.window_q8, 19 << 8, 21 << 8);
}

/* A flight at once, of which the first are lost, and all answers after so long. */
static void lossy_flight(unsigned lost, int64_t rtt)
{
    const uint64_t first = p.next;
    const unsigned n = p.window_q8 >> 8;
    for (unsigned i = 0; i < n; i++)
        pace_sent(&p, i, false, now);
    now += rtt;
    answer(first + (lost < n ? lost : n - 1), first + n - 1);
    now += rtt; /* what is lost is so by time at last */
    pace_tick(&p, now);
    drain_lost();
}

/* Losses of the path itself leave a window of ten; those of a queue do not, nor when most is lost.
 */
static void a_calm_path_keeps_ten_packets(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        pace_init(&p);
        lossy_flight(0, RTT);
        for (int j = 0; j < 10; j++)
            lossy_flight(3, RTT);
        assert_int_equal(p.window_q8, 10 << 8);
        if (i == 0)
            continue;
        for (int j = 0; j < 30 && p.window_q8 > 2 << 8; j++)
            lossy_flight(i == 1 ? 7 : 3, i == 2 ? RTT + RTT / 5 : RTT);
        assert_int_equal(p.window_q8, i == 3 ? 10 << 8 : 2 << 8);
    }
    pace_init(&p); /* nothing is known of the path */
    p.window_q8 = p.threshold_q8 = 10 << 8;
    for (unsigned i = 0; i < 10; i++)
        pace_sent(&p, i, true, now);
    answer(9, 9);
    assert_in_range(p.window_q8, 6 << 8, 8 << 8);
}

/* In congestion avoidance a window grows by one packet for one window of answers, however large it
 * is: counting in 1/256 packets must not round a large window's growth away. */
static void any_window_grows_by_one_a_flight(void **state)
{
    (void)state;
    static const uint32_t windows[] = {2, 20, 255, 256, 257, 300, 1000, PACE_WINDOW - 1};
    for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
        pace_init(&p);
        p.window_q8 = p.threshold_q8 = windows[w] << 8;
        uint64_t at = 0;
        for (uint32_t grown = 0; grown < 3; grown++) {
            uint32_t window = windows[w] + grown;
            if (window > PACE_WINDOW)
                window = PACE_WINDOW;
            for (uint32_t i = 0; i < window; i++) {
                send_all(); /* the window stays full */
                now += PACE_MS;
                assert_int_equal(p.window_q8, window << 8);
                answer(at, at), at++;
            }
            assert_int_equal(p.window_q8, (window < PACE_WINDOW ? window + 1 : window) << 8);
        }
    }
}

/* Answers of the flight that paid do not count as growth. */
static void no_growth_in_recovery(void **state)
{
    (void)state;
    p.window_q8 = p.threshold_q8 = 40 << 8;
    send_all();
    now += RTT;
    answer(10, 10);
    uint32_t after = p.window_q8;
    assert_true(after < 40 << 8);
    for (uint64_t i = 11; i < 40; i++)
        assert_true(pace_answered(&p, i, now));
    assert_int_equal(p.window_q8, after);
}

static void a_timeout_takes_all_and_backs_off(void **state)
{
    (void)state;
    assert_int_equal(send_all(), 20);
    int64_t timeout = pace_timeout_ns(&p);
    assert_true(timeout == 250 * PACE_MS); /* nothing is known of the path */
    now = p.progress_ns + timeout;
    pace_tick(&p, now - 1);
    assert_int_equal(p.in_flight, 20);
    pace_tick(&p, now);
    assert_int_equal(p.in_flight, 0);
    assert_int_equal(drain_lost(), 20);
    assert_int_equal(p.window_q8, 2 << 8);
    assert_int_equal(p.threshold_q8, 10 << 8);

    for (int i = 0; i < 10; i++) {
        assert_int_equal(send_all(), 2);
        int64_t next = pace_timeout_ns(&p);
        assert_true(next == (2 * timeout < 2000 * PACE_MS ? 2 * timeout : 2000 * PACE_MS));
        timeout = next;
        now = p.progress_ns + timeout;
        pace_tick(&p, now);
        assert_int_equal(drain_lost(), 2);
        assert_int_equal(p.window_q8, 2 << 8);
        assert_int_equal(p.threshold_q8, 10 << 8); /* one outage halves it once */
    }
    assert_true(timeout == 2000 * PACE_MS);
    send_all();
    now += RTT;
    answer(p.next - 1, p.next - 1); /* an answer ends the back-off */
    assert_true(pace_timeout_ns(&p) < 250 * PACE_MS);
}

/* An answer to a repetition may be to the first sending: it says nothing about whether the timeout
 * is long enough by now, and one that went back would only repeat everything again. */
static void an_answer_to_a_repetition_keeps_the_backoff(void **state)
{
    (void)state;
    for (int timeouts = 1; timeouts < 4; timeouts++) {
        pace_init(&p);
        for (int i = 0; i < timeouts; i++) {
            pace_sent(&p, 0, i > 0, now);
            now = p.progress_ns + pace_timeout_ns(&p);
            pace_tick(&p, now);
            assert_int_equal(drain_lost(), 1);
        }
        int64_t timeout = pace_timeout_ns(&p);
        assert_true(timeout == (250 * PACE_MS) << timeouts);
        for (int i = 0; i < 5; i++) {
            uint64_t n = pace_sent(&p, 0, true, now);
            now += RTT;
            answer(n, n);
            assert_int_equal(p.backoff, timeouts);
            assert_true(pace_timeout_ns(&p) == timeout);
        }
        uint64_t n = pace_sent(&p, 1, false, now);
        now += RTT;
        answer(n, n);
        assert_int_equal(p.backoff, 0);
        assert_true(p.srtt_ns == RTT);
        assert_true(pace_timeout_ns(&p) < 250 * PACE_MS);
        /* Once a round trip is certain, one that is not shorter is credible. */
        for (int certain = 0; certain < 2; certain++) {
            n = pace_sent(&p, 2, false, now);
            now = p.progress_ns + pace_timeout_ns(&p);
            pace_tick(&p, now);
            assert_int_equal(drain_lost(), 1);
            n = pace_sent(&p, 2, true, now);
            now += certain ? RTT : RTT - 1;
            answer(n, n);
            assert_int_equal(p.backoff, !certain);
        }
    }
}

/* Backing off ends at two seconds, or at what a longer path takes by itself. */
static void backing_off_ends_at_two_seconds(void **state)
{
    (void)state;
    const struct {
        int64_t rtt_ms, var_ms, by_backoff_ms[4];
    } paths[] = {{1, 0, {11, 22, 45, 90}},
                 {300, 0, {385, 770, 1540, 2000}},
                 {300, 150, {975, 1950, 2000, 2000}},
                 {1600, 0, {2010, 2010, 2010, 2010}},
                 {900, 450, {2925, 2925, 2925, 2925}},
                 {5000, 2500, {16250, 16250, 16250, 16250}}};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        p.srtt_ns = paths[i].rtt_ms * PACE_MS;
        p.rttvar_ns = paths[i].var_ms * PACE_MS;
        for (p.backoff = 0; p.backoff < 4; p.backoff++)
            assert_in_range(pace_timeout_ns(&p), paths[i].by_backoff_ms[p.backoff] * PACE_MS,
                            (paths[i].by_backoff_ms[p.backoff] + 1) * PACE_MS - 1);
        int64_t most = paths[i].by_backoff_ms[0] < 2000 ? 2000 : paths[i].by_backoff_ms[0];
        for (p.backoff = 8; p.backoff < 200; p.backoff++)
            assert_true(pace_timeout_ns(&p) == most * PACE_MS);
    }
}

/* All is given up and nothing is paid for; no loss of these packets costs the window later. */
static void what_is_abandoned_costs_nothing(void **state)
{
    (void)state;
    send_all();
    now += RTT;
    answer(0, 9);
    const uint32_t window = p.window_q8, threshold = p.threshold_q8, left = p.in_flight;
    pace_abandon(&p);
    assert_int_equal(p.in_flight, 0);
    for (uint64_t i = 10; i < 20; i++)
        assert_false(pace_answered(&p, i, now));
    assert_int_equal(drain_lost(), left);
    assert_int_equal(p.window_q8, window);
    assert_int_equal(p.threshold_q8, threshold);
    assert_int_equal(p.backoff, 0);
    uint64_t first = p.next;
    send_all(); /* all of it may leave again */
    assert_int_equal(p.in_flight, window >> 8);
    now += RTT;
    answer(first, first);
    assert_int_equal(p.unreported, 0);
    pace_abandon(&p);
    pace_abandon(&p);
    pace_init(&p);
    pace_abandon(&p); /* nothing there */
    assert_int_equal(drain_lost(), 0);
}

/* A record is used again after PACE_WINDOW packets: an answer to its first owner is no answer to
 * the second. */
static void a_record_answers_for_one_number(void **state)
{
    (void)state;
    p.window_q8 = PACE_WINDOW << 8;
    for (uint32_t i = 0; i < PACE_WINDOW; i++)
        pace_sent(&p, i, false, now);
    now += RTT;
    answer(0, PACE_WINDOW - 1);
    for (uint32_t i = 0; i < PACE_WINDOW; i++)
        pace_sent(&p, i, false, now);
    const struct pace before = p;
    for (uint64_t i = 0; i < PACE_WINDOW; i++)
        assert_false(pace_answered(&p, i, now));
    assert_memory_equal(&p, &before, sizeof p);
    answer(PACE_WINDOW, 2 * PACE_WINDOW - 1);
    assert_int_equal(p.in_flight, 0);
}

static void late_and_unknown_answers_are_ignored(void **state)
{
    (void)state;
    send_all();
    now += RTT;
    answer(0, 0);
    assert_false(pace_answered(&p, 0, now));  /* twice */
    assert_false(pace_answered(&p, 20, now)); /* never sent */
    assert_false(pace_answered(&p, UINT64_MAX, now));
    now += 10000 * PACE_MS;
    pace_tick(&p, now);
    struct pace before = p;
    assert_false(pace_answered(&p, 5, now)); /* given up, not yet taken back */
    assert_memory_equal(&p, &before, sizeof p);
    assert_int_equal(drain_lost(), 19);
    before = p;
    assert_false(pace_answered(&p, 5, now)); /* and after that */
    assert_memory_equal(&p, &before, sizeof p);
    p.next += 3 * PACE_WINDOW; /* the record is another number's by now */
    p.oldest = p.next;
    before = p;
    assert_false(pace_answered(&p, 5, now));
    assert_memory_equal(&p, &before, sizeof p);
}

static void what_was_sent_again_gives_no_short_sample(void **state)
{
    (void)state;
    uint64_t n = pace_sent(&p, 0, true, now);
    now += RTT;
    answer(n, n);
    assert_true(p.srtt_ns == 0);
    n = pace_sent(&p, 1, false, now);
    now += RTT;
    answer(n, n);
    assert_true(p.srtt_ns == RTT);
    assert_true(p.rttvar_ns == RTT / 2);
    n = pace_sent(&p, 1, true, now);
    now += RTT - 1; /* perhaps an answer to the first sending */
    answer(n, n);
    assert_true(p.srtt_ns == RTT);
    assert_true(p.rttvar_ns == RTT / 2);
    n = pace_sent(&p, 1, true, now);
    now += 9 * RTT; /* not shorter than a certain one: after an outage there may be no others */
    answer(n, n);
    assert_true(p.srtt_ns == 2 * RTT);
    n = pace_sent(&p, 1, true, now);
    now += RTT - 1; /* the shortest certain one decides, not the mean */
    answer(n, n);
    n = pace_sent(&p, 1, true, now);
    now += RTT;
    answer(n, n);
    assert_true(p.srtt_ns == 2 * RTT - RTT / 8);
    for (int i = 0; i < 100; i++) {
        n = pace_sent(&p, 0, false, now);
        now += 2 * RTT;
        answer(n, n);
    }
    assert_in_range(p.srtt_ns, 2 * RTT - PACE_MS, 2 * RTT);
    assert_in_range(p.rttvar_ns, 0, PACE_MS);
    n = pace_sent(&p, 0, false, now); /* a clock that stands still, or goes back */
    answer(n, n);
    assert_true(p.srtt_ns > 0);
}

static void the_pacer_spreads_a_window(void **state)
{
    (void)state;
    p.srtt_ns = RTT;
    p.window_q8 = p.threshold_q8 = 100 << 8;
    int64_t begin = now;
    assert_int_equal(send_all(), 100);
    /* At 1.25 windows a round trip, less the burst that may leave at once. */
    assert_in_range(now - begin, RTT * 4 / 5 - 3 * PACE_MS, RTT * 4 / 5);
    pace_init(&p);
    p.srtt_ns = RTT;
    p.window_q8 = 100 << 8;
    begin = now;
    send_all();
    assert_in_range(now - begin, RTT / 2 - 3 * PACE_MS, RTT / 2); /* slow start: twice the window */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_sent_nothing_due, start),
        cmocka_unit_test_setup(the_first_window_is_twenty, start),
        cmocka_unit_test_setup(slow_start_doubles, start),
        cmocka_unit_test_setup(an_unused_window_does_not_grow, start),
        cmocka_unit_test_setup(a_half_used_window_grows, start),
        cmocka_unit_test_setup(the_window_never_exceeds_the_records, start),
        cmocka_unit_test_setup(three_younger_answers_are_reordering_four_are_loss, start),
        cmocka_unit_test_setup(tolerance_is_a_quarter_of_a_large_window, start),
        cmocka_unit_test_setup(time_tells_too, start),
        cmocka_unit_test_setup(a_flight_pays_once, start),
        cmocka_unit_test_setup(a_calm_path_keeps_ten_packets, start),
        cmocka_unit_test_setup(any_window_grows_by_one_a_flight, start),
        cmocka_unit_test_setup(no_growth_in_recovery, start),
        cmocka_unit_test_setup(a_timeout_takes_all_and_backs_off, start),
        cmocka_unit_test_setup(an_answer_to_a_repetition_keeps_the_backoff, start),
        cmocka_unit_test_setup(backing_off_ends_at_two_seconds, start),
        cmocka_unit_test_setup(what_is_abandoned_costs_nothing, start),
        cmocka_unit_test_setup(a_record_answers_for_one_number, start),
        cmocka_unit_test_setup(late_and_unknown_answers_are_ignored, start),
        cmocka_unit_test_setup(what_was_sent_again_gives_no_short_sample, start),
        cmocka_unit_test_setup(the_pacer_spreads_a_window, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
