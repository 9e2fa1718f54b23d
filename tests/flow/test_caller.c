/* flow/caller: generations of keys across renewals and upgrades, with every kind of loss between.
 */
#include "flow/test_support.h"

static struct desk desk;

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk);
    return 0;
}

struct kept {
    uint8_t bytes[DATAGRAM_BYTES];
    size_t n;
};

/* The answer to a request made now, kept back. */
static struct kept keep_answer(uint64_t id)
{
    struct kept k;
    desk_ask(&desk, id);
    assert_int_equal(desk_serve(&desk), ANSWERED);
    memcpy(k.bytes, desk.answer, desk.answer_len);
    k.n = desk.answer_len;
    return k;
}

static void take(const struct kept *k, uint64_t id)
{
    struct data_body b;
    assert_int_equal(desk_take(&desk, &b, k->bytes, k->n), LETHE_OK);
    assert_true(b.id == id);
}

static void renew(void)
{
    uint8_t before = desk.caller.current;
    desk.now_ns += CALLER_RENEW_NS;
    desk_round(&desk, 1000);
    assert_int_equal(desk.caller.current, (uint8_t)(before + 1));
}

static void renewal_is_asked_when_due(void **state)
{
    (void)state;
    desk_round(&desk, 1);
    assert_false(desk.renewing);
    desk.now_ns += CALLER_RENEW_NS - 1;
    desk_round(&desk, 2);
    assert_false(desk.renewing);
    desk.now_ns += 1;
    desk_ask(&desk, 3); /* lost */
    desk_ask(&desk, 4);
    assert_int_equal(desk_serve(&desk), ANSWERED);
    assert_false(desk.renewing); /* not again before the patience is over */
    desk.now_ns += 100 * MS;
    desk_round(&desk, 5);
    assert_true(desk.renewing);
    assert_true(desk.caller.renewed_ns == desk.now_ns);
    desk_round(&desk, 6);
    assert_false(desk.renewing);
}

static void answers_under_earlier_keys_still_open(void **state)
{
    (void)state;
    struct kept old[CALLER_GENERATIONS];
    for (uint64_t i = 0; i < CALLER_GENERATIONS; i++) {
        old[i] = keep_answer(i);
        renew();
    }
    struct data_body b;
    assert_int_equal(desk_take(&desk, &b, old[0].bytes, old[0].n), LETHE_ERR_CRYPTO); /* too old */
    for (uint64_t i = 1; i < CALLER_GENERATIONS; i++)
        take(&old[i], i);
}

static void names_of_generations_wrap(void **state)
{
    (void)state;
    for (int i = 0; i < 600; i++) {
        struct kept k = keep_answer(5);
        renew();
        take(&k, 5);
    }
    desk_round(&desk, 6);
}

static void an_old_answer_never_brings_its_continuation(void **state)
{
    (void)state;
    desk.now_ns += CALLER_RENEW_NS;
    struct kept first = keep_answer(1);
    desk.now_ns += 100 * MS;
    struct kept second = keep_answer(2);
    take(&second, 2);
    uint8_t current = desk.caller.current, continuation[CONTINUATION_BYTES];
    memcpy(continuation, desk.caller.continuation, sizeof continuation);
    take(&first, 1); /* its bytes count, its continuation does not */
    take(&second, 2);
    assert_int_equal(desk.caller.current, current);
    assert_memory_equal(desk.caller.continuation, continuation, sizeof continuation);
    desk_round(&desk, 3);
}

static void an_upgrade_is_confirmed_by_its_answer(void **state)
{
    (void)state;
    desk_absorb(&desk, LEG_SNTRUP);
    assert_int_equal(desk.caller.legs, 0);
    assert_true(caller_upgrade_due(&desk.caller, desk.now_ns, 100 * MS));
    struct kept k = keep_answer(1);
    assert_int_equal(desk.caller.legs, 0);
    assert_false(caller_upgrade_due(&desk.caller, desk.now_ns + 100 * MS - 1, 100 * MS));
    assert_true(caller_upgrade_due(&desk.caller, desk.now_ns + 100 * MS, 100 * MS));
    take(&k, 1);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP));
    assert_false(caller_upgrade_due(&desk.caller, desk.now_ns + 1000 * MS, 100 * MS));
    assert_true(bytes_are_zero(desk.caller.yields, sizeof desk.caller.yields));
    desk_absorb(&desk, LEG_SNTRUP); /* has it already */
    assert_int_equal(desk.caller.share_count, 0);
    desk_absorb(&desk, LEG_MCELIECE);
    desk_round(&desk, 2);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
    desk_round(&desk, 3);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
}

