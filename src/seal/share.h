/*
 * Shares (protocol section 2): what a leg yields, sealed to the exchange that made it.
 * kid | nonce 24 | AE(ring; secret 32, hash 32), with "M, leg" as associated data, so that a share
 * opens only for its own session and as its own leg.
 */
#ifndef SEAL_SHARE_H
#define SEAL_SHARE_H

#include "seal/ring.h"
#include "seal/session.h"

void share_seal(uint8_t out[SHARE_BYTES], const struct cookie_key *key,
                const uint8_t nonce[NONCE_BYTES], const uint8_t m[EXCHANGE_ID_BYTES], uint8_t leg,
                const uint8_t secret[32], const uint8_t hash[32]);

/* LETHE_ERR_CRYPTO when its key is dead or unknown, or it is of another session or leg; secret and
 * hash are then wiped. The caller wipes secret. */
int share_open(uint8_t secret[32], uint8_t hash[32], const struct ring *ring, int64_t now_ms,
               const uint8_t m[EXCHANGE_ID_BYTES], uint8_t leg, const uint8_t share[SHARE_BYTES]);

#endif
