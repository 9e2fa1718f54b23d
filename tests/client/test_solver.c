/* client/solver: a puzzle is solved in threads or without, a forged one ends, and it can be
 * dropped. */
#include "admit/test_support.h"

#include <poll.h>

#include "client/solver.h"

static struct solver solver;
static struct ring ring;
static uint8_t packet[PUZZLE_BYTES];

static int start(void **state)
{
    (void)state;
    ring_of_one(&ring);
    return solver_prepare(&solver);
}

static int end(void **state)
{
    (void)state;
    solver_end(&solver);
    solver_end(&solver); /* twice does nothing */
    return 0;
}

static void make(uint8_t bits, uint8_t number)
{
    random_part[0] = number;
    puzzle_set(packet, &ring.keys[5], NOW_MS, bits, random_part, home, &honest);
}

/* Waits for the end; the solution, or NULL. */
static const uint8_t *result(void)
{
    const uint8_t *answer;
    struct pollfd ready = {.fd = solver.ready_fd, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, 60000), 1);
    assert_true(solver_take(&solver, &answer));
    const uint8_t *again;
    assert_false(solver_take(&solver, &again));
    return answer;
}

static void it_finds_the_answer(void **state)
{
    (void)state;
    const uint8_t bits[] = {0, SOLVER_EASY_BITS, SOLVER_EASY_BITS + 1, 16};
    for (uint8_t i = 0; i < sizeof bits; i++) {
        make(bits[i], i);
        struct puzzle q;
        uint8_t expected[PUZZLE_ANSWER_BYTES];
        assert_int_equal(puzzle_decode(&q, packet, sizeof packet), LETHE_OK);
        assert_true(puzzle_search(expected, &q, 0, 1, UINT64_MAX));
        solver_start(&solver, packet);
        solver_start(&solver, packet); /* the same: it goes on */
        assert_memory_equal(result(), expected, sizeof expected);
    }
}

static void a_forged_one_ends_without(void **state)
{
    (void)state;
    for (uint8_t bits = 10; bits <= 14; bits += 4) {
        make(bits, bits);
        packet[49] ^= 1;
        solver_start(&solver, packet);
        assert_null(result());
    }
}

static void it_can_be_dropped_or_replaced(void **state)
{
    (void)state;
    const uint8_t *answer;
    make(32, 1);
    solver_start(&solver, packet);
    assert_false(solver_take(&solver, &answer));
    solver_stop(&solver);
    assert_false(solver_take(&solver, &answer));
    solver_start(&solver, packet);
    make(14, 2);
    solver_start(&solver, packet);
    assert_non_null(result());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_finds_the_answer, start, end),
        cmocka_unit_test_setup_teardown(a_forged_one_ends_without, start, end),
        cmocka_unit_test_setup_teardown(it_can_be_dropped_or_replaced, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
