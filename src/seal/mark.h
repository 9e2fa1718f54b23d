/*
 * Marks: the last 4 bytes of a continuation's nonce and of an exchange's id M. What is in front of
 * them is random, and they are a short hash of that and of the network that the value is sent to:
 *
 *   mark = the first bytes of SipHash(ring mark; network | what is in front)
 *
 * So a packet that brings the value back tells, before anything of it is opened, whether it comes
 * from the /24 or /56 where the value was received. That is no authentication, for a recorded value
 * is as good as the first: it is to choose by when not all packets can be looked at.
 */
#ifndef SEAL_MARK_H
#define SEAL_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/rng.h"
#include "seal/ring.h"
#include "seal/session.h"

#define MARK_BYTES       4
#define MARK_VALUE_BYTES NONCE_BYTES /* the longest value with a mark, which counts */

/* Draws a value of n bytes for the client at address: random, then its mark. */
void mark_draw(uint8_t *value, size_t n, struct rng *rng, const struct cookie_key *key,
               const uint8_t address[ADDRESS_BYTES]);

/* Whether the mark of a value of n bytes names the network of address. */
bool mark_names(const uint8_t *value, size_t n, const struct cookie_key *key,
                const uint8_t address[ADDRESS_BYTES]);

#endif
