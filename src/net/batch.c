/*
 * recvmmsg into fixed buffers. The kernel says in control data where a message came to and,
 * if it merged several datagrams, how long each was (all equal, the last one may be
 * shorter); the datagrams are slices of the buffer.
 */
#include "net/batch.h"
#include "base/bytes.h"
#include "lethe/error.h"

#include <errno.h>
#include <netinet/udp.h>

void batch_prepare(struct batch *batch)
{
    batch->count = 0;
    batch->datagrams[0] = (struct datagram){0}; /* the kernel finds the first packet's pages now, */
    batch->space[0][0] = 0;                     /* not while it waits to be read */
    memset(&batch->counters, 0, sizeof batch->counters);
    memset(batch->headers, 0, sizeof batch->headers);
    for (size_t i = 0; i < BATCH_MESSAGES; i++) {
        batch->spans[i] = (struct iovec){batch->space[i], BATCH_MESSAGE_BYTES};
        batch->headers[i].msg_hdr = (struct msghdr){
            .msg_name = &batch->from[i].sock,
            .msg_iov = &batch->spans[i],
            .msg_iovlen = 1,
            .msg_control = batch->control[i],
        };
    }
}

static struct address local_v4(const struct cmsghdr *c)
{
    struct in_pktinfo info;
    struct address a = address_any(AF_INET, 0);
    memcpy(&info, CMSG_DATA(c), sizeof info);
    a.sock.v4.sin_addr = info.ipi_spec_dst;
    return a;
}

static struct address local_v6(const struct cmsghdr *c)
{
    struct in6_pktinfo info;
    struct address a = address_any(AF_INET6, 0);
    memcpy(&info, CMSG_DATA(c), sizeof info);
    a.sock.v6.sin6_addr = info.ipi6_addr;
    return a;
}

/* Reads the control data: fills local and returns the length of a segment, or 0 if not merged. */
static size_t read_control(struct msghdr *h, struct address *local)
{
    int segment = 0;
    *local = (struct address){0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
            *local = local_v4(c);
        else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
            *local = local_v6(c);
        else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
            memcpy(&segment, CMSG_DATA(c), sizeof segment);
    }
    return segment > 0 ? (size_t)segment : 0;
}

static void add(struct batch *batch, const struct datagram *d)
{
    if (batch->count == BATCH_DATAGRAMS) {
        batch->counters.overflow++;
        return;
    }
    batch->datagrams[batch->count++] = *d;
    batch->counters.received++;
}

static void split(struct batch *batch, size_t i)
{
    struct msghdr *h = &batch->headers[i].msg_hdr;
    size_t len = batch->headers[i].msg_len;

    if (h->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        batch->counters.truncated++;
        return;
    }
    if (len == 0) {
        batch->counters.empty++;
        return;
    }
    batch->from[i].len = h->msg_namelen;
    size_t segment = read_control(h, &batch->local[i]);
    if (segment == 0)
        segment = len;
    for (size_t at = 0; at < len; at += segment) {
        size_t left = len - at;
        add(batch, &(struct datagram){batch->space[i] + at, left < segment ? left : segment,
                                      &batch->from[i], &batch->local[i]});
    }
}

/* Whatever is not about fd itself is about an earlier packet (ICMP) or about this moment, and
 * passes. */
static int note_error(struct batch *batch, int err)
{
    switch (err) {
    case EAGAIN:
    case EINTR:
        return LETHE_OK;
    case EBADF:
    case ENOTSOCK:
    case EFAULT:
    case EINVAL:
        return LETHE_ERR_INTERNAL;
    case ENOMEM:
    case ENOBUFS:
        batch->counters.starved++;
        return LETHE_OK;
    default:
        batch->counters.unreachable++;
        return LETHE_OK;
    }
}

int batch_receive(struct batch *batch, int fd)
{
    batch->count = 0;
    for (size_t i = 0; i < BATCH_MESSAGES; i++) {
        batch->headers[i].msg_hdr.msg_namelen = sizeof batch->from[i].sock;
        batch->headers[i].msg_hdr.msg_controllen = BATCH_CONTROL_BYTES;
    }
    int n = recvmmsg(fd, batch->headers, BATCH_MESSAGES, MSG_DONTWAIT, NULL);
    if (n < 0)
        return note_error(batch, errno);
    for (size_t i = 0; i < (size_t)n; i++)
        split(batch, i);
    return LETHE_OK;
}