static void a_lost_upgrade_is_brought_again(void **state)
{
    (void)state;
    desk_absorb(&desk, LEG_SNTRUP);
    struct kept lost = keep_answer(1);
    struct data_body b = desk_round(&desk, 2); /* requests in between go on as before */
    assert_int_equal(b.status, STATUS_OK);
    assert_int_equal(desk_shares(&desk), 0);
    assert_int_equal(desk.caller.legs, 0);
    desk.now_ns += 100 * MS;
    desk_round(&desk, 3);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP));
    take(&lost, 1); /* late: opens, and moves nothing */
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP));
    desk_round(&desk, 4);
}

/* While the session lacks what data waits for, no request may go without the shares. */
static void what_is_needed_is_brought_by_every_request(void **state)
{
    (void)state;
    desk.needed = LEG_BIT(LEG_SNTRUP);
    desk_absorb(&desk, LEG_SNTRUP);
    for (uint64_t i = 0; i < 3; i++) {
        keep_answer(i);
        assert_int_equal(desk_shares(&desk), 1);
    }
    desk_round(&desk, 3);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP));
    desk_absorb(&desk, LEG_MCELIECE);
    keep_answer(4);
    assert_int_equal(desk_shares(&desk), 1);
    desk_round(&desk, 5); /* this leg is not needed: once in a while will do */
    assert_int_equal(desk_shares(&desk), 0);
    desk.now_ns += 100 * MS;
    desk_round(&desk, 6);
    assert_int_equal(desk_shares(&desk), 1);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
}

static void both_legs_come_in_one_request_or_in_two(void **state)
{
    (void)state;
    desk_absorb(&desk, LEG_SNTRUP);
    struct kept k = keep_answer(1);
    desk_absorb(&desk, LEG_MCELIECE); /* while the first is on its way */
    desk_ask(&desk, 2);
    assert_int_equal(desk_serve(&desk), ANSWERED);
    assert_int_equal(desk_shares(&desk), 2);
    take(&k, 1); /* of an upgrade that is none any more: nothing moves */
    assert_int_equal(desk.caller.legs, 0);
    struct data_body b;
    assert_int_equal(desk_take(&desk, &b, desk.answer, desk.answer_len), LETHE_OK);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
    desk_round(&desk, 3);
}

static void a_renewal_may_overtake_an_upgrade(void **state)
{
    (void)state;
    desk.now_ns += CALLER_RENEW_NS;
    struct kept renewal = keep_answer(1);
    desk_absorb(&desk, LEG_SNTRUP);
    struct kept upgrade = keep_answer(2);
    take(&renewal, 1);
    assert_int_equal(desk.caller.legs, 0);
    assert_true(desk.caller.upgrade_legs == LEG_BIT(LEG_SNTRUP));
    take(&upgrade, 2); /* under a key that the session left behind */
    desk_round(&desk, 3);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP));
    desk_round(&desk, 4);
}

/* The shares are brought again from where the renewal has led. */
static void a_renewal_between_a_lost_upgrade_and_the_next(void **state)
{
    (void)state;
    desk.now_ns += CALLER_RENEW_NS;
    struct kept renewal = keep_answer(1);
    desk_absorb(&desk, LEG_SNTRUP);
    keep_answer(2); /* lost */
    take(&renewal, 1);
    assert_true(caller_upgrade_due(&desk.caller, desk.now_ns, 100 * MS));
    desk_round(&desk, 3);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP));
    desk_round(&desk, 4);
}

static void an_upgrade_may_overtake_a_renewal(void **state)
{
    (void)state;
    desk.now_ns += CALLER_RENEW_NS;
    struct kept renewal = keep_answer(1);
    desk_absorb(&desk, LEG_SNTRUP);
    struct kept upgrade = keep_answer(2);
    take(&upgrade, 2);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP));
    take(&renewal, 1);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP));
    desk_round(&desk, 3);
}

