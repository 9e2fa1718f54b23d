/*
 * net/flush: source addresses, and what becomes of datagrams that cannot leave. Errors that a
 * healthy kernel will not give come from a scripted sendmmsg.
 */
#include "test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "net/clock.h"

/* What the next calls of sendmmsg do: an errno, or minus the number of messages to take. 0 ends it.
 */
static const int *script;
static unsigned calls, messages; /* of sendmmsg, and what they brought */

/* Takes the C library's place in this program. */
int sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags)
{
    int step = script && *script ? *script++ : -(int)count;
    calls++;
    messages += count;
    if (step > 0) {
        errno = step;
        return -1;
    }
    return (int)syscall(SYS_sendmmsg, fd, headers, (unsigned)-step, flags);
}

/* The largest messages do leave, and the kernel takes as many segments as we make. */
static void full_messages_leave(void **state)
{
    (void)state;
    struct udp sender = open_loopback(AF_INET6, false), to = open_loopback(AF_INET6, false);
    struct outbox *o = new_outbox(sender.gso);
    struct batch *b = new_batch();
    size_t lens[OUTBOX_SEGMENTS];
    for (uint32_t i = 0; i < OUTBOX_SEGMENTS; i++) {
        lens[i] = 1000;
        put(o, &to, 1000, i);
    }
    assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
    expect(&to, b, lens, OUTBOX_SEGMENTS, 0);
    lens[0] = OUTBOX_MESSAGE_BYTES;
    put(o, &to, OUTBOX_MESSAGE_BYTES, 9);
    assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
    expect(&to, b, lens, 1, 9);
    assert_int_equal(o->counters.sent, OUTBOX_SEGMENTS + 1);
    assert_int_equal(o->gso, sender.gso);
    free(o);
    free(b);
    udp_close(&sender);
    udp_close(&to);
}

/* What one request earns, 48 packets of a download and a shorter one behind, is one message of one
 * system call; what answers another client is a second message of the same call. */
static void an_answer_is_one_message(void **state)
{
    (void)state;
    struct udp sender = open_loopback(AF_INET, false), to = open_loopback(AF_INET, false),
               other = open_loopback(AF_INET, false);
    struct outbox *o = new_outbox(sender.gso);
    struct batch *b = new_batch();
    size_t lens[49];
    for (uint32_t i = 0; i < 49; i++) {
        lens[i] = i < 48 ? 1232 : 320;
        put(o, &to, lens[i], i);
    }
    put(o, &other, 400, 0);
    calls = messages = 0;
    assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
    assert_int_equal(calls, 1);
    assert_int_equal(messages, sender.gso ? 2 : 50);
    expect(&to, b, lens, 49, 0);
    expect(&other, b, (size_t[]){400}, 1, 0);
    free(o);
    free(b);
    udp_close(&sender);
    udp_close(&to);
    udp_close(&other);
}

/* A server bound to the wildcard answers from the address that was asked. */
static void ask_and_answer(struct udp *client, struct udp *server, struct address at)
{
    struct outbox *o = new_outbox(server->gso);
    struct batch *b = new_batch();
    struct udp to = {.self = at};
    to.self.sock.v4.sin_port = server->self.sock.v4.sin_port; /* at one place in both */
    put(o, &to, 20, 1);
    assert_int_equal(outbox_flush(o, client->fd), LETHE_OK);
    receive_some(b, server->fd);
    assert_int_equal(b->count, 1);
    struct address local = at;
    if (address_family(&at) == AF_INET6)
        local.sock.v6.sin6_scope_id = 0;
    assert_true(address_equal(b->datagrams[0].local, &local));
    for (size_t i = 0; i < 2; i++) { /* two, so that both kinds of control data travel */
        uint8_t *p = outbox_reserve(o, b->datagrams[0].from, b->datagrams[0].local, 30);
        fill(p, 30, 2);
        outbox_commit(o, 30);
    }
    assert_int_equal(outbox_flush(o, server->fd), LETHE_OK);
    assert_int_equal(o->counters.sent, 3);
    for (size_t seen = 0; seen < 2; seen += b->count) {
        receive_some(b, client->fd);
        for (size_t i = 0; i < b->count; i++)
            assert_true(address_equal(b->datagrams[i].from, &to.self));
    }
    free(o);
    free(b);
}

