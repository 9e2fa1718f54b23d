/*
 * FINISH and its answer, steps 7 and 8 (protocol section 2): the masked syndrome up, the
 * syndrome and the McEliece share down. FINISH is padded to the length of its answer.
 */
#ifndef WIRE_FINISH_H
#define WIRE_FINISH_H

#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

#define FINISH_SYNDROME_BYTES 194

#define FINISHED_HEADER_BYTES (1 + NONCE_BYTES)
#define FINISHED_BODY_BYTES   (FINISH_SYNDROME_BYTES + SHARE_BYTES)
#define FINISHED_BOX_BYTES    (FINISHED_BODY_BYTES + TAG_BYTES)
#define FINISHED_BYTES        (FINISHED_HEADER_BYTES + FINISHED_BOX_BYTES)

#define FINISH_HEADER_BYTES   (2 + EXCHANGE_ID_BYTES)
#define FINISH_BOX_BYTES      (FINISHED_BYTES - FINISH_HEADER_BYTES)
#define FINISH_BODY_BYTES     (FINISH_BOX_BYTES - TAG_BYTES)
#define FINISH_PACKET_BYTES   FINISHED_BYTES

struct finish {
    uint8_t kid;
    const uint8_t *m;
    const uint8_t *box;
};

struct finished {
    const uint8_t *nonce;
    const uint8_t *box;
};

int finish_decode(struct finish *f, const uint8_t *p, size_t n);
void finish_encode(uint8_t out[FINISH_HEADER_BYTES], const struct finish *f);

int finished_decode(struct finished *f, const uint8_t *p, size_t n);
void finished_encode(uint8_t out[FINISHED_HEADER_BYTES], const struct finished *f);

#endif
