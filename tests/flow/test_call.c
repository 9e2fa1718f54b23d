/* flow/answer, calls: what they are told, how long their answers may be, what they open. */
#include "flow/test_support.h"

#include "seal/parked.h"

#define CHUNK ((size_t)DATA_CHUNK(DATAGRAM_BYTES))

static struct strikes strikes;
static struct desk desk;

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, &strikes);
    return 0;
}

static struct request_body call_of(uint8_t flags)
{
    struct request_body b = desk_body();
    b.flags = REQUEST_CALL | flags;
    b.call_id = 0x123456789;
    b.call = (const uint8_t *)"what";
    b.call_len = 4;
    return b;
}

static void expect_status(uint8_t status)
{
    assert_true(desk.burst.count > 0);
    assert_int_equal(desk.got[0].flags & (DATA_CALL | DATA_PULL), DATA_CALL);
    assert_true(desk.got[0].call_id == 0x123456789);
    assert_int_equal(desk.got[0].status, status);
}

static void a_call_is_answered(void **state)
{
    (void)state;
    const struct request_body b = call_of(0);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 1);
    expect_status(LETHE_STATUS_OK);
    assert_int_equal(desk.got[0].bytes_len, 32);
    assert_true(desk.got[0].bytes[31] == 0x55);
    assert_true(desk.shop.calls == 1 && !desk.shop.had_state);
    assert_true(bytes_are_zero(desk.request.plain, desk.request.plain_len));
}

/* With and without a continuation and a body, for every size of request: an answer is no longer,
 * and who fills what it was given room for is heard. */
static void an_answer_is_no_longer_than_its_request(void **state)
{
    (void)state;
    desk.shop.answer_len = LETHE_ANSWER_BYTES;
    for (size_t n = REQUEST_MIN_BYTES; n <= DATAGRAM_BYTES; n++)
        for (int renew = 0; renew < 2; renew++) {
            const struct request_body b = call_of(renew ? REQUEST_RENEW : 0);
            desk.least = n;
            assert_int_equal(desk_round(&desk, &b), ANSWERED);
            assert_int_equal(desk.packet_len, n);
            assert_int_equal(desk.burst.count, 1);
            assert_true(desk.burst.used <= n);
            expect_status(LETHE_STATUS_OK);
            assert_int_equal(desk_carrier(&desk), renew - 1);
            assert_int_equal(desk.got[0].bytes_len, desk.shop.room);
            assert_true(desk.shop.room == LETHE_ANSWER_BYTES || desk.burst.used == n);
        }
    assert_int_equal(desk.shop.room, LETHE_ANSWER_BYTES);
}

/* Another number space, of which no answer was given yet. */
static void begin_space(uint32_t lineage)
{
    struct session s = desk_session(&desk);
    s.transport.lineage = lineage;
    desk_give(&desk, &s);
}

/* A service that does not look at `room`, and a body's handle: no packet is longer even so. */
static void no_answer_is_longer_whatever_it_holds(void **state)
{
    (void)state;
    desk.shop.rude = desk.shop.has_body = true;
    desk.shop.state_len = LETHE_STATE_BYTES;
    for (size_t len = 0; len <= LETHE_ANSWER_BYTES; len += 128)
        for (size_t n = REQUEST_MIN_BYTES; n <= DATAGRAM_BYTES; n += 3) {
            struct request_body b = call_of(n & 1 ? REQUEST_RENEW : 0);
            begin_space((uint32_t)(len << 16 | n));
            desk.shop.answer_len = len;
            desk.least = n;
            assert_int_equal(desk_round(&desk, &b), ANSWERED);
            for (size_t i = 0; i < desk.burst.count; i++)
                assert_true(desk.burst.len[i] <= n);
            assert_int_equal(desk_carrier(&desk) >= 0, n & 1); /* in this packet or the next */
        }
}