static void v4_answers_leave_from_where_they_were_asked(void **state)
{
    (void)state;
    struct udp server = open_at(address_any(AF_INET, 0), false);
    struct udp client = open_loopback(AF_INET, false);
    for (uint32_t i = 0; i < 3; i++) {
        struct address at = loopback(AF_INET);
        at.sock.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i);
        ask_and_answer(&client, &server, at);
    }
    udp_close(&client);
    udp_close(&server);
}

/* Needs a second IPv6 address, and takes whichever the machine has: often a link-local one. */
static void v6_answers_leave_from_where_they_were_asked(void **state)
{
    (void)state;
    struct ifaddrs *list;
    int tried = 0;
    assert_int_equal(getifaddrs(&list), 0);
    for (struct ifaddrs *i = list; i; i = i->ifa_next) {
        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET6)
            continue;
        struct address at = address_any(AF_INET6, 0);
        memcpy(&at.sock.v6, i->ifa_addr, sizeof at.sock.v6);
        bool own = IN6_IS_ADDR_LOOPBACK(&at.sock.v6.sin6_addr);
        bool link = IN6_IS_ADDR_LINKLOCAL(&at.sock.v6.sin6_addr);
        struct udp server = open_at(address_any(AF_INET6, 0), false);
        struct udp client = link ? open_at(at, false) : open_loopback(AF_INET6, false);
        ask_and_answer(&client, &server, at);
        udp_close(&client);
        udp_close(&server);
        tried += !own && !link;
    }
    freeifaddrs(list);
    if (tried == 0)
        skip();
}

/* The kernel refuses to cut up what it may not checksum, like a device that cannot. */
static void where_merging_fails_datagrams_go_singly(void **state)
{
    (void)state;
    struct udp sender = open_loopback(AF_INET, false), to = open_loopback(AF_INET, false);
    struct outbox *o = new_outbox(sender.gso);
    struct batch *b = new_batch();
    static const size_t lens[] = {500, 500, 500, 7, 8, 8};
    const int one = 1;
    assert_int_equal(setsockopt(sender.fd, SOL_SOCKET, SO_NO_CHECK, &one, sizeof one), 0);
    for (uint32_t i = 0; i < 6; i++)
        put(o, &to, lens[i], i);
    assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
    assert_int_equal(o->counters.sent, 6);
    assert_int_equal(total(&o->counters), 6);
    assert_false(o->gso);
    expect(&to, b, lens, 6, 0);
    put(o, &to, 500, 0);
    put(o, &to, 500, 1);
    assert_int_equal(o->count, 2);
    free(o);
    free(b);
    udp_close(&sender);
    udp_close(&to);
}

/* A peer whose packets fail for another reason must not slow down everybody's. */
static void one_bad_message_does_not_end_merging(void **state)
{
    (void)state;
    struct udp sender = open_loopback(AF_INET, false), to = open_loopback(AF_INET, false);
    struct outbox *o = new_outbox(true);
    struct batch *b = new_batch();
    struct address foreign = loopback(AF_INET);
    foreign.sock.v4.sin_addr.s_addr = htonl(0xcb007101); /* 203.0.113.1 */
    put(o, &to, 10, 0);
    for (int i = 0; i < 3; i++) {
        assert_non_null(outbox_reserve(o, &to.self, &foreign, 10));
        outbox_commit(o, 10);
    }
    put(o, &to, 10, 1);
    assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
    assert_int_equal(o->counters.sent, 2);
    assert_int_equal(o->counters.unreachable + o->counters.failed, 3); /* kernels differ */
    assert_true(o->gso);
    expect(&to, b, (size_t[]){10, 10}, 2, 0);
    free(o);
    free(b);
    udp_close(&sender);
    udp_close(&to);
}

