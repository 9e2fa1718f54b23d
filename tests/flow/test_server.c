/* flow/server, the half that opens: who may ask, what a proof proves, how large packets may be. */
#include "flow/test_support.h"

static struct strikes strikes;
static struct desk desk;
static uint8_t handle_room[HANDLE_BYTES_MAX];

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, &strikes);
    return 0;
}

/* Only the first half, whose request is then wiped: what it found is returned. */
static enum verdict open_only(uint64_t *horizon, struct transport *t)
{
    const struct step st = desk_step(&desk);
    enum verdict v = flow_open(&desk.request, &st, desk.packet, desk.packet_len);
    *horizon = desk.request.horizon;
    *t = desk.request.session.transport;
    flow_wipe(&desk.request);
    return v;
}

static enum verdict ask_only(const struct request_body *b, uint64_t *horizon, struct transport *t)
{
    desk_ask(&desk, b);
    return open_only(horizon, t);
}

static void an_honest_request_is_answered(void **state)
{
    (void)state;
    struct request_body b = desk_body();
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 0); /* nothing was asked */
    b.flags = REQUEST_RENEW;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 1);
    assert_int_equal(desk.burst.used, DATA_BARE_BYTES);
    desk_adopt(&desk);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
}

static void lengths_out_of_range_are_dropped(void **state)
{
    (void)state;
    const struct request_body b = desk_body();
    desk_ask(&desk, &b);
    for (size_t n = 0; n < REQUEST_MIN_BYTES; n += 5) {
        desk.packet_len = n;
        assert_int_equal(desk_serve(&desk), DROP_FORMAT);
    }
    desk.packet_len = PACKET_MAX + 1;
    assert_int_equal(desk_serve(&desk), DROP_FORMAT);
    desk.packet_len = PACKET_MAX;
    assert_int_equal(desk_serve(&desk), DROP_REQUEST_BOX);
}

static void a_flipped_bit_is_dropped_under_its_check(void **state)
{
    (void)state;
    const struct request_body b = desk_body();
    desk_ask(&desk, &b);
    for (size_t i = 1; i < desk.packet_len; i++) {
        desk.packet[i] ^= 0x10;
        bool count = i == REQUEST_HEADER_BYTES(0) - 1;
        enum verdict expected = count                        ? DROP_FORMAT
                                : i < 1 + CONTINUATION_BYTES ? DROP_CONTINUATION
                                                             : DROP_REQUEST_BOX;
        assert_int_equal(desk_serve(&desk), expected);
        assert_int_equal(desk.burst.count, 0);
        desk.packet[i] ^= 0x10;
    }
    assert_int_equal(desk_serve(&desk), ANSWERED);
}

static void a_dead_or_strange_continuation_is_dropped(void **state)
{
    (void)state;
    const struct request_body b = desk_body();
    struct ring before = desk.ring;
    const uint8_t key[COOKIE_KEY_BYTES] = {9};
    desk_ask(&desk, &b);
    ring_init(&desk.ring, RING_PERIOD_MS);
    ring_put(&desk.ring, 2, desk.now_ms, key); /* the same name, another key */
    assert_int_equal(desk_serve(&desk), DROP_CONTINUATION);
    desk.ring = before;
    desk_wait(&desk, 8 * RING_PERIOD_MS - 3000 - 1);
    assert_int_equal(desk_serve(&desk), ANSWERED); /* with a fallback */
    desk_wait(&desk, 1);
    assert_int_equal(desk_serve(&desk), DROP_CONTINUATION);
}

static void what_makes_no_sense_is_dropped(void **state)
{
    (void)state;
    uint8_t body[REQUEST_BODY_MAX] = {0};
    struct request_body b = desk_body();
    size_t n = request_body_encode(body, sizeof body, 120, &b);
    desk_seal(&desk, body, n);
    assert_int_equal(desk_serve(&desk), ANSWERED);
    body[0] |= 0x80; /* a flag that nobody knows */
    desk_seal(&desk, body, n);
    assert_int_equal(desk_serve(&desk), DROP_REQUEST_BODY);
    memset(body, 0xff, sizeof body);
    desk_seal(&desk, body, n);
    assert_int_equal(desk_serve(&desk), DROP_REQUEST_BODY);
}

static enum verdict bring(const struct leg_yield *y, uint8_t count)
{
    const struct request_body b = desk_body();
    desk.yields = y;
    desk.yield_count = count;
    return desk_round(&desk, &b);
}

