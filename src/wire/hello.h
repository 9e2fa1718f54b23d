/*
 * HELLO, step 1 (protocol section 2): the client's first packet, always full size.
 * All pointers borrow: decoded, from the packet; to encode, from the caller.
 */
#ifndef WIRE_HELLO_H
#define WIRE_HELLO_H

#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

#define HELLO_ID_BYTES     8
#define HELLO_CLIENT_BYTES 32
#define HELLO_CT_BYTES     194
#define HELLO_PUZZLE_BYTES 64 /* see wire/puzzle.h */
#define HELLO_MAC_BYTES    16
#define HELLO_NONCE_AT     22
#define HELLO_PUZZLE_AT    78
#define HELLO_CT_AT        142 /* the mac covers everything before the ciphertext */
#define HELLO_MAC_AT       336
#define HELLO_HEADER_BYTES (HELLO_MAC_AT + HELLO_MAC_BYTES)
#define HELLO_BOX_BYTES    (DATAGRAM_BYTES - HELLO_HEADER_BYTES)
#define HELLO_BODY_BYTES   (HELLO_BOX_BYTES - TAG_BYTES) /* zeros until early data arrives */

struct hello {
    const uint8_t *ltid; /* names the identity: first bytes of a hash of its fingerprint */
    const uint8_t *stid; /* names the short-term key: zeros while there is none */
    uint32_t minute;     /* client's clock; zero while there is no early data */
    const uint8_t *nonce;
    const uint8_t *client; /* C', the client's ephemeral X25519 key */
    const uint8_t *puzzle; /* zeros while no puzzle is due */
    const uint8_t *ct;     /* McEliece ciphertext to the server's static key */
    const uint8_t *mac;
    const uint8_t *box;
};

/* LETHE_ERR_FORMAT unless exactly a version-1 HELLO of DATAGRAM_BYTES. */
int hello_decode(struct hello *h, const uint8_t *p, size_t n);

/* Writes the header up to the mac; the caller appends mac and box. */
void hello_encode(uint8_t out[HELLO_MAC_AT], const struct hello *h);

#endif
