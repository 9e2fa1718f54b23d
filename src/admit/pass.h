/*
 * The pass (protocol section 5): a symmetric token with which a client that was here skips the
 * puzzle, once. It fits HELLO's puzzle field, and comes inside ACCEPT's box.
 *
 *   tag = the first 16 bytes of KDF("pass", ring; network, nonce, expiry)
 *
 * The network is the client's /24 or /56, so a pass is no use to others, and says no more of who
 * brings it. It dies with the cookie key of its tag if that is sooner than its expiry.
 */
#ifndef ADMIT_PASS_H
#define ADMIT_PASS_H

#include <stdbool.h>

#include "seal/ring.h"
#include "seal/session.h"
#include "wire/puzzle.h"

#define PASS_LIFE_MS 300000

/* Writes a pass for the network of address; nonce: PASS_NONCE_BYTES, fresh random. */
void pass_make(uint8_t field[PUZZLE_FIELD_BYTES], const struct cookie_key *key, int64_t now_ms,
               const uint8_t nonce[PASS_NONCE_BYTES], const uint8_t address[ADDRESS_BYTES]);

/* The key of a pass that is good here and now, else NULL. It was given after since_ms: uses from
 * before are not remembered. The caller strikes it, pass_use names what. */
const struct cookie_key *pass_check(const struct puzzle_field *f, const struct ring *ring,
                                    int64_t now_ms, int64_t since_ms,
                                    const uint8_t address[ADDRESS_BYTES]);

#define PASS_USE_BYTES (1 + PASS_NONCE_BYTES)
void pass_use(uint8_t out[PASS_USE_BYTES], const struct puzzle_field *f);

#endif
