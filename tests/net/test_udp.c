/* net/udp: what a socket is told when it is opened, and how opening fails. */
#include "test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t n = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &n), 0);
    return value;
}

static void options_hold(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct udp u = open_loopback(FAMILIES[i], false);
        assert_true(fcntl(u.fd, F_GETFL) & O_NONBLOCK);
        assert_true(fcntl(u.fd, F_GETFD) & FD_CLOEXEC);
        assert_int_not_equal(address_port(&u.self), 0);
        if (FAMILIES[i] == AF_INET) {
            assert_int_equal(option(u.fd, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_PROBE);
            assert_int_equal(option(u.fd, IPPROTO_IP, IP_PKTINFO), 1);
        } else {
            assert_int_equal(option(u.fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER), IPV6_PMTUDISC_PROBE);
            assert_int_equal(option(u.fd, IPPROTO_IPV6, IPV6_RECVPKTINFO), 1);
            assert_int_equal(option(u.fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
            assert_int_equal(option(u.fd, IPPROTO_IPV6, IPV6_DONTFRAG), 1);
        }
        if (u.gro)
            assert_int_equal(option(u.fd, SOL_UDP, UDP_GRO), 1);
        udp_close(&u);
        assert_int_equal(u.fd, -1);
        udp_close(&u);
    }
}

static void the_buffers_grow(void **state)
{
    (void)state;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int most = UDP_BUFFER_BYTES;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &most, sizeof most), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof most), 0);
    struct udp u = open_loopback(AF_INET, false);
    assert_int_equal(option(u.fd, SOL_SOCKET, SO_RCVBUF), option(fd, SOL_SOCKET, SO_RCVBUF));
    assert_int_equal(option(u.fd, SOL_SOCKET, SO_SNDBUF), option(fd, SOL_SOCKET, SO_SNDBUF));
    udp_close(&u);
    close(fd);
}

static void plain_means_plain(void **state)
{
    (void)state;
    struct udp u = open_loopback(AF_INET, true);
    assert_false(u.gso);
    assert_false(u.gro);
    udp_close(&u);
}

static void a_taken_port_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct udp first = open_loopback(FAMILIES[i], false), second;
        const struct udp_options options = {0};
        assert_int_equal(udp_open(&second, &first.self, &options), LETHE_ERR_IN_USE);
        assert_int_equal(second.fd, -1);
        udp_close(&first);
    }
}

static void a_port_is_shared_on_request(void **state)
{
    (void)state;
    const struct udp_options options = {.reuse_port = true};
    struct address at = loopback(AF_INET6);
    struct udp first, second;
    assert_int_equal(udp_open(&first, &at, &options), LETHE_OK);
    assert_int_equal(udp_open(&second, &first.self, &options), LETHE_OK);
    assert_true(address_equal(&first.self, &second.self));
    udp_close(&first);
    udp_close(&second);
}

static void one_port_serves_both_families(void **state)
{
    (void)state;
    struct udp v6 = open_at(address_any(AF_INET6, 0), false);
    struct udp v4 = open_at(address_any(AF_INET, address_port(&v6.self)), false);
    udp_close(&v6);
    udp_close(&v4);
}

static void mistakes_have_names(void **state)
{
    (void)state;
    struct udp u;
    const struct udp_options options = {0};
    struct address at = {0};
    assert_int_equal(udp_open(&u, &at, &options), LETHE_ERR_USAGE);
    assert_int_equal(u.fd, -1);
    const char *why;
    assert_int_equal(address_parse(&at, "203.0.113.77:0", 0, &why), LETHE_OK);
    assert_int_equal(udp_open(&u, &at, &options), LETHE_ERR_NETWORK);
    assert_int_equal(u.fd, -1);
}

static bool open_low_port_without_privilege(void *result)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    struct udp u;
    const struct address at = address_any(AF_INET, 1);
    if (syscall(SYS_capset, &header, none) != 0)
        return false;
    *(int *)result = udp_open(&u, &at, &(struct udp_options){0});
    return true;
}

static void a_missing_privilege_is_told(void **state)
{
    (void)state;
    int rc = 1;
    if (!run_apart(open_low_port_without_privilege, &rc, sizeof rc))
        skip();
    assert_int_equal(rc, LETHE_ERR_PERMISSION);
}

/* Whether a datagram of len bytes leaves through a loopback with an MTU of 1500, or the error. */
static int try_length(int family, size_t len)
{
    static const uint8_t bytes[2000];
    struct udp u;
    struct address at = loopback(family);
    if (udp_open(&u, &at, &(struct udp_options){0}) != LETHE_OK)
        return -1;
    ssize_t n = sendto(u.fd, bytes, len, 0, &u.self.sock.any, u.self.len);
    int rc = n == (ssize_t)len ? 0 : errno;
    udp_close(&u);
    return rc;
}

