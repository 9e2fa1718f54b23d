/* flow/caller, what comes: which key opens it, which continuation brings the session forward. */
#include "flow/caller_support.h"

static void answers_under_earlier_keys_still_open(void **state)
{
    (void)state;
    static struct kept old[CALLER_GENERATIONS];
    for (int i = 0; i < CALLER_GENERATIONS; i++) {
        old[i] = keep(0);
        assert_true(turn(REQUEST_RENEW));
    }
    assert_int_equal(open_result(&old[0]), LETHE_ERR_CRYPTO); /* its key's place is taken */
    for (int i = 1; i < CALLER_GENERATIONS; i++)
        assert_false(take(&old[i]));
    for (int i = 0; i < 600; i++) { /* names wrap */
        const struct kept k = keep(0);
        assert_true(turn(REQUEST_RENEW));
        assert_false(take(&k));
    }
}

/* A continuation is of use when its base is higher, or the request that it answers a later one. */
static void the_base_never_goes_back(void **state)
{
    (void)state;
    struct session s = desk_session(&desk);
    const struct kept early = keep(REQUEST_RENEW), second = keep(REQUEST_RENEW);
    const struct kept third = keep(REQUEST_RENEW);
    assert_true(take(&second));
    assert_false(take(&early)); /* the same base: a later request's is news, and that once */
    assert_true(take(&third));
    assert_false(take(&third));
    s.transport.base = s.transport.highest = 50;
    give(&s);
    caller.transport.base = 51; /* it has met a later one */
    assert_false(turn(REQUEST_RENEW));
    assert_true(caller.transport.base == 51);
    caller.transport.base = 50;
    assert_true(turn(REQUEST_RENEW));
}

/* A larger size is worth a lower base, a smaller one is a step back, unless it is asked for. */
static void sizes_go_up_unless_limited(void **state)
{
    (void)state;
    struct session s = desk_session(&desk);
    s.transport.datagram = 4000;
    give(&s);
    caller.transport.datagram = 5000;
    assert_false(turn(REQUEST_RENEW));
    caller.limit = 2000; /* beyond which neither counts */
    seal(REQUEST_RENEW, 2000);
    struct kept k = answer();
    assert_true(take(&k));
    assert_int_equal(caller.transport.datagram, 2000);
    caller.limit = PACKET_MAX;
    caller.transport.datagram = 1500;
    caller.transport.base = 7; /* the answer's is lower */
    seal(REQUEST_RENEW, PACKET_MAX);
    k = answer();
    assert_true(take(&k));
    assert_true(caller.transport.datagram == 2000 && caller.transport.base == 0);
}

/* Two old answers, one for its size and one for its base, are each of use after the other when
 * large packets are tried again and given up: but once. */
static void no_answer_is_of_use_twice(void **state)
{
    (void)state;
    struct session s = desk_session(&desk);
    s.transport.datagram = 4000;
    give(&s);
    seal(REQUEST_RENEW, PACKET_MAX);
    const struct kept large = answer();
    s.transport.datagram = DATAGRAM_BYTES;
    s.transport.base = s.transport.highest = 50;
    give(&s);
    seal(REQUEST_RENEW, DATAGRAM_BYTES);
    const struct kept later = answer();
    for (int again = 0; again < 3; again++) {
        caller.limit = PACKET_MAX;
        assert_int_equal(take(&large), again == 0);
        caller.limit = DATAGRAM_BYTES;
        assert_int_equal(take(&later), again == 0);
    }
    assert_true(caller.transport.base == 50);
    for (int i = 0; i < 70; i++) /* and not when it is long ago */
        assert_true(turn(REQUEST_RENEW));
    caller.limit = PACKET_MAX;
    assert_false(take(&large));
}

/* A fresh number space: what answers the one before is told apart, and brings nothing. */
static void another_number_space_ends_the_one_before(void **state)
{
    (void)state;
    const struct kept plain = keep(0), renewal = keep(REQUEST_RENEW);
    desk_wait(&desk, LINEAGE_LIFE_MS + 8000);
    const struct kept first = keep(0), second = keep(0);
    const uint32_t before = caller.transport.lineage;
    assert_true(take(&first));
    assert_true(caller.transport.lineage != before && caller.lineage_at == 1);
    assert_int_equal(open_result(&plain), LETHE_ERR_CHANGED);
    assert_int_equal(open_result(&renewal), LETHE_ERR_CHANGED);
    assert_int_equal(open_result(&second),
                     LETHE_ERR_CHANGED); /* though it has the same new space */
    assert_true(turn(REQUEST_RENEW));
    assert_true(caller.lineage_at == 1);
    assert_false(turn(0));
}

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    struct kept k = keep(REQUEST_RENEW);
    const size_t n = k.n;
    static struct caller before;
    before = caller;
    for (size_t i = 0; i < n; i++) {
        k.bytes[i] ^= 4;
        assert_true(open_result(&k) != LETHE_OK);
        k.bytes[i] ^= 4;
    }
    for (k.n = 0; k.n < n; k.n++)
        assert_true(open_result(&k) != LETHE_OK);
    assert_memory_equal(before.continuation, caller.continuation, CONTINUATION_BYTES);
    assert_true(before.current == caller.current && before.next == caller.next);
    assert_true(take(&k));
    caller_open(&caller, &opened, now_ns); /* the same again */
    assert_true(take(&k));
    opened.z[0] ^= 1; /* another session: nothing of the old one opens, cached keys included */
    caller_open(&caller, &opened, now_ns);
    assert_int_equal(open_result(&k), LETHE_ERR_CRYPTO);
    opened.z[0] ^= 1;
}

/* The key schedule of one answer serves its packets, and no others: another prefix, generation or
 * cipher has its own. */
static void answers_may_come_mixed(void **state)
{
    (void)state;
    struct kept kept[12];
    for (int i = 0; i < 12; i++) {
        kept[i] = keep(i % 3 == 0 ? REQUEST_RENEW : 0);
        if (i % 3 == 0)
            assert_true(take(&kept[i]));
    }
    for (int round = 0; round < 200; round++)
        (void)take(&kept[rng_below(&desk.rng, 12)]);
}

static void nothing_is_left_of_a_session(void **state)
{
    (void)state;
    absorb(LEG_SNTRUP);
    assert_true(turn(REQUEST_RENEW));
    caller_wipe(&caller);
    assert_true(bytes_are_zero(&caller, sizeof caller));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(answers_under_earlier_keys_still_open, open_all),
        cmocka_unit_test_setup(the_base_never_goes_back, open_all),
        cmocka_unit_test_setup(sizes_go_up_unless_limited, open_all),
        cmocka_unit_test_setup(no_answer_is_of_use_twice, open_all),
        cmocka_unit_test_setup(another_number_space_ends_the_one_before, open_all),
        cmocka_unit_test_setup(what_is_no_answer_is_refused, open_all),
        cmocka_unit_test_setup(answers_may_come_mixed, open_all),
        cmocka_unit_test_setup(nothing_is_left_of_a_session, open_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
