/* net/outbox: which datagrams share a message, and that all arrive, in order and byte for byte. */
#include "test_support.h"

struct peer {
    struct udp socket;
    uint32_t sent, seen; /* both number datagrams; the number is the seed and the first 4 bytes */
};

static void drain(struct peer *p, struct batch *b, const struct udp *from)
{
    while (p->seen < p->sent) {
        receive_some(b, p->socket.fd);
        for (size_t i = 0; i < b->count; i++, p->seen++) {
            const struct datagram *d = &b->datagrams[i];
            assert_true(d->len >= 4);
            uint32_t number;
            memcpy(&number, d->data, 4);
            assert_int_equal(number, p->seen);
            assert_filled(d->data + 4, d->len - 4, number ^ (uint32_t)d->len);
            assert_true(address_equal(d->from, &from->self));
        }
    }
}

/* 3000 datagrams in runs of random lengths to random peers, some reservations given back. */
static void mixed_case(int family, bool plain_out, bool plain_in)
{
    struct udp sender = open_loopback(family, plain_out);
    struct outbox *o = new_outbox(sender.gso);
    struct batch *b = new_batch();
    struct peer peers[3] = {0};
    for (int i = 0; i < 3; i++)
        peers[i].socket = open_loopback(family, plain_in);
    uint32_t x = 12345;
    struct peer *to = peers;
    size_t len = 100, unflushed = 0;
    for (int n = 0; n < 3000; n++) {
        x = x * 1664525u + 1013904223u;
        if (x >> 29 == 0)
            to = &peers[(x >> 8) % 3];
        if ((x >> 26 & 7) < 2)
            len = 4 + (x >> 8) % 1228;
        uint8_t *p = outbox_reserve(o, &to->socket.self, NULL, 1232);
        if (!p || unflushed + len > 40000) {
            assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
            for (int i = 0; i < 3; i++)
                drain(&peers[i], b, &sender);
            unflushed = 0;
            p = outbox_reserve(o, &to->socket.self, NULL, 1232);
        }
        assert_non_null(p);
        memset(p, 0xee, 1232);
        if ((x >> 20 & 15) == 0) {
            outbox_commit(o, 0);
            continue;
        }
        memcpy(p, &to->sent, 4);
        fill(p + 4, len - 4, to->sent ^ (uint32_t)len);
        outbox_commit(o, len);
        to->sent++;
        unflushed += len;
    }
    assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
    uint64_t sent = 0;
    for (int i = 0; i < 3; i++) {
        drain(&peers[i], b, &sender);
        sent += peers[i].sent;
        udp_close(&peers[i].socket);
    }
    assert_int_equal(o->counters.sent, sent);
    assert_int_equal(total(&o->counters), sent);
    assert_int_equal(b->counters.received, sent);
    assert_int_equal(o->gso, sender.gso);
    free(o);
    free(b);
    udp_close(&sender);
}

static void everything_arrives_in_order_however_it_is_sent(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++)
        mixed_case(FAMILIES[i & 1], i & 2, i & 4);
}

/* Which lengths share a message: equal ones, and one shorter that ends it. */
static void messages_are_merged_as_the_kernel_demands(void **state)
{
    (void)state;
    static const size_t lens[] = {100, 100, 100, 60, 60, 60, 61, 61, 1, 1, 1232, 100};
    const size_t count = sizeof lens / sizeof *lens;
    for (int i = 0; i < 2; i++) {
        struct udp sender = open_loopback(AF_INET, i), to = open_loopback(AF_INET, false);
        struct outbox *o = new_outbox(sender.gso);
        struct batch *b = new_batch();
        for (size_t k = 0; k < count; k++)
            put(o, &to, lens[k], (uint32_t)k);
        /* 100 100 100 60 | 60 60 | 61 61 1 | 1 | 1232 100 */
        assert_int_equal(o->count, sender.gso ? 5 : count);
        assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
        assert_int_equal(o->counters.sent, count);
        expect(&to, b, lens, count, 0);
        free(o);
        free(b);
        udp_close(&sender);
        udp_close(&to);
    }
}

static void a_message_has_limits(void **state)
{
    (void)state;
    struct udp to = open_loopback(AF_INET, false);
    struct outbox *o = new_outbox(true);
    for (uint32_t i = 0; i <= OUTBOX_SEGMENTS; i++)
        put(o, &to, 46, i);
    assert_int_equal(o->count, 2);
    outbox_prepare(o, true);
    for (uint32_t i = 0; i < 53; i++) /* 53 × 1232 = 65296 */
        put(o, &to, 1232, i);
    assert_int_equal(o->count, 2);
    assert_int_equal(o->messages[0].len, 52 * 1232);
    free(o);
    udp_close(&to);
}