static bool send_around_the_mtu(void *result)
{
    int *out = result;
    struct ifreq r = {.ifr_name = "lo", .ifr_mtu = 1500};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (ioctl(fd, SIOCSIFMTU, &r) != 0)
        return false;
    r.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(fd, SIOCSIFFLAGS, &r) != 0)
        return false;
    out[0] = try_length(AF_INET, 1472);
    out[1] = try_length(AF_INET, 1473);
    out[2] = try_length(AF_INET6, 1452);
    out[3] = try_length(AF_INET6, 1453);
    return true;
}

static void nothing_is_fragmented(void **state)
{
    (void)state;
    int rc[4] = {-1, -1, -1, -1};
    if (!run_apart(send_around_the_mtu, rc, sizeof rc))
        skip();
    assert_int_equal(rc[0], 0);
    assert_int_equal(rc[1], EMSGSIZE);
    assert_int_equal(rc[2], 0);
    assert_int_equal(rc[3], EMSGSIZE);
}

/* A closed port of loopback answers with ICMP; the address is told once, and no packet of others'.
 */
static void a_refusal_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct udp gone = open_loopback(FAMILIES[i], false), u, deaf;
        struct address at = loopback(FAMILIES[i]), to = gone.self, told;
        udp_close(&gone);
        assert_int_equal(udp_open(&u, &at, &(struct udp_options){.refusals = true}), LETHE_OK);
        deaf = open_loopback(FAMILIES[i], false);
        assert_false(udp_refused(&u, &told));
        assert_int_equal(sendto(deaf.fd, "x", 1, 0, &to.sock.any, to.len), 1);
        assert_int_equal(sendto(u.fd, "x", 1, 0, &deaf.self.sock.any, deaf.self.len), 1);
        assert_int_equal(sendto(u.fd, "x", 1, 0, &to.sock.any, to.len), 1);
        struct pollfd p = {.fd = u.fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, 5000), 1);
        assert_true(p.revents & POLLERR);
        assert_true(udp_refused(&u, &told));
        assert_true(address_equal(&told, &to));
        assert_false(udp_refused(&u, &told));
        assert_int_equal(poll(&p, 1, 0), 0);
        assert_false(udp_refused(&deaf, &told));
        udp_close(&u);
        udp_close(&deaf);
    }
}

static void send_byte(const struct udp *from, const struct address *to, char byte)
{
    assert_int_equal(sendto(from->fd, &byte, 1, 0, &to->sock.any, to->len), 1);
}

/* The next byte, and whether it came from there. */
static char next_byte(const struct udp *u, const struct address *expected)
{
    struct pollfd p = {.fd = u->fd, .events = POLLIN};
    struct address from = {.len = sizeof from.sock};
    char byte = 0;
    assert_int_equal(poll(&p, 1, 5000), 1);
    assert_int_equal(recvfrom(u->fd, &byte, 1, 0, &from.sock.any, &from.len), 1);
    assert_true(address_equal(&from, expected));
    return byte;
}

/* Again and again: the kernel gives a port that it chose away, and keeps one that it was told. */
static void an_attached_socket_hears_one_address(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct udp server = open_loopback(FAMILIES[i], false);
        struct udp stranger = open_loopback(FAMILIES[i], false);
        struct udp u = open_at(address_any(FAMILIES[i], 0), false);
        struct address at = loopback(FAMILIES[i]);
        if (FAMILIES[i] == AF_INET)
            at.sock.v4.sin_port = htons(address_port(&u.self));
        else
            at.sock.v6.sin6_port = htons(address_port(&u.self));
        for (int again = 0; again < 3; again++) {
            assert_true(udp_attach(&u, &server.self));
            send_byte(&stranger, &at, 'x');
            send_byte(&server, &at, 's');
            assert_int_equal(next_byte(&u, &server.self), 's');
            send_byte(&u, &server.self, 'a');
            assert_int_equal(next_byte(&server, &at), 'a');
            udp_detach(&u);
            send_byte(&stranger, &at, 'y');
            assert_int_equal(next_byte(&u, &stranger.self), 'y'); /* and x never came */
            send_byte(&u, &server.self, 'd');
            assert_int_equal(next_byte(&server, &at), 'd');
        }
        udp_close(&u);
        udp_close(&stranger);
        udp_close(&server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_hold),
        cmocka_unit_test(the_buffers_grow),
        cmocka_unit_test(plain_means_plain),
        cmocka_unit_test(a_taken_port_is_told),
        cmocka_unit_test(a_port_is_shared_on_request),
        cmocka_unit_test(one_port_serves_both_families),
        cmocka_unit_test(mistakes_have_names),
        cmocka_unit_test(a_missing_privilege_is_told),
        cmocka_unit_test(nothing_is_fragmented),
        cmocka_unit_test(a_refusal_is_told),
        cmocka_unit_test(an_attached_socket_hears_one_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
