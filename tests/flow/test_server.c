/* flow/server: who may ask, what absorbs, and how long an answer may be. */
#include "flow/test_support.h"

static struct desk desk;

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk);
    return 0;
}

static void an_honest_request_is_answered(void **state)
{
    (void)state;
    struct data_body b = desk_round(&desk, 7);
    assert_int_equal(b.status, STATUS_OK);
    assert_int_equal(b.bytes_len, 100);
    assert_memory_equal(b.bytes, desk.bytes, 100);
    assert_true(b.size == 4096);
    assert_null(b.continuation);
    assert_true(desk.address_known && !desk.absorbed);
    assert_int_equal(desk.seen_len, desk.packet_len);
    assert_true(bytes_are_zero(&desk.request.session, sizeof desk.request.session));
    assert_true(bytes_are_zero(desk.request.plain, sizeof desk.request.plain));
}

static void lengths_out_of_range_are_dropped(void **state)
{
    (void)state;
    uint8_t longer[DATAGRAM_BYTES + 1] = {KIND_REQUEST};
    desk_ask(&desk, 1);
    for (size_t n = 0; n < REQUEST_MIN_BYTES; n += 5)
        assert_int_equal(desk_serve_packet(&desk, desk.packet, n), DROP_FORMAT);
    memcpy(longer, desk.packet, desk.packet_len);
    assert_int_equal(desk_serve_packet(&desk, longer, sizeof longer), DROP_FORMAT);
    assert_int_equal(desk_serve_packet(&desk, longer, DATAGRAM_BYTES), DROP_REQUEST_BOX);
}

static void a_flipped_bit_is_dropped_under_its_check(void **state)
{
    (void)state;
    desk_ask(&desk, 1);
    for (size_t i = 1; i < desk.packet_len; i++) {
        desk.packet[i] ^= 0x10;
        bool count = i == REQUEST_HEADER_BYTES(0) - 1;
        enum verdict expected = count                        ? DROP_FORMAT
                                : i < 1 + CONTINUATION_BYTES ? DROP_CONTINUATION
                                                             : DROP_REQUEST_BOX;
        assert_int_equal(desk_serve(&desk), expected);
        assert_int_equal(desk.answer_len, 0);
        desk.packet[i] ^= 0x10;
    }
    assert_int_equal(desk_serve(&desk), ANSWERED);
}

static void a_forged_or_dead_continuation_is_dropped(void **state)
{
    (void)state;
    desk_ask(&desk, 1);
    struct ring other = desk.ring;
    uint8_t key[COOKIE_KEY_BYTES] = {9};
    ring_init(&desk.ring, RING_PERIOD_MS);
    ring_put(&desk.ring, 2, desk.now_ms, key); /* the same name, another key */
    assert_int_equal(desk_serve(&desk), DROP_CONTINUATION);
    desk.ring = other;
    desk.now_ms += 8 * RING_PERIOD_MS - 3000 - 1;
    assert_int_equal(desk_serve(&desk), ANSWERED);
    desk.now_ms += 1;
    assert_int_equal(desk_serve(&desk), DROP_CONTINUATION);
}

static void what_makes_no_sense_is_dropped(void **state)
{
    (void)state;
    uint8_t body[REQUEST_BODY_MAX];
    struct request_body b = desk_body(&desk, 1);
    size_t n = request_body_encode(body, sizeof body, &b);
    desk_seal_plain(&desk, body, n);
    assert_int_equal(desk_serve(&desk), ANSWERED);
    body[0] |= 0x80; /* a flag that nobody knows */
    desk_seal_plain(&desk, body, n);
    assert_int_equal(desk_serve(&desk), DROP_REQUEST_BODY);
    memset(body, 0xff, sizeof body);
    desk_seal_plain(&desk, body, n);
    assert_int_equal(desk_serve(&desk), DROP_REQUEST_BODY);
    b.length = PIECE_BYTES + 1;
    n = request_body_encode(body, sizeof body, &b);
    desk_seal_plain(&desk, body, n);
    assert_int_equal(desk_serve(&desk), DROP_REQUEST_BODY);
}

static void an_answer_that_does_not_fit_is_dropped(void **state)
{
    (void)state;
    static uint8_t large[DATAGRAM_BYTES];
    desk_ask(&desk, 1);
    desk.reply.bytes = large;
    desk.reply.bytes_len = DATA_BODY_MAX - DATA_FIELDS_BYTES;
    assert_int_equal(desk_serve(&desk), ANSWERED);
    assert_int_equal(desk.answer_len, DATAGRAM_BYTES);
    desk.reply.bytes_len++;
    assert_int_equal(desk_serve(&desk), DROP_REQUEST_BODY);
}

