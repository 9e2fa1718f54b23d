/*
 * Handles (protocol section 3; Trickles' user continuation): what a service knows of an open body,
 * sealed under a cookie key, bound to the session, and carried by the client beside its
 * continuation.  kid | nonce 24 | AE(ring; "M"; size 8, state)
 */
#ifndef SEAL_HANDLE_H
#define SEAL_HANDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "seal/ring.h"
#include "wire/request.h"

struct handle {
    uint64_t size; /* of the body */
    uint8_t state[HANDLE_STATE_MAX];
    size_t state_len;
    bool aging; /* its key has lived half its life */
};

/* Returns the length written to out. The nonce must be fresh random. */
size_t handle_seal(uint8_t out[HANDLE_BYTES_MAX], const struct handle *h,
                   const uint8_t m[EXCHANGE_ID_BYTES], const struct cookie_key *key,
                   const uint8_t nonce[NONCE_BYTES]);

/* LETHE_ERR_CRYPTO when its key is dead or unknown, or it is not a handle of session m. */
int handle_open(struct handle *h, const uint8_t m[EXCHANGE_ID_BYTES], const struct ring *ring,
                int64_t now_ms, const uint8_t *p, size_t n);

#endif
