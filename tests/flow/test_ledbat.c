/* flow/ledbat: fills an idle line, makes way for CUBIC in queues long and short, and halves once. */
#include "flow/window_support.h"

#include "flow/ledbat.h"

#define MS ((int64_t)1000000)

enum { AHEAD = 1 << 16 };

/* A line that sends a packet each slot, with a queue before it; two flows. */
struct flow {
    bool starts;
    int64_t in_flight;
    uint64_t sent, delivered;
    struct transport cubic;
    struct ledbat ledbat;
    int64_t deaf; /* slot until which CUBIC takes losses for the same */
};

struct line {
    int64_t slot_ns, propagation; /* slots, both ways together */
    size_t room, queued, head;
    struct {
        uint8_t flow;
        int64_t entered;
    } queue[4096];
    struct {
        uint8_t flows; /* bit i: flow i's packet is answered then; 4 + i: its loss is known then */
        int64_t entered;
    } due[AHEAD];
    struct flow flows[2]; /* CUBIC, LEDBAT */
    uint64_t delay_sum, delays;
};

static uint64_t window_of(const struct line *l, int i)
{
    const struct flow *f = &l->flows[i];
    return i == 0 ? f->cubic.window / WINDOW_ONE : ledbat_packets(&f->ledbat);
}

static void cubic_lost(struct flow *f, int64_t slot, int64_t propagation)
{
    if (slot < f->deaf)
        return;
    f->deaf = slot + propagation;
    uint32_t old = f->cubic.window;
    f->cubic.threshold = (uint32_t)((uint64_t)old * window_cubic.share_q10 / 1024);
    if (f->cubic.threshold < WINDOW_LEAST)
        f->cubic.threshold = WINDOW_LEAST;
    window_cubic.reduce(&f->cubic, old);
    f->cubic.window = f->cubic.threshold;
}

static void cubic_answered(struct flow *f, int64_t now_ns)
{
    f->cubic.virtual_ms = (uint32_t)(now_ns / MS);
    if (f->cubic.window < f->cubic.threshold)
        f->cubic.window += WINDOW_ONE;
    else
        window_cubic.grow(&f->cubic, 1);
}

static void arrive(struct line *l, int64_t slot)
{
    int64_t now_ns = slot * l->slot_ns;
    for (int i = 0; i < 2; i++) {
        struct flow *f = &l->flows[i];
        uint8_t flows = l->due[slot % AHEAD].flows;
        if (flows & 1 << i) {
            int64_t rtt_ns = (slot - l->due[slot % AHEAD].entered) * l->slot_ns;
            f->in_flight--;
            f->delivered++;
            if (i == 0)
                cubic_answered(f, now_ns);
            else
                ledbat_sample(&f->ledbat, rtt_ns, 1, now_ns);
        }
        if (flows & 4 << i) {
            f->in_flight--;
            if (i == 0)
                cubic_lost(f, slot, l->propagation + (int64_t)l->queued);
            else
                ledbat_loss(&f->ledbat, now_ns);
        }
    }
    l->due[slot % AHEAD].flows = 0;
}

static void send(struct line *l, int i, int64_t slot)
{
    struct flow *f = &l->flows[i];
    if (!f->starts || f->in_flight >= (int64_t)window_of(l, i))
        return;
    f->in_flight++;
    f->sent++;
    if (l->queued == l->room) {
        int64_t known = slot + l->propagation + (int64_t)l->queued;
        l->due[known % AHEAD].flows |= (uint8_t)(4 << i);
        return;
    }
    size_t at = (l->head + l->queued++) % 4096;
    l->queue[at].flow = (uint8_t)i;
    l->queue[at].entered = slot;
}

static void run_line(struct line *l, int64_t from_ms, int64_t to_ms)
{
    for (int64_t slot = from_ms * MS / l->slot_ns; slot < to_ms * MS / l->slot_ns; slot++) {
        arrive(l, slot);
        for (int k = 0; k < 2; k++) { /* an answer lets two leave: windows grow */
            int first = (int)(roll() & 1);
            send(l, first, slot);
            send(l, !first, slot);
        }
        l->delay_sum += l->queued;
        l->delays++;
        if (l->queued == 0)
            continue;
        int64_t due = slot + l->propagation;
        l->due[due % AHEAD].flows |= (uint8_t)(1 << l->queue[l->head].flow);
        l->due[due % AHEAD].entered = l->queue[l->head].entered;
        l->head = (l->head + 1) % 4096;
        l->queued--;
    }
}

/* 50 Mbit/s in packets of 1250 bytes. */
static struct line *line_of(int64_t rtt_ms, int64_t queue_ms)
{
    static struct line l;
    memset(&l, 0, sizeof l);
    l.slot_ns = 200000;
    l.propagation = rtt_ms * MS / l.slot_ns;
    l.room = (size_t)(queue_ms * MS / l.slot_ns);
    l.flows[0].cubic = fresh(ALGORITHM_CUBIC);
    ledbat_init(&l.flows[1].ledbat);
    return &l;
}

static uint64_t percent(const struct line *l, int i, uint64_t before, int64_t ms)
{
    return (l->flows[i].delivered - before) * 100 / (uint64_t)(ms * MS / l->slot_ns);
}

static void fills_an_idle_line_with_a_short_queue(void **state)
{
    (void)state;
    static const int64_t rtts[] = {5, 20, 100};
    for (size_t i = 0; i < 3; i++) {
        struct line *l = line_of(rtts[i], 200);
        l->flows[1].starts = true;
        run_line(l, 0, 20000);
        uint64_t before = l->flows[1].delivered;
        l->delay_sum = l->delays = 0;
        run_line(l, 20000, 80000);
        uint64_t used = percent(l, 1, before, 60000);
        uint64_t delay_us = l->delay_sum * 200 / l->delays;
        print_message("alone, %lld ms: %llu %%, mean queue %llu us\n", (long long)rtts[i],
                      (unsigned long long)used, (unsigned long long)delay_us);
        assert_true(used >= 80);
        assert_true(delay_us <= 12000);
    }
}

static void makes_way_for_cubic(void **state)
{
    (void)state;
    static const int64_t queues[] = {20, 50, 100, 200}, rtts[] = {10, 20, 50};
    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < 4; i++)
            for (int later = 0; later < 2; later++) {
                struct line *l = line_of(rtts[r], queues[i]);
                l->flows[later ? 0 : 1].starts = true;
                run_line(l, 0, 10000);
                l->flows[0].starts = l->flows[1].starts = true;
                run_line(l, 10000, 20000);
                uint64_t a = l->flows[0].delivered, b = l->flows[1].delivered;
                run_line(l, 20000, 80000);
                uint64_t cubic = percent(l, 0, a, 60000), ledbat = percent(l, 1, b, 60000);
                print_message("%lld ms, queue %lld ms, %s first: CUBIC %llu %%, LEDBAT %llu %%\n",
                              (long long)rtts[r], (long long)queues[i], later ? "CUBIC" : "LEDBAT",
                              (unsigned long long)cubic, (unsigned long long)ledbat);
                assert_true(cubic >= 90 && ledbat <= 8);
            }
}

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
        cmocka_unit_test(slows_down_for_a_tenth_of_the_time),
        cmocka_unit_test(a_long_slowdown_does_not_put_the_next_off_for_long),
        cmocka_unit_test(the_shortest_round_trip_is_forgotten_after_minutes),
        cmocka_unit_test(survives_any_sample),
        cmocka_unit_test(fills_an_idle_line_with_a_short_queue),
        cmocka_unit_test(makes_way_for_cubic),
    };
    seed_dice();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
