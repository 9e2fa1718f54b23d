/* flow/answer, the half that fills: numbers, bytes, bursts, calls, statuses. */
#include "flow/answer_support.h"

#define SHORT (CHUNK - DATA_CARRIED_BYTES)

static void wanted_numbers_bring_their_bytes(void **state)
{
    (void)state;
    assert_int_equal(pull(item_of(2, 5, 777)), ANSWERED);
    assert_int_equal(desk.burst.count, 5);
    for (size_t i = 0; i < 5; i++) {
        expect_bytes(i, 2 + i, 777 + i * CHUNK, CHUNK);
        assert_int_equal(desk.burst.len[i], DATAGRAM_BYTES);
    }
    assert_int_equal(desk.shop.reads, 1);
    assert_int_equal(desk.request.sent, 5);
}

static void a_number_is_sent_once(void **state)
{
    (void)state;
    assert_int_equal(pull(item_of(3, 4, 0)), ANSWERED);
    assert_int_equal(desk.burst.count, 4);
    assert_int_equal(desk_serve(&desk), ANSWERED); /* the same packet again */
    assert_int_equal(desk.burst.count, 0);
    assert_int_equal(desk.shop.reads, 1); /* and it cost the service nothing */
    assert_int_equal(desk.request.struck, 4);
    assert_int_equal(pull(item_of(1, 8, 50000)), ANSWERED); /* other bytes, what is left of them */
    assert_int_equal(desk.burst.count, 4);
    expect_bytes(0, 1, 50000, CHUNK);
    expect_bytes(1, 2, 50000 + CHUNK, CHUNK);
    expect_bytes(2, 7, 50000 + 6 * CHUNK, CHUNK);
    expect_bytes(3, 8, 50000 + 7 * CHUNK, CHUNK);
    desk_wait(&desk, 10000);
    assert_int_equal(desk_serve(&desk), ANSWERED);
    assert_int_equal(desk.burst.count, 0);
}

/* Items that lie in two groups of the table, and at every place in one. */
static void every_place_among_the_strikes(void **state)
{
    (void)state;
    desk_widen(&desk, 200, 0);
    uint32_t first = 1;
    for (uint8_t count = 1; count <= REQUEST_ITEM_NUMBERS; count++) {
        assert_int_equal(pull(item_of(first, count, 0)), ANSWERED);
        assert_int_equal(desk.burst.count, count);
        expect_bytes((size_t)count - 1, first + count - 1U, (count - 1U) * CHUNK, CHUNK);
        assert_int_equal(desk_serve(&desk), ANSWERED);
        assert_int_equal(desk.burst.count, 0);
        first += count;
    }
    for (uint32_t n = 1; n < first; n++) {
        assert_int_equal(pull(item_of(n, 1, 0)), ANSWERED);
        assert_int_equal(desk.burst.count, 0);
    }
}

static void nothing_beyond_the_horizon(void **state)
{
    (void)state;
    assert_int_equal(pull(item_of(8, 16, 0)), ANSWERED);
    assert_int_equal(desk.burst.count, 3); /* 8, 9, 10 */
    assert_int_equal(desk.request.beyond, 13);
    assert_int_equal(pull(item_of(11, 1, 0)), ANSWERED);
    assert_int_equal(desk.burst.count, 0);
    struct request_body b = items_of((struct request_item[]){item_of(11, 2, 0)}, 1);
    b.flags = REQUEST_PROBE;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 1);
    expect_bytes(0, 11, 0, CHUNK);
}

/* What is accounted for is not sent, struck or not: a proof that passes over a number gives it up.
 */
static void nothing_below_the_base(void **state)
{
    (void)state;
    struct request_body b = items_of((struct request_item[]){item_of(1, 6, 0)}, 1);
    desk_prove(&desk, &b, desk.range_key, 1, 4);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 2);
    expect_bytes(0, 5, 4 * CHUNK, CHUNK);
}

