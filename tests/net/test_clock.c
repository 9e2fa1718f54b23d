/* net/clock: units, and which clock is which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <time.h>

#include "net/clock.h"

static uint64_t kernel_ns(clockid_t clock)
{
    struct timespec t;
    assert_int_equal(clock_gettime(clock, &t), 0);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void monotonic_counts_nanoseconds(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint64_t low = kernel_ns(CLOCK_MONOTONIC);
        uint64_t now = clock_monotonic_ns();
        assert_true(low <= now && now <= kernel_ns(CLOCK_MONOTONIC));
    }
}

static void real_counts_milliseconds_since_1970(void **state)
{
    (void)state;
    uint64_t low = kernel_ns(CLOCK_REALTIME) / 1000000;
    uint64_t now = clock_real_ms();
    uint64_t high = kernel_ns(CLOCK_REALTIME) / 1000000;
    assert_true(low <= now && now <= high);
    assert_true(now > (uint64_t)1700000000 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_counts_nanoseconds),
        cmocka_unit_test(real_counts_milliseconds_since_1970),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
