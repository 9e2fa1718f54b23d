/*
 * BLOCK and its answer, steps 5 and 6 (protocol section 2): 7 rows by 170 bytes of the client's
 * ephemeral McEliece key, answered by 7 masked bits of partial product.
 */
#ifndef WIRE_BLOCK_H
#define WIRE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

#define WIRE_BLOCK_COUNT     884 /* 221 row groups of 4 column groups */
#define BLOCK_HEADER_BYTES   (4 + EXCHANGE_ID_BYTES)
#define BLOCK_BODY_BYTES     1190
#define BLOCK_BOX_BYTES      (BLOCK_BODY_BYTES + TAG_BYTES)
#define BLOCK_PACKET_BYTES   (BLOCK_HEADER_BYTES + BLOCK_BOX_BYTES)

#define BLOCKED_HEADER_BYTES (3 + NONCE_BYTES)
#define BLOCKED_BODY_BYTES   1
#define BLOCKED_BOX_BYTES    (BLOCKED_BODY_BYTES + TAG_BYTES)
#define BLOCKED_BYTES        (BLOCKED_HEADER_BYTES + BLOCKED_BOX_BYTES)

struct block {
    uint8_t kid;
    uint16_t position; /* below WIRE_BLOCK_COUNT */
    const uint8_t *m;
    const uint8_t *box;
};

struct blocked {
    uint16_t position;
    const uint8_t *nonce;
    const uint8_t *box;
};

int block_decode(struct block *b, const uint8_t *p, size_t n);
void block_encode(uint8_t out[BLOCK_HEADER_BYTES], const struct block *b);

int blocked_decode(struct blocked *b, const uint8_t *p, size_t n);
void blocked_encode(uint8_t out[BLOCKED_HEADER_BYTES], const struct blocked *b);

#endif
