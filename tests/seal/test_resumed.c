/* seal/resumed: each session once while it is remembered, the newest of a set remembered longest.
 */
#include "seal/test_support.h"

#include "seal/resumed.h"

static struct resumed table;

static int begin(void **state)
{
    (void)state;
    const uint8_t key[RESUMED_KEY_BYTES] = {7};
    resumed_init(&table, key);
    return 0;
}

static void name(uint8_t m[EXCHANGE_ID_BYTES], uint64_t number)
{
    memset(m, 0, EXCHANGE_ID_BYTES);
    store64(m, number);
}

static void each_session_once(void **state)
{
    (void)state;
    uint8_t m[EXCHANGE_ID_BYTES];
    for (int again = 0; again < 2; again++)
        for (uint64_t i = 0; i < 500; i++) {
            name(m, i);
            assert_int_equal(resumed_strike(&table, m), !again);
        }
    /* Every byte of the id counts. */
    for (size_t at = 0; at < sizeof m; at++) {
        name(m, 1 << 20);
        m[at] ^= 0x80;
        assert_true(resumed_strike(&table, m));
    }
}

/* Full, it takes new sessions in all the same and forgets old ones; never the one just struck. */
static void what_is_forgotten_is_old(void **state)
{
    (void)state;
    const uint64_t places = RESUMED_SETS * RESUMED_WAYS;
    uint8_t m[EXCHANGE_ID_BYTES];
    uint64_t kept = 0;
    for (uint64_t i = 0; i < 2 * places; i++) {
        name(m, i);
        assert_true(resumed_strike(&table, m));
        assert_false(resumed_strike(&table, m));
    }
    for (uint64_t i = 2 * places; i-- > 2 * places - 200;) {
        struct resumed copy = table;
        name(m, i);
        kept += !resumed_strike(&copy, m);
    }
    assert_int_equal(kept, 200);
    name(m, 0);
    assert_true(resumed_strike(&table, m));
}

/* What an attacker learns of one server's sets says nothing of another's. */
static void sets_follow_the_key(void **state)
{
    (void)state;
    const uint8_t key[RESUMED_KEY_BYTES] = {8};
    struct resumed other;
    uint8_t m[EXCHANGE_ID_BYTES];
    resumed_init(&other, key);
    for (uint64_t i = 0; i < 50; i++) {
        name(m, i);
        resumed_strike(&table, m);
        resumed_strike(&other, m);
    }
    assert_memory_not_equal(table.next, other.next, sizeof other.next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_session_once, begin),
        cmocka_unit_test_setup(what_is_forgotten_is_old, begin),
        cmocka_unit_test_setup(sets_follow_the_key, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