static void numbers_pass_32_bits(void **state)
{
    (void)state;
    desk_widen(&desk, 20, UINT32_MAX - 3);
    assert_int_equal(pull(item_of(1, 6, 0)), ANSWERED);
    assert_int_equal(desk.burst.count, 6);
    for (size_t i = 0; i < 6; i++)
        expect_bytes(i, (uint64_t)UINT32_MAX - 2 + i, i * CHUNK, CHUNK);
}

static void the_end_of_the_body_clips(void **state)
{
    (void)state;
    desk.shop.size = 2 * CHUNK + 5;
    assert_int_equal(pull(item_of(1, 4, 0)), ANSWERED);
    assert_int_equal(desk.burst.count, 3);
    expect_bytes(2, 3, 2 * CHUNK, 5);
    assert_true(desk.shop.read_at == 0 && desk.shop.read_len == desk.shop.size);
    assert_int_equal(pull(item_of(5, 1, desk.shop.size)), ANSWERED);
    assert_int_equal(desk.burst.count, 0);
    assert_int_equal(pull(item_of(5, 1, BODY_BYTES_MAX)), ANSWERED);
    assert_int_equal(desk.burst.count, 0);
    desk.shop.size = 1 << 20; /* those numbers were not used up */
    assert_int_equal(pull(item_of(4, 2, 0)), ANSWERED);
    assert_int_equal(desk.burst.count, 2);
}

static void the_last_packet_may_be_short(void **state)
{
    (void)state;
    struct request_item item = item_of(1, 3, 10);
    item.last = 7;
    assert_int_equal(pull(item), ANSWERED);
    assert_int_equal(desk.burst.count, 3);
    expect_bytes(1, 2, 10 + CHUNK, CHUNK);
    expect_bytes(2, 3, 10 + 2 * CHUNK, 7);
    item = item_of(4, 1, 10);
    item.last = UINT16_MAX; /* more than fits is what fits */
    assert_int_equal(pull(item), ANSWERED);
    expect_bytes(0, 4, 10, CHUNK);
}

static void a_short_first_packet_carries_the_continuation(void **state)
{
    (void)state;
    struct request_item item = item_of(1, 3, 10);
    item.short_first = true;
    struct request_body b = items_of(&item, 1);
    b.flags = REQUEST_RENEW;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 3);
    assert_int_equal(desk_carrier(&desk), 0);
    assert_int_equal(desk.burst.len[0], DATAGRAM_BYTES);
    expect_bytes(0, 1, 10, SHORT);
    expect_bytes(1, 2, 10 + SHORT, CHUNK);
    desk_adopt(&desk);
    assert_int_equal(pull(item_of(4, 1, 0)), ANSWERED);
    expect_bytes(0, 4, 0, CHUNK);
}

static void a_continuation_without_room_comes_alone(void **state)
{
    (void)state;
    for (int jumbo = 0; jumbo < 2; jumbo++) {
        struct request_body b = items_of((struct request_item[]){item_of(1, 2, 0)}, 1);
        open_desk(NULL);
        b.flags = REQUEST_RENEW;
        desk.least = jumbo ? PACKET_MAX : 0; /* however long the request */
        assert_int_equal(desk_round(&desk, &b), ANSWERED);
        assert_int_equal(desk.burst.count, 3);
        assert_int_equal(desk_carrier(&desk), 2);
        assert_int_equal(desk.burst.len[2], DATA_BARE_BYTES);
        assert_int_equal(desk.got[2].flags, DATA_CONTINUATION);
        desk_adopt(&desk);
        assert_int_equal(desk_round(&desk, &b), ANSWERED);
        assert_int_equal(desk.burst.count, 1); /* numbers were struck */
    }
}

