/*
 * Continuations (protocol section 3; Aura and Nikander section 3): a session sealed under a
 * cookie key and carried by the client.  kid | nonce 24 | AE(ring; state)
 */
#ifndef SEAL_CONTINUATION_H
#define SEAL_CONTINUATION_H

#include "seal/ring.h"
#include "seal/session.h"

/* Seals s as it stands. The nonce must be fresh random; session_next has already been applied to
 * s->z by a caller that follows one continuation with another. */
void continuation_seal(uint8_t out[CONTINUATION_BYTES], const struct session *s,
                       const struct cookie_key *key, const uint8_t nonce[NONCE_BYTES]);

/* LETHE_ERR_CRYPTO when its key is dead or unknown or the seal is not ours, LETHE_ERR_FORMAT when
 * what we sealed is no session; s is then wiped. The caller wipes s. */
int continuation_open(struct session *s, const struct ring *ring, int64_t now_ms,
                      const uint8_t c[CONTINUATION_BYTES]);

/* Its nonce, from which the client follows the key. */
const uint8_t *continuation_nonce(const uint8_t c[CONTINUATION_BYTES]);

#endif