static void a_full_outbox_says_so(void **state)
{
    (void)state;
    struct udp to = open_loopback(AF_INET, false);
    struct outbox *o = new_outbox(false);
    assert_null(outbox_reserve(o, &to.self, NULL, OUTBOX_MESSAGE_BYTES + 1));
    for (uint32_t i = 0; i < OUTBOX_MESSAGES; i++)
        put(o, &to, 1, i);
    assert_null(outbox_reserve(o, &to.self, NULL, 1));

    outbox_prepare(o, false);
    for (int i = 0; i < 4; i++)
        put(o, &to, 65000, 0);
    size_t left = OUTBOX_BYTES - 4 * 65000;
    assert_null(outbox_reserve(o, &to.self, NULL, left + 1));
    assert_non_null(outbox_reserve(o, &to.self, NULL, left));
    free(o);
    udp_close(&to);
}

/* Room that is promised is there, whatever the datagrams become; room that is not may be there. */
static void promised_room_is_there(void **state)
{
    (void)state;
    struct udp to = open_loopback(AF_INET, false);
    struct outbox *o = new_outbox(false);
    assert_true(outbox_has_room(o, OUTBOX_MESSAGES, OUTBOX_BYTES));
    assert_false(outbox_has_room(o, OUTBOX_MESSAGES + 1, 1));
    assert_false(outbox_has_room(o, 1, OUTBOX_BYTES + 1));
    assert_true(outbox_has_room(o, 0, 0));
    for (uint32_t i = 0; i < 3; i++)
        put(o, &to, 1000, i);
    assert_true(outbox_has_room(o, OUTBOX_MESSAGES - 3, OUTBOX_BYTES - 3000));
    assert_false(outbox_has_room(o, OUTBOX_MESSAGES - 2, 1));
    assert_false(outbox_has_room(o, 1, OUTBOX_BYTES - 2999));
    for (uint32_t i = 0; i < OUTBOX_MESSAGES - 3; i++)
        put(o, &to, (OUTBOX_BYTES - 3000) / (OUTBOX_MESSAGES - 3), i);
    assert_false(outbox_has_room(o, 1, 0));
    assert_true(outbox_has_room(o, 0, 0));
    free(o);
    udp_close(&to);
}

/* An answer is written in the room of one reservation and committed packet by packet: each
 * packet's own reservation is the place where it lies already. */
static void an_answer_of_many_packets_is_not_moved(void **state)
{
    (void)state;
    struct udp sender = open_loopback(AF_INET, false), to = open_loopback(AF_INET, false);
    struct outbox *o = new_outbox(sender.gso);
    struct batch *b = new_batch();
    static const size_t lens[] = {1232, 1232, 1232, 700, 320};
    put(o, &to, 9, 0);
    uint8_t *at = outbox_reserve(o, &to.self, NULL, OUTBOX_MESSAGE_BYTES);
    assert_non_null(at);
    for (uint32_t i = 0; i < 5; at += lens[i++])
        fill(at, lens[i], i + 1);
    at -= 1232 * 3 + 700 + 320;
    for (size_t i = 0; i < 5; at += lens[i++]) {
        assert_ptr_equal(outbox_reserve(o, &to.self, NULL, lens[i]), at);
        outbox_commit(o, lens[i]);
    }
    assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
    expect(&to, b, (size_t[]){9, 1232, 1232, 1232, 700, 320}, 6, 0);
    free(o);
    free(b);
    udp_close(&sender);
    udp_close(&to);
}

/* Datagrams for different sources do not share a message. */
static void sources_are_kept_apart(void **state)
{
    (void)state;
    struct udp to = open_loopback(AF_INET, false), other = to;
    struct outbox *o = new_outbox(true);
    struct address one = loopback(AF_INET), two = loopback(AF_INET);
    two.sock.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    other.self.sock.v4.sin_port ^= 1;
    const struct address *locals[] = {&one, &one, &two, NULL, NULL};
    for (size_t i = 0; i < 5; i++) {
        assert_non_null(outbox_reserve(o, &to.self, locals[i], 10));
        outbox_commit(o, 10);
    }
    assert_int_equal(o->count, 3);
    put(o, &other, 10, 0);
    assert_int_equal(o->count, 4);
    free(o);
    udp_close(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_arrives_in_order_however_it_is_sent),
        cmocka_unit_test(messages_are_merged_as_the_kernel_demands),
        cmocka_unit_test(a_message_has_limits),
        cmocka_unit_test(a_full_outbox_says_so),
        cmocka_unit_test(promised_room_is_there),
        cmocka_unit_test(an_answer_of_many_packets_is_not_moved),
        cmocka_unit_test(sources_are_kept_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