/* The handle that a call opens is good for the items of the same request, and for later ones. */
static void what_a_call_opens_can_be_read_at_once(void **state)
{
    (void)state;
    static uint8_t handle[HANDLE_BYTES_MAX];
    struct request_body b = call_of(REQUEST_RENEW);
    desk.shop.has_body = true;
    desk.shop.answer_len = 0;
    desk.shop.version = 4;
    desk.shop.size = 3 * CHUNK - 9;
    desk.least = 700;
    b.item_count = 2;
    b.items[0] = item_of(1, 3, 0);
    b.items[0].handle = HANDLE_OPENED;
    b.items[1] = item_of(6, 1, 11);
    b.items[1].handle = HANDLE_OPENED;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_OK);
    assert_int_equal(desk.burst.count, 5);
    const struct data_body *d = &desk.got[0];
    assert_int_equal(d->flags, DATA_CALL | DATA_BODY | DATA_CONTINUATION);
    assert_true(d->size == desk.shop.size && d->version[0] == 4 && d->version[15] == 4);
    assert_int_equal(desk.got[1].bytes[5], shop_byte(4, 5));
    assert_int_equal(desk.got[3].bytes_len, CHUNK - 9);
    assert_int_equal(desk.got[4].number, 6);
    struct request_body later = desk_body();
    memcpy(handle, d->handle, d->handle_len);
    later.handle_count = 1;
    later.handles[0] = (struct request_handle){.p = handle, .len = d->handle_len};
    later.item_count = 1;
    later.items[0] = item_of(7, 1, 20);
    desk_adopt(&desk);
    assert_int_equal(desk_round(&desk, &later), ANSWERED);
    assert_true(desk.burst.count == 1 && desk.got[0].bytes[0] == shop_byte(4, 20));
    later.flags = REQUEST_CALL; /* and a call may be about it */
    later.call_handle = 0;
    later.item_count = 0;
    assert_int_equal(desk_round(&desk, &later), ANSWERED);
    assert_true(desk.shop.had_state);
    later.call_handle = 0;
    handle[70] ^= 1;
    const unsigned calls = desk.shop.calls;
    assert_int_equal(desk_round(&desk, &later), ANSWERED);
    assert_int_equal(desk.got[0].status, LETHE_STATUS_HANDLE);
    assert_int_equal(desk.shop.calls, calls);
}

/* What a call did not open costs no numbers: they can be asked for once it does. */
static void what_is_not_opened_costs_nothing(void **state)
{
    (void)state;
    struct request_body b = call_of(0);
    b.item_count = 1;
    b.items[0] = item_of(1, 4, 0);
    b.items[0].handle = HANDLE_OPENED;
    desk.least = 700;
    desk.shop.call_status = LETHE_STATUS_BUSY;
    desk.shop.has_body = true;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_BUSY);
    assert_int_equal(desk.burst.count, 1);
    assert_int_equal(desk.got[0].flags, DATA_CALL); /* the body is not told */
    assert_int_equal(desk.got[0].bytes_len, 0);
    desk.shop.call_status = LETHE_STATUS_OK;
    desk.shop.has_body = false;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 1);
    desk.shop.has_body = true;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 5);
}

/* Both, in one request: legs that are missing, and what the shares bring. */
static void who_has_absorbed_too_little_is_told(void **state)
{
    (void)state;
    static uint8_t room[HANDLE_BYTES_MAX];
    const struct leg_yield y = desk_yield(&desk, LEG_SNTRUP, desk.m);
    struct request_body b = call_of(0);
    desk.least_legs = LEG_BIT(LEG_SNTRUP);
    b.handle_count = b.item_count = 1;
    b.handles[0] = desk_handle(&desk, room, desk.m);
    b.items[0] = item_of(1, 1, 0);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_LEVEL);
    assert_int_equal(desk.burst.count, 1);
    assert_int_equal(desk.shop.calls + desk.shop.reads, 0);
    b.flags &= (uint8_t)~REQUEST_CALL;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 0);
    b.flags |= REQUEST_CALL;
    desk.yields = &y;
    desk.yield_count = 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_OK);
    assert_int_equal(desk.burst.count, 2); /* the number was not struck before */
    desk.least_legs = LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_LEVEL);
}

/* What the server itself is asked is no call of the service's: the session's key of then, its legs
 * and its id, under the slow ring; and nothing where there is none, or the session is too weak. */
static void a_session_is_parked(void **state)
{
    (void)state;
    const uint8_t key[COOKIE_KEY_BYTES] = {9};
    struct request_body b = call_of(0);
    struct parked got, expected;
    b.call_handle = HANDLE_SERVER;
    b.call = (const uint8_t *)"\1";
    b.call_len = 1;
    desk.least = 1000;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_DENIED);
    ring_put(&desk.slow, 100, desk.now_ms - 5000, key);
    parked_of(&expected, desk.purse.z, desk.purse.legs, desk.m);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_OK);
    assert_int_equal(desk.got[0].bytes_len, PARKED_BYTES);
    assert_int_equal(parked_open(&got, &desk.slow, desk.now_ms, desk.got[0].bytes), LETHE_OK);
    assert_memory_equal(&got, &expected, sizeof got);

    desk.least = REQUEST_MIN_BYTES; /* an answer is no longer: no room beside a continuation */
    b.flags |= REQUEST_RENEW;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_BAD);
    b.flags &= (uint8_t)~REQUEST_RENEW;
    desk.least = 1000;
    b.call = (const uint8_t *)"\2";
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_BAD);
    b.call = (const uint8_t *)"\1\1";
    b.call_len = 2;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_BAD);
    b.call_len = 1;
    desk.least_legs = LEG_BIT(LEG_SNTRUP);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_status(LETHE_STATUS_LEVEL);
    assert_int_equal(desk.shop.calls, 0);
}

