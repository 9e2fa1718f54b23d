/*
 * Link, IP and UDP headers, each length checked against what is there and what the last one said.
 */
#include "cmd/pcap_link.h"

#include "lethe/error.h"

enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_COOKED = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_COOKED2 = 276,
};

enum { ETHER_IPV4 = 0x0800, ETHER_VLAN = 0x8100, ETHER_IPV6 = 0x86dd, ETHER_SERVICE_VLAN = 0x88a8 };

#define ADDRESSES_BYTES    12 /* of Ethernet, both */
#define COOKED_REST_BYTES  14 /* before the protocol */
#define COOKED2_REST_BYTES 18 /* behind it */
#define IPV4_HEADER_BYTES  20
#define UDP_HEADER_BYTES   8
#define PROTOCOL_UDP       17
#define FRAGMENT_BITS      0x3fff /* more to come, and the offset */

static uint16_t big16(struct reader *r)
{
    return __builtin_bswap16(read16(r));
}

static int refuse(struct pcap_udp *u, const char *reason)
{
    u->reason = reason;
    return LETHE_ERR_FORMAT;
}

bool link_is_known(uint16_t link)
{
    switch (link) {
    case LINK_NULL:
    case LINK_ETHERNET:
    case LINK_RAW:
    case LINK_LOOP:
    case LINK_COOKED:
    case LINK_IPV4:
    case LINK_IPV6:
    case LINK_COOKED2:
        return true;
    default:
        return false;
    }
}

static int read_udp(struct pcap_udp *u, struct reader r)
{
    u->from_port = big16(&r);
    u->to_port = big16(&r);
    uint16_t length = big16(&r);
    (void)read_span(&r, 2); /* the sum, which a sender's capture has not got yet */
    if (r.bad || length < UDP_HEADER_BYTES || (size_t)(length - UDP_HEADER_BYTES) > r.left)
        return refuse(u, "malformed UDP");
    u->n = (size_t)(length - UDP_HEADER_BYTES);
    u->payload = read_span(&r, u->n);
    return LETHE_OK;
}

static int read_ipv4(struct pcap_udp *u, struct reader r)
{
    size_t there = r.left;
    uint8_t first = read8(&r);
    size_t header = (size_t)(first & 15) * 4;
    (void)read_span(&r, 1);
    size_t total = big16(&r);
    (void)read_span(&r, 2);
    uint16_t fragment = big16(&r);
    (void)read_span(&r, 1);
    uint8_t protocol = read8(&r);
    (void)read_span(&r, 2);
    u->family = 4;
    u->from = read_span(&r, 4);
    u->to = read_span(&r, 4);
    if (r.bad)
        return refuse(u, "cut short");
    if (first >> 4 != 4 || header < IPV4_HEADER_BYTES || total < header)
        return refuse(u, "malformed IPv4");
    if (protocol != PROTOCOL_UDP)
        return refuse(u, "not UDP");
    if (fragment & FRAGMENT_BITS)
        return refuse(u, "a fragment");
    if (total > there)
        return refuse(u, "cut short");
    (void)read_span(&r, header - IPV4_HEADER_BYTES);
    return read_udp(u, reader_of(r.at, total - header));
}

/* RFC 8200's, and the authentication header, ESP, mobility, HIP and shim6. */
static bool is_extension(uint8_t next)
{
    return next == 0 || next == 43 || next == 44 || next == 50 || next == 51 || next == 60 ||
           next == 135 || next == 139 || next == 140;
}

static int read_ipv6(struct pcap_udp *u, struct reader r)
{
    uint8_t first = read8(&r);
    (void)read_span(&r, 3);
    size_t length = big16(&r);
    uint8_t next = read8(&r);
    (void)read_span(&r, 1);
    u->family = 6;
    u->from = read_span(&r, 16);
    u->to = read_span(&r, 16);
    if (r.bad)
        return refuse(u, "cut short");
    if (first >> 4 != 6)
        return refuse(u, "malformed IPv6");
    if (next != PROTOCOL_UDP)
        return refuse(u, is_extension(next) ? "behind IPv6 extension headers" : "not UDP");
    if (length > r.left)
        return refuse(u, "cut short");
    return read_udp(u, reader_of(r.at, length));
}

/* The EtherType's number for what follows: of Ethernet and Linux cooked captures. */
static int read_ethernet(struct pcap_udp *u, uint16_t type, struct reader r)
{
    if (type == ETHER_VLAN || type == ETHER_SERVICE_VLAN) {
        (void)read_span(&r, 2);
        type = big16(&r);
    }
    if (r.bad)
        return refuse(u, "cut short");
    if (type == ETHER_IPV4)
        return read_ipv4(u, r);
    return type == ETHER_IPV6 ? read_ipv6(u, r) : refuse(u, "not IP");
}

/* The address family by the number of the system that captured, in that machine's byte order or
 * (LOOP) big-endian: all families are small, so that either is told by its value. */
static int read_loopback(struct pcap_udp *u, struct reader r)
{
    uint32_t family = read32(&r);
    if (r.bad)
        return refuse(u, "cut short");
    if (family > UINT16_MAX)
        family = __builtin_bswap32(family);
    switch (family) {
    case 2:
        return read_ipv4(u, r);
    case 10: /* Linux */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return read_ipv6(u, r);
    default:
        return refuse(u, "not IP");
    }
}

static int read_raw(struct pcap_udp *u, struct reader r)
{
    struct reader peek = r;
    uint8_t version = read8(&peek) >> 4;
    if (peek.bad)
        return refuse(u, "cut short");
    if (version == 4)
        return read_ipv4(u, r);
    return version == 6 ? read_ipv6(u, r) : refuse(u, "not IP");
}

int link_find_udp(struct pcap_udp *u, uint16_t link, struct reader frame)
{
    uint16_t type;
    *u = (struct pcap_udp){0};
    switch (link) {
    case LINK_ETHERNET:
        (void)read_span(&frame, ADDRESSES_BYTES);
        type = big16(&frame);
        return read_ethernet(u, type, frame);
    case LINK_COOKED:
        (void)read_span(&frame, COOKED_REST_BYTES);
        type = big16(&frame);
        return read_ethernet(u, type, frame);
    case LINK_COOKED2:
        type = big16(&frame);
        (void)read_span(&frame, COOKED2_REST_BYTES);
        return read_ethernet(u, type, frame);
    case LINK_NULL:
    case LINK_LOOP:
        return read_loopback(u, frame);
    default:
        return read_raw(u, frame);
    }
}
