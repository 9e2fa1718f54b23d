/*
 * pace/pace in a loop with a virtual clock: more than 100,000 packets through random loss,
 * reordering, duplication and silence, around the ring of records many times. Every step must
 * make progress, and the counters must be those that the records give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "crypto/rng.h"
#include "pace/pace.h"

#define FLYING_MAX 16384

struct path {
    unsigned loss_percent, twice_percent;
    int64_t rtt_ns, jitter_ns;
    int64_t silent_from_ns, silent_until_ns; /* nothing comes back */
};

struct flying {
    int64_t at;
    uint64_t number;
};

static struct rng rng;
static struct pace p;
static struct flying flying[FLYING_MAX]; /* a heap, earliest first */
static size_t flying_count;

static bool before(const struct flying *a, const struct flying *b)
{
    return a->at != b->at ? a->at < b->at : a->number < b->number;
}

static void push(int64_t at, uint64_t number)
{
    const struct flying f = {at, number};
    size_t i = flying_count++;
    assert_true(flying_count < FLYING_MAX);
    for (; i > 0 && before(&f, &flying[(i - 1) / 2]); i = (i - 1) / 2)
        flying[i] = flying[(i - 1) / 2];
    flying[i] = f;
}

static struct flying pop(void)
{
    struct flying top = flying[0], last = flying[--flying_count];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < flying_count) {
        if (child + 1 < flying_count && before(&flying[child + 1], &flying[child]))
            child++;
        if (!before(&flying[child], &last))
            break;
        flying[i] = flying[child];
        i = child;
    }
    flying[i] = last;
    return top;
}

static bool chance(unsigned percent)
{
    return rng_below(&rng, 100) < percent;
}

static void transmit(const struct path *path, int64_t now, uint64_t number)
{
    bool silent = now >= path->silent_from_ns && now < path->silent_until_ns;
    if (silent || chance(path->loss_percent))
        return;
    for (int copies = chance(path->twice_percent) ? 2 : 1; copies > 0; copies--)
        push(now + path->rtt_ns + (int64_t)rng_below(&rng, (uint64_t)path->jitter_ns + 1), number);
}

static void counters_are_true(void)
{
    uint32_t in_flight = 0, lost = 0;
    for (uint64_t i = p.oldest; i < p.next; i++) {
        in_flight += p.records[i % PACE_WINDOW].state == PACE_IN_FLIGHT;
        lost += p.records[i % PACE_WINDOW].state == PACE_LOST;
    }
    assert_int_equal(in_flight, p.in_flight);
    assert_int_equal(lost, p.unreported);
    assert_true(p.next - p.oldest <= PACE_WINDOW);
    assert_in_range(p.window_q8, 2 << 8, PACE_WINDOW << 8);
}

/* What the sender owes: each item until it is answered. An item is lost only while it is out. */
enum { WANTED, OUT, DONE };
static uint8_t items[200000];
static uint64_t item_of[400000]; /* by packet number */
static bool tried[200000];

struct tally {
    uint64_t done, again, arrived, steps, idle;
};

static void take_lost(uint32_t *todo, size_t *todo_count)
{
    uint32_t item;
    while (pace_lost(&p, &item)) {
        assert_int_equal(items[item], OUT);
        items[item] = WANTED;
        todo[(*todo_count)++] = item;
    }
}

static void deliver(struct tally *t, int64_t now)
{
    while (flying_count && flying[0].at <= now) {
        uint64_t number = pop().number;
        t->arrived++;
        if (pace_answered(&p, number, now)) {
            assert_int_equal(items[item_of[number]], OUT);
            items[item_of[number]] = DONE;
            t->done++;
        }
    }
}

static struct tally run(const struct path *path, uint32_t count)
{
    static uint32_t todo[PACE_WINDOW];
    size_t todo_count = 0;
    struct tally t = {0};
    int64_t now = 5 * PACE_MS;
    uint32_t next = 0;
    pace_init(&p);
    memset(items, WANTED, sizeof items);
    memset(tried, 0, sizeof tried);
    flying_count = 0;
    while (t.done < count) {
        t.steps++;
        uint64_t sent = p.next, arrived = t.arrived, lost = todo_count;
        pace_tick(&p, now);
        take_lost(todo, &todo_count);
        lost = todo_count - lost;
        while ((todo_count || next < count) && pace_ready(&p, now)) {
            uint32_t item = todo_count ? todo[--todo_count] : next++;
            assert_true(p.in_flight << 8 < p.window_q8);
            item_of[p.next] = item;
            items[item] = OUT;
            uint64_t number = pace_sent(&p, item, tried[item], now);
            t.again += tried[item];
            tried[item] = true;
            transmit(path, now, number);
        }
        deliver(&t, now);
        take_lost(todo, &todo_count);
        if (t.steps % 64 == 0)
            counters_are_true();
        t.idle += sent == p.next && arrived == t.arrived && lost == 0;
        int64_t due = pace_next_ns(&p, todo_count || next < count);
        int64_t arrival = flying_count ? flying[0].at : INT64_MAX;
        assert_true(due != INT64_MAX || arrival != INT64_MAX || t.done == count);
        int64_t soonest = due < arrival ? due : arrival;
        if (soonest > now)
            now = soonest;
    }
    return t;
}

