/*
 * RESUME and its answer (protocol section 3): a parked continuation brought back with a fresh
 * X25519 key, and a session that goes on from it. RESUME is padded beyond the length of its answer;
 * the body of its box is zeros.
 */
#ifndef WIRE_RESUME_H
#define WIRE_RESUME_H

#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

#define RESUME_DH_BYTES      32
#define RESUME_HEADER_BYTES  (2 + PARKED_BYTES + RESUME_DH_BYTES + NONCE_BYTES)
#define RESUME_BYTES         384
#define RESUME_BOX_BYTES     (RESUME_BYTES - RESUME_HEADER_BYTES)
#define RESUME_BODY_BYTES    (RESUME_BOX_BYTES - TAG_BYTES)

#define RESUMED_HEADER_BYTES (2 + EXCHANGE_ID_BYTES + RESUME_DH_BYTES)
#define RESUMED_K1_BYTES     32
#define RESUMED_BODY_BYTES   (RESUMED_K1_BYTES + CONTINUATION_BYTES + TRANSPORT_BYTES)
#define RESUMED_BOX_BYTES    (RESUMED_BODY_BYTES + TAG_BYTES)
#define RESUMED_BYTES        (RESUMED_HEADER_BYTES + RESUMED_BOX_BYTES)

_Static_assert(RESUMED_BYTES <= RESUME_BYTES, "an unproven address earns no longer answer");

struct resume {
    const uint8_t *parked; /* PARKED_BYTES, its kid below SLOW_KID_COUNT */
    const uint8_t *client; /* C', the client's fresh X25519 key */
    const uint8_t *nonce;
    const uint8_t *box;
};

struct resumed_answer {
    uint8_t kid;           /* of the cookie key that S' and the continuation come from */
    const uint8_t *m;      /* M', the resumed session's id, and that of its exchange */
    const uint8_t *server; /* S' */
    const uint8_t *box;
};

struct resumed_body {
    const uint8_t *k1;           /* RESUMED_K1_BYTES: the exchange's key, as in ACCEPT */
    const uint8_t *continuation; /* CONTINUATION_BYTES */
    const uint8_t *transport;    /* TRANSPORT_BYTES: its values, for the client to read */
};

/* LETHE_ERR_FORMAT unless exactly a version-1 RESUME. */
int resume_decode(struct resume *q, const uint8_t *p, size_t n);
void resume_encode(uint8_t out[RESUME_HEADER_BYTES], const struct resume *q);

int resumed_decode(struct resumed_answer *a, const uint8_t *p, size_t n);
void resumed_encode(uint8_t out[RESUMED_HEADER_BYTES], const struct resumed_answer *a);

int resumed_body_decode(struct resumed_body *b, const uint8_t *p, size_t n);
void resumed_body_encode(uint8_t out[RESUMED_BODY_BYTES], const struct resumed_body *b);

#endif
