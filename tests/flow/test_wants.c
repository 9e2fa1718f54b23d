/* flow/wants: every byte is in exactly one place, whatever is taken, lost, found and clipped. */
#include <stdlib.h>
#include <string.h>

#include "flow/window_support.h"

#include "flow/wants.h"

#define SIZE 400

/* Where a byte is: to be asked for first, to be asked for again, or with whoever took it. */
enum place { FRESH, TAKEN, AGAIN, GONE };

struct piece {
    uint64_t start, len;
};

static struct wants wants;
static uint8_t model[SIZE];
static struct piece taken[SIZE];
static size_t taken_count;

static void count_all(uint64_t end)
{
    uint8_t seen[SIZE] = {0};
    for (uint64_t i = wants.next; i < wants.end; i++)
        seen[i]++;
    for (size_t i = 0; i < wants.count; i++) {
        assert_true(wants.ranges[i].start < wants.ranges[i].end);
        for (uint64_t j = wants.ranges[i].start; j < wants.ranges[i].end; j++)
            seen[j]++;
    }
    bool any = false;
    for (uint64_t i = 0; i < SIZE; i++) {
        bool wanted = model[i] == FRESH || model[i] == AGAIN;
        assert_int_equal(seen[i], wanted);
        assert_true(!wanted || i < end);
        any |= wanted;
    }
    assert_true(wants_any(&wants) == any);
}

static void mark(uint64_t start, uint64_t len, enum place from, enum place to)
{
    for (uint64_t i = start; i < start + len; i++) {
        assert_int_equal(model[i], from);
        model[i] = (uint8_t)to;
    }
}

static void take(void)
{
    uint64_t start, len, most = 1 + up_to(30);
    bool again = wants.count > 0;
    if (!wants_take(&wants, most, &start, &len)) {
        assert_false(wants_any(&wants));
        return;
    }
    assert_true(len > 0 && len <= most);
    mark(start, len, again ? AGAIN : FRESH, TAKEN); /* what is wanted again goes first */
    taken[taken_count++] = (struct piece){start, len};
}

static struct piece pick(void)
{
    size_t i = (size_t)up_to(taken_count - 1);
    struct piece p = taken[i];
    taken[i] = taken[--taken_count];
    return p;
}

/* A part of the bytes in [start, start + len), which are wanted again, or not all of them. */
static void cancel(void)
{
    uint64_t start = up_to(SIZE - 1), len = 1 + up_to(9);
    bool all = true;
    bool one_range = false;
    if (start + len > SIZE)
        return;
    for (uint64_t i = start; i < start + len; i++)
        all &= model[i] == AGAIN;
    for (size_t i = 0; i < wants.count; i++)
        one_range |= wants.ranges[i].start <= start && start + len <= wants.ranges[i].end;
    bool cancelled = wants_cancel(&wants, start, len);
    assert_true(cancelled == one_range);
    assert_true(!cancelled || all);
    if (cancelled)
        mark(start, len, AGAIN, GONE);
}

static uint64_t clip(uint64_t end)
{
    uint64_t to = end - up_to(end < 8 ? end : 8);
    wants_clip(&wants, to);
    for (uint64_t i = to; i < SIZE; i++)
        model[i] = GONE;
    for (size_t i = 0; i < taken_count;) {
        if (taken[i].start >= to)
            taken[i] = taken[--taken_count];
        else {
            if (taken[i].start + taken[i].len > to)
                taken[i].len = to - taken[i].start;
            i++;
        }
    }
    return to;
}

static void every_byte_is_in_one_place(void **state)
{
    (void)state;
    seed_dice();
    for (int run = 0; run < 400; run++) {
        uint64_t end = 1 + up_to(SIZE - 1), first = up_to(end);
        wants_init(&wants, first, end);
        memset(model, GONE, sizeof model);
        memset(model + first, FRESH, end - first);
        taken_count = 0;
        for (int step = 0; step < 200; step++) {
            const uint64_t what = up_to(99);
            if (what < 40)
                take();
            else if (what < 60 && taken_count) {
                const struct piece p = pick();
                assert_true(wants_again(&wants, p.start, p.len));
                mark(p.start, p.len, TAKEN, AGAIN);
            } else if (what < 75 && taken_count) {
                const struct piece p = pick();
                mark(p.start, p.len, TAKEN, GONE);
            } else if (what < 98)
                cancel();
            else if (chance(100))
                end = clip(end);
            count_all(end);
        }
    }
}

static void neighbours_are_joined(void **state)
{
    (void)state;
    wants_init(&wants, 100, 100);
    assert_false(wants_any(&wants));
    assert_true(wants_again(&wants, 10, 5) && wants_again(&wants, 15, 5));
    assert_true(wants_again(&wants, 5, 5));
    assert_int_equal(wants.count, 1);
    assert_true(wants_again(&wants, 0, 4)); /* not a neighbour */
    assert_int_equal(wants.count, 2);
}

/* Full: said, and nothing is lost of what was there. */
static void room_is_bounded(void **state)
{
    (void)state;
    wants_init(&wants, 0, 0);
    for (uint64_t i = 0; i + 1 < WANTS_RANGES; i++)
        assert_true(wants_again(&wants, 3 * i, 1));
    assert_true(wants_again(&wants, 1000000, 9));
    assert_int_equal(wants.count, WANTS_RANGES);
    assert_false(wants_again(&wants, 2000000, 1));
    assert_false(wants_cancel(&wants, 1000004, 1)); /* would be two */
    assert_true(wants_again(&wants, 1000009, 1));   /* a neighbour needs no room */
    assert_true(wants_cancel(&wants, 1000000, 5));
    assert_true(wants_cancel(&wants, 0, 1));
    assert_int_equal(wants.count, WANTS_RANGES - 1);
    assert_true(wants_cancel(&wants, 1000006, 1));
    assert_int_equal(wants.count, WANTS_RANGES);
}

static void an_end_before_what_was_taken(void **state)
{
    (void)state;
    uint64_t start, len;
    wants_init(&wants, 0, 1000);
    assert_true(wants_take(&wants, 900, &start, &len) && start == 0 && len == 900);
    wants_clip(&wants, 500);
    assert_false(wants_any(&wants));
    assert_false(wants_take(&wants, 10, &start, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_in_one_place),
        cmocka_unit_test(neighbours_are_joined),
        cmocka_unit_test(room_is_bounded),
        cmocka_unit_test(an_end_before_what_was_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
