/*
 * The legs of the hybrid: a KEM is a row. A leg whose public key fits one packet goes through LEG;
 * McEliece, whose key is a megabyte, goes through BLOCK and FINISH and has no verbs here.
 */
#ifndef KEX_LEGS_H
#define KEX_LEGS_H

#include <stddef.h>
#include <stdint.h>

#include "seal/session.h"

#define LEG_SK_MAX 1763 /* the largest secret key of a one-packet leg */

struct leg_row {
    const char *name;
    size_t pk_bytes, sk_bytes, ct_bytes;
    void (*keypair)(uint8_t *pk, uint8_t *sk);
    void (*enc)(uint8_t *ct, uint8_t *key, const uint8_t *pk);
    void (*dec)(uint8_t *key, const uint8_t *ct, const uint8_t *sk);
};

/* The row of a leg, or NULL when there is none. */
const struct leg_row *leg_row(uint8_t leg);

/* The row of a leg that comes in one packet, or NULL. */
const struct leg_row *leg_row_in_one_packet(uint8_t leg);

#endif
