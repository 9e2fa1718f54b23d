/* flow/ledbat: each rule alone. */
#include "flow/window_support.h"

#include "flow/ledbat.h"

#define MS ((int64_t)1000000)

/* One round: so many packets answered at its end, the shortest after rtt_ms. */
static void a_round(struct ledbat *l, int64_t *now, int64_t rtt_ms, uint64_t answered)
{
    ledbat_sample(l, rtt_ms * MS, 0, *now += 1);
    *now += LEDBAT_RTT_MOST_NS / 10;
    ledbat_sample(l, rtt_ms * MS, answered, *now);
}

/* Past its ramp, a window of 100 packets, a base of 20 ms, no slowdown near. */
static struct ledbat settled(int64_t *now)
{
    struct ledbat l;
    ledbat_init(&l);
    *now = 1;
    ledbat_sample(&l, 20 * MS, 1, *now);
    a_round(&l, now, 20, 1);
    l.window_q8 = 100 * 256;
    l.ramping = false;
    l.slowdown_ns = INT64_MAX;
    return l;
}

static void starts_small_and_doubles_until_a_queue_shows(void **state)
{
    (void)state;
    struct ledbat l;
    int64_t now = 1;
    ledbat_init(&l);
    assert_int_equal(ledbat_packets(&l), LEDBAT_LEAST);
    ledbat_sample(&l, 20 * MS, 0, now);
    uint64_t packets = LEDBAT_LEAST;
    for (int i = 0; i < 5; i++, packets *= 2) {
        assert_int_equal(ledbat_packets(&l), packets);
        a_round(&l, &now, 26, packets);
    }
    assert_true(l.ramping);
    a_round(&l, &now, 27, packets);
    assert_false(l.ramping);
    assert_int_equal(ledbat_packets(&l), packets);
    assert_int_equal(l.slowdown_ns, now + 2 * 27 * MS); /* the first slowdown: two rounds later */
}

static void below_the_target_grows_by_one_above_falls_in_proportion(void **state)
{
    (void)state;
    int64_t now;
    static const struct {
        int64_t rtt_ms;
        uint64_t answered, packets;
    } rounds[] = {{20, 100, 101}, {28, 100, 101}, {28, 49, 100}, {30, 100, 75}, {30, 49, 75},
                  {32, 100, 50},  {99, 100, 50}};
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        struct ledbat l = settled(&now);
        a_round(&l, &now, rounds[i].rtt_ms, rounds[i].answered);
        assert_int_equal(ledbat_packets(&l), rounds[i].packets);
    }
    struct ledbat l = settled(&now);
    l.window_q8 = LEDBAT_MOST * 256;
    a_round(&l, &now, 20, LEDBAT_MOST);
    assert_int_equal(ledbat_packets(&l), LEDBAT_MOST);
}

static void a_short_path_grows_less_in_each_of_its_rounds(void **state)
{
    (void)state;
    int64_t now;
    static const struct {
        int64_t base_us;
        uint64_t grown_q8;
    } paths[] = {{100000, 256}, {16000, 256}, {15000, 128}, {4000, 64}, {1000, 16}, {90, 16}};
    for (size_t i = 0; i < 6; i++) {
        struct ledbat l = settled(&now);
        l.least_ns[0] = paths[i].base_us * 1000;
        ledbat_sample(&l, paths[i].base_us * 1000, 100, now += 1000 * MS);
        assert_int_equal(l.window_q8, 100 * 256 + paths[i].grown_q8);
    }
}

static void a_window_moves_once_a_round(void **state)
{
    (void)state;
    int64_t now;
    struct ledbat l = settled(&now);
    for (int i = 0; i < 19; i++)
        ledbat_sample(&l, 20 * MS, 10, now += MS);
    assert_int_equal(l.window_q8, 100 * 256);
    ledbat_sample(&l, 20 * MS, 10, now += MS);
    assert_int_equal(l.window_q8, 101 * 256);
}

static void a_round_counts_its_shortest(void **state)
{
    (void)state;
    int64_t now;
    struct ledbat l = settled(&now);
    ledbat_sample(&l, 20 * MS, 50, now += MS);
    ledbat_sample(&l, 500 * MS, 50, now += 20 * MS);
    assert_int_equal(ledbat_packets(&l), 101);
}

static void a_loss_halves_once_a_round(void **state)
{
    (void)state;
    int64_t now;
    struct ledbat l = settled(&now);
    ledbat_loss(&l, now);
    ledbat_loss(&l, now + 19 * MS);
    assert_int_equal(ledbat_packets(&l), 50);
    ledbat_loss(&l, now + 20 * MS);
    assert_int_equal(ledbat_packets(&l), 25);
    for (int i = 0; i < 10; i++)
        ledbat_loss(&l, now += 1000 * MS);
    assert_int_equal(ledbat_packets(&l), LEDBAT_LEAST);
}