/* A request that brings these shares, whatever they are. */
static enum verdict serve_shares(const struct leg_yield *y, uint8_t count)
{
    uint8_t body[REQUEST_BODY_MAX];
    struct request_body b = desk_body(&desk, 1);
    size_t n = request_body_encode(body, sizeof body, &b);
    desk_seal(&desk, desk.opened.continuation, desk.opened.z, y, count, body, n);
    return desk_serve(&desk);
}

static void shares_are_checked(void **state)
{
    (void)state;
    struct leg_yield y[2] = {desk_yield(&desk, LEG_SNTRUP, desk.opened.m),
                             desk_yield(&desk, LEG_MCELIECE, desk.opened.m)};
    assert_int_equal(serve_shares(y, 2), ANSWERED);
    struct leg_yield twice[2] = {y[0], y[0]};
    assert_int_equal(serve_shares(twice, 2), DROP_SHARE);
    struct leg_yield renamed = y[0];
    renamed.leg = LEG_MCELIECE; /* as another leg */
    assert_int_equal(serve_shares(&renamed, 1), DROP_SHARE);
    renamed.leg = LEG_COUNT;
    assert_int_equal(serve_shares(&renamed, 1), DROP_SHARE);
    uint8_t other[EXCHANGE_ID_BYTES] = {1};
    struct leg_yield strange = desk_yield(&desk, LEG_SNTRUP, other); /* of another session */
    assert_int_equal(serve_shares(&strange, 1), DROP_SHARE);
    for (size_t i = 0; i < SHARE_BYTES; i++) {
        struct leg_yield bad = y[0];
        bad.share[i] ^= 0x40;
        assert_int_equal(serve_shares(&bad, 1), DROP_SHARE);
    }
    assert_int_equal(serve_shares(y, 1), ANSWERED);
}

/* A leg that the continuation names already is refused, though the share is right. */
static void no_leg_is_absorbed_twice(void **state)
{
    (void)state;
    const struct leg_yield y = desk_yield(&desk, LEG_SNTRUP, desk.opened.m);
    desk_absorb(&desk, LEG_SNTRUP);
    desk_round(&desk, 1);
    assert_int_equal(desk.caller.legs, LEG_BIT(LEG_SNTRUP));
    uint8_t body[REQUEST_BODY_MAX];
    struct request_body b = desk_body(&desk, 2);
    size_t n = request_body_encode(body, sizeof body, &b);
    const uint8_t *z = desk.caller.generations[desk.caller.current % CALLER_GENERATIONS].z;
    desk_seal(&desk, desk.caller.continuation, z, &y, 1, body, n);
    assert_int_equal(desk_serve(&desk), DROP_SHARE);
    desk_seal(&desk, desk.caller.continuation, z, &y, 0, body, n);
    assert_int_equal(desk_serve(&desk), ANSWERED);
}

/* What is asked beside a share is sealed under the legs that it brings, or it is not read. */
static void the_box_is_under_the_shares(void **state)
{
    (void)state;
    uint8_t body[REQUEST_BODY_MAX];
    struct request_body b = desk_body(&desk, 1);
    size_t n = request_body_encode(body, sizeof body, &b);
    struct leg_yield y = desk_yield(&desk, LEG_SNTRUP, desk.opened.m);
    y.secret[0] ^= 1; /* the client's own secret does not match the share */
    desk_seal(&desk, desk.opened.continuation, desk.opened.z, &y, 1, body, n);
    assert_int_equal(desk_serve(&desk), DROP_REQUEST_BOX);
    y.secret[0] ^= 1;
    desk_seal(&desk, desk.opened.continuation, desk.opened.z, &y, 1, body, n);
    assert_int_equal(desk_serve(&desk), ANSWERED);
}

static void a_dead_share_is_refused(void **state)
{
    (void)state;
    struct leg_yield y = desk_yield(&desk, LEG_SNTRUP, desk.opened.m);
    uint8_t key[COOKIE_KEY_BYTES] = {4}, nonce[NONCE_BYTES] = {6};
    ring_put(&desk.ring, 3, desk.now_ms, key);
    desk.now_ms += 3000;
    y.share[0] = 1; /* named as the older key's, which it is not sealed under */
    assert_int_equal(serve_shares(&y, 1), DROP_SHARE);
    share_seal(y.share, ring_find(&desk.ring, 1, desk.now_ms), nonce, desk.opened.m, LEG_SNTRUP,
               y.secret, y.hash);
    assert_int_equal(serve_shares(&y, 1), ANSWERED);
    desk.now_ms += 7 * RING_PERIOD_MS - 3000; /* the first key dies, the continuation's lives */
    assert_int_equal(serve_shares(&y, 1), DROP_SHARE);
}

