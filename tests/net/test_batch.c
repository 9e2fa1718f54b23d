/* net/batch: splitting, addresses, and every way to drop. The sender is plain socket calls. */
#include "test_support.h"

#include <netinet/udp.h>

static void send_raw(int fd, const struct udp *to, const void *p, size_t n)
{
    assert_int_equal(sendto(fd, p, n, 0, &to->self.sock.any, to->self.len), (ssize_t)n);
}

/* Makes the kernel cut what fd sends into segments; false when it cannot. */
static bool cut(int fd, int segment)
{
    return setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment) == 0;
}

/* 10 datagrams of 1000 bytes and one of last, sent as one message. */
static void split_case(int family, bool plain, size_t last)
{
    static uint8_t bytes[11000];
    struct udp sender = open_loopback(family, true), receiver = open_loopback(family, plain);
    struct batch *batch = new_batch();
    size_t total = 10000 + last, count = last ? 11 : 10, seen = 0;
    if (!cut(sender.fd, 1000))
        skip();
    fill(bytes, total, 5);
    send_raw(sender.fd, &receiver, bytes, total);
    while (seen < count) {
        receive_some(batch, receiver.fd);
        for (size_t i = 0; i < batch->count; i++, seen++) {
            const struct datagram *d = &batch->datagrams[i];
            assert_true(seen < count);
            assert_int_equal(d->len, seen < 10 ? 1000 : last);
            assert_memory_equal(d->data, bytes + seen * 1000, d->len);
            assert_true(address_equal(d->from, &sender.self));
        }
        if (receiver.gro) /* it did come merged: one message */
            assert_int_equal(batch->count, count);
        if (receiver.gro)
            assert_ptr_equal(batch->datagrams[9].data, batch->datagrams[0].data + 9000);
    }
    assert_int_equal(batch->counters.received, count);
    free(batch);
    udp_close(&sender);
    udp_close(&receiver);
}

static void merged_datagrams_are_split_where_they_were_joined(void **state)
{
    (void)state;
    static const size_t lasts[] = {0, 1, 137, 999};
    for (int i = 0; i < 16; i++)
        split_case(FAMILIES[i & 1], i & 2, lasts[i / 4]);
}

static void both_addresses_are_told(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct udp receiver = open_at(address_any(FAMILIES[i], 0), false);
        struct udp sender = open_loopback(FAMILIES[i], false), to = receiver;
        struct batch *batch = new_batch();
        struct address local = loopback(FAMILIES[i]);
        to.self = loopback(FAMILIES[i]);
        to.self.sock.v4.sin_port = receiver.self.sock.v4.sin_port; /* at one place in both */
        if (FAMILIES[i] == AF_INET) {
            to.self.sock.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
            local.sock.v4.sin_addr = to.self.sock.v4.sin_addr;
        }
        send_raw(sender.fd, &to, "hello", 5);
        receive_some(batch, receiver.fd);
        assert_int_equal(batch->count, 1);
        assert_int_equal(batch->datagrams[0].len, 5);
        assert_memory_equal(batch->datagrams[0].data, "hello", 5);
        assert_true(address_equal(batch->datagrams[0].from, &sender.self));
        assert_true(address_equal(batch->datagrams[0].local, &local));
        free(batch);
        udp_close(&sender);
        udp_close(&receiver);
    }
}

/* An answer cannot leave from a broadcast address: the kernel's own choice is told instead. */
static void a_broadcast_tells_an_address_to_answer_from(void **state)
{
    (void)state;
    struct udp receiver = open_at(address_any(AF_INET, 0), false), to = receiver;
    struct udp sender = open_at(address_any(AF_INET, 0), true);
    struct batch *batch = new_batch();
    struct address local = loopback(AF_INET);
    const int one = 1;
    assert_int_equal(setsockopt(sender.fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof one), 0);
    to.self.sock.v4.sin_addr.s_addr = htonl(0x7fffffff);
    send_raw(sender.fd, &to, "x", 1);
    receive_some(batch, receiver.fd);
    assert_int_equal(batch->count, 1);
    assert_true(address_equal(batch->datagrams[0].local, &local));
    free(batch);
    udp_close(&sender);
    udp_close(&receiver);
}

/* One call takes BATCH_MESSAGES and leaves the rest; addresses do not leak between messages. */
static void one_call_takes_a_batch(void **state)
{
    (void)state;
    struct udp receiver = open_loopback(AF_INET, false);
    struct udp senders[2] = {open_loopback(AF_INET, true), open_loopback(AF_INET, true)};
    struct batch *batch = new_batch();
    for (uint8_t i = 0; i < BATCH_MESSAGES + 3; i++)
        send_raw(senders[i % 2].fd, &receiver, &i, 1);
    for (size_t round = 0; round < 2; round++) {
        receive_some(batch, receiver.fd);
        assert_int_equal(batch->count, round == 0 ? BATCH_MESSAGES : 3);
        for (size_t i = 0; i < batch->count; i++) {
            assert_int_equal(batch->datagrams[i].data[0], round * BATCH_MESSAGES + i);
            assert_true(address_equal(batch->datagrams[i].from, &senders[i % 2].self));
        }
    }
    assert_int_equal(batch_receive(batch, receiver.fd), LETHE_OK);
    assert_int_equal(batch->count, 0);
    assert_int_equal(batch->counters.received, BATCH_MESSAGES + 3);
    free(batch);
    udp_close(&receiver);
    udp_close(&senders[0]);
    udp_close(&senders[1]);
}

