/*
 * The public half of a server's short-term key, signed (protocol section 1): DIR/public/short-term,
 * and what a server gives out when it is asked.
 *
 *   "lethe short-term 1\n" | fingerprint 32 | X25519 32 | born_ms 8 | until_ms 8 | signature 64
 *
 * The signature is the identity's, Ed25519, over all before it. Times are Unix milliseconds.
 */
#ifndef STORE_SHORT_TERM_H
#define STORE_SHORT_TERM_H

#include <stddef.h>
#include <stdint.h>

#include "base/complaint.h"
#include "crypto/dh.h"
#include "store/identity.h"

#define SHORT_TERM_MAGIC_BYTES  19
#define SHORT_TERM_SIGNED_BYTES (SHORT_TERM_MAGIC_BYTES + FINGERPRINT_BYTES + DH_PUBLIC_BYTES + 16)
#define SHORT_TERM_FILE_BYTES   (SHORT_TERM_SIGNED_BYTES + SIGN_BYTES)

struct short_term_public {
    uint8_t dh[DH_PUBLIC_BYTES];
    int64_t born_ms, until_ms;
};

void short_term_sign(uint8_t out[SHORT_TERM_FILE_BYTES],
                     const uint8_t fingerprint[FINGERPRINT_BYTES],
                     const struct short_term_public *key, const uint8_t secret[SIGN_SECRET_BYTES]);

/* Checks n bytes and takes them apart. LETHE_ERR_FORMAT: no such file. LETHE_ERR_IDENTITY: another
 * identity's. LETHE_ERR_CRYPTO: the signature is wrong. LETHE_ERR_TIMEOUT: all is well, but the key
 * is not alive at now_ms; *out then tells when it is. */
int short_term_open(struct short_term_public *out, const uint8_t *p, size_t n,
                    const uint8_t fingerprint[FINGERPRINT_BYTES],
                    const uint8_t sign_public[SIGN_PUBLIC_BYTES], int64_t now_ms);

/* The key in a file, for a client; path: the file, or a DIR that holds public/short-term. Errors as
 * above, with words, and LETHE_ERR_NOT_FOUND, _PERMISSION. */
int short_term_load(struct short_term_public *out, const char *path,
                    const struct public_identity *id, int64_t now_ms, struct complaint *why);

/* Words for what short_term_open returned, of bytes that came from there; returns err. */
int short_term_explain(const struct short_term_public *key, const char *from, int err,
                       int64_t now_ms, struct complaint *why);

/* What is kept of them: $XDG_CACHE_HOME/lethe/short-term/FINGERPRINT. */
int short_term_load_cached(struct short_term_public *out, const struct public_identity *id,
                           int64_t now_ms, struct complaint *why);
int short_term_cache(const uint8_t file[SHORT_TERM_FILE_BYTES], const struct public_identity *id,
                     struct complaint *why);

#endif