/* At most 64 packets and 65000 bytes; the rest is not struck, and comes when asked for again. */
static void a_burst_is_bounded(void **state)
{
    (void)state;
    const size_t sizes[] = {DATAGRAM_BYTES, 1300, 6500, PACKET_MAX}; /* 1300 and 6500 divide it */
    for (size_t k = 0; k < 4; k++) {
        struct request_item items[32];
        open_desk(NULL);
        desk.shop.size = 16 << 20;
        struct session s = desk_session(&desk);
        s.transport.window = s.transport.threshold = 1000 * WINDOW_ONE;
        s.transport.datagram = (uint16_t)sizes[k];
        desk_give(&desk, &s);
        const size_t full = DATA_CHUNK(sizes[k]);
        for (uint32_t i = 0; i < 32; i++) {
            items[i] = item_of(1 + 4 * i, 4, 4 * full * i);
            items[i].last = (uint16_t)full;
        }
        struct request_body b = items_of(items, 32);
        b.flags = REQUEST_RENEW;
        b.datagram = (uint16_t)sizes[k];
        desk.least = PACKET_MAX;
        size_t sent = 0, rounds = 0;
        while (sent < 128) {
            assert_true(rounds++ < 40);
            desk_wait(&desk, BARE_SLOT_MS / LINEAGE_BARE);
            assert_int_equal(desk_round(&desk, &b), ANSWERED);
            assert_true(desk.burst.count <= BURST_PACKETS && desk.burst.used <= BURST_BYTES);
            assert_int_equal(desk_carrier(&desk),
                             (int)desk.burst.count - 1); /* always room for it */
            for (size_t i = 0; i + 1 < desk.burst.count; i++)
                expect_bytes(i, desk.got[i].number, (desk.got[i].number - 1) * full, full);
            assert_true(desk.burst.count > 1);
            sent += desk.burst.count - 1;
        }
        assert_int_equal(sent, 128);
        assert_true(rounds <= 128 * sizes[k] / (BURST_BYTES - 2 * PACKET_MAX) + 1);
    }
}

/* Many short packets: it is their number that is bounded, the continuation's included. */
static void a_burst_of_short_packets_is_bounded(void **state)
{
    (void)state;
    struct request_item items[32];
    desk_widen(&desk, 200, 0);
    for (uint32_t i = 0; i < 29; i++) {
        items[i] = item_of(1 + i, 1, i);
        items[i].last = 1;
    }
    for (uint32_t i = 0; i < 3; i++)
        items[29 + i] = item_of(30 + 16 * i, 16, 0);
    struct request_body b = items_of(items, 32);
    desk.least = PACKET_MAX;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, BURST_PACKETS - 1); /* one is kept for a continuation */
    assert_int_equal(desk.request.sent, BURST_PACKETS - 1);
}

/* Space beyond a burst's is not used: what the service reads into has no more. */
static void more_room_is_not_used(void **state)
{
    (void)state;
    static uint8_t large[4 * BURST_BYTES];
    struct session s = desk_session(&desk);
    s.transport.window = s.transport.threshold = 1000 * WINDOW_ONE;
    s.transport.datagram = PACKET_MAX;
    desk_give(&desk, &s);
    struct request_body b = items_of((struct request_item[]){item_of(1, 16, 0)}, 1);
    b.datagram = PACKET_MAX;
    desk_ask(&desk, &b);
    const struct step st = desk_step(&desk);
    const struct lethe_service service = {
        .context = &desk.shop, .call = shop_call, .read = shop_read};
    struct burst burst = {.at = large, .room = sizeof large};
    assert_int_equal(flow_open(&desk.request, &st, desk.packet, desk.packet_len), ANSWERED);
    assert_int_equal(flow_answer(&desk.request, &st, &service, 0, &desk.scratch, &burst), ANSWERED);
    flow_wipe(&desk.request);
    assert_true(burst.count == 7 && burst.used <= BURST_BYTES);
    assert_true(desk.shop.read_len <= BURST_BYTES);
}

