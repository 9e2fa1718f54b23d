/*
 * REQUEST (protocol sections 2 step 9, 4): what a client asks under its continuation.
 *
 * The header carries the continuation and, while the session is still absorbing legs, their
 * shares: they are sealed already, and must be absorbed before the box can be opened, so that
 * nothing a client asks for is ever protected by less than the legs it waited for. The body, under
 * the key that has absorbed them, is
 *   flags 1 | generation 1 | echo 4 | datagram 2 | proof | handles | items | [call] | padding
 *   proof    runs 1 (gap varint, length - 1 varint)* [sum 8]
 *   handles  count 1 (length 2, handle)*
 *   items    count 1 (number - base 4, shape 1, handle 1, offset 8, last 2)*
 *   call     id 8, handle 1, length 2, request
 * Numbers are relative to the base in the continuation.
 */
#ifndef WIRE_REQUEST_H
#define WIRE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"
#include "wire/proof.h"

#define REQUEST_SHARES_MAX 2
#define REQUEST_HEADER_BYTES(shares)                                                               \
    (1 + CONTINUATION_BYTES + NONCE_BYTES + 1 + (shares) * (1 + SHARE_BYTES))
#define REQUEST_BODY_MAX (PACKET_MAX - REQUEST_HEADER_BYTES(0) - TAG_BYTES)
/* The least size of a REQUEST: whatever an unproven address asks, the answer that renews its
 * continuation is no longer than this. */
#define REQUEST_MIN_BYTES    320
#define REQUEST_HANDLES_MAX  4
#define REQUEST_ITEMS_MAX    32
#define REQUEST_ITEM_BYTES   16
#define REQUEST_ITEM_NUMBERS 16 /* most that one item may want */
#define REQUEST_CALL_MAX     960
#define HANDLE_NONE          255 /* of a call: about no body */
#define HANDLE_OPENED        254 /* of an item: the body that this request's call opens */
#define HANDLE_SERVER        253 /* of a call: to the server itself, one byte of enum server_call */

/* kid 1 | nonce 24 | AE(ring; size 8, state up to 256), see seal/handle.h */
#define HANDLE_STATE_MAX 256
#define HANDLE_BYTES_MAX (1 + NONCE_BYTES + 8 + HANDLE_STATE_MAX + TAG_BYTES)
#define HANDLE_BYTES_MIN (1 + NONCE_BYTES + 8 + TAG_BYTES)

/* Bytes of a body that end at INT64_MAX at most, so that no sum of offsets wraps. */
#define BODY_BYTES_MAX ((uint64_t)INT64_MAX - (1u << 20))

enum request_flag {
    REQUEST_RENEW = 1,          /* put a fresh continuation into the answer */
    REQUEST_PROBE = 2,          /* grant one number beyond the horizon */
    REQUEST_END_SLOW_START = 4, /* the client sees its delay grow */
    REQUEST_PATH_PROBE = 8,     /* answer with a packet as long as this one */
    REQUEST_CALL = 16,          /* a call follows the items */
    REQUEST_AES = 32,           /* answers may be under AES-256-GCM */
};
#define REQUEST_FLAGS 63

enum server_call {
    SERVER_PARK = 1, /* answered with a parked continuation, PARKED_BYTES */
};

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

/* Numbers first..first+count-1, which are to carry the bytes of a body from offset on: as many
 * in each packet as fit, fewer in the first if it is short, `last` in the last. */
struct request_item {
    uint32_t first;   /* the number less the continuation's base */
    uint8_t count;    /* 1 to REQUEST_ITEM_NUMBERS */
    bool short_first; /* the first packet leaves room for a continuation */
    uint8_t handle;   /* which of the request's handles, or HANDLE_OPENED */
    uint64_t offset;
    uint16_t last;
};

struct request_handle {
    const uint8_t *p;
    uint16_t len;
};

struct request_body {
    uint8_t flags;        /* enum request_flag */
    uint8_t generation;   /* echoed in the clear: which of the client's keys answers it */
    uint8_t handle_count; /* at most REQUEST_HANDLES_MAX */
    uint8_t item_count;   /* at most REQUEST_ITEMS_MAX */
    uint8_t call_handle;  /* which of the handles the call is about, or HANDLE_NONE, _SERVER */
    uint16_t datagram;    /* packets of an answer have this size at most; DATAGRAM_BYTES or more */
    uint16_t call_len;
    uint32_t echo;    /* echoed under the key: which REQUEST this answers */
    uint64_t call_id; /* echoed under the key: which call this answers */
    const uint8_t *call;
    uint64_t sum;       /* the xor of the range nonces of what is proven */
    struct proof proof; /* numbers less the continuation's base */
    struct request_handle handles[REQUEST_HANDLES_MAX];
    struct request_item items[REQUEST_ITEMS_MAX];
};

int request_decode(struct request *q, const uint8_t *p, size_t n);
/* Writes REQUEST_HEADER_BYTES(q->share_count) bytes. */
void request_encode(uint8_t *out, const struct request *q);

int request_body_decode(struct request_body *b, const uint8_t *p, size_t n);
/* Writes the body, zero-padded to `least` bytes; returns its length, or 0 when it does not fit in
 * room. */
size_t request_body_encode(uint8_t *out, size_t room, size_t least, const struct request_body *b);

#endif
