/*
 * UDP datagrams from addresses that are not ours: the headers are written by hand. The kernel fills
 * in IPv4's checksum; UDP's may be left out.
 */
#include "raw.h"

#include <err.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>

#define HEADERS (sizeof(struct iphdr) + sizeof(struct udphdr))

void raw_open(struct raw *r, const struct sockaddr_in *to)
{
    memset(r, 0, sizeof *r);
    r->to = *to;
    r->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (r->fd < 0)
        err(1, "a raw socket");
    for (int i = 0; i < RAW_PACKETS; i++)
        r->headers[i].msg_hdr = (struct msghdr){.msg_name = &r->to,
                                                .msg_namelen = sizeof r->to,
                                                .msg_iov = &r->spans[i],
                                                .msg_iovlen = 1};
}

void raw_send(struct raw *r, uint32_t from, uint16_t port, const uint8_t *p, size_t n)
{
    uint8_t *at = r->space[r->count];
    const struct iphdr ip = {.version = 4,
                             .ihl = 5,
                             .ttl = 64,
                             .protocol = IPPROTO_UDP,
                             .tot_len = htons((uint16_t)(HEADERS + n)),
                             .saddr = htonl(from),
                             .daddr = r->to.sin_addr.s_addr};
    const struct udphdr udp = {
        .source = htons(port), .dest = r->to.sin_port, .len = htons((uint16_t)(sizeof udp + n))};
    if (n > RAW_BYTES - HEADERS)
        errx(1, "%zu bytes are too many", n);
    memcpy(at, &ip, sizeof ip);
    memcpy(at + sizeof ip, &udp, sizeof udp);
    memcpy(at + HEADERS, p, n);
    r->spans[r->count] = (struct iovec){.iov_base = at, .iov_len = HEADERS + n};
    if (++r->count == RAW_PACKETS)
        raw_flush(r);
}

void raw_flush(struct raw *r)
{
    for (unsigned done = 0; done < r->count;) {
        int n = sendmmsg(r->fd, r->headers + done, r->count - done, 0);
        if (n <= 0)
            break; /* lost, as packets are */
        done += (unsigned)n;
    }
    r->count = 0;
}