static void a_service_may_have_no_bodies(void **state)
{
    (void)state;
    static uint8_t room[HANDLE_BYTES_MAX];
    const struct lethe_service service = {.context = &desk.shop, .call = shop_call};
    const struct step st = desk_step(&desk);
    struct request_body b = desk_body();
    b.handle_count = b.item_count = 1;
    b.handles[0] = desk_handle(&desk, room, desk.m);
    b.items[0] = item_of(1, 1, 0);
    desk_ask(&desk, &b);
    desk.burst = (struct burst){.at = desk.at, .room = sizeof desk.at};
    assert_int_equal(flow_open(&desk.request, &st, desk.packet, desk.packet_len), ANSWERED);
    assert_int_equal(flow_answer(&desk.request, &st, &service, 0, &desk.scratch, &desk.burst),
                     ANSWERED);
    flow_wipe(&desk.request);
    desk_read(&desk);
    assert_int_equal(desk.got[0].status, LETHE_STATUS_HANDLE);
}

/* A continuation comes unasked when its key ages, and names the present. */
static void an_aging_continuation_is_renewed(void **state)
{
    (void)state;
    const struct request_body b = desk_body();
    struct session s = desk_session(&desk);
    desk_wait(&desk, 4 * RING_PERIOD_MS - 3000 - 1);
    s.issued_ms = s.begun_ms = desk.now_ms - 900;
    desk_give(&desk, &s);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 0);
    desk_wait(&desk, 1);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk_carrier(&desk), 0);
    struct session fresh;
    assert_int_equal(continuation_open(&fresh, &desk.ring, desk.now_ms, desk.got[0].continuation),
                     LETHE_OK);
    assert_true(fresh.issued_ms == desk.now_ms && fresh.transport.home == desk.home);
    assert_memory_equal(fresh.transport.range_key, desk.range_key, RANGE_KEY_BYTES);
    assert_memory_equal(fresh.m, desk.m, sizeof fresh.m);
    assert_memory_not_equal(fresh.z, desk.purse.z, sizeof fresh.z);
    desk_adopt(&desk);
    assert_memory_equal(fresh.z, desk.purse.z, sizeof fresh.z);
}

static void without_a_key_nothing_is_renewed(void **state)
{
    (void)state;
    struct request_body b = desk_body();
    const struct step st = desk_step(&desk);
    const struct lethe_service service = {
        .context = &desk.shop, .call = shop_call, .read = shop_read};
    b.flags = REQUEST_RENEW;
    desk_ask(&desk, &b);
    desk.burst = (struct burst){.at = desk.at, .room = sizeof desk.at};
    assert_int_equal(flow_open(&desk.request, &st, desk.packet, desk.packet_len), ANSWERED);
    ring_init(&desk.ring, RING_PERIOD_MS);
    assert_int_equal(flow_answer(&desk.request, &st, &service, 0, &desk.scratch, &desk.burst),
                     DROP_NO_KEY);
    assert_int_equal(desk.burst.count, 0);
    flow_wipe(&desk.request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_call_is_answered, open_desk),
        cmocka_unit_test_setup(an_answer_is_no_longer_than_its_request, open_desk),
        cmocka_unit_test_setup(no_answer_is_longer_whatever_it_holds, open_desk),
        cmocka_unit_test_setup(what_a_call_opens_can_be_read_at_once, open_desk),
        cmocka_unit_test_setup(what_is_not_opened_costs_nothing, open_desk),
        cmocka_unit_test_setup(who_has_absorbed_too_little_is_told, open_desk),
        cmocka_unit_test_setup(a_session_is_parked, open_desk),
        cmocka_unit_test_setup(a_service_may_have_no_bodies, open_desk),
        cmocka_unit_test_setup(an_aging_continuation_is_renewed, open_desk),
        cmocka_unit_test_setup(without_a_key_nothing_is_renewed, open_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