static void a_strange_address_earns_no_more_than_it_sent(void **state)
{
    (void)state;
    struct data_body b;
    desk.reply.bytes_len = DATA_CHUNK_BYTES;
    for (int with_share = 0; with_share < 2; with_share++) {
        if (with_share)
            desk_absorb(&desk, LEG_SNTRUP);
        desk_ask(&desk, 5);
        desk.address[5]++;
        assert_int_equal(desk_serve(&desk), ANSWERED);
        assert_true(desk.answer_len <= desk.packet_len);
        assert_false(desk.address_known);
        assert_int_equal(desk_take(&desk, &b, desk.answer, desk.answer_len), LETHE_OK);
        assert_int_equal(b.status, STATUS_ADDRESS);
        assert_int_equal(b.bytes_len, 0);
        assert_non_null(b.continuation);
        b = desk_round(&desk, 6); /* with that continuation, the address is known */
        assert_int_equal(b.status, STATUS_OK);
        assert_int_equal(b.bytes_len, DATA_CHUNK_BYTES);
        assert_int_equal(desk.caller.legs, with_share ? LEG_BIT(LEG_SNTRUP) : 0);
    }
}

/* Family, every byte of the address, and the port: each is part of what a continuation names. */
static void the_whole_address_counts(void **state)
{
    (void)state;
    desk_ask(&desk, 5);
    for (size_t i = 0; i < ADDRESS_BYTES; i++) {
        desk.address[i] ^= 1;
        assert_int_equal(desk_serve(&desk), ANSWERED);
        assert_false(desk.address_known);
        desk.address[i] ^= 1;
    }
    assert_int_equal(desk_serve(&desk), ANSWERED);
    assert_true(desk.address_known);
}

static void without_a_key_nothing_is_renewed(void **state)
{
    (void)state;
    desk.now_ns += CALLER_RENEW_NS;
    desk_ask(&desk, 1);
    const struct step st = desk_step(&desk);
    assert_int_equal(flow_open(&desk.request, &st, desk.packet, desk.packet_len), ANSWERED);
    assert_true(desk.request.body.renew);
    ring_init(&desk.ring, RING_PERIOD_MS);
    assert_int_equal(flow_answer(&desk.request, &st, &desk.reply, desk.answer, &desk.answer_len),
                     DROP_NO_KEY);
    flow_wipe(&desk.request);
}

static void a_renewal_moves_the_key_and_the_issue_time(void **state)
{
    (void)state;
    struct session old, fresh;
    uint8_t z[SESSION_KEY_BYTES];
    desk.now_ns += CALLER_RENEW_NS;
    desk.now_ms += 10000;
    assert_int_equal(continuation_open(&old, &desk.ring, desk.now_ms, desk.opened.continuation),
                     LETHE_OK);
    struct data_body b = desk_round(&desk, 1);
    assert_non_null(b.continuation);
    assert_int_equal(continuation_open(&fresh, &desk.ring, desk.now_ms, b.continuation), LETHE_OK);
    memcpy(z, old.z, sizeof z);
    session_next(z, continuation_nonce(b.continuation));
    assert_memory_equal(fresh.z, z, sizeof z);
    assert_memory_equal(fresh.m, old.m, sizeof old.m);
    assert_true(fresh.issued_ms == desk.now_ms && old.issued_ms == desk.now_ms - 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_honest_request_is_answered, open_desk),
        cmocka_unit_test_setup(lengths_out_of_range_are_dropped, open_desk),
        cmocka_unit_test_setup(a_flipped_bit_is_dropped_under_its_check, open_desk),
        cmocka_unit_test_setup(a_forged_or_dead_continuation_is_dropped, open_desk),
        cmocka_unit_test_setup(what_makes_no_sense_is_dropped, open_desk),
        cmocka_unit_test_setup(an_answer_that_does_not_fit_is_dropped, open_desk),
        cmocka_unit_test_setup(shares_are_checked, open_desk),
        cmocka_unit_test_setup(no_leg_is_absorbed_twice, open_desk),
        cmocka_unit_test_setup(the_box_is_under_the_shares, open_desk),
        cmocka_unit_test_setup(a_dead_share_is_refused, open_desk),
        cmocka_unit_test_setup(a_strange_address_earns_no_more_than_it_sent, open_desk),
        cmocka_unit_test_setup(the_whole_address_counts, open_desk),
        cmocka_unit_test_setup(without_a_key_nothing_is_renewed, open_desk),
        cmocka_unit_test_setup(a_renewal_moves_the_key_and_the_issue_time, open_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
