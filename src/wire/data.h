/*
 * DATA (protocol section 4): one packet of the answer to a REQUEST.
 *
 * The packets of an answer share the first 16 bytes of their nonce, so that one key schedule seals
 * them all; the index is the rest. The generation in the clear tells the client which of its keys
 * opens them. The body is flags 1 | echo 4 and then, as the flags say,
 *   PULL          number 4 | range nonce 8 [status 1, if STATUS]
 *   CALL          id 8 | status 1 [size 8 | version 16 | handle length 2 | handle, if BODY]
 *   CONTINUATION  continuation 197 | transport 59
 * and bytes to the end: of the body for PULL, of the answer for CALL, padding otherwise.
 */
#ifndef WIRE_DATA_H
#define WIRE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"
#include "wire/request.h"

#define DATA_PREFIX_BYTES  16 /* of the nonce */
#define DATA_HEADER_BYTES  (3 + DATA_PREFIX_BYTES)
#define DATA_BODY_MAX      (PACKET_MAX - DATA_HEADER_BYTES - TAG_BYTES)
#define DATA_VERSION_BYTES 16
#define DATA_PULL_BYTES    (5 + 4 + 8) /* a body before its bytes */
#define DATA_CARRIED_BYTES (CONTINUATION_BYTES + TRANSPORT_BYTES)
/* A packet with a continuation and nothing else. */
#define DATA_BARE_BYTES (DATA_HEADER_BYTES + 5 + DATA_CARRIED_BYTES + TAG_BYTES)
/* Bytes of a body in a packet of that size, without a continuation. */
#define DATA_CHUNK(datagram) ((datagram)-DATA_HEADER_BYTES - DATA_PULL_BYTES - TAG_BYTES)

enum data_flag {
    DATA_PULL = 1,
    DATA_CALL = 2,
    DATA_CONTINUATION = 4,
    DATA_BODY = 8,    /* of CALL */
    DATA_STATUS = 16, /* of PULL: why there are no bytes */
    DATA_AGING = 32,  /* of PULL: the handle's key will die: open the body again */
};
#define DATA_FLAGS 63

struct data {
    bool aes; /* KIND_DATA_AES */
    uint8_t generation, index;
    const uint8_t *prefix; /* DATA_PREFIX_BYTES */
    const uint8_t *box;
    size_t box_len;
};

struct data_body {
    uint8_t flags;
    uint32_t echo;
    uint32_t number; /* its low 32 bits */
    uint64_t range_nonce;
    uint8_t status; /* enum lethe_status (lethe/service.h) */
    uint64_t call_id;
    uint64_t size; /* of the body that a call opened */
    const uint8_t *version;
    const uint8_t *handle;
    uint16_t handle_len;
    const uint8_t *continuation, *transport; /* or NULL */
    const uint8_t *bytes;
    size_t bytes_len;
};

int data_decode(struct data *d, const uint8_t *p, size_t n);
void data_encode(uint8_t out[DATA_HEADER_BYTES], const struct data *d);

int data_body_decode(struct data_body *b, const uint8_t *p, size_t n);
/* Returns the body's length, or 0 when it does not fit in room. */
size_t data_body_encode(uint8_t *out, size_t room, const struct data_body *b);

#endif