/* A status stands in place of the bytes, under a number that counts as received. */
static void what_reading_says_is_passed_on(void **state)
{
    (void)state;
    const uint8_t statuses[] = {LETHE_STATUS_CHANGED, LETHE_STATUS_BUSY, LETHE_STATUS_FAILED};
    for (uint32_t i = 0; i < 3; i++) {
        desk.shop.read_status = statuses[i];
        assert_int_equal(pull(item_of(1 + 2 * i, 2, 0)), ANSWERED);
        assert_int_equal(desk.burst.count, 1);
        assert_int_equal(desk.got[0].flags, DATA_PULL | DATA_STATUS);
        assert_int_equal(desk.got[0].status, statuses[i]);
        assert_int_equal(desk.got[0].number, 1 + 2 * i);
        assert_true(desk.got[0].range_nonce == range_nonce(desk.range_key, 1 + 2 * i));
        assert_int_equal(desk.got[0].bytes_len, 0);
    }
}

static void expect_no_handle(const struct request_body *b)
{
    const unsigned reads = desk.shop.reads;
    assert_int_equal(desk_round(&desk, b), ANSWERED);
    assert_int_equal(desk.burst.count, 1);
    assert_int_equal(desk.got[0].flags, DATA_PULL | DATA_STATUS);
    assert_int_equal(desk.got[0].status, LETHE_STATUS_HANDLE);
    assert_int_equal(desk.shop.reads, reads);
}

static void a_handle_that_does_not_open_says_so(void **state)
{
    (void)state;
    const uint8_t other[EXCHANGE_ID_BYTES] = {1}, key[COOKIE_KEY_BYTES] = {7};
    struct request_body b = items_of((struct request_item[]){item_of(1, 1, 0)}, 1);
    handle_room[60] ^= 1; /* forged */
    expect_no_handle(&b);
    b = items_of((struct request_item[]){item_of(2, 1, 0)}, 1);
    b.handles[0] = desk_handle(&desk, handle_room, other); /* of another session */
    expect_no_handle(&b);
    b = items_of((struct request_item[]){item_of(3, 1, 0)}, 1);
    desk_wait(&desk, 8 * RING_PERIOD_MS - 3000); /* its key is dead */
    ring_put(&desk.ring, 9, desk.now_ms - 3000, key);
    const struct session s = desk_session(&desk);
    desk_give(&desk, &s);
    expect_no_handle(&b);
}

static void an_aging_handle_is_told(void **state)
{
    (void)state;
    const uint8_t key[COOKIE_KEY_BYTES] = {7};
    struct request_body b = items_of((struct request_item[]){item_of(1, 1, 0)}, 1);
    desk_wait(&desk, 4 * RING_PERIOD_MS - 3000 - 1);
    ring_put(&desk.ring, 7, desk.now_ms - 3000, key);
    const struct session s = desk_session(&desk);
    desk_give(&desk, &s);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.got[0].flags, DATA_PULL);
    desk_wait(&desk, 1);
    b.items[0].first = 2;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.got[0].flags, DATA_PULL | DATA_AGING);
    expect_bytes(0, 2, 0, CHUNK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wanted_numbers_bring_their_bytes, open_desk),
        cmocka_unit_test_setup(a_number_is_sent_once, open_desk),
        cmocka_unit_test_setup(every_place_among_the_strikes, open_desk),
        cmocka_unit_test_setup(nothing_beyond_the_horizon, open_desk),
        cmocka_unit_test_setup(nothing_below_the_base, open_desk),
        cmocka_unit_test_setup(numbers_pass_32_bits, open_desk),
        cmocka_unit_test_setup(the_end_of_the_body_clips, open_desk),
        cmocka_unit_test_setup(the_last_packet_may_be_short, open_desk),
        cmocka_unit_test_setup(a_short_first_packet_carries_the_continuation, open_desk),
        cmocka_unit_test_setup(a_continuation_without_room_comes_alone, open_desk),
        cmocka_unit_test_setup(a_burst_is_bounded, open_desk),
        cmocka_unit_test_setup(a_burst_of_short_packets_is_bounded, open_desk),
        cmocka_unit_test_setup(more_room_is_not_used, open_desk),
        cmocka_unit_test_setup(what_reading_says_is_passed_on, open_desk),
        cmocka_unit_test_setup(a_handle_that_does_not_open_says_so, open_desk),
        cmocka_unit_test_setup(an_aging_handle_is_told, open_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
