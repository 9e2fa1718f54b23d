/*
 * Everything that a socket is told once, so that the packet path need not: which
 * options must hold (or opening fails) and which are only asked for (buffers, GRO, GSO).
 */
#include "net/udp.h"
#include "lethe/error.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

static bool set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

static bool set_v4(int fd)
{
    return set(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
           set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
}

static bool set_v6(int fd)
{
    return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
           set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE) &&
           set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
}

static int error_of(int err)
{
    switch (err) {
    case EADDRINUSE:
        return LETHE_ERR_IN_USE;
    case EACCES:
    case EPERM:
        return LETHE_ERR_PERMISSION;
    default:
        return LETHE_ERR_NETWORK;
    }
}

/* What the kernel may refuse without harm. */
static void ask_for_speed(struct udp *udp, bool plain)
{
    int segment = 0;
    socklen_t n = sizeof segment;

    (void)set(udp->fd, SOL_SOCKET, SO_RCVBUF, UDP_BUFFER_BYTES);
    (void)set(udp->fd, SOL_SOCKET, SO_SNDBUF, UDP_BUFFER_BYTES);
    udp->gro = !plain && set(udp->fd, SOL_UDP, UDP_GRO, 1);
    udp->gso = !plain && getsockopt(udp->fd, SOL_UDP, UDP_SEGMENT, &segment, &n) == 0;
}

static bool set_up(struct udp *udp, const struct address *at, const struct udp_options *options)
{
    if (!(address_family(at) == AF_INET ? set_v4(udp->fd) : set_v6(udp->fd)))
        return false;
    if (options->refusals &&
        !(address_family(at) == AF_INET ? set(udp->fd, IPPROTO_IP, IP_RECVERR, 1)
                                        : set(udp->fd, IPPROTO_IPV6, IPV6_RECVERR, 1)))
        return false;
    if (options->reuse_port && !set(udp->fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return false;
    ask_for_speed(udp, options->plain);
    if (bind(udp->fd, &at->sock.any, at->len) != 0)
        return false;
    udp->self.len = sizeof udp->self.sock;
    return getsockname(udp->fd, &udp->self.sock.any, &udp->self.len) == 0;
}

int udp_open(struct udp *udp, const struct address *at, const struct udp_options *options)
{
    int family = address_family(at);
    *udp = (struct udp){.fd = -1};
    if (family != AF_INET && family != AF_INET6)
        return LETHE_ERR_USAGE;
    udp->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd < 0)
        return error_of(errno);
    if (!set_up(udp, at, options)) {
        int rc = error_of(errno);
        udp_close(udp);
        return rc;
    }
    return LETHE_OK;
}

bool udp_attach(struct udp *udp, const struct address *to)
{
    return connect(udp->fd, &to->sock.any, to->len) == 0;
}

/* A port that the kernel chose goes with the connection, and is asked for by its number then. */
void udp_detach(struct udp *udp)
{
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    (void)connect(udp->fd, &none, sizeof none);
    (void)bind(udp->fd, &udp->self.sock.any, udp->self.len);
}

static bool is_refusal(struct msghdr *h)
{
    struct sock_extended_err e;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
        const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
        if (!v4 && !v6)
            continue;
        memcpy(&e, CMSG_DATA(c), sizeof e);
        return e.ee_errno == ECONNREFUSED;
    }
    return false;
}

bool udp_refused(const struct udp *udp, struct address *at)
{
    _Alignas(struct cmsghdr) uint8_t control[256];
    uint8_t byte; /* of the packet that was refused: of no use */
    struct iovec span = {&byte, sizeof byte};
    for (;;) {
        struct msghdr h = {.msg_name = &at->sock,
                           .msg_namelen = sizeof at->sock,
                           .msg_iov = &span,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
        if (recvmsg(udp->fd, &h, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return false;
        at->len = h.msg_namelen;
        if (is_refusal(&h))
            return true;
    }
}

void udp_close(struct udp *udp)
{
    if (udp->fd >= 0)
        close(udp->fd);
    udp->fd = -1;
}
