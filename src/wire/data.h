/*
 * DATA (protocol section 4): the answer to one REQUEST.
 *
 * The generation in the clear tells the client which of its keys opens it; the body is
 *   id 8 | status 1 | flags 1 | version 16 | size 8 | offset 8 | [continuation] | bytes
 */
#ifndef WIRE_DATA_H
#define WIRE_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"
#include "wire/request.h"

#define DATA_HEADER_BYTES (2 + NONCE_BYTES)
#define DATA_FIELDS_BYTES (8 + 1 + 1 + REQUEST_VERSION_BYTES + 8 + 8)
#define DATA_BODY_MAX     (DATAGRAM_BYTES - DATA_HEADER_BYTES - TAG_BYTES)
#define DATA_CHUNK_BYTES  1024 /* what one REQUEST may read: leaves room for a continuation */
/* A DATA that carries a continuation and no bytes. */
#define DATA_BARE_BYTES (DATA_HEADER_BYTES + TAG_BYTES + DATA_FIELDS_BYTES + CONTINUATION_BYTES)

enum data_status {
    STATUS_OK = 0,
    STATUS_NOT_FOUND = 1, /* no such resource */
    STATUS_DENIED = 2,    /* it exists and is not for reading */
    STATUS_CHANGED = 3,   /* its version is not the one asked for */
    STATUS_BUSY = 4,      /* it is changing at this moment: ask again */
    STATUS_LEVEL = 5,     /* the session has absorbed too few legs for this service */
    STATUS_ADDRESS = 6,   /* the address was not the continuation's: ask again with this one */
    STATUS_BAD = 7,       /* the request makes no sense to the service */
    STATUS_FAILED = 8,    /* the service could not read it */
};

struct data {
    uint8_t generation;
    const uint8_t *nonce;
    const uint8_t *box;
    size_t box_len;
};

struct data_body {
    uint64_t id;
    uint8_t status;
    const uint8_t *version;
    uint64_t size; /* of the whole resource */
    uint64_t offset;
    const uint8_t *continuation; /* or NULL */
    const uint8_t *bytes;
    size_t bytes_len;
};

int data_decode(struct data *d, const uint8_t *p, size_t n);
void data_encode(uint8_t out[DATA_HEADER_BYTES], const struct data *d);

int data_body_decode(struct data_body *b, const uint8_t *p, size_t n);
/* Returns the body's length, or 0 when it does not fit in room. */
size_t data_body_encode(uint8_t *out, size_t room, const struct data_body *b);

#endif
