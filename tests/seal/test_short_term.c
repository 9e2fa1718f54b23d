/* seal/short_term: a key is found by its name while it is alive, by the clock at that moment, and
 * of two the older makes room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "seal/short_term.h"

#define HOUR   ((int64_t)3600000)
#define BORN   ((int64_t)1700000000000)
#define SECRET 32

static struct short_term_keys keys;
static const uint8_t ids[3][SHORT_TERM_ID_BYTES] = {{1}, {2}, {0, 0, 0, 0, 0, 0, 0, 1}};
static const uint8_t secrets[3][SECRET] = {{0xa1}, {0xa2}, {0xa3}};

static int prepare(void **state)
{
    (void)state;
    short_term_wipe(&keys);
    return 0;
}

static void put(int i)
{
    short_term_put(&keys, ids[i], secrets[i], BORN + i * HOUR, BORN + (i + 2) * HOUR);
}

static bool found(int i, int64_t now_ms)
{
    const struct short_term_key *k = short_term_find(&keys, ids[i], now_ms);
    return k && memcmp(k->secret, secrets[i], SECRET) == 0;
}

static void a_key_lives_for_two_periods(void **state)
{
    (void)state;
    assert_false(found(0, BORN));
    put(0);
    assert_true(found(0, BORN));
    assert_true(found(0, BORN + 2 * HOUR - 1));
    assert_false(found(0, BORN + 2 * HOUR));
    assert_false(found(1, BORN));
    /* A clock that is a little behind is none that was set back. */
    assert_true(found(0, BORN - HOUR / 2 + 1));
    assert_false(found(0, BORN - HOUR / 2));
}

static void the_older_makes_room(void **state)
{
    (void)state;
    put(1);
    put(0);
    put(0); /* is there already */
    assert_true(found(0, BORN + HOUR) && found(1, BORN + HOUR));
    put(2);
    assert_true(found(2, BORN + 2 * HOUR) && found(1, BORN + 2 * HOUR));
    assert_null(short_term_find(&keys, ids[0], BORN + HOUR));
    assert_int_equal(sizeof keys.keys / sizeof keys.keys[0], 2);
}

static void the_dead_are_wiped(void **state)
{
    (void)state;
    put(0);
    put(1);
    short_term_expire(&keys, BORN + 2 * HOUR - 1);
    assert_true(found(0, BORN + HOUR));
    short_term_expire(&keys, BORN + 2 * HOUR);
    assert_false(found(0, BORN + HOUR)); /* not even for a clock set back */
    assert_true(found(1, BORN + 2 * HOUR));
    short_term_expire(&keys, BORN + 3 * HOUR);
    assert_true(bytes_are_zero(&keys, sizeof keys));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_key_lives_for_two_periods, prepare),
        cmocka_unit_test_setup(the_older_makes_room, prepare),
        cmocka_unit_test_setup(the_dead_are_wiped, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
