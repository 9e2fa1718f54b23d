/* flow/caller, what is sent: renewals, upgrades, sizes, with every kind of loss between. */
#include "flow/caller_support.h"

static void renewal_is_asked_when_due(void **state)
{
    (void)state;
    assert_false(turn(0));
    now_ns += CALLER_RENEW_NS - 1;
    assert_false(turn(0));
    now_ns += 1;
    (void)keep(0);         /* lost */
    assert_false(turn(0)); /* not again before the patience is over */
    now_ns += PATIENCE;
    assert_true(turn(0));
    assert_true(caller.renewed_ns == now_ns);
    assert_false(turn(0));
    assert_true(turn(REQUEST_RENEW)); /* or when someone else wants it */
}

static void an_upgrade_is_confirmed_by_its_answer(void **state)
{
    (void)state;
    absorb(LEG_SNTRUP);
    assert_int_equal(caller.legs, 0);
    assert_true(caller_upgrade_due(&caller, now_ns, PATIENCE));
    const struct kept k = keep(0);
    assert_true(caller.legs == 0 && shares() == 1);
    assert_false(caller_upgrade_due(&caller, now_ns + PATIENCE - 1, PATIENCE));
    assert_true(caller_upgrade_due(&caller, now_ns + PATIENCE, PATIENCE));
    assert_true(take(&k));
    assert_int_equal(caller.legs, LEG_BIT(LEG_SNTRUP));
    assert_false(caller_upgrade_due(&caller, now_ns + 1000 * MS, PATIENCE));
    assert_true(bytes_are_zero(caller.yields, sizeof caller.yields));
    absorb(LEG_SNTRUP); /* has it already */
    assert_int_equal(caller.share_count, 0);
    absorb(LEG_MCELIECE);
    assert_true(turn(0));
    assert_int_equal(caller.legs, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
    assert_true(turn(REQUEST_RENEW));
    assert_int_equal(caller.legs, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
}

static void a_lost_upgrade_is_brought_again(void **state)
{
    (void)state;
    absorb(LEG_SNTRUP);
    const struct kept lost = keep(0);
    assert_false(turn(0)); /* requests in between go on as before */
    assert_true(shares() == 0 && caller.legs == 0);
    now_ns += PATIENCE;
    assert_true(turn(0));
    assert_int_equal(caller.legs, LEG_BIT(LEG_SNTRUP));
    assert_false(take(&lost)); /* late: it opens, and is no news */
    assert_int_equal(caller_legs_of(&caller, lost.bytes), LEG_BIT(LEG_SNTRUP));
    assert_true(turn(REQUEST_RENEW));
}

/* While the session lacks what data waits for, no request may go without the shares. */
static void what_is_needed_is_brought_by_every_request(void **state)
{
    (void)state;
    needed = LEG_BIT(LEG_SNTRUP);
    absorb(LEG_SNTRUP);
    for (int i = 0; i < 3; i++) {
        (void)keep(0);
        assert_int_equal(shares(), 1);
    }
    assert_true(turn(0));
    absorb(LEG_MCELIECE);
    (void)keep(0);
    assert_int_equal(shares(), 1);
    assert_false(turn(0)); /* this leg is not needed: once in a while will do */
    assert_int_equal(shares(), 0);
    now_ns += PATIENCE;
    assert_true(turn(0));
    assert_int_equal(caller.legs, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
}

static void both_legs_come_in_one_request_or_in_two(void **state)
{
    (void)state;
    absorb(LEG_SNTRUP);
    const struct kept one = keep(0);
    absorb(LEG_MCELIECE); /* while the first is on its way */
    const struct kept both = keep(0);
    assert_int_equal(shares(), 2);
    assert_true(take(&one)); /* a step, and the other leg's share is brought from there */
    assert_true(caller.legs == LEG_BIT(LEG_SNTRUP) && caller.share_count == 1);
    assert_true(take(&both));
    assert_int_equal(caller.legs, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
    assert_false(take(&one)); /* fewer legs: a step back */
    assert_true(caller.share_count == 0 && bytes_are_zero(caller.yields, sizeof caller.yields));
    assert_true(turn(REQUEST_RENEW));
}

static void renewals_and_upgrades_overtake_one_another(void **state)
{
    (void)state;
    for (int first = 0; first < 3; first++) {
        open_all(NULL);
        const struct kept renewal = keep(REQUEST_RENEW);
        absorb(LEG_SNTRUP);
        const struct kept upgrade = keep(0);
        if (first == 0)
            assert_true(take(&renewal));
        if (first < 2)
            assert_true(take(&upgrade)); /* under a key that the session may have left behind */
        else
            assert_true(take(&renewal)); /* and the upgrade is lost */
        if (first == 1)
            assert_false(take(&renewal));
        assert_true(first == 2 || caller.legs == LEG_BIT(LEG_SNTRUP));
        assert_true(turn(REQUEST_RENEW));
        assert_int_equal(caller.legs, LEG_BIT(LEG_SNTRUP));
        assert_false(turn(0));
    }
}

static void shares_of_another_exchange_are_not_taken(void **state)
{
    (void)state;
    const uint8_t other[EXCHANGE_ID_BYTES] = {1};
    const struct leg_yield y = desk_yield(&desk, LEG_SNTRUP, other);
    caller_absorb(&caller, &y, other);
    assert_true(caller.share_count == 0 && caller.upgrade_legs == 0);
    struct caller closed = {.open = false};
    caller_absorb(&closed, &y, closed.m);
    assert_int_equal(closed.share_count, 0);
}

static void what_does_not_fit_is_not_sent(void **state)
{
    (void)state;
    static uint8_t call[REQUEST_CALL_MAX];
    struct request_body b = desk_body();
    b.flags = REQUEST_CALL;
    b.call = call;
    b.call_len = sizeof call;
    absorb(LEG_SNTRUP);
    absorb(LEG_MCELIECE);
    const struct caller before = caller;
    assert_int_equal(
        caller_seal(&caller, &b, &desk.rng, now_ns, PATIENCE, 0, desk.packet, DATAGRAM_BYTES, 0),
        0);
    assert_memory_equal(&before, &caller, sizeof before); /* the shares count as not sent */
    b.call_len = 500;
    assert_true(caller_seal(&caller, &b, &desk.rng, now_ns, PATIENCE, 0, desk.packet,
                            DATAGRAM_BYTES, 0) > 0);
    for (size_t least = 0; least < DATAGRAM_BYTES; least += 100) {
        struct request_body small = desk_body();
        size_t n = caller_seal(&caller, &small, &desk.rng, now_ns, PATIENCE, 0, desk.packet,
                               DATAGRAM_BYTES, least);
        assert_int_equal(n, least > REQUEST_MIN_BYTES ? least : REQUEST_MIN_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(renewal_is_asked_when_due, open_all),
        cmocka_unit_test_setup(an_upgrade_is_confirmed_by_its_answer, open_all),
        cmocka_unit_test_setup(a_lost_upgrade_is_brought_again, open_all),
        cmocka_unit_test_setup(what_is_needed_is_brought_by_every_request, open_all),
        cmocka_unit_test_setup(both_legs_come_in_one_request_or_in_two, open_all),
        cmocka_unit_test_setup(renewals_and_upgrades_overtake_one_another, open_all),
        cmocka_unit_test_setup(shares_of_another_exchange_are_not_taken, open_all),
        cmocka_unit_test_setup(what_does_not_fit_is_not_sent, open_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
