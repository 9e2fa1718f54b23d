/* seal/once: fresh once and never again, whichever process asks, whatever the clocks do; and where
 * it cannot know, never fresh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "seal/once.h"

#define MINUTE ((uint32_t)28333334)
#define NOW    ((int64_t)MINUTE * ONCE_MINUTE_MS + 30000)

static struct once *once;

static int prepare(void **state)
{
    static const uint8_t key[ONCE_KEY_BYTES] = {3};
    (void)state;
    once = mmap(NULL, sizeof *once, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (once == MAP_FAILED)
        return -1;
    once_init(once, key, NOW - 10 * ONCE_MINUTE_MS);
    return 0;
}

static int give_back(void **state)
{
    (void)state;
    return munmap(once, sizeof *once);
}

static enum once_strike strike(uint32_t use, uint32_t minute, int64_t now_ms)
{
    return once_strike(once, minute, now_ms, &use, sizeof use);
}

static void fresh_once(void **state)
{
    (void)state;
    for (uint32_t use = 0; use < 1000; use++)
        assert_int_equal(strike(use, MINUTE, NOW), ONCE_FRESH);
    for (uint32_t use = 0; use < 1000; use++)
        assert_int_equal(strike(use, MINUTE, NOW + 60000), ONCE_SEEN);
}

static void clocks_may_differ_by_two_minutes(void **state)
{
    (void)state;
    for (int off = -10; off <= 10; off++) {
        const bool near = off >= -ONCE_WINDOW && off <= ONCE_WINDOW;
        const uint32_t minute = (uint32_t)((int64_t)MINUTE + off);
        assert_int_equal(strike(1, minute, NOW), near ? ONCE_FRESH : ONCE_CLOCK);
    }
    assert_int_equal(strike(1, 0, NOW), ONCE_CLOCK);
    assert_int_equal(strike(1, UINT32_MAX, NOW), ONCE_CLOCK);
}

/* Nothing that a server before this one could have executed is fresh here, at any time. */
static void a_server_that_began_lately_is_careful(void **state)
{
    (void)state;
    static const uint8_t key[ONCE_KEY_BYTES] = {4};
    once_init(once, key, NOW);
    for (int64_t later = 0; later < 8; later++)
        for (int64_t off = -ONCE_WINDOW; off <= ONCE_WINDOW; off++) /* as the old one took it */
            assert_int_not_equal(strike(1, (uint32_t)(MINUTE + off), NOW + later * ONCE_MINUTE_MS),
                                 ONCE_FRESH);
    assert_int_equal(strike(1, MINUTE + 2, NOW), ONCE_BEGIN);
    assert_int_equal(strike(1, MINUTE + 3, NOW + 60000), ONCE_FRESH);
}

static void minutes_make_room_for_one_another(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 40; i++) {
        const int64_t now = NOW + (int64_t)i * ONCE_MINUTE_MS;
        assert_int_equal(strike(1, MINUTE + i, now), ONCE_FRESH);
        assert_int_equal(strike(1, MINUTE + i, now), ONCE_SEEN);
        if (i >= 2)
            assert_int_equal(strike(1, MINUTE + i - 2, now), ONCE_SEEN);
    }
    /* The clock is set back: what is of minutes that were forgotten is not fresh again. */
    for (uint32_t i = 0; i < 40; i++)
        assert_int_not_equal(strike(1, MINUTE + i, NOW + (int64_t)i * ONCE_MINUTE_MS), ONCE_FRESH);
}

static void a_full_minute_takes_no_more_and_forgets_nothing(void **state)
{
    (void)state;
    for (uint32_t use = 0; use < ONCE_FULL; use++)
        assert_int_equal(strike(use, MINUTE, NOW), ONCE_FRESH);
    for (uint32_t use = ONCE_FULL; use < ONCE_FULL + 100; use++)
        assert_int_equal(strike(use, MINUTE, NOW), ONCE_NOROOM);
    for (uint32_t use = 0; use < ONCE_FULL; use++)
        assert_int_equal(strike(use, MINUTE, NOW), ONCE_SEEN);
    assert_int_equal(strike(ONCE_FULL, MINUTE + 1, NOW), ONCE_FRESH);
}

/* A process that died while it emptied a generation leaves it unusable, for its minute only. */
static void a_generation_that_is_being_emptied_is_left_alone(void **state)
{
    (void)state;
    atomic_store(&once->generations[MINUTE % ONCE_GENERATIONS].minute, MINUTE | 0x80000000u);
    assert_int_equal(strike(1, MINUTE, NOW), ONCE_NOROOM);
    assert_int_equal(strike(1, MINUTE + 8, NOW + 8 * ONCE_MINUTE_MS), ONCE_FRESH);
}

/* Processes that race for the same requests: each request is won by one. */
static void one_process_of_many_wins(void **state)
{
    (void)state;
    enum { PROCESSES = 4, USES = 2000 };
    _Atomic uint32_t *won =
        mmap(NULL, USES * sizeof *won, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(won != MAP_FAILED);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid)
            continue;
        for (uint32_t use = 0; use < USES; use++)
            if (strike(use, MINUTE + use % 3, NOW) == ONCE_FRESH)
                atomic_fetch_add(&won[use], 1);
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++)
        assert_true(wait(NULL) > 0);
    uint32_t lost = 0; /* while another process was emptying the generation */
    for (uint32_t use = 0; use < USES; use++) {
        assert_true(won[use] <= 1);
        lost += won[use] == 0;
    }
    assert_true(lost < USES / 2);
    assert_int_equal(munmap((void *)(uintptr_t)won, USES * sizeof *won), 0);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, give_back)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(fresh_once),
        EACH(clocks_may_differ_by_two_minutes),
        EACH(a_server_that_began_lately_is_careful),
        EACH(minutes_make_room_for_one_another),
        EACH(a_full_minute_takes_no_more_and_forgets_nothing),
        EACH(a_generation_that_is_being_emptied_is_left_alone),
        EACH(one_process_of_many_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
