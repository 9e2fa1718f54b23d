/* server/server under a clock that is set: what was sent stays struck, and nobody is locked out. */
#include "server/asking.h"

/* Set back, the clock forgives nothing; what runs goes on, and what was issued by it later counts
 * as issued since this server began. */
static void a_clock_that_is_set_back(void **state)
{
    (void)state;
    open_file();
    pull(1, 4);
    const int64_t steady = server.steady_ms;
    now_ms -= 12000;
    assert_int_equal(verdict(), ANSWERED);
    assert_int_equal(burst.count, 0); /* still struck */
    assert_true(server.steady_ms == steady);
    assert_int_equal(counters.numbers_struck, 4);
    for (int i = 0; i < 10; i++) {
        now_ms += 1000;
        struct request_body b = numbers(1, 1);
        b.flags = REQUEST_RENEW;
        assert_int_equal(ask(b), ANSWERED);
        assert_int_equal(taken.continuations, 1);
        assert_int_equal(burst.count, 1);
    }
    assert_true(server.steady_ms == steady + 10000);
    assert_int_equal(counters.numbers_struck, 4 + 10);
    pull(5, 2);
    assert_int_equal(taken.pulls, 2);
    for (int f = 1; f < FALLBACKS; f++)
        assert_int_equal(counters.fallbacks[f], 0);
}

/* What says that it was issued long after now is as good as old: nobody knows its age. */
static void a_continuation_from_the_future_begins_anew(void **state)
{
    (void)state;
    open_file();
    struct request_body b = numbers(1, 4);
    seal(&b);
    now_ms -= LINEAGE_LIFE_MS;
    falls_back(FALLBACK_NONE); /* servers' clocks differ */
    boot(NULL);
    open_file();
    seal(&b);
    now_ms -= LINEAGE_LIFE_MS + 1;
    falls_back(FALLBACK_AGE);
    take_all();
    seal(&b);
    falls_back(FALLBACK_NONE);
    assert_int_equal(burst.count, 4);
}

/* Set forward, it makes everything old at once: the strikes may be forgotten, for what they guarded
 * is not continued. */
static void a_clock_that_is_set_forward(void **state)
{
    (void)state;
    open_file();
    const int64_t began = now_ms;
    struct request_body b = numbers(1, 4);
    seal(&b);
    for (int64_t step = 0; step < 100000; step = step * 2 + 500) {
        now_ms = began + step;
        (void)verdict();
        assert_int_equal(counters.numbers_sent, 4);
        assert_int_equal(counters.fallbacks[FALLBACK_AGE] + counters.verdicts[DROP_TWICE] > 0,
                         step > LINEAGE_LIFE_MS);
    }
    assert_true(counters.fallbacks[FALLBACK_AGE] > 0);
    assert_true(strikes_used(&server.strikes) < 4);
}

/* Time passes with any packet, even one that is dropped. */
static void every_packet_tells_the_time(void **state)
{
    (void)state;
    const int64_t turn = server.strikes.turn;
    now_ms += 3 * STRIKES_TURN_MS;
    (void)serve(packet, 0);
    assert_true(server.strikes.turn == turn + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_clock_that_is_set_back, boot),
        cmocka_unit_test_setup(a_continuation_from_the_future_begins_anew, boot),
        cmocka_unit_test_setup(a_clock_that_is_set_forward, boot),
        cmocka_unit_test_setup(every_packet_tells_the_time, boot),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