static void a_loss_ends_the_first_ramp(void **state)
{
    (void)state;
    struct ledbat l;
    int64_t now = 1;
    ledbat_init(&l);
    ledbat_loss(&l, now); /* before anything is known of the path */
    assert_true(l.ramping);
    ledbat_sample(&l, 20 * MS, 0, now);
    for (int i = 0; i < 4; i++)
        a_round(&l, &now, 20, ledbat_packets(&l));
    ledbat_loss(&l, now);
    assert_false(l.ramping);
    assert_int_equal(ledbat_packets(&l), LEDBAT_LEAST << 3);
    assert_int_equal(l.slowdown_ns, now + 2 * 20 * MS);
}

static void slows_down_for_a_tenth_of_the_time(void **state)
{
    (void)state;
    int64_t now;
    struct ledbat l = settled(&now);
    l.slowdown_ns = now + 1;
    a_round(&l, &now, 20, 100);
    int64_t began = now;
    assert_int_equal(ledbat_packets(&l), LEDBAT_LEAST);
    assert_int_equal(l.resume_ns, began + 40 * MS);
    ledbat_sample(&l, 20 * MS, 2, began + 39 * MS);
    assert_int_equal(ledbat_packets(&l), LEDBAT_LEAST);
    ledbat_loss(&l, began + 39 * MS); /* of what left before */
    assert_int_equal(ledbat_packets(&l), LEDBAT_LEAST);
    for (now = began + 60 * MS; l.ramping; now += 20 * MS)
        ledbat_sample(&l, 20 * MS, ledbat_packets(&l), now);
    assert_int_equal(ledbat_packets(&l), 50);
    int64_t took = now - 20 * MS - began;
    assert_true(took >= 120 * MS && took <= 180 * MS);
    assert_int_equal(l.slowdown_ns, began + 10 * took);
}

static void a_long_slowdown_does_not_put_the_next_off_for_long(void **state)
{
    (void)state;
    int64_t now;
    struct ledbat l = settled(&now);
    l.slowdown_ns = now;
    a_round(&l, &now, 20, 100);
    now += 3600 * 1000 * MS;
    l.threshold_q8 = l.window_q8;
    a_round(&l, &now, 20, 100);
    assert_false(l.ramping);
    assert_int_equal(l.slowdown_ns, now + LEDBAT_MINUTE_NS);
}

static void the_shortest_round_trip_is_forgotten_after_minutes(void **state)
{
    (void)state;
    int64_t now;
    struct ledbat l = settled(&now);
    for (int minute = 1; minute < 12; minute++) {
        now = 1 + minute * LEDBAT_MINUTE_NS;
        l.window_q8 = 100 * 256;
        a_round(&l, &now, 60, 100);
        assert_true((l.window_q8 > 100 * 256) == (minute >= LEDBAT_MINUTES));
    }
    now += 100 * LEDBAT_MINUTE_NS;
    a_round(&l, &now, 500, 100);
    assert_int_equal(l.least_ns[0], 500 * MS);
    for (size_t i = 1; i < LEDBAT_MINUTES; i++)
        assert_int_equal(l.least_ns[i], 0);
    now += 5 * LEDBAT_MINUTE_NS;
    ledbat_sample(&l, 2 * LEDBAT_RTT_MOST_NS, 1, now);
    assert_int_equal(l.least_ns[0], LEDBAT_RTT_MOST_NS);
}

/* Whatever comes, the limit stays within its bounds and nothing overflows. */
static void survives_any_sample(void **state)
{
    (void)state;
    struct ledbat l;
    ledbat_init(&l);
    ledbat_loss(&l, 0);
    assert_int_equal(ledbat_packets(&l), LEDBAT_LEAST);
    int64_t now = 0;
    for (int i = 0; i < 100000; i++) {
        now += (int64_t)(roll() >> (20 + up_to(43)));
        int64_t rtt = (int64_t)(roll() >> up_to(63));
        if (chance(100))
            ledbat_loss(&l, now);
        else
            ledbat_sample(&l, rtt, roll() >> up_to(63), now);
        assert_in_range(ledbat_packets(&l), LEDBAT_LEAST, LEDBAT_MOST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_small_and_doubles_until_a_queue_shows),
        cmocka_unit_test(below_the_target_grows_by_one_above_falls_in_proportion),
        cmocka_unit_test(a_short_path_grows_less_in_each_of_its_rounds),
        cmocka_unit_test(a_window_moves_once_a_round),
        cmocka_unit_test(a_round_counts_its_shortest),
        cmocka_unit_test(a_loss_halves_once_a_round),
        cmocka_unit_test(a_loss_ends_the_first_ramp),
        cmocka_unit_test(slows_down_for_a_tenth_of_the_time),
        cmocka_unit_test(a_long_slowdown_does_not_put_the_next_off_for_long),
        cmocka_unit_test(the_shortest_round_trip_is_forgotten_after_minutes),
        cmocka_unit_test(survives_any_sample),
    };
    seed_dice();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
