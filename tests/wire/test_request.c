/* wire/request: the header at every length; bodies that come back, and how they are padded. */
#include "wire/test_support.h"

#include "wire/request.h"

static uint8_t continuation[CONTINUATION_BYTES], nonce[NONCE_BYTES];
static uint8_t shares[2][SHARE_BYTES], bytes[REQUEST_CALL_MAX], out[REQUEST_BODY_MAX];

enum { NONCE_AT = 198, COUNT_AT = 222, SHARES_AT = 223 };

static int decode(const uint8_t *p, size_t n)
{
    struct request q;
    return request_decode(&q, p, n);
}

static int decode_body(const uint8_t *p, size_t n)
{
    struct request_body b;
    return request_body_decode(&b, p, n);
}

static int number_all(void **state)
{
    (void)state;
    number_bytes(continuation, sizeof continuation, 1);
    number_bytes(nonce, sizeof nonce, 2);
    number_bytes(shares[0], sizeof shares[0], 3);
    number_bytes(shares[1], sizeof shares[1], 4);
    number_bytes(bytes, sizeof bytes, 5);
    memset(out, 0xee, sizeof out);
    return 0;
}

static struct request header_of(uint8_t share_count)
{
    return (struct request){.continuation = continuation,
                            .nonce = nonce,
                            .share_count = share_count,
                            .shares = {{0, shares[0]}, {1, shares[1]}}};
}

static void the_header_comes_back(void **state)
{
    (void)state;
    uint8_t packet[PACKET_MAX + 1];
    struct request q = header_of(0);
    number_bytes(packet, sizeof packet, 7);
    request_encode(packet, &q);
    assert_int_equal(packet[0], KIND_REQUEST);
    assert_memory_equal(packet + 1, continuation, 197);
    assert_memory_equal(packet + NONCE_AT, nonce, 24);
    assert_int_equal(packet[COUNT_AT], 0);
    assert_int_equal(packet[SHARES_AT], (uint8_t)(7 + 13 * SHARES_AT)); /* as it was */
    for (size_t n = 0; n <= sizeof packet; n++)
        assert_int_equal(decode_exactly(decode, packet, sizeof packet, n),
                         n >= 320 && n <= 8952 ? LETHE_OK : LETHE_ERR_FORMAT);
    memset(&q, 0xee, sizeof q);
    assert_int_equal(request_decode(&q, packet, 350), LETHE_OK);
    assert_ptr_equal(q.continuation, packet + 1);
    assert_ptr_equal(q.nonce, packet + NONCE_AT);
    assert_int_equal(q.share_count, 0);
    assert_ptr_equal(q.box, packet + SHARES_AT);
    assert_int_equal(q.box_len, 350 - SHARES_AT);
    only_these_values(decode, packet, 350, 0, KIND_REQUEST, KIND_REQUEST + 1);
}

/* Legs are not judged here: what the session does not lack, the server refuses. */
static void shares_come_back_before_the_box(void **state)
{
    (void)state;
    for (uint8_t count = 0; count <= 2; count++) {
        uint8_t packet[DATAGRAM_BYTES] = {0};
        struct request q = header_of(count);
        size_t box = SHARES_AT + (size_t)count * 106;
        assert_int_equal(REQUEST_HEADER_BYTES(count), box);
        packet[box] = 0xee;
        request_encode(packet, &q);
        assert_int_equal(packet[box], 0xee);
        memset(&q, 0xee, sizeof q);
        assert_int_equal(request_decode(&q, packet, 500), LETHE_OK);
        assert_int_equal(q.share_count, count);
        for (int i = 0; i < count; i++) {
            assert_int_equal(q.shares[i].leg, i);
            assert_ptr_equal(q.shares[i].share, packet + SHARES_AT + 1 + i * 106);
            assert_memory_equal(q.shares[i].share, shares[i], SHARE_BYTES);
            only_these_values(decode, packet, 500, SHARES_AT + (size_t)i * 106, 0, 256);
        }
        assert_ptr_equal(q.box, packet + box);
        assert_int_equal(q.box_len, 500 - box);
    }
}

