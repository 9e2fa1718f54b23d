/*
 * What a server gives out without any state to whoever knows its name (wire/lookup.h): identities,
 * its own and those that it mirrors, and its signed short-term key.
 */
#ifndef KEX_LOOKUP_H
#define KEX_LOOKUP_H

#include "crypto/tree.h"
#include "kex/schedule.h"
#include "seal/step.h"
#include "wire/lookup.h"

#define SHELF_MOST 9 /* a server's own identity, and up to 8 of others */

/* One identity. All is borrowed, and may be shared by any number of servers. */
struct shelf_entry {
    uint8_t fingerprint[FINGERPRINT_BYTES];
    uint8_t ltid[LOOKUP_ID_BYTES];
    uint8_t key[SHORT_HASH_KEY_BYTES]; /* of LOOKUP's mac */
    const uint8_t *keys;               /* the three public keys, LOOKUP_IDENTITY_BYTES */
    const struct tree *tree;
};

struct shelf {
    struct shelf_entry entries[SHELF_MOST];
    int count;
};

/* Adds the identity of these keys, whose tree is built into *tree. The caller sees to the room. */
void shelf_add(struct shelf *s, const uint8_t *keys, struct tree *tree);

/* The name of an identity: of the hash tree over its keys, LOOKUP_IDENTITY_BYTES of them. */
void lookup_fingerprint(uint8_t out[FINGERPRINT_BYTES], const uint8_t *keys);

/* Writes a whole LOOKUP. */
void lookup_request(uint8_t out[LOOKUP_BYTES], const uint8_t fingerprint[FINGERPRINT_BYTES],
                    uint16_t index);

/* The server's step; s may be NULL: nothing is given out. short_term: the signed file,
 * LOOKUP_SHORT_TERM_BYTES, of the first entry, or NULL. Drops without a word what is for no entry,
 * or from someone who does not know the fingerprint. out has room for FOUND_MAX_BYTES. */
enum verdict kex_lookup(const struct shelf *s, const uint8_t *short_term, const uint8_t *p,
                        size_t n, uint8_t *out, size_t *out_len);

#endif
