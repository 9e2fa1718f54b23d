/*
 * LOOKUP and FOUND: what is public of a server, given out a piece at a time to anyone who knows its
 * fingerprint, without any state.
 *
 * Indexes: 0 the root of the identity's hash tree (crypto/tree.h), 1 to 32 its middle nodes, 33 to
 * 1055 the pieces of the identity's three keys, 0xffff the signed short-term key. A LOOKUP is as
 * long as the longest FOUND. A FOUND without bytes says that there is none: only the short-term key
 * may be missing. All pointers borrow, as in wire/hello.h.
 */
#ifndef WIRE_LOOKUP_H
#define WIRE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

#define LOOKUP_ID_BYTES       8
#define LOOKUP_MAC_BYTES      16
#define LOOKUP_PIECE_BYTES    1024 /* and of a node */
#define LOOKUP_IDENTITY_BYTES 1047383
#define LOOKUP_PIECES                                                                              \
    ((LOOKUP_IDENTITY_BYTES + LOOKUP_PIECE_BYTES - 1) / LOOKUP_PIECE_BYTES) /* 1023 */
#define LOOKUP_ROOT             0
#define LOOKUP_MIDDLE           1  /* the first of 32 */
#define LOOKUP_PIECE            33 /* the first of LOOKUP_PIECES */
#define LOOKUP_END              (LOOKUP_PIECE + LOOKUP_PIECES)
#define LOOKUP_SHORT_TERM       0xffff
#define LOOKUP_SHORT_TERM_BYTES 163

#define FOUND_HEADER_BYTES      (1 + LOOKUP_ID_BYTES + 2)
#define FOUND_MAX_BYTES         (FOUND_HEADER_BYTES + LOOKUP_PIECE_BYTES)
#define LOOKUP_BYTES            FOUND_MAX_BYTES
#define LOOKUP_MAC_AT           (LOOKUP_BYTES - LOOKUP_MAC_BYTES)
#define LOOKUP_HEAD_BYTES       (1 + 1 + LOOKUP_ID_BYTES + 2) /* what is not zeros before the mac */

/* LOOKUP has FOUND's greatest length: no answer is longer than its request. */
_Static_assert(LOOKUP_BYTES <= DATAGRAM_BYTES, "passes every path");

struct lookup {
    const uint8_t *ltid; /* names the identity, as in HELLO */
    uint16_t index;
    const uint8_t *mac;
};

struct found {
    const uint8_t *ltid;
    uint16_t index;
    const uint8_t *bytes;
    size_t len; /* 0: there is none */
};

/* How many bytes there are under an index; 0 for what is no index. */
size_t lookup_length(uint16_t index);

/* LETHE_ERR_FORMAT unless exactly a version-1 LOOKUP of LOOKUP_BYTES for an index that there is,
 * padded with zeros. */
int lookup_decode(struct lookup *l, const uint8_t *p, size_t n);

/* Writes all but the mac, which the caller appends. */
void lookup_encode(uint8_t out[LOOKUP_MAC_AT], const struct lookup *l);

/* LETHE_ERR_FORMAT unless there are as many bytes as the index says, or none of the short-term
 * key. */
int found_decode(struct found *f, const uint8_t *p, size_t n);

/* Returns the packet's length. */
size_t found_encode(uint8_t out[FOUND_MAX_BYTES], const struct found *f);

#endif
