/*
 * Resuming at the client (protocol section 3): one packet from what was parked, and its answer.
 * RESUME is made once and sent as it is; whoever waits for RESUMED decides how long.
 */
#ifndef KEX_RESUME_H
#define KEX_RESUME_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/rng.h"
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

/* LETHE_OK when the packet is RESUMED for this RESUME: *s is then the session. LETHE_ERR_FORMAT
 * when it is of another kind, LETHE_ERR_CRYPTO when it does not authenticate. The caller wipes *s.
 */
int kex_resume_input(const struct kex_resume *r, struct client_session *s, const uint8_t *p,
                     size_t n);

void kex_resume_wipe(struct kex_resume *r);

#endif