static void many_lost_upgrades_and_renewals(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        desk.now_ns += CALLER_RENEW_NS;
        if (i == 20)
            desk_absorb(&desk, LEG_SNTRUP);
        if (i == 30)
            desk_absorb(&desk, LEG_MCELIECE);
        keep_answer(1);
        desk.now_ns += 100 * MS;
        if (i % 3 == 0)
            desk_round(&desk, 2);
    }
    desk_round(&desk, 3);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
}

static void shares_of_another_exchange_are_not_taken(void **state)
{
    (void)state;
    uint8_t other[EXCHANGE_ID_BYTES] = {1};
    const struct leg_yield y = desk_yield(&desk, LEG_SNTRUP, other);
    caller_absorb(&desk.caller, &y, other);
    assert_int_equal(desk.caller.share_count, 0);
    assert_int_equal(desk.caller.upgrade_legs, 0);
    struct caller closed = {.open = false};
    caller_absorb(&closed, &y, closed.m);
    assert_int_equal(closed.share_count, 0);
}

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    struct data_body b;
    struct kept k = keep_answer(1);
    struct caller before = desk.caller;
    for (size_t i = 0; i < k.n; i++) {
        k.bytes[i] ^= 4;
        assert_true(desk_take(&desk, &b, k.bytes, k.n) != LETHE_OK);
        k.bytes[i] ^= 4;
    }
    for (size_t n = 0; n < k.n; n++)
        assert_true(desk_take(&desk, &b, k.bytes, n) != LETHE_OK);
    assert_memory_equal(&before, &desk.caller, sizeof before);
    take(&k, 1);
    caller_open(&desk.caller, &desk.opened, desk.now_ns); /* the same again */
    take(&k, 1);
    desk.opened.z[0] ^= 1; /* another session: nothing of the old one opens */
    caller_open(&desk.caller, &desk.opened, desk.now_ns);
    assert_int_equal(desk_take(&desk, &b, k.bytes, k.n), LETHE_ERR_CRYPTO);
}

static void a_path_that_is_too_long_is_not_sent(void **state)
{
    (void)state;
    static uint8_t path[2000];
    uint8_t out[DATAGRAM_BYTES];
    struct request_body b = desk_body(&desk, 1);
    b.path = path;
    b.path_len = sizeof path;
    assert_int_equal(caller_seal(&desk.caller, &b, &desk.rng, desk.now_ns, MS, 0, out), 0);
    desk_absorb(&desk, LEG_SNTRUP);
    desk_absorb(&desk, LEG_MCELIECE);
    b.path_len = REQUEST_PATH_MAX; /* the longest that is allowed fits beside all shares */
    assert_true(caller_seal(&desk.caller, &b, &desk.rng, desk.now_ns, MS, 0, out) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(renewal_is_asked_when_due, open_desk),
        cmocka_unit_test_setup(answers_under_earlier_keys_still_open, open_desk),
        cmocka_unit_test_setup(names_of_generations_wrap, open_desk),
        cmocka_unit_test_setup(an_old_answer_never_brings_its_continuation, open_desk),
        cmocka_unit_test_setup(an_upgrade_is_confirmed_by_its_answer, open_desk),
        cmocka_unit_test_setup(a_lost_upgrade_is_brought_again, open_desk),
        cmocka_unit_test_setup(what_is_needed_is_brought_by_every_request, open_desk),
        cmocka_unit_test_setup(both_legs_come_in_one_request_or_in_two, open_desk),
        cmocka_unit_test_setup(a_renewal_may_overtake_an_upgrade, open_desk),
        cmocka_unit_test_setup(a_renewal_between_a_lost_upgrade_and_the_next, open_desk),
        cmocka_unit_test_setup(an_upgrade_may_overtake_a_renewal, open_desk),
        cmocka_unit_test_setup(many_lost_upgrades_and_renewals, open_desk),
        cmocka_unit_test_setup(shares_of_another_exchange_are_not_taken, open_desk),
        cmocka_unit_test_setup(what_is_no_answer_is_refused, open_desk),
        cmocka_unit_test_setup(a_path_that_is_too_long_is_not_sent, open_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
