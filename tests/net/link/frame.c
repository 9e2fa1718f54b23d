/*
 * Ethernet frames (frame.h): the flipped bit, and the Internet checksum after
 * it by the incremental update of RFC 1624, equation 3.
 */
#include "net/link/frame.h"

enum {
    ETHERNET_BYTES = 14,
    IPV4_BYTES = 20,
    IPV6_BYTES = 40,
    UDP_BYTES = 8,
    PROTOCOL_UDP = 17,
};

static uint16_t big16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* Where the UDP header starts, or 0. */
static size_t udp_offset(const uint8_t *frame, size_t n)
{
    if (n < ETHERNET_BYTES + IPV4_BYTES)
        return 0;
    const uint8_t *ip = frame + ETHERNET_BYTES;
    if (big16(frame + 12) == 0x0800) {
        size_t header = (ip[0] & 15u) * 4u;
        bool whole = (big16(ip + 6) & 0x3fff) == 0;
        if (ip[0] >> 4 != 4 || header < IPV4_BYTES || !whole || ip[9] != PROTOCOL_UDP)
            return 0;
        return ETHERNET_BYTES + header;
    }
    if (big16(frame + 12) == 0x86dd && n >= ETHERNET_BYTES + IPV6_BYTES && ip[6] == PROTOCOL_UDP)
        return ETHERNET_BYTES + IPV6_BYTES;
    return 0;
}

bool frame_is_group(const uint8_t *frame, size_t n)
{
    return n < ETHERNET_BYTES || (frame[0] & 1) != 0;
}

/* One byte at `offset` in the UDP header and payload turned from `was` to `is`. */
static void checksum_update(uint8_t *udp, size_t offset, uint8_t was, uint8_t is)
{
    uint32_t sum = big16(udp + 6);
    if (sum == 0) /* the sender used none */
        return;
    unsigned shift = offset % 2 == 0 ? 8 : 0;
    sum = (~sum & 0xffff) + (~((uint32_t)was << shift) & 0xffff) + ((uint32_t)is << shift);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~sum & 0xffff;
    if (sum == 0)
        sum = 0xffff;
    udp[6] = (uint8_t)(sum >> 8);
    udp[7] = (uint8_t)sum;
}

bool frame_flip_bit(uint8_t *frame, size_t n, uint64_t bit, enum frame_checksum checksum)
{
    size_t at = udp_offset(frame, n);
    if (at == 0 || at + UDP_BYTES >= n)
        return false;
    uint8_t *udp = frame + at;
    size_t datagram = big16(udp + 4);
    if (datagram <= UDP_BYTES || datagram > n - at)
        return false;
    bit %= (datagram - UDP_BYTES) * 8;
    size_t offset = UDP_BYTES + (size_t)(bit / 8);
    uint8_t was = udp[offset];
    udp[offset] ^= (uint8_t)(1u << bit % 8);
    if (checksum == FRAME_CHECKSUM_FIXED)
        checksum_update(udp, offset, was, udp[offset]);
    return true;
}
