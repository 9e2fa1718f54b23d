/*
 * lethe/identity.h - a server's long-term keys and their name.
 *
 * An identity is a Classic McEliece 6960119, an X25519 and an Ed25519 key; its fingerprint is the
 * name of a hash tree over the public parts (lethe-protocol(7), "IDENTITIES"). The public half is a
 * file of about 1 MB that may be given to everyone, and servers give out theirs.
 */
#ifndef LETHE_IDENTITY_H
#define LETHE_IDENTITY_H

#include <stdbool.h>
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

/* Loads an identity by its fingerprint from the user's cache ($XDG_CACHE_HOME/lethe/identities),
 * where lethe_identity_fetch, and lethe_fetch when a server has answered, put it.
 * LETHE_ERR_NOT_FOUND when it is not there, LETHE_ERR_IDENTITY when it is damaged. */
LETHE_EXPORT int lethe_identity_load_known(struct lethe_identity **out,
                                           const uint8_t fingerprint[LETHE_FINGERPRINT_BYTES],
                                           struct lethe_message *why);

/* How far the fetching of an identity is. */
struct lethe_identity_state {
    unsigned pieces, pieces_all; /* here and checked, out of */
    double seconds;              /* since the start */
    uint64_t packets_sent, packets_received;
    uint64_t packets_wrong; /* they came, and are not what the fingerprint stands for */
    bool refused;           /* ICMP tells that nobody listens there, and nobody has answered yet */
};

struct lethe_identity_fetch_options {
    const char *uri; /* lethe://HOST[:PORT]; a path is not looked at */
    uint8_t fingerprint[LETHE_FINGERPRINT_BYTES];
    unsigned timeout_seconds; /* of silence before giving up; 0: 30 */
    int stop_fd;              /* ends the fetch when readable; -1: none */
    /* Called about ten times a second; may be NULL. */
    void (*progress)(void *context, const struct lethe_identity_state *state);
    void *context;
};

/* Fetches an identity over the network, knowing only its fingerprint, from its own server or from
 * any other that has it, and puts it into the cache. Each kilobyte is checked as it comes. *state
 * says how it went. Errors: LETHE_ERR_USAGE (URI), _NETWORK, _TIMEOUT, _INTERRUPTED, _INTERNAL. */
LETHE_EXPORT int lethe_identity_fetch(struct lethe_identity **out,
                                      const struct lethe_identity_fetch_options *options,
                                      struct lethe_identity_state *state,
                                      struct lethe_message *why);

LETHE_EXPORT void lethe_identity_fingerprint(const struct lethe_identity *id,
                                             uint8_t fingerprint[LETHE_FINGERPRINT_BYTES]);

/* NULL is allowed. */
LETHE_EXPORT void lethe_identity_free(struct lethe_identity *id);

#endif
