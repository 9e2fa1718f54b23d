/*
 * The part of the outbox that talks to the kernel: sendmmsg takes messages in order and stops
 * at the first that fails, so each round moves on or settles one message.
 * Every committed datagram ends in exactly one counter.
 */
#include "base/bytes.h"
#include "lethe/error.h"
#include "net/outbox.h"

#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

struct flush {
    struct outbox *outbox;
    int fd;
    int waits; /* that are left */
    int err;   /* why the last push stopped */
};

static void add_control(struct msghdr *h, int level, int type, const void *p, size_t n)
{
    struct cmsghdr *c = (struct cmsghdr *)((uint8_t *)h->msg_control + h->msg_controllen);
    memset(c, 0, CMSG_SPACE(n));
    *c = (struct cmsghdr){.cmsg_level = level, .cmsg_type = type, .cmsg_len = CMSG_LEN(n)};
    memcpy(CMSG_DATA(c), p, n);
    h->msg_controllen += CMSG_SPACE(n);
}

static void add_local(struct msghdr *h, const struct address *local)
{
    if (address_family(local) == AF_INET) {
        const struct in_pktinfo info = {.ipi_spec_dst = local->sock.v4.sin_addr};
        add_control(h, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    } else if (address_family(local) == AF_INET6) {
        const struct in6_pktinfo info = {.ipi6_addr = local->sock.v6.sin6_addr};
        add_control(h, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
}

/* The header of message i, without the request to cut it up. */
static struct mmsghdr *lay_out(struct outbox *outbox, size_t i)
{
    struct outbox_message *m = &outbox->messages[i];
    struct msghdr *h = &outbox->headers[i].msg_hdr;

    outbox->spans[i] = (struct iovec){m->data, m->len};
    *h = (struct msghdr){
        .msg_name = &m->to.sock,
        .msg_namelen = m->to.len,
        .msg_iov = &outbox->spans[i],
        .msg_iovlen = 1,
        .msg_control = outbox->control[i],
    };
    add_local(h, &m->local);
    return &outbox->headers[i];
}

/* True when the socket may have room again. A buffer that stayed full is not waited for a second
   time, or peers who cannot be reached could make every flush slow. */
static bool wait_for_room(struct flush *f)
{
    const struct timespec t = {.tv_nsec = OUTBOX_WAIT_NS};
    struct pollfd p = {.fd = f->fd, .events = POLLOUT};

    if (f->outbox->stuck || f->waits-- == 0) {
        f->outbox->stuck = true;
        return false;
    }
    (void)ppoll(&p, 1, &t, NULL);
    return true;
}

/* Sends the headers in order up to the first that fails: how many left, and f->err. A refusal is of
 * an earlier packet, by ICMP, and over with having been told. */
static size_t push(struct flush *f, struct mmsghdr *headers, size_t count)
{
    size_t done = 0, refusals = 0;
    f->err = 0;
    while (done < count) {
        int n = sendmmsg(f->fd, headers + done, (unsigned)(count - done), MSG_DONTWAIT);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno == ECONNREFUSED && refusals < count) {
            refusals++;
        } else if (errno != EINTR && (errno != EAGAIN || !wait_for_room(f))) {
            f->err = errno;
            break;
        }
    }
    return done;
}

static void count_lost(struct outbox_counters *c, int err, size_t datagrams)
{
    switch (err) {
    case EAGAIN:
        c->full += datagrams;
        break;
    case ENOBUFS:
    case ENOMEM:
        c->starved += datagrams;
        break;
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
        c->unreachable += datagrams;
        break;
    case EMSGSIZE:
        c->too_long += datagrams;
        break;
    default:
        c->failed += datagrams;
    }
}

/* Sends a merged message's datagrams one by one. If that works, merging was the fault; not when one
 * is longer than the interface's MTU, for then no merged message with it would have left. */
static void send_singly(struct flush *f, size_t i)
{
    const struct outbox_message *m = &f->outbox->messages[i];
    struct outbox_counters *c = &f->outbox->counters;
    struct mmsghdr *header = lay_out(f->outbox, i);
    const uint64_t sent = c->sent, too_long = c->too_long;
    for (size_t at = 0; at < m->len; at += m->segment) {
        size_t left = m->len - at;
        f->outbox->spans[i] = (struct iovec){m->data + at, left < m->segment ? left : m->segment};
        if (push(f, header, 1) == 1)
            c->sent++;
        else
            count_lost(c, f->err, 1);
    }
    if (c->sent > sent && c->too_long == too_long)
        f->outbox->gso = false;
}

static void settle(struct flush *f, size_t i)
{
    const struct outbox_message *m = &f->outbox->messages[i];
    bool merging_refused =
        f->err == EIO || f->err == EINVAL || f->err == ENOPROTOOPT || f->err == EOPNOTSUPP;

    if (m->datagrams > 1 && merging_refused)
        send_singly(f, i);
    else
        count_lost(&f->outbox->counters, f->err, m->datagrams);
}

int outbox_flush(struct outbox *outbox, int fd)
{
    struct flush f = {.outbox = outbox, .fd = fd, .waits = OUTBOX_WAITS};
    const uint64_t full = outbox->counters.full;
    int rc = LETHE_OK;

    for (size_t i = 0; i < outbox->count; i++) {
        const struct outbox_message *m = &outbox->messages[i];
        const uint16_t segment = (uint16_t)m->segment;
        struct mmsghdr *header = lay_out(outbox, i);
        if (m->datagrams > 1)
            add_control(&header->msg_hdr, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
    }
    for (size_t i = 0; i < outbox->count; i++) {
        size_t end = i + push(&f, outbox->headers + i, outbox->count - i);
        for (; i < end; i++)
            outbox->counters.sent += outbox->messages[i].datagrams;
        if (i < outbox->count)
            settle(&f, i);
        if (f.err == EBADF || f.err == ENOTSOCK)
            rc = LETHE_ERR_INTERNAL;
    }
    if (outbox->counters.full == full)
        outbox->stuck = false;
    outbox->used = 0;
    outbox->count = 0;
    return rc;
}