struct loss {
    int script[12];
    struct outbox_counters want; /* of three messages with 2, 1 and 1 datagrams */
    bool singly;                 /* merging has ended */
};

static void every_loss_has_a_counter(void **state)
{
    (void)state;
    static const struct loss losses[] = {
        {.script = {0}, .want = {.sent = 4}},
        {.script = {-1, -1, -1}, .want = {.sent = 4}},
        {.script = {EINTR, -2, EINTR}, .want = {.sent = 4}},
        {.script = {EAGAIN, -1, EAGAIN}, .want = {.sent = 4}},
        {.script = {EAGAIN, EAGAIN, EAGAIN, EAGAIN, EAGAIN, -2}, .want = {.sent = 2, .full = 2}},
        {.script = {-1, EAGAIN, EAGAIN, EAGAIN, EAGAIN, EAGAIN, EAGAIN},
         .want = {.sent = 2, .full = 2}},
        {.script = {ENOBUFS, -1, ENOMEM}, .want = {.sent = 1, .starved = 3}},
        {.script = {ECONNREFUSED}, .want = {.sent = 4}}, /* of an earlier packet */
        {.script = {-1, ECONNREFUSED, -1, ECONNREFUSED}, .want = {.sent = 4}},
        {.script = {ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED},
         .want = {.sent = 2, .unreachable = 2}},
        {.script = {-1, EHOSTUNREACH, ENETUNREACH}, .want = {.sent = 2, .unreachable = 2}},
        {.script = {-2, EMSGSIZE}, .want = {.sent = 3, .too_long = 1}},
        {.script = {EMSGSIZE, EPERM}, .want = {.sent = 1, .too_long = 2, .failed = 1}},
        {.script = {EIO, EHOSTUNREACH}, .want = {.sent = 3, .unreachable = 1}, .singly = true},
        {.script = {EINVAL}, .want = {.sent = 4}, .singly = true},
        {.script = {EINVAL, EMSGSIZE}, .want = {.sent = 3, .too_long = 1}},
        {.script = {EOPNOTSUPP}, .want = {.sent = 4}, .singly = true},
        {.script = {ENOPROTOOPT}, .want = {.sent = 4}, .singly = true},
        {.script = {EIO, EIO, EIO, EIO, EIO}, .want = {.failed = 4}},
    };
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        struct udp sender = open_loopback(AF_INET, true), to = open_loopback(AF_INET, true);
        struct outbox *o = new_outbox(true);
        for (size_t k = 0; k < 4; k++)
            put(o, &to, (size_t[]){10, 10, 11, 12}[k], 0);
        script = losses[i].script;
        assert_int_equal(o->count, 3);
        assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
        script = NULL;
        assert_memory_equal(&o->counters, &losses[i].want, sizeof o->counters);
        assert_int_equal(o->gso, !losses[i].singly);
        assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
        assert_int_equal(total(&o->counters), 4);
        free(o);
        udp_close(&sender);
        udp_close(&to);
    }
}

static void what_is_no_socket_is_told(void **state)
{
    (void)state;
    struct udp to = open_loopback(AF_INET, true);
    struct outbox *o = new_outbox(false);
    put(o, &to, 10, 0);
    put(o, &to, 10, 0);
    assert_int_equal(outbox_flush(o, -1), LETHE_ERR_INTERNAL);
    assert_int_equal(o->counters.failed, 2);
    assert_int_equal(outbox_flush(o, -1), LETHE_OK);
    assert_int_equal(total(&o->counters), 2);
    free(o);
    udp_close(&to);
}

/* An Ethernet on which nobody answers: packets wait for an address resolution that never ends well,
   and keep the socket's buffer. */
