/*
 * REQUEST (protocol sections 2 step 9, 4): what a client asks under its continuation.
 *
 * Until the bulk transport of section 4, one REQUEST brings one DATA. The header carries the
 * continuation and, while the session is still absorbing legs, their shares: they are sealed
 * already, and must be absorbed before the box can be opened, so that nothing a client asks for is
 * ever protected by less than the legs it waited for. The body, under the key that has absorbed
 * them, is flags 1 | generation 1 | id 8 | op 1 | version 16 | offset 8 | length 4 | path length 2
 * | path | padding
 */
#ifndef WIRE_REQUEST_H
#define WIRE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

#define REQUEST_SHARES_MAX 2
#define REQUEST_HEADER_BYTES(shares)                                                               \
    (1 + CONTINUATION_BYTES + NONCE_BYTES + 1 + (shares) * (1 + SHARE_BYTES))
#define REQUEST_BODY_MAX      (DATAGRAM_BYTES - REQUEST_HEADER_BYTES(0) - TAG_BYTES)
#define REQUEST_PATH_MAX      512
#define REQUEST_VERSION_BYTES 16
/* The least size of a REQUEST: whatever an unproven address asks, the answer that renews its
 * continuation is no longer than this. */
#define REQUEST_MIN_BYTES 256

enum request_op {
    OP_READ = 1,   /* bytes [offset, offset + length), length at most DATA_CHUNK_BYTES */
    OP_DIGEST = 2, /* H("piece", bytes), length at most PIECE_BYTES */
};

enum request_flag {
    REQUEST_RENEW = 1, /* put a fresh continuation into the answer */
};

#define PIECE_BYTES 65536 /* the unit that a client verifies */

struct request_share {
    uint8_t leg;
    const uint8_t *share; /* SHARE_BYTES */
};

struct request {
    const uint8_t *continuation;
    const uint8_t *nonce;
    uint8_t share_count; /* at most REQUEST_SHARES_MAX */
    struct request_share shares[REQUEST_SHARES_MAX];
    const uint8_t *box;
    size_t box_len; /* at least TAG_BYTES */
};

struct request_body {
    bool renew;
    uint8_t generation; /* echoed in the clear: which of the client's keys answers it */
    uint64_t id;        /* echoed under the key: which REQUEST this answers */
    uint8_t op;
    const uint8_t *version; /* the version wanted; zeros: whichever there is */
    uint64_t offset;
    uint32_t length;
    const uint8_t *path; /* not terminated */
    uint16_t path_len;
};

int request_decode(struct request *q, const uint8_t *p, size_t n);
/* Writes REQUEST_HEADER_BYTES(q->share_count) bytes. */
void request_encode(uint8_t *out, const struct request *q);

int request_body_decode(struct request_body *b, const uint8_t *p, size_t n);
/* Writes the body, zero-padded to at least REQUEST_MIN_BYTES of packet; returns its length, or 0
 * when it does not fit in room. */
size_t request_body_encode(uint8_t *out, size_t room, const struct request_body *b);

#endif
