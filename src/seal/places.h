/*
 * Where sessions are in their number spaces (protocol section 4): for each session that was heard
 * of lately, the space that it uses here and how far that has come. Strikes remember which numbers
 * were sent; this remembers, when they are forgotten, the highest of them.
 *
 * A place is one line of 64 bytes, found by a keyed 63-bit hash of the session, in one of the
 * PLACES_REACH lines from where the hash points. It lives while its turn, that of the strikes, is
 * among the last STRIKES_TABLES: as long as the strikes of what was sent then. A place that has
 * died is taken for another session. Where none in reach is dead the table is full for that
 * session, and the caller makes do with younger number spaces. Memory: sizeof (struct places),
 * 4 MB, fixed.
 */
#ifndef SEAL_PLACES_H
#define SEAL_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/limits.h"

#define PLACES_LINES     (1u << 16) /* a power of two */
#define PLACES_REACH     8
#define PLACES_TURNS     3 /* STRIKES_TABLES */
#define PLACES_KEY_BYTES 16

struct place {
    uint64_t session;            /* the hash, odd; 0: never taken */
    int64_t begun_ms;            /* the space's; 0: none is named yet */
    int64_t used_ms;             /* 0: the space was begun here and is not in use yet */
    uint64_t older;              /* the highest number that was sent before those turns */
    uint64_t tops[PLACES_TURNS]; /* the highest number sent in the turn t, at t % PLACES_TURNS */
    uint32_t lineage;            /* the space's */
    uint32_t turn;               /* when it was touched last */
};

struct places {
    struct place lines[PLACES_LINES];
};

/* The place of a session (its m), or NULL. */
struct place *places_find(struct places *p, const uint8_t key[PLACES_KEY_BYTES],
                          const uint8_t m[EXCHANGE_ID_BYTES], int64_t turn);

/* The same; when it has none, a new one that names no space. NULL: full. The caller touches it. */
struct place *places_take(struct places *p, const uint8_t key[PLACES_KEY_BYTES],
                          const uint8_t m[EXCHANGE_ID_BYTES], int64_t turn);

/* Keeps it alive from this turn on, which is not below that of the last touch. */
void place_touch(struct place *p, int64_t turn);

/* A number is about to be sent, in the turn that it was touched in. */
void place_sent(struct place *p, uint64_t number);

/* The highest number that was sent and whose strike may be forgotten in this turn; 0: none. */
uint64_t place_forgotten(const struct place *p, int64_t turn);

/* Names another space, in which nothing was sent here. */
void place_name(struct place *p, uint32_t lineage, int64_t begun_ms);

#endif