static void shares_are_checked(void **state)
{
    (void)state;
    const uint8_t other[EXCHANGE_ID_BYTES] = {1};
    struct leg_yield y[2] = {desk_yield(&desk, LEG_SNTRUP, desk.m),
                             desk_yield(&desk, LEG_MCELIECE, desk.m)};
    const struct leg_yield twice[2] = {y[0], y[0]};
    struct leg_yield renamed = y[0], strange = desk_yield(&desk, LEG_SNTRUP, other), forged = y[0];
    assert_int_equal(bring(y, 2), ANSWERED);
    assert_int_equal(bring(twice, 2), DROP_SHARE);
    renamed.leg = LEG_MCELIECE;
    assert_int_equal(bring(&renamed, 1), DROP_SHARE);
    renamed.leg = LEG_COUNT;
    assert_int_equal(bring(&renamed, 1), DROP_SHARE);
    assert_int_equal(bring(&strange, 1), DROP_SHARE);
    forged.share[40] ^= 1;
    assert_int_equal(bring(&forged, 1), DROP_SHARE);
    forged = y[0];
    forged.secret[0] ^= 1; /* the client does not know what the share holds */
    assert_int_equal(bring(&forged, 1), DROP_REQUEST_BOX);
    assert_int_equal(bring(y, 1), ANSWERED); /* the answer opens under the key that has absorbed */
    assert_int_equal(desk_carrier(&desk), 0);
    desk_adopt(&desk);
    assert_int_equal(desk.purse.legs, LEG_BIT(LEG_SNTRUP));
    assert_int_equal(bring(NULL, 0), ANSWERED);
    assert_int_equal(bring(y, 1), DROP_SHARE); /* it has that leg */
    assert_int_equal(bring(y + 1, 1), ANSWERED);
}

static void a_dead_share_is_refused(void **state)
{
    (void)state;
    const struct leg_yield y = desk_yield(&desk, LEG_SNTRUP, desk.m);
    const uint8_t key[COOKIE_KEY_BYTES] = {9};
    desk_wait(&desk, 4 * RING_PERIOD_MS);
    ring_put(&desk.ring, 7, desk.now_ms - 3000, key);
    const struct session s = desk_session(&desk);
    desk_give(&desk, &s);
    assert_int_equal(bring(&y, 1), ANSWERED);
    desk_wait(&desk, 4 * RING_PERIOD_MS);
    assert_int_equal(bring(&y, 1), DROP_SHARE);
}

static void a_proof_earns_its_numbers_and_a_forged_one_nothing(void **state)
{
    (void)state;
    uint64_t horizon;
    struct transport t;
    struct request_body none = desk_body(), b = desk_body();
    assert_int_equal(ask_only(&none, &horizon, &t), ANSWERED);
    assert_true(horizon == 10 && t.base == 0);
    desk_prove(&desk, &b, desk.range_key, 1, 4);
    assert_int_equal(ask_only(&b, &horizon, &t), ANSWERED);
    assert_true(horizon == 4 + 14 && t.base == 4); /* slow start: one more for each */
    b.sum ^= 1;
    assert_int_equal(ask_only(&b, &horizon, &t), DROP_PROOF);
    b.sum ^= 1;
    b.proof.runs[0].last = 5; /* one more than was received */
    assert_int_equal(ask_only(&b, &horizon, &t), DROP_PROOF);
    b.proof.runs[0] = (struct run){2, 5}; /* shifted */
    assert_int_equal(ask_only(&b, &horizon, &t), DROP_PROOF);
    struct request_body other = desk_body(); /* of another session's packets */
    desk_prove(&desk, &other, desk.lineage_key, 1, 4);
    assert_int_equal(ask_only(&other, &horizon, &t), DROP_PROOF);
    struct request_body two = desk_body();
    desk_prove(&desk, &two, desk.range_key, 1, 2);
    desk_prove(&desk, &two, desk.range_key, 4, 9);
    assert_int_equal(ask_only(&two, &horizon, &t), ANSWERED);
    two.proof.runs[0].last = 3; /* the gap's place is proven too */
    two.proof.runs[1].first = 5;
    assert_int_equal(ask_only(&two, &horizon, &t), DROP_PROOF);
}

static void a_proof_counts_from_the_base(void **state)
{
    (void)state;
    uint64_t horizon;
    struct transport t;
    struct request_body b = desk_body();
    desk_widen(&desk, 20, 5000000000);
    desk_prove(&desk, &b, desk.range_key, 1, 3);
    assert_int_equal(ask_only(&b, &horizon, &t), ANSWERED);
    assert_true(t.base == 5000000003 && horizon >= t.base + 20);
    desk_widen(&desk, 20, 5000000001);
    assert_int_equal(ask_only(&b, &horizon, &t), DROP_PROOF);
}

