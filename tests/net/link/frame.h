/*
 * What the link emulator knows of Ethernet frames: who they are for, and where
 * a UDP payload lies, so that one of its bits can be flipped.
 */
#ifndef NET_LINK_FRAME_H
#define NET_LINK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES_MAX (14 + 4 + 65535)

/* What the receiving kernel thinks of the UDP checksum of a changed payload. */
enum frame_checksum {
    FRAME_CHECKSUM_FIXED, /* it fits the changed bytes: the application gets them */
    FRAME_CHECKSUM_STALE, /* it fits the old bytes: the kernel drops the datagram */
};

/* True for a multicast or broadcast frame, and for one too short to say. */
bool frame_is_group(const uint8_t *frame, size_t n);

/*
 * Flips bit `bit` modulo the payload's size of the UDP payload in the frame.
 * False, and nothing changed, unless the frame holds one whole, unfragmented
 * UDP datagram with a payload over IPv4, or over IPv6 without extension headers.
 */
bool frame_flip_bit(uint8_t *frame, size_t n, uint64_t bit, enum frame_checksum checksum);

#endif
