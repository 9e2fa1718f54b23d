/*
 * ACCEPT, step 2 (protocol section 2): the server's answer to HELLO, always full size.
 * The body under Ka holds the exchange key K1, the first continuation, its transport values and
 * a pass, then zeros.
 */
#ifndef WIRE_ACCEPT_H
#define WIRE_ACCEPT_H

#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

#define ACCEPT_SERVER_BYTES 32
#define ACCEPT_HEADER_BYTES (2 + EXCHANGE_ID_BYTES + ACCEPT_SERVER_BYTES)
#define ACCEPT_BOX_BYTES    (DATAGRAM_BYTES - ACCEPT_HEADER_BYTES)
#define ACCEPT_BODY_BYTES   (ACCEPT_BOX_BYTES - TAG_BYTES)
#define ACCEPT_KEY_BYTES    32
#define ACCEPT_PASS_BYTES   64 /* as in HELLO's puzzle field, see wire/puzzle.h */

struct accept {
    uint8_t kid;
    const uint8_t *m;      /* M, this exchange's id */
    const uint8_t *server; /* S', the server's ephemeral X25519 key */
    const uint8_t *box;
};

struct accept_body {
    const uint8_t *k1;           /* 32 bytes */
    const uint8_t *continuation; /* CONTINUATION_BYTES */
    const uint8_t *transport;    /* TRANSPORT_BYTES: its values, for the client to read */
    const uint8_t *pass;         /* ACCEPT_PASS_BYTES; zeros: none */
};

int accept_decode(struct accept *a, const uint8_t *p, size_t n);
void accept_encode(uint8_t out[ACCEPT_HEADER_BYTES], const struct accept *a);

int accept_body_decode(struct accept_body *b, const uint8_t *p, size_t n);
void accept_body_encode(uint8_t out[ACCEPT_BODY_BYTES], const struct accept_body *b);

#endif
