/* flow/reno: one packet a window, exactly, however the receipts are cut. */
#include "flow/window_support.h"

static void grows_by_one_a_window_without_rounding(void **state)
{
    (void)state;
    struct transport t = steady(ALGORITHM_RENO, 0, 100 * WINDOW_ONE), whole = t;
    for (int i = 0; i < 100000; i++)
        window_reno.grow(&t, 1);
    window_reno.grow(&whole, 100000);
    assert_int_equal(t.window, whole.window);
    assert_true(t.square == square_of(100 * WINDOW_ONE) + 2 * 65536 * 100000ull);
    assert_int_equal(t.window / WINDOW_ONE, 458); /* sqrt(100^2 + 200000) */
    struct transport round = steady(ALGORITHM_RENO, 0, 1000 * WINDOW_ONE);
    window_reno.grow(&round, 1000);
    assert_in_range(round.window, 1000 * WINDOW_ONE + 255, 1000 * WINDOW_ONE + 256);
}

static void every_number_counts_in_a_large_window(void **state)
{
    (void)state;
    struct transport t = steady(ALGORITHM_RENO, 0, 1000000 * WINDOW_ONE);
    uint32_t before = t.window;
    for (int i = 0; i < 10000; i++)
        window_reno.grow(&t, 1);
    assert_int_equal(t.window, before + 2); /* 2.56 256ths */
}

static void stops_at_the_widest(void **state)
{
    (void)state;
    struct transport t = steady(ALGORITHM_RENO, 0, WINDOW_MOST - 1);
    window_reno.grow(&t, UINT32_MAX);
    assert_true(t.window == WINDOW_MOST && t.square == square_of(WINDOW_MOST));
    window_reno.grow(&t, 1);
    assert_true(t.window == WINDOW_MOST && t.square == square_of(WINDOW_MOST));
}

static void a_loss_leaves_half(void **state)
{
    (void)state;
    struct transport t = steady(ALGORITHM_RENO, 0, 100 * WINDOW_ONE);
    t.threshold = 50 * WINDOW_ONE;
    window_reno.reduce(&t, t.window);
    assert_true(t.square == square_of(50 * WINDOW_ONE));
    t.window = 30 * WINDOW_ONE;
    window_reno.begin(&t);
    assert_true(t.square == square_of(30 * WINDOW_ONE));
    assert_int_equal(window_reno.share_q10, 512);
    assert_ptr_equal(window_algorithm(&t), &window_reno);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_by_one_a_window_without_rounding),
        cmocka_unit_test(every_number_counts_in_a_large_window),
        cmocka_unit_test(stops_at_the_widest),
        cmocka_unit_test(a_loss_leaves_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