/* Behind the shares there is room for a tag, at every length; and there are two shares at most. */
static void shares_leave_room_for_a_box(void **state)
{
    (void)state;
    for (uint8_t count = 0; count <= 2; count++) {
        uint8_t packet[PACKET_MAX + 8] = {0};
        const struct request q = header_of(count);
        request_encode(packet, &q);
        size_t least = SHARES_AT + (size_t)count * 106 + 16;
        for (size_t n = 0; n <= sizeof packet; n++)
            assert_int_equal(decode_exactly(decode, packet, sizeof packet, n),
                             n >= 320 && n >= least && n <= 8952 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    uint8_t roomy[DATAGRAM_BYTES] = {KIND_REQUEST};
    only_these_values(decode, roomy, sizeof roomy, COUNT_AT, 0, 3);
    only_these_values(decode, roomy, 451, COUNT_AT, 0, 3);
    only_these_values(decode, roomy, 450, COUNT_AT, 0, 2); /* 15 bytes are no tag */
    only_these_values(decode, roomy, 344, COUNT_AT, 0, 1);
}

/* A body with one of each. Handle and call are the bytes behind. */
static const uint8_t by_hand[] = {
    63, 0xab, 4, 3, 2, 1, 0xd0, 4,                  /* flags, generation, echo, datagram 1232 */
    2, 0, 0, 0x80, 1, 0x83, 0xe0, 1,                /* runs: 1, and 130 to 130 + 28675 */
    8, 7, 6, 5, 4, 3, 2, 1,                         /* sum */
    1, 49, 0, 5, 18, 31, 44, 57, 70, 83, 96, 109,   /* a handle */
    122, 135, 148, 161, 174, 187, 200, 213, 226, 239, 252, 9, 22, 35, 48, 61, 74, 87, 100, 113,
    126, 139, 152, 165, 178, 191, 204, 217, 230, 243, 0, 13, 26, 39, 52, 65, 78, 91, 104, 117,
    2, 9, 0, 0, 1, 0x90, 0, 1, 2, 3, 4, 5, 6, 7, 0, 0x9e, 4, /* 16 numbers, the first short */
    1, 0, 0, 0, 1, 254, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,        /* one number */
    0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 255, 3, 0, 5, 18, 31, /* a call */
};

static void a_body_written_out_by_hand(void **state)
{
    (void)state;
    struct request_body b;
    assert_int_equal(request_body_decode(&b, by_hand, sizeof by_hand), LETHE_OK);
    assert_int_equal(b.flags, REQUEST_RENEW | REQUEST_PROBE | REQUEST_END_SLOW_START |
                                  REQUEST_PATH_PROBE | REQUEST_CALL | REQUEST_AES);
    assert_int_equal(b.generation, 0xab);
    assert_int_equal(b.echo, 0x01020304);
    assert_int_equal(b.datagram, 1232);
    assert_int_equal(b.proof.count, 2);
    assert_true(b.proof.runs[0].first == 1 && b.proof.runs[0].last == 1);
    assert_true(b.proof.runs[1].first == 130 && b.proof.runs[1].last == 130 + 28675);
    assert_true(b.sum == 0x0102030405060708);
    assert_int_equal(b.handle_count, 1);
    assert_int_equal(b.handles[0].len, 49);
    assert_memory_equal(b.handles[0].p, bytes, 49);
    assert_int_equal(b.item_count, 2);
    const struct request_item *i = &b.items[0];
    assert_true(i->first == 0x1000009 && i->offset == 0x0007060504030201);
    assert_int_equal(i->count, 16);
    assert_true(i->short_first);
    assert_int_equal(i->handle, 0);
    assert_int_equal(i->last, 1182);
    i = &b.items[1];
    assert_true(i->first == 1 && i->offset == 0);
    assert_int_equal(i->count, 1);
    assert_false(i->short_first);
    assert_int_equal(i->handle, HANDLE_OPENED);
    assert_int_equal(i->last, 1);
    assert_true(b.call_id == 0x1122334455667788);
    assert_int_equal(b.call_handle, HANDLE_NONE);
    assert_int_equal(b.call_len, 3);
    assert_memory_equal(b.call, bytes, 3);
    assert_int_equal(request_body_encode(out, sizeof out, 0, &b), sizeof by_hand);
    assert_memory_equal(out, by_hand, sizeof by_hand);
}

static void draw_proof(struct rng *r, struct request_body *b)
{
    uint64_t end = 0;
    b->proof.count = between(r, 0, PROOF_RUNS_MAX);
    for (size_t i = 0; i < b->proof.count; i++) {
        struct run *run = &b->proof.runs[i];
        run->first = end + 1 + between(r, i > 0, UINT32_MAX >> rng_below(r, 32));
        end = run->last = run->first + between(r, 0, UINT32_MAX >> rng_below(r, 32));
    }
    b->sum = b->proof.count ? rng_u64(r) : 0;
}

static void draw_item(struct rng *r, const struct request_body *b, struct request_item *item)
{
    bool opened = b->flags & REQUEST_CALL && (b->handle_count == 0 || rng_below(r, 4) == 0);
    item->first = (uint32_t)between(r, 1, UINT32_MAX);
    item->count = (uint8_t)between(r, 1, REQUEST_ITEM_NUMBERS);
    item->short_first = rng_below(r, 2);
    item->handle = opened ? HANDLE_OPENED : (uint8_t)rng_below(r, b->handle_count);
    item->offset = between(r, 0, BODY_BYTES_MAX);
    item->last = (uint16_t)between(r, 1, UINT16_MAX);
}

static void draw_body(struct rng *r, struct request_body *b)
{
    memset(b, 0, sizeof *b);
    b->flags = (uint8_t)rng_below(r, REQUEST_FLAGS + 1);
    b->generation = (uint8_t)rng_u64(r);
    b->echo = (uint32_t)rng_u64(r);
    b->datagram = (uint16_t)between(r, DATAGRAM_BYTES, PACKET_MAX);
    draw_proof(r, b);
    b->handle_count = (uint8_t)between(r, 0, REQUEST_HANDLES_MAX);
    for (int i = 0; i < b->handle_count; i++)
        b->handles[i] = (struct request_handle){
            bytes + rng_below(r, 600), (uint16_t)between(r, HANDLE_BYTES_MIN, HANDLE_BYTES_MAX)};
    if (b->handle_count || b->flags & REQUEST_CALL)
        b->item_count = (uint8_t)between(r, 0, REQUEST_ITEMS_MAX);
    for (int i = 0; i < b->item_count; i++)
        draw_item(r, b, &b->items[i]);
    b->call_handle = HANDLE_NONE;
    if (!(b->flags & REQUEST_CALL))
        return;
    b->call_id = rng_u64(r);
    if (b->handle_count && rng_below(r, 2))
        b->call_handle = (uint8_t)rng_below(r, b->handle_count);
    b->call = bytes;
    b->call_len = (uint16_t)between(r, 0, REQUEST_CALL_MAX);
}

static void expect_same(const struct request_body *a, const struct request_body *b)
{
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->echo, b->echo);
    assert_int_equal(a->datagram, b->datagram);
    assert_int_equal(a->proof.count, b->proof.count);
    for (size_t i = 0; i < a->proof.count; i++) {
        assert_true(a->proof.runs[i].first == b->proof.runs[i].first);
        assert_true(a->proof.runs[i].last == b->proof.runs[i].last);
    }
    assert_true(a->sum == b->sum);
    assert_int_equal(a->handle_count, b->handle_count);
    for (int i = 0; i < a->handle_count; i++) {
        assert_int_equal(a->handles[i].len, b->handles[i].len);
        assert_memory_equal(a->handles[i].p, b->handles[i].p, a->handles[i].len);
    }
    assert_int_equal(a->item_count, b->item_count);
    for (int i = 0; i < a->item_count; i++) {
        const struct request_item *x = &a->items[i], *y = &b->items[i];
        assert_int_equal(x->first, y->first);
        assert_int_equal(x->count, y->count);
        assert_int_equal(x->short_first, y->short_first);
        assert_int_equal(x->handle, y->handle);
        assert_true(x->offset == y->offset);
        assert_int_equal(x->last, y->last);
    }
    assert_true(a->call_id == b->call_id);
    assert_int_equal(a->call_handle, b->call_handle);
    assert_int_equal(a->call_len, b->call_len);
    assert_int_equal(a->call != NULL, b->call != NULL);
    if (a->call_len)
        assert_memory_equal(a->call, b->call, a->call_len);
}

static void random_bodies_come_back(void **state)
{
    (void)state;
    struct rng r = rng_of(1);
    for (int i = 0; i < 300; i++) {
        struct request_body b, got;
        draw_body(&r, &b);
        size_t n = request_body_encode(out, sizeof out, 0, &b);
        assert_true(n > 0);
        memset(&got, 0xee, sizeof got);
        assert_int_equal(request_body_decode(&got, out, n), LETHE_OK);
        expect_same(&b, &got);
        for (size_t len = 0; len < n; len++)
            assert_int_equal(decode_exactly(decode_body, out, n, len), LETHE_ERR_FORMAT);
        assert_int_equal(decode_exactly(decode_body, out, n, n), LETHE_OK);
        assert_int_equal(decode_exactly(decode_body, out, n, n + 1), LETHE_OK); /* padding */
    }
}

/* Whatever decodes is encoded to the same bytes, up to the padding: nothing has two forms. */
static void what_decodes_has_one_form(void **state)
{
    (void)state;
    static uint8_t again[REQUEST_BODY_MAX];
    struct rng r = rng_of(2);
    int decoded = 0;
    for (int i = 0; i < 20000; i++) {
        struct request_body b;
        draw_body(&r, &b);
        size_t n = request_body_encode(out, sizeof out, 0, &b);
        for (uint64_t k = 1 + rng_below(&r, 3); k > 0; k--)
            out[rng_below(&r, rng_below(&r, 2) || n < 40 ? n : 40)] = (uint8_t)rng_u64(&r);
        if (request_body_decode(&b, out, n) != LETHE_OK)
            continue;
        decoded++;
        size_t used = request_body_encode(again, sizeof again, 0, &b);
        assert_in_range(used, 11, n);
        assert_memory_equal(again, out, used);
    }
    assert_true(decoded > 1000);
}

/* The largest proof there is ends far below 2^63. */
static void the_largest_numbers_do_not_wrap(void **state)
{
    (void)state;
    struct request_body got, b = {.datagram = PACKET_MAX, .call_handle = HANDLE_NONE};
    const uint64_t step = UINT32_MAX;
    b.proof.count = 64;
    for (uint64_t i = 0; i < 64; i++) {
        b.proof.runs[i].first = i * (2 * step + 1) + step + 1;
        b.proof.runs[i].last = b.proof.runs[i].first + step;
    }
    size_t n = request_body_encode(out, sizeof out, 0, &b);
    assert_int_equal(n, 8 + 1 + 64 * 10 + 8 + 2);
    assert_int_equal(request_body_decode(&got, out, n), LETHE_OK);
    expect_same(&b, &got);
    assert_true(got.proof.runs[63].last == 64 * (2 * step + 1));
}

static void a_small_body_is_padded(void **state)
{
    (void)state;
    struct request_body b = {.datagram = DATAGRAM_BYTES}, got;
    for (size_t least = 0; least < 200; least++) {
        memset(out, 0xee, sizeof out);
        size_t n = request_body_encode(out, sizeof out, least, &b);
        assert_int_equal(n, least < 11 ? 11 : least);
        assert_true(bytes_are_zero(out + 8, n - 8));
        assert_int_equal(out[n], 0xee);
        assert_int_equal(decode_exactly(decode_body, out, n, n), LETHE_OK);
        memset(out + 11, 0xee, 200);
        assert_int_equal(request_body_decode(&got, out, n), LETHE_OK); /* whatever it is */
        expect_same(&(struct request_body){.datagram = DATAGRAM_BYTES, .call_handle = HANDLE_NONE},
                    &got);
    }
}

static void a_body_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    struct rng r = rng_of(3);
    for (int i = 0; i < 30; i++) {
        struct request_body b;
        draw_body(&r, &b);
        size_t n = request_body_encode(out, sizeof out, 0, &b);
        for (size_t room = 0; room < n; room++) {
            out[room] = 0xee;
            assert_int_equal(request_body_encode(out, room, 0, &b), 0);
            assert_int_equal(out[room], 0xee);
        }
        assert_int_equal(request_body_encode(out, n, 0, &b), n);
        assert_int_equal(request_body_encode(out, n, n + 1, &b), 0); /* no room for the padding */
        assert_int_equal(request_body_encode(out, n + 1, n + 1, &b), n + 1);
    }
}