/* A probe grants one number beyond the horizon, once in a while. */
static void a_probe_grants_one(void **state)
{
    (void)state;
    uint64_t horizon;
    struct transport t;
    struct request_body b = desk_body();
    b.flags = REQUEST_PROBE;
    assert_int_equal(ask_only(&b, &horizon, &t), ANSWERED);
    assert_true(horizon == 11 && t.highest == 11);
    assert_int_equal(ask_only(&b, &horizon, &t), ANSWERED);
    assert_true(horizon == 10 && t.highest == 10);
    desk_wait(&desk, PROBE_SLOT_MS);
    assert_int_equal(ask_only(&b, &horizon, &t), ANSWERED);
    assert_true(horizon == 11);
    b.flags = 0;
    desk_wait(&desk, PROBE_SLOT_MS);
    assert_int_equal(ask_only(&b, &horizon, &t), ANSWERED);
    assert_true(horizon == 10);
}

static void slow_start_ends_on_request(void **state)
{
    (void)state;
    uint64_t horizon;
    struct transport t;
    struct request_body b = desk_body();
    b.flags = REQUEST_END_SLOW_START;
    desk_prove(&desk, &b, desk.range_key, 1, 4);
    assert_int_equal(ask_only(&b, &horizon, &t), ANSWERED);
    assert_int_equal(t.threshold, 10 * WINDOW_ONE);
    assert_true(horizon < 4 + 14);
}

/* The client's clock in virtual time is the continuation's age, whichever server's clock says. */
static void a_continuation_of_the_future_has_no_age(void **state)
{
    (void)state;
    uint64_t horizon, now;
    struct transport t, later;
    struct request_body b = desk_body();
    struct session s = desk_session(&desk);
    s.transport.threshold = s.transport.window;
    s.issued_ms = desk.now_ms + 5000;
    desk_give(&desk, &s);
    desk_prove(&desk, &b, desk.range_key, 1, 10);
    assert_int_equal(ask_only(&b, &now, &t), ANSWERED);
    assert_int_equal(t.virtual_ms, 0);
    desk_wait(&desk, 6000);
    assert_int_equal(ask_only(&b, &horizon, &later), ANSWERED);
    assert_int_equal(later.virtual_ms, 1000);
    desk_wait(&desk, 5000);
    assert_int_equal(ask_only(&b, &horizon, &later), ANSWERED);
    assert_int_equal(later.virtual_ms, WINDOW_AGE_MOST_MS);
}

/* A datagram size is proven by a probe's answer, and lowered by asking for less. */
static void sizes_are_proven_up_and_asked_down(void **state)
{
    (void)state;
    struct request_body b = desk_body();
    b.flags = REQUEST_RENEW;
    b.datagram = PACKET_MAX; /* asking proves nothing */
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    desk_adopt(&desk);
    assert_int_equal(desk.purse.transport.datagram, DATAGRAM_BYTES);
    const size_t sizes[] = {REQUEST_MIN_BYTES, 1452, PACKET_MAX};
    for (size_t i = 0; i < 3; i++) {
        b.flags = REQUEST_PATH_PROBE;
        desk.least = sizes[i];
        assert_int_equal(desk_round(&desk, &b), ANSWERED);
        assert_int_equal(desk.burst.count, 1);
        assert_int_equal(desk.burst.used, sizes[i]);
        desk_adopt(&desk);
        assert_int_equal(desk.purse.transport.datagram, i ? sizes[i] : DATAGRAM_BYTES);
    }
    desk.least = 0;
    b.flags = REQUEST_RENEW;
    b.datagram = 2000;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    desk_adopt(&desk);
    assert_int_equal(desk.purse.transport.datagram, 2000);
    b.datagram = PACKET_MAX;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    desk_adopt(&desk);
    assert_int_equal(desk.purse.transport.datagram, 2000);
}

/* Who has moved gets a short answer, which proves no size. */
static void a_probe_from_elsewhere_proves_nothing(void **state)
{
    (void)state;
    struct request_body b = desk_body();
    b.flags = REQUEST_PATH_PROBE;
    b.datagram = PACKET_MAX;
    desk.least = PACKET_MAX;
    desk.address[18] ^= 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.used, DATA_BARE_BYTES);
    desk_adopt(&desk);
    assert_int_equal(desk.purse.transport.datagram, DATAGRAM_BYTES);
}

