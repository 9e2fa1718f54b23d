/*
 * Identities on disk (protocol section 1).
 *
 *   DIR/public/identity     "lethe identity 1\n" | X25519 32 | Ed25519 32 | McEliece 1047319
 *   DIR/public/fingerprint  64 hexadecimal digits and a newline
 *   DIR/secret/identity     "lethe secret 1\n" | fingerprint 32 | X25519 32 | Ed25519 64 | McEliece
 * 13948
 *
 * secret/ is 0700 and its file 0600; a secret that others could read is refused. The fingerprint
 * is the name of the hash tree (crypto/tree.h) over X25519 | Ed25519 | McEliece.
 */
#ifndef STORE_IDENTITY_H
#define STORE_IDENTITY_H

#include "base/complaint.h"
#include "kex/client.h"
#include "kex/server.h"

#define FINGERPRINT_TEXT_BYTES 65 /* 64 digits and a NUL */

/* Makes a new identity in dir (created if missing). LETHE_ERR_EXISTS when there is one already. */
int identity_generate(const char *dir, uint8_t fingerprint[FINGERPRINT_BYTES],
                      struct complaint *why);

/* Loads the secret half for a server. */
int identity_load_secret(struct server_identity *id, const char *dir, struct complaint *why);

/* What signs short-term keys: nobody but the rotator needs it. */
struct identity_signer {
    uint8_t fingerprint[FINGERPRINT_BYTES];
    uint8_t secret[64]; /* Ed25519 */
};

/* Loads it from dir. The caller wipes. */
int identity_load_signer(struct identity_signer *s, const char *dir, struct complaint *why);

/* A public identity in memory; identity_free gives it back. */
struct public_identity {
    uint8_t *bytes; /* the file's content */
    uint8_t sign_public[32];
    struct server_public server; /* borrows bytes */
};

/* path: the file, or a DIR that holds public/identity. */
int identity_load_public(struct public_identity *id, const char *path, struct complaint *why);
void identity_free(struct public_identity *id);

/* Room for an identity that will come in pieces: LOOKUP_IDENTITY_BYTES at *keys. Once they are
 * there, identity_complete takes them apart; identity_free in either case. */
int identity_prepare(struct public_identity *id, uint8_t **keys, struct complaint *why);
void identity_complete(struct public_identity *id);

/* Its three keys, LOOKUP_IDENTITY_BYTES of them, borrowed. */
const uint8_t *identity_keys(const struct public_identity *id);

void fingerprint_text(char out[FINGERPRINT_TEXT_BYTES],
                      const uint8_t fingerprint[FINGERPRINT_BYTES]);
/* LETHE_ERR_FORMAT unless exactly 64 hexadecimal digits. */
int fingerprint_parse(uint8_t fingerprint[FINGERPRINT_BYTES], const char *text);

/* Where the user's cache keeps what belongs to an identity: $XDG_CACHE_HOME/lethe/WHAT/FINGERPRINT,
 * or below ~/.cache. The folder is made. */
int identity_cache_path(char *out, size_t room, const char *what,
                        const uint8_t fingerprint[FINGERPRINT_BYTES], struct complaint *why);

/* Identities that are here already, by fingerprint: $XDG_CACHE_HOME/lethe/identities/FINGERPRINT.
 * LETHE_ERR_NOT_FOUND when it is not; LETHE_ERR_IDENTITY when it is damaged. */
int identity_load_cached(struct public_identity *id, const uint8_t fingerprint[FINGERPRINT_BYTES],
                         struct complaint *why);
/* Best effort: a cache that cannot be written is no error. anew: in place of what is there. */
void identity_cache(const struct public_identity *id, bool anew);

#endif