/* The largest body there is fits the largest packet, with every share. */
static void the_largest_body_fits(void **state)
{
    (void)state;
    struct request_body b = {.flags = REQUEST_FLAGS,
                             .datagram = PACKET_MAX,
                             .proof = {.count = PROOF_RUNS_MAX},
                             .handle_count = REQUEST_HANDLES_MAX,
                             .item_count = REQUEST_ITEMS_MAX,
                             .call_handle = HANDLE_NONE,
                             .call = bytes,
                             .call_len = REQUEST_CALL_MAX};
    uint64_t end = 0;
    for (int i = 0; i < PROOF_RUNS_MAX; i++) {
        b.proof.runs[i].first = end + 1 + UINT32_MAX;
        end = b.proof.runs[i].last = b.proof.runs[i].first + UINT32_MAX;
    }
    for (int i = 0; i < REQUEST_HANDLES_MAX; i++)
        b.handles[i] = (struct request_handle){bytes, HANDLE_BYTES_MAX};
    for (int i = 0; i < REQUEST_ITEMS_MAX; i++)
        b.items[i] = (struct request_item){.first = 1, .count = 16, .last = 1};
    size_t n = request_body_encode(out, sizeof out, 0, &b);
    assert_int_equal(n, 8 + 1 + 640 + 8 + 1 + 4 * 307 + 1 + 32 * 16 + 11 + 960);
    assert_int_equal(decode_exactly(decode_body, out, n, n), LETHE_OK);
    assert_true(n <= PACKET_MAX - REQUEST_HEADER_BYTES(REQUEST_SHARES_MAX) - TAG_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_header_comes_back, number_all),
        cmocka_unit_test_setup(shares_come_back_before_the_box, number_all),
        cmocka_unit_test_setup(shares_leave_room_for_a_box, number_all),
        cmocka_unit_test_setup(a_body_written_out_by_hand, number_all),
        cmocka_unit_test_setup(random_bodies_come_back, number_all),
        cmocka_unit_test_setup(what_decodes_has_one_form, number_all),
        cmocka_unit_test_setup(the_largest_numbers_do_not_wrap, number_all),
        cmocka_unit_test_setup(a_small_body_is_padded, number_all),
        cmocka_unit_test_setup(a_body_that_does_not_fit_is_not_written, number_all),
        cmocka_unit_test_setup(the_largest_body_fits, number_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
