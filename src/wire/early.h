/*
 * Early data (protocol section 2): what the box of HELLO holds, and the early answer in ACCEPT's.
 *
 *   HELLO's body    mode 1 | the inner box 863, if mode is 1             nothing else in mode 0
 *   the inner body  length 2 | request | zeros                          as a service gets it
 *   early answer    outcome 1 | least 1 [ status 1 | flags 1 | length 2 | bytes of the answer
 *                   [ size 8 | version 16 | handle length 2 | handle | length 2 | first bytes of
 *                   the body, if BODY ], if EXECUTED ] | zeros
 */
#ifndef WIRE_EARLY_H
#define WIRE_EARLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/accept.h"
#include "wire/data.h"
#include "wire/hello.h"

#define EARLY_BOX_BYTES   (HELLO_BODY_BYTES - 1)
#define EARLY_BODY_BYTES  (EARLY_BOX_BYTES - TAG_BYTES)
#define EARLY_REQUEST_MAX (EARLY_BODY_BYTES - 2)

#define ACCEPT_EARLY_AT                                                                            \
    (ACCEPT_KEY_BYTES + CONTINUATION_BYTES + TRANSPORT_BYTES + ACCEPT_PASS_BYTES)
#define ACCEPT_EARLY_BYTES (ACCEPT_BODY_BYTES - ACCEPT_EARLY_AT)

/* Room for a service's answer, whatever handle goes beside it. */
#define EARLY_OVERHEAD    (2 + 4)
#define EARLY_BODY_FIELDS (8 + DATA_VERSION_BYTES + 2 + 2)
#define EARLY_ANSWER_MAX                                                                           \
    (ACCEPT_EARLY_BYTES - EARLY_OVERHEAD - EARLY_BODY_FIELDS - HANDLE_BYTES_MAX)

/* The inner box, borrowed, or NULL when there is none or its mode is of a later version. */
const uint8_t *early_box(const uint8_t body[HELLO_BODY_BYTES]);
/* Writes the mode; returns where the inner box goes. */
uint8_t *early_box_put(uint8_t body[HELLO_BODY_BYTES]);

/* n is EARLY_REQUEST_MAX at most; LETHE_ERR_USAGE otherwise. */
int early_request_encode(uint8_t out[EARLY_BODY_BYTES], const uint8_t *request, size_t n);
/* LETHE_ERR_FORMAT when it is none. *request is borrowed. */
int early_request_decode(const uint8_t **request, size_t *n, const uint8_t p[EARLY_BODY_BYTES]);

enum early_outcome {
    EARLY_NONE = 0,     /* nothing was asked */
    EARLY_EXECUTED = 1, /* and this is the answer */
    EARLY_REFUSED = 2,  /* not executed: to be asked again in a REQUEST */
    EARLY_UNKNOWN = 3,  /* executed, or not: this HELLO, or one that looks so, came before */
};

struct early_answer {
    uint8_t outcome; /* enum early_outcome */
    uint8_t least;   /* the set of legs at which the server answers REQUESTs */
    uint8_t status;  /* enum lethe_status */
    bool has_body;
    uint16_t handle_len;    /* at most HANDLE_BYTES_MAX */
    const uint8_t *bytes;   /* the service's answer */
    size_t bytes_len;       /* at most EARLY_ANSWER_MAX */
    uint64_t size;          /* of the body */
    const uint8_t *version; /* DATA_VERSION_BYTES */
    const uint8_t *handle;
    const uint8_t *first; /* first bytes of the body */
    size_t first_len;     /* at most early_first_room, and size */
};

/* Bytes of the body that fit beside the rest. */
size_t early_first_room(const struct early_answer *a);

/* Writes all of out. What does not fit is a mistake of the caller's: nothing but zeros then. */
void early_answer_encode(uint8_t out[ACCEPT_EARLY_BYTES], const struct early_answer *a);
/* LETHE_ERR_FORMAT when it makes no sense; *a borrows p. */
int early_answer_decode(struct early_answer *a, const uint8_t *p, size_t n);

#endif
