/* flow/window: whatever a sealed value may hold. */
#include "flow/window_support.h"

static uint32_t any_window(void)
{
    return (uint32_t)up_to(WINDOW_MOST >> up_to(31));
}

static void any_value(struct transport *t)
{
    *t = fresh((uint8_t)up_to(ALGORITHMS - 1));
    t->base = chance(200) ? (uint64_t)INT64_MAX - up_to(9) : roll() >> (1 + up_to(62));
    t->highest = t->base + (uint32_t)(roll() >> up_to(63));
    t->recovery = t->base + (uint32_t)(roll() >> up_to(63));
    t->window = chance(50) ? WINDOW_MOST : any_window();
    t->threshold = WINDOW_LEAST + any_window();
    if (chance(50) || t->threshold > WINDOW_MOST || t->threshold < WINDOW_LEAST)
        t->threshold = WINDOW_MOST;
    t->peak = any_window();
    t->square = roll() >> up_to(63);
    t->virtual_ms = (uint32_t)roll();
    t->epoch_ms = (uint32_t)roll();
    t->in_recovery = chance(300);
}

static void any_proof(struct proof *p, const struct transport *t)
{
    uint64_t at = t->base, count = up_to(PROOF_RUNS_MAX), shift = up_to(31);
    for (p->count = 0; p->count < count; p->count++) {
        uint64_t gap = up_to(UINT32_MAX >> shift) / 16 + (p->count > 0);
        uint64_t first = at + 1 + gap, last = first + up_to(UINT32_MAX >> shift) / 16;
        if (last > t->highest)
            break;
        p->runs[p->count] = (struct run){first, last};
        at = last;
    }
}

/* Nothing that a sealed value can hold breaks the invariants, or (under UBSan) overflows. */
static void any_value_and_proof_leave_a_value(void **state)
{
    (void)state;
    struct transport t, before, back;
    struct proof p;
    uint8_t bytes[TRANSPORT_BYTES];
    for (int i = 0; i < 400000; i++) {
        any_value(&t);
        any_proof(&p, &t);
        transport_encode(bytes, &t);
        assert_int_equal(transport_decode(&back, bytes), LETHE_OK);
        before = t;
        uint64_t horizon = window_advance(&t, &p, (uint32_t)(roll() >> up_to(63)));
        assert_true(horizon == t.highest && t.highest >= before.highest);
        assert_true(t.base >= before.base && t.base <= t.highest);
        assert_true(t.base == before.base || t.base <= p.runs[p.count - 1].last);
        assert_true(t.recovery >= before.recovery && t.recovery <= t.highest + UINT32_MAX);
        assert_true(t.window <= WINDOW_MOST && t.peak <= WINDOW_MOST);
        assert_true(t.threshold >= WINDOW_LEAST && t.threshold <= WINDOW_MOST);
        assert_true((uint32_t)(t.virtual_ms - before.virtual_ms) <= WINDOW_AGE_MOST_MS);
        window_end_slow_start(&t);
        assert_true(t.threshold >= WINDOW_LEAST && t.threshold <= WINDOW_MOST);
        window_restart(&t, 1, 1, before.range_key);
        assert_true(t.window >= WINDOW_LEAST && t.window <= WINDOW_MOST);
    }
}

static void the_function_forgets_nothing_that_is_sealed(void **state)
{
    (void)state;
    uint8_t bytes[TRANSPORT_BYTES];
    struct transport t = fresh(ALGORITHM_CUBIC), back;
    for (int i = 0; i < 200000; i++) {
        struct proof p = {.count = 0};
        uint64_t at = t.base;
        while (p.count < 3 && at < t.highest) {
            uint64_t first = at + 1 + (p.count || chance(20)), last = first + up_to(t.highest - at);
            if (last > t.highest)
                break;
            p.runs[p.count++] = (struct run){first, at = last};
            if (!chance(20))
                break;
        }
        window_advance(&t, &p, 20);
        transport_encode(bytes, &t);
        assert_int_equal(transport_decode(&back, bytes), LETHE_OK);
        if (t.recovery < t.base)
            t.recovery = t.base; /* none matters any more */
        assert_true(back.base == t.base && back.highest == t.highest);
        assert_true(back.recovery == t.recovery && back.window == t.window);
        assert_true(back.threshold == t.threshold && back.peak == t.peak);
        assert_true(back.square == t.square && back.virtual_ms == t.virtual_ms);
        assert_true(back.epoch_ms == t.epoch_ms && back.in_recovery == t.in_recovery);
        if (!t.in_recovery && t.window >= t.threshold && t.algorithm == ALGORITHM_RENO)
            assert_int_equal(integer_sqrt(t.square), t.window);
        if (i % 5000 == 0)
            t = fresh((uint8_t)(i / 5000 % 2));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_value_and_proof_leave_a_value),
        cmocka_unit_test(the_function_forgets_nothing_that_is_sealed),
    };
    seed_dice();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