/* A copy of a request that asks for more than numbers earns nothing; one from elsewhere nothing but
 * a continuation, once. */
static void a_request_is_heard_once(void **state)
{
    (void)state;
    const uint8_t flags[] = {REQUEST_RENEW, REQUEST_PROBE, REQUEST_PATH_PROBE, REQUEST_CALL};
    for (size_t i = 0; i < 4; i++) {
        struct request_body b = desk_body();
        b.flags = flags[i];
        assert_int_equal(desk_round(&desk, &b), ANSWERED);
        assert_int_equal(desk_serve(&desk), DROP_REPEAT);
        desk.address[18] ^= 1;
        assert_int_equal(desk_serve(&desk), ANSWERED);
        assert_int_equal(desk.burst.used, DATA_BARE_BYTES);
        assert_int_equal(desk_serve(&desk), DROP_REPEAT);
        desk.address[18] ^= 1;
    }
    struct request_body b = desk_body();
    b.handle_count = b.item_count = 1;
    b.handles[0] = desk_handle(&desk, handle_room, desk.m);
    b.items[0] = item_of(1, 2, 0);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 2);
    assert_int_equal(desk_serve(&desk), ANSWERED);
    assert_int_equal(desk.burst.count, 0);
    desk.address[18] ^= 1; /* it has moved: the same, and once */
    assert_int_equal(desk_serve(&desk), ANSWERED);
    assert_int_equal(desk_serve(&desk), DROP_REPEAT);
}

/* So many answers a while that bring no number; those that do bring one are not counted. */
static void answers_without_numbers_are_few(void **state)
{
    (void)state;
    struct request_body b = desk_body();
    desk.now_ms -= desk.now_ms % SIZE_SLOT_MS;
    desk_wait(&desk, SIZE_SLOT_MS);
    b.flags = REQUEST_RENEW;
    b.handles[0] = desk_handle(&desk, handle_room, desk.m);
    for (uint32_t i = 1; i <= 3; i++) {
        b.handle_count = b.item_count = 1;
        b.items[0] = item_of(i, 1, 0);
        b.items[0].last = 10;
        assert_int_equal(desk_round(&desk, &b), ANSWERED);
        assert_true(desk.burst.count == 1 && desk_carrier(&desk) == 0);
    }
    for (int i = 0; i < LINEAGE_BARE; i++)
        assert_int_equal(desk_round(&desk, &b), ANSWERED); /* its number was sent before */
    assert_int_equal(desk_round(&desk, &b), DROP_BARE);
    b.items[0] = item_of(4, 1, 0); /* a whole packet, with no room for a continuation */
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_true(desk.burst.count == 1 && desk_carrier(&desk) < 0);
    b.flags = REQUEST_PATH_PROBE;
    desk.least = 1452;
    for (int i = 0; i < LINEAGE_SIZES; i++)
        assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk_round(&desk, &b), DROP_BARE);
    desk_wait(&desk, BARE_SLOT_MS);
    assert_int_equal(desk_round(&desk, &b), DROP_BARE);
    b.flags = REQUEST_RENEW;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    desk_wait(&desk, SIZE_SLOT_MS);
    b.flags = REQUEST_PATH_PROBE;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_honest_request_is_answered, open_desk),
        cmocka_unit_test_setup(lengths_out_of_range_are_dropped, open_desk),
        cmocka_unit_test_setup(a_flipped_bit_is_dropped_under_its_check, open_desk),
        cmocka_unit_test_setup(a_dead_or_strange_continuation_is_dropped, open_desk),
        cmocka_unit_test_setup(what_makes_no_sense_is_dropped, open_desk),
        cmocka_unit_test_setup(shares_are_checked, open_desk),
        cmocka_unit_test_setup(a_dead_share_is_refused, open_desk),
        cmocka_unit_test_setup(a_proof_earns_its_numbers_and_a_forged_one_nothing, open_desk),
        cmocka_unit_test_setup(a_proof_counts_from_the_base, open_desk),
        cmocka_unit_test_setup(a_probe_grants_one, open_desk),
        cmocka_unit_test_setup(slow_start_ends_on_request, open_desk),
        cmocka_unit_test_setup(a_continuation_of_the_future_has_no_age, open_desk),
        cmocka_unit_test_setup(sizes_are_proven_up_and_asked_down, open_desk),
        cmocka_unit_test_setup(a_probe_from_elsewhere_proves_nothing, open_desk),
        cmocka_unit_test_setup(a_request_is_heard_once, open_desk),
        cmocka_unit_test_setup(answers_without_numbers_are_few, open_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
