/*
 * lethe/identity.h - a server's long-term keys and their name.
 *
 * An identity is a Classic McEliece 6960119, an X25519 and an Ed25519 key; its fingerprint is the
 * BLAKE2b-256 hash of the public parts (lethe-protocol(7), "Identities"). The public half is a
 * file of about 1 MB that may be given to everyone.
 */
#ifndef LETHE_IDENTITY_H
#define LETHE_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "lethe/error.h"
#include "lethe/export.h"

#define LETHE_FINGERPRINT_BYTES 32

/* One line for a person about what went wrong; always terminated, empty when there is nothing to
 * add to lethe_strerror. */
struct lethe_message {
    char text[512];
};

struct lethe_identity;

/* Makes a new identity in the folder dir, created if missing: dir/public/identity,
 * dir/public/fingerprint and dir/secret/identity (0600 in 0700). Takes about 0.1 s. Never
 * overwrites: LETHE_ERR_EXISTS. Other errors: LETHE_ERR_PERMISSION, LETHE_ERR_NO_SPACE,
 * LETHE_ERR_INTERNAL. */
LETHE_EXPORT int lethe_identity_generate(const char *dir,
                                         uint8_t fingerprint[LETHE_FINGERPRINT_BYTES],
                                         struct lethe_message *why);

/* Loads a public identity from its file, or from a folder that holds public/identity. The caller
 * gives *out back with lethe_identity_free. LETHE_ERR_IDENTITY when it is missing or none,
 * LETHE_ERR_FORMAT when it was cut short. */
LETHE_EXPORT int lethe_identity_load(struct lethe_identity **out, const char *path,
                                     struct lethe_message *why);

/* Loads an identity that was fetched from successfully before, by its fingerprint, from the
 * user's cache ($XDG_CACHE_HOME/lethe/identities). LETHE_ERR_IDENTITY when it is not there. */
LETHE_EXPORT int lethe_identity_load_known(struct lethe_identity **out,
                                           const uint8_t fingerprint[LETHE_FINGERPRINT_BYTES],
                                           struct lethe_message *why);

LETHE_EXPORT void lethe_identity_fingerprint(const struct lethe_identity *id,
                                             uint8_t fingerprint[LETHE_FINGERPRINT_BYTES]);

/* NULL is allowed. */
LETHE_EXPORT void lethe_identity_free(struct lethe_identity *id);

#endif