/* Every wake-up found something to send, to take in or to give up. */
static void made_progress(const struct tally *t, uint32_t count)
{
    print_message("%u items, %llu sent again, %llu steps of which %llu idle, window %u\n", count,
                  (unsigned long long)t->again, (unsigned long long)t->steps,
                  (unsigned long long)t->idle, p.window_q8 >> 8);
    assert_true(t->steps <= 4 * (count + t->again) + 1000);
    assert_int_equal(t->idle, 0);
}

static void seed_with(uint64_t number)
{
    uint8_t seed[RNG_SEED_BYTES] = {0};
    store64(seed, number);
    rng_seed(&rng, seed);
    print_message("seed %llu\n", (unsigned long long)number);
}

static void without_loss_nothing_is_sent_again(void **state)
{
    (void)state;
    seed_with(1);
    struct tally t = run(&(struct path){.rtt_ns = 30 * PACE_MS}, 60000);
    made_progress(&t, 60000);
    assert_int_equal(t.again, 0);
    assert_int_equal(p.window_q8 >> 8, PACE_WINDOW);
}

static void random_loss_is_survived(void **state)
{
    (void)state;
    for (uint64_t seed = 10; seed < 16; seed++) {
        seed_with(seed);
        const struct path path = {.loss_percent = (unsigned)rng_below(&rng, 40),
                                  .twice_percent = 5,
                                  .rtt_ns = (int64_t)(1 + rng_below(&rng, 200)) * PACE_MS,
                                  .jitter_ns = (int64_t)rng_below(&rng, 50) * PACE_MS};
        struct tally t = run(&path, 25000);
        made_progress(&t, 25000);
    }
}

static void reordering_alone_costs_little(void **state)
{
    (void)state;
    seed_with(20);
    struct tally t = run(&(struct path){.rtt_ns = 50 * PACE_MS, .jitter_ns = 2 * PACE_MS}, 20000);
    made_progress(&t, 20000);
    assert_true(t.again < 1000);
}

static void silence_ends(void **state)
{
    (void)state;
    seed_with(30);
    const struct path path = {.rtt_ns = 20 * PACE_MS,
                              .silent_from_ns = 300 * PACE_MS,
                              .silent_until_ns = 20000 * PACE_MS};
    struct tally t = run(&path, 20000);
    made_progress(&t, 20000);
}

/* From no time at all, where a sample is zero, to beyond the longest timeout. */
static void extreme_round_trips(void **state)
{
    (void)state;
    seed_with(40);
    const int64_t rtts[] = {0, 1, 1000, 1999 * PACE_MS, 5000 * PACE_MS};
    for (size_t i = 0; i < 5; i++) {
        uint32_t count = rtts[i] > 2000 * PACE_MS ? 0 : 3000; /* nothing counts as answered there */
        struct tally t = run(&(struct path){.rtt_ns = rtts[i], .loss_percent = 3}, count);
        made_progress(&t, count);
    }
}

/* Longer than the first timeout: once learnt, it costs no more packets (Karn: the pause that a
 * timeout doubled stays doubled until something sent once is answered). */
static void a_long_round_trip_is_learnt(void **state)
{
    (void)state;
    seed_with(50);
    struct tally t = run(&(struct path){.rtt_ns = 600 * PACE_MS}, 3000);
    made_progress(&t, 3000);
    assert_true(t.again < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_loss_nothing_is_sent_again),
        cmocka_unit_test(random_loss_is_survived),
        cmocka_unit_test(reordering_alone_costs_little),
        cmocka_unit_test(silence_ends),
        cmocka_unit_test(extreme_round_trips),
        cmocka_unit_test(a_long_round_trip_is_learnt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