static void truncated_messages_are_dropped(void **state)
{
    (void)state;
    static uint8_t bytes[BATCH_MESSAGE_BYTES + 1];
    struct batch *batch = new_batch();
    int pair[2];
    /* No UDP datagram outgrows the buffer, but this kind of socket has longer ones. */
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    assert_int_equal(send(pair[0], bytes, sizeof bytes, 0), sizeof bytes);
    assert_int_equal(send(pair[0], bytes, sizeof bytes - 1, 0), sizeof bytes - 1);
    receive_some(batch, pair[1]);
    assert_int_equal(batch->count, 1);
    assert_int_equal(batch->datagrams[0].len, BATCH_MESSAGE_BYTES);
    assert_int_equal(address_family(batch->datagrams[0].from), AF_UNSPEC);
    assert_int_equal(address_family(batch->datagrams[0].local), AF_UNSPEC);
    assert_int_equal(batch->counters.truncated, 1);
    free(batch);
    close(pair[0]);
    close(pair[1]);
}

/* Without its control data a merged message would pass for one long datagram. */
static void truncated_control_data_drops_the_message(void **state)
{
    (void)state;
    struct udp receiver = open_loopback(AF_INET, false), sender = open_loopback(AF_INET, true);
    struct batch *batch = new_batch();
    const int one = 1;
    setsockopt(receiver.fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    setsockopt(receiver.fd, IPPROTO_IP, IP_RECVTTL, &one, sizeof one);
    setsockopt(receiver.fd, IPPROTO_IP, IP_RECVTOS, &one, sizeof one);
    send_raw(sender.fd, &receiver, "hello", 5);
    receive_some(batch, receiver.fd);
    assert_int_equal(batch->count, 0);
    assert_int_equal(batch->counters.truncated, 1);
    free(batch);
    udp_close(&receiver);
    udp_close(&sender);
}

static void empty_datagrams_are_dropped(void **state)
{
    (void)state;
    struct udp receiver = open_loopback(AF_INET6, false), sender = open_loopback(AF_INET6, true);
    struct batch *batch = new_batch();
    send_raw(sender.fd, &receiver, "", 0);
    send_raw(sender.fd, &receiver, "x", 1);
    receive_some(batch, receiver.fd);
    assert_int_equal(batch->count, 1);
    assert_int_equal(batch->counters.empty, 1);
    assert_int_equal(batch->counters.received, 1);
    free(batch);
    udp_close(&receiver);
    udp_close(&sender);
}

/* Newer kernels let a local sender merge 128, more than we have room for. */
static void too_many_datagrams_are_counted(void **state)
{
    (void)state;
    static uint8_t bytes[128];
    struct udp receiver = open_loopback(AF_INET, false), sender = open_loopback(AF_INET, true);
    struct batch *batch = new_batch();
    ssize_t sent = 0;
    for (int i = 0; cut(sender.fd, 1) && i < BATCH_MESSAGES; i++)
        sent +=
            sendto(sender.fd, bytes, sizeof bytes, 0, &receiver.self.sock.any, receiver.self.len);
    if (receiver.gro && sent == (ssize_t)sizeof bytes * BATCH_MESSAGES) {
        receive_some(batch, receiver.fd);
        assert_int_equal(batch->count, BATCH_DATAGRAMS);
        assert_int_equal(batch->counters.received, BATCH_DATAGRAMS);
        assert_int_equal(batch->counters.overflow, BATCH_DATAGRAMS);
    }
    free(batch);
    udp_close(&receiver);
    udp_close(&sender);
}

static void errors_that_pass_and_errors_that_stay(void **state)
{
    (void)state;
    struct udp gone = open_loopback(AF_INET, false), receiver = open_loopback(AF_INET, false);
    struct batch *batch = new_batch();
    assert_int_equal(batch_receive(batch, receiver.fd), LETHE_OK);
    assert_int_equal(batch->count, 0);

    /* Only a connected socket hears of ICMP errors: Lethe's never is, but node/ must survive one.
     */
    udp_close(&gone);
    assert_int_equal(connect(receiver.fd, &gone.self.sock.any, gone.self.len), 0);
    assert_int_equal(send(receiver.fd, "x", 1, 0), 1);
    receive_some(batch, receiver.fd);
    assert_int_equal(batch->count, 0);
    assert_int_equal(batch->counters.unreachable, 1);

    udp_close(&receiver);
    assert_int_equal(batch_receive(batch, -1), LETHE_ERR_INTERNAL);
    assert_int_equal(batch_receive(batch, STDIN_FILENO), LETHE_ERR_INTERNAL);
    assert_int_equal(batch->counters.unreachable, 1);
    assert_int_equal(batch->counters.starved, 0);
    free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merged_datagrams_are_split_where_they_were_joined),
        cmocka_unit_test(both_addresses_are_told),
        cmocka_unit_test(a_broadcast_tells_an_address_to_answer_from),
        cmocka_unit_test(one_call_takes_a_batch),
        cmocka_unit_test(truncated_messages_are_dropped),
        cmocka_unit_test(truncated_control_data_drops_the_message),
        cmocka_unit_test(empty_datagrams_are_dropped),
        cmocka_unit_test(too_many_datagrams_are_counted),
        cmocka_unit_test(errors_that_pass_and_errors_that_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
