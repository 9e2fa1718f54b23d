/*
 * Parked continuations (protocol section 3; Aura and Nikander's stateless idle periods): what it
 * takes to resume a session hours later, sealed under a key of the slow ring and kept by the
 * client.
 *
 *   kid | nonce 24 | AE(slow ring; P 32, legs 1, M 16)        P = KDF("park", Z)
 *
 * P is a one-way hash of the session's key: it opens nothing that the session carried. Neither does
 * it open what a resumed session carries, whose key takes a fresh exchange of X25519 besides. Who
 * steals the slow ring and a parked continuation can pose as either side of a resumption until the
 * key dies, two days after its birth, and can read it if they break X25519 too.
 */
#ifndef SEAL_PARKED_H
#define SEAL_PARKED_H

#include "seal/ring.h"
#include "seal/session.h"

struct parked {
    uint8_t key[SESSION_KEY_BYTES]; /* P */
    uint8_t legs;                   /* that the session had absorbed */
    uint8_t m[EXCHANGE_ID_BYTES];   /* the session's id */
};

/* P of a session with that key, legs and id. The caller wipes *p. */
void parked_of(struct parked *p, const uint8_t z[SESSION_KEY_BYTES], uint8_t legs,
               const uint8_t m[EXCHANGE_ID_BYTES]);

/* The nonce must be fresh random; key is one of the slow ring's. */
void parked_seal(uint8_t out[PARKED_BYTES], const struct parked *p, const struct cookie_key *key,
                 const uint8_t nonce[NONCE_BYTES]);

/* LETHE_ERR_CRYPTO when its key is dead or unknown or the seal is not ours; *p is then wiped. The
 * caller wipes *p. */
int parked_open(struct parked *p, const struct ring *slow, int64_t now_ms,
                const uint8_t in[PARKED_BYTES]);

#endif
