/*
 * Resuming at the client (protocol section 3): one packet from what was parked, and its answer.
 * RESUME is made once and sent as it is; whoever waits for RESUMED decides how long. What RESUMED
 * begins is an exchange as ACCEPT does: the legs that the session lacks can run.
 */
#ifndef KEX_RESUME_H
#define KEX_RESUME_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/rng.h"
#include "kex/client.h"
#include "seal/session.h"
#include "wire/resume.h"

/* What a client keeps of a session: the server's seal, and what is in it. The owner wipes it. */
struct parked_session {
    uint8_t key[SESSION_KEY_BYTES]; /* P */
    uint8_t legs;
    uint8_t value[PARKED_BYTES];
};

struct kex_resume {
    uint8_t packet[RESUME_BYTES];
    uint8_t key[SESSION_KEY_BYTES], legs, dh_secret[32];
};

/* Draws a fresh X25519 key and makes the packet. */
void kex_resume_init(struct kex_resume *r, const struct parked_session *parked, struct rng *rng);

/* LETHE_OK when the packet is RESUMED for this RESUME: *c is then an exchange that is accepted, its
 * session has the legs that were parked, and those of `wanted` that it lacks run; what was in *c is
 * wiped. Otherwise *c is left as it is: LETHE_ERR_FORMAT when the packet is of another kind,
 * LETHE_ERR_CRYPTO when it does not authenticate. */
int kex_resume_input(const struct kex_resume *r, struct kex_client *c,
                     const struct server_public *server, uint8_t wanted, const uint8_t *p,
                     size_t n);

void kex_resume_wipe(struct kex_resume *r);

#endif
