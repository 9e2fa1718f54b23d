/*
 * The rotator's work on short-term keys: made, signed, kept in the ring's folder, and the public
 * half put into DIR/public.
 */
#ifndef NODE_SHORT_TERM_TURN_H
#define NODE_SHORT_TERM_TURN_H

#include "store/short_term_file.h"

struct short_term_turn {
    bool ready; /* there is a secret to sign with */
    const char *folder, *identity_dir;
    struct identity_signer signer;
    struct short_term_image image;
};

/* Loads the signing secret and the keys that are there. period_ms 0: theirs, or an hour. What is
 * missing is said on standard error. The lock's holder calls this, and wipes s. */
void short_term_turn_begin(struct short_term_turn *s, const char *folder, const char *identity_dir,
                           int64_t period_ms);

/* Turns the keys if it is time, writes them and publishes. */
void short_term_turn(struct short_term_turn *s);

#endif
