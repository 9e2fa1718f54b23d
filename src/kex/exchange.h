/*
 * An exchange at the server: everything it is, derived again from (cookie key, M).
 *
 * Nothing here is kept for a client. A caller that handles a batch of packets may hand the same
 * struct to each step, which then derives only when M changes, and wipes it when the batch ends.
 */
#ifndef KEX_EXCHANGE_H
#define KEX_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/goppa.h"
#include "seal/ring.h"

/* libsodium makes multiples of 512 bytes of stream several times faster than what lies between. */
#define EXCHANGE_MASK_BYTES 1024

struct exchange {
    bool keyed;            /* epoch, m and the two keys are set */
    bool has_error;        /* error and mask are set */
    uint8_t columns_ready; /* bit j: columns[j] is set */
    uint64_t epoch;
    uint8_t m[EXCHANGE_ID_BYTES];
    uint8_t from_client[32], from_server[32];
    struct goppa_error error;
    uint8_t mask[EXCHANGE_MASK_BYTES]; /* 7 bits for each of BLOCK_COUNT positions */
    uint8_t columns[BLOCK_COL_GROUPS][BLOCK_COL_BYTES];
};

/* Derives K1's two directions unless they are there already. */
void exchange_key(struct exchange *x, const struct cookie_key *key,
                  const uint8_t m[EXCHANGE_ID_BYTES]);

/* Derives the error vector and the masks; exchange_key comes first. */
void exchange_error(struct exchange *x, const struct cookie_key *key);

/* The columns that block positions of a column group multiply; exchange_error comes first. */
const uint8_t *exchange_columns(struct exchange *x, int col_group);

void exchange_wipe(struct exchange *x);

/* True when M's error vector expands: the condition under which M may be used at all. */
bool exchange_usable(const struct cookie_key *key, const uint8_t m[EXCHANGE_ID_BYTES]);

#endif
