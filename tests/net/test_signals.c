/* net/signals: a blocked signal waits in the descriptor until it is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <unistd.h>

#include "lethe/error.h"
#include "net/signals.h"

static void signals_are_taken_one_by_one(void **state)
{
    (void)state;
    const int numbers[] = {SIGTERM, SIGHUP};
    int fd, number = -1, seen = 0;
    assert_int_equal(signals_open(&fd, numbers, 2), LETHE_OK);
    assert_int_equal(signals_take(fd, &number), LETHE_OK);
    assert_int_equal(number, 0);

    raise(SIGTERM);
    raise(SIGHUP);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(signals_take(fd, &number), LETHE_OK);
        assert_true(number == SIGTERM || number == SIGHUP);
        seen += number;
    }
    assert_int_equal(seen, SIGTERM + SIGHUP);
    assert_int_equal(signals_take(fd, &number), LETHE_OK);
    assert_int_equal(number, 0);
    close(fd);
}

static void what_is_no_signal_is_refused(void **state)
{
    (void)state;
    int fd = 5, number = 7;
    assert_int_equal(signals_open(&fd, &(int){1000}, 1), LETHE_ERR_USAGE);
    assert_int_equal(fd, -1);
    assert_int_equal(signals_take(-1, &number), LETHE_ERR_INTERNAL);
    assert_int_equal(number, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_are_taken_one_by_one),
        cmocka_unit_test(what_is_no_signal_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