static bool lonely_ethernet(void)
{
    struct ifreq r = {.ifr_name = "lonely", .ifr_flags = IFF_TAP | IFF_NO_PI};
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a090801)};
    int tap = open("/dev/net/tun", O_RDWR);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (tap < 0 || ioctl(tap, TUNSETIFF, &r) != 0)
        return false;
    memcpy(&r.ifr_addr, &a, sizeof a);
    if (ioctl(fd, SIOCSIFADDR, &r) != 0)
        return false;
    a.sin_addr.s_addr = htonl(0xffffff00);
    memcpy(&r.ifr_netmask, &a, sizeof a);
    if (ioctl(fd, SIOCSIFNETMASK, &r) != 0)
        return false;
    r.ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(fd, SIOCSIFFLAGS, &r) == 0;
}

struct stuck {
    uint64_t sent, full, others, first_ns, second_ns;
};

static bool flush_into_a_full_socket(void *result)
{
    struct stuck *s = result;
    static struct outbox o;
    struct udp u;
    const int small = 1; /* the kernel makes it its smallest */
    struct address at = address_any(AF_INET, 0), to = address_any(AF_INET, 9);
    to.sock.v4.sin_addr.s_addr = htonl(0x0a090802);
    if (!lonely_ethernet())
        _exit(77);
    if (udp_open(&u, &at, &(struct udp_options){0}) != LETHE_OK ||
        setsockopt(u.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small) != 0)
        return false;
    outbox_prepare(&o, false);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < OUTBOX_MESSAGES; i++) {
            memset(outbox_reserve(&o, &to, NULL, 1000), 0, 1000);
            outbox_commit(&o, 1000);
        }
        uint64_t before = clock_monotonic_ns();
        if (outbox_flush(&o, u.fd) != LETHE_OK)
            return false;
        *(round ? &s->second_ns : &s->first_ns) = clock_monotonic_ns() - before;
    }
    s->sent = o.counters.sent;
    s->full = o.counters.full;
    s->others = total(&o.counters) - s->sent - s->full;
    return true;
}

static void a_full_socket_loses_in_the_open(void **state)
{
    (void)state;
    struct stuck s;
    if (!run_apart(flush_into_a_full_socket, &s, sizeof s))
        skip();
    assert_int_equal(s.sent + s.full, 2 * OUTBOX_MESSAGES);
    assert_int_equal(s.others, 0);
    assert_in_range(s.sent, 1, OUTBOX_MESSAGES);
    /* It waited for room, and not again when there was still none. */
    assert_true(s.first_ns >= (uint64_t)OUTBOX_WAITS * OUTBOX_WAIT_NS);
    assert_true(s.second_ns < 60000000000u);
}

/* One wait in vain is enough until the socket has taken everything again. */
static void waiting_in_vain_is_not_repeated(void **state)
{
    (void)state;
    static const int always[] = {EAGAIN, EAGAIN, EAGAIN, EAGAIN, EAGAIN, EAGAIN, 0};
    struct udp sender = open_loopback(AF_INET, true), to = open_loopback(AF_INET, true);
    struct outbox *o = new_outbox(false);
    for (int round = 0; round < 4; round++) {
        put(o, &to, 10, 0);
        script = round == 2 ? NULL : always;
        assert_int_equal(outbox_flush(o, sender.fd), LETHE_OK);
        if (round !=
            2) /* tries: 1 and OUTBOX_WAITS after waiting; then only 1; after a success all */
            assert_int_equal(script - always, round == 1 ? 1 : 1 + OUTBOX_WAITS);
    }
    script = NULL;
    assert_int_equal(o->counters.full, 3);
    assert_int_equal(o->counters.sent, 1);
    free(o);
    udp_close(&sender);
    udp_close(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_messages_leave),
        cmocka_unit_test(an_answer_is_one_message),
        cmocka_unit_test(v4_answers_leave_from_where_they_were_asked),
        cmocka_unit_test(v6_answers_leave_from_where_they_were_asked),
        cmocka_unit_test(where_merging_fails_datagrams_go_singly),
        cmocka_unit_test(one_bad_message_does_not_end_merging),
        cmocka_unit_test(every_loss_has_a_counter),
        cmocka_unit_test(what_is_no_socket_is_told),
        cmocka_unit_test(a_full_socket_loses_in_the_open),
        cmocka_unit_test(waiting_in_vain_is_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
