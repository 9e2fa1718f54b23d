/*
 * LEG and its answer, steps 3 and 4 (protocol section 2): one KEM of the hybrid in one packet.
 * LEG carries the client's ephemeral public key, padded so that the answer is never longer.
 */
#ifndef WIRE_LEG_H
#define WIRE_LEG_H

#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

#define LEG_HEADER_BYTES    (3 + EXCHANGE_ID_BYTES)
#define LEG_BOX_BYTES       (DATAGRAM_BYTES - LEG_HEADER_BYTES)
#define LEG_BODY_BYTES      (LEG_BOX_BYTES - TAG_BYTES)
#define LEG_PK_BYTES        1158

#define LEGGED_HEADER_BYTES (1 + NONCE_BYTES)
#define LEGGED_CT_BYTES     1039
#define LEGGED_BODY_BYTES   (LEGGED_CT_BYTES + SHARE_BYTES)
#define LEGGED_BOX_BYTES    (LEGGED_BODY_BYTES + TAG_BYTES)
#define LEGGED_BYTES        (LEGGED_HEADER_BYTES + LEGGED_BOX_BYTES)

struct leg {
    uint8_t kid;
    uint8_t leg; /* a row of the table of legs */
    const uint8_t *m;
    const uint8_t *box;
};

struct legged {
    const uint8_t *nonce;
    const uint8_t *box;
};

int leg_decode(struct leg *l, const uint8_t *p, size_t n);
void leg_encode(uint8_t out[LEG_HEADER_BYTES], const struct leg *l);

int legged_decode(struct legged *l, const uint8_t *p, size_t n);
void legged_encode(uint8_t out[LEGGED_HEADER_BYTES], const struct legged *l);

#endif
