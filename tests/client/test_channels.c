/* client/channels: what refuses is told of, what is silent is not, and a packet ends it; one
 * address may have a socket to itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/channels.h"
#include "lethe/error.h"
#include "net/clock.h"

static struct channels c;
static struct complaint why;

static struct udp open_loopback(int family)
{
    struct udp u;
    struct address at = address_any(family, 0);
    if (family == AF_INET)
        at.sock.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        at.sock.v6.sin6_addr = in6addr_loopback;
    assert_int_equal(udp_open(&u, &at, &(struct udp_options){0}), LETHE_OK);
    return u;
}

static void send_to(const struct address *at)
{
    uint8_t *out = channels_reserve(&c, at);
    assert_non_null(out);
    out[0] = 1;
    channels_commit(&c, at, 1);
    channels_flush(&c);
}

/* Until it is so, for 5 s at most. */
static void wait_until(bool refused, const struct address *at, size_t count)
{
    const uint64_t end = clock_monotonic_ns() + 5000000000u;
    while (channels_refused(&c, at, count) != refused) {
        assert_int_equal(loop_wait(&c.loop, end), LETHE_OK);
        (void)channels_receive(&c, AF_INET);
        (void)channels_receive(&c, AF_INET6);
    }
}

static void refusals_are_kept_until_a_packet_comes(void **state)
{
    (void)state;
    struct udp gone4 = open_loopback(AF_INET), gone6 = open_loopback(AF_INET6);
    struct udp silent = open_loopback(AF_INET);
    const struct address at[] = {gone4.self, gone6.self, silent.self};
    udp_close(&gone4);
    udp_close(&gone6);
    assert_int_equal(channels_open(&c, -1, &why), LETHE_OK);
    for (int i = 0; i < 3; i++)
        send_to(&at[i]);
    wait_until(true, at, 2);
    assert_true(channels_refused(&c, &at[1], 1));
    assert_false(channels_refused(&c, at, 3)); /* one of them is silent */
    assert_false(channels_refused(&c, &at[2], 1));
    send_to(&at[0]); /* what is known is not noted twice */
    struct address from;
    from.len = sizeof from.sock;
    char byte;
    assert_int_equal(recvfrom(silent.fd, &byte, 1, 0, &from.sock.any, &from.len), 1);
    assert_int_equal(sendto(silent.fd, "x", 1, 0, &from.sock.any, from.len), 1);
    wait_until(false, at, 1);
    channels_close(&c);
    udp_close(&silent);
}

static void answer(const struct udp *from, const struct address *to)
{
    assert_int_equal(sendto(from->fd, "x", 1, 0, &to->sock.any, to->len), 1);
}

/* Receives one packet and no more: whether it is this socket's. */
static bool hears(const struct udp *from)
{
    const uint64_t end = clock_monotonic_ns() + 5000000000u;
    do {
        assert_int_equal(loop_wait(&c.loop, end), LETHE_OK);
        if (!channels_receive(&c, AF_INET))
            (void)channels_receive(&c, AF_INET6);
    } while (c.batch.count == 0);
    assert_int_equal(c.batch.count, 1);
    return address_equal(c.batch.datagrams[0].from, &from->self);
}

/* The one that is attached first keeps it; the other family's is untouched. */
static void one_address_is_attached(void **state)
{
    (void)state;
    struct udp server[] = {open_loopback(AF_INET), open_loopback(AF_INET6)};
    struct udp stranger[] = {open_loopback(AF_INET), open_loopback(AF_INET6)};
    struct address to[2];
    assert_int_equal(channels_open(&c, -1, &why), LETHE_OK);
    for (int i = 0; i < 2; i++) {
        char byte;
        send_to(&server[i].self);
        to[i].len = sizeof to[i].sock;
        assert_int_equal(recvfrom(server[i].fd, &byte, 1, 0, &to[i].sock.any, &to[i].len), 1);
    }
    for (int i = 0; i < 2; i++) {
        channels_detach(&c); /* nothing is */
        channels_attach(&c, &server[i].self);
        channels_attach(&c, &stranger[0].self);
        answer(&stranger[i], &to[i]);
        answer(&server[i], &to[i]);
        assert_true(hears(&server[i]));
        answer(&stranger[!i], &to[!i]);
        assert_true(hears(&stranger[!i]));
        channels_detach(&c);
        answer(&stranger[i], &to[i]);
        assert_true(hears(&stranger[i]));
    }
    channels_close(&c);
    for (int i = 0; i < 2; i++) {
        udp_close(&server[i]);
        udp_close(&stranger[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_are_kept_until_a_packet_comes),
        cmocka_unit_test(one_address_is_attached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
