/* admit/control: rises under load, keeps asking for proofs while it is asked for much, and falls.
 */
#include "admit/test_support.h"

#include "admit/control.h"

static struct control control;
static int64_t now;

static int start(void **state)
{
    (void)state;
    now = 1000;
    control_init(&control, now, 1);
    return 0;
}

/* One step with HELLOs that took a millisecond each, and others that were not opened. */
static void step(int opened, int asked)
{
    for (int i = 0; i < opened; i++)
        control_spent(&control, 1000000);
    for (int i = 0; i < asked; i++)
        control_asked(&control);
    control_turn(&control, now += CONTROL_STEP_MS);
}

static void at_rest_nothing_is_due(void **state)
{
    (void)state;
    assert_int_equal(control_bits(&control), -1);
    for (int i = 0; i < 100; i++) {
        step(CONTROL_HIGH - 1, 0);
        assert_int_equal(control_bits(&control), -1);
    }
}

static void load_makes_it_harder(void **state)
{
    (void)state;
    const int bits[] = {0, 8, 9, 10};
    for (int i = 0; i < 4; i++) {
        step(CONTROL_HIGH, 0);
        assert_int_equal(control_bits(&control), bits[i]);
    }
    for (int i = 0; i < 100; i++)
        step(100, 0);
    assert_int_equal(control_bits(&control), CONTROL_BITS_MOST);
    assert_int_equal(CONTROL_BITS_MOST, 22);
}

static void between_the_bounds_it_stays(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        step(90, 0);
    for (int i = 0; i < 50; i++) {
        step(i % 2 ? CONTROL_LOW : CONTROL_HIGH - 1, 1000);
        assert_int_equal(control.level, 5);
    }
}

/* A flood that cannot prove its addresses is kept out by the proof alone. */
static void the_proof_is_kept_while_it_is_needed(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        step(90, 0);
    for (int i = 0; i < 4; i++)
        step(1, CONTROL_LOW);
    for (int i = 0; i < 50; i++) {
        step(1, CONTROL_LOW);
        assert_int_equal(control_bits(&control), 0);
    }
    step(1, CONTROL_LOW - 2);
    assert_int_equal(control_bits(&control), -1);
}

static void rest_comes_within_two_seconds(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        step(100, 100);
    now += 1500;
    control_turn(&control, now);
    assert_int_not_equal(control_bits(&control), -1);
    now += 500;
    control_turn(&control, now);
    assert_int_equal(control_bits(&control), -1);
    for (int i = 0; i < 100; i++)
        step(100, 100);
    control_turn(&control, now += 1000000000000); /* after a long sleep, and quickly */
    assert_int_equal(control_bits(&control), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(at_rest_nothing_is_due, start),
        cmocka_unit_test_setup(load_makes_it_harder, start),
        cmocka_unit_test_setup(between_the_bounds_it_stays, start),
        cmocka_unit_test_setup(the_proof_is_kept_while_it_is_needed, start),
        cmocka_unit_test_setup(rest_comes_within_two_seconds, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
