/*
 * The ring of cookie keys (protocol section 1; McTiny section 4.3).
 *
 * A fixed count of short-lived server keys, named by kid = epoch mod count: 8 of a minute each in
 * the ring of cookie keys, 48 of an hour each in the slow ring, which seals only what is parked
 * (protocol section 3). A key is never used directly: ring_put derives one subkey for each purpose
 * and the caller wipes the key. A key dies `life_ms` after its birth, by the clock of whoever holds
 * the ring: ring_find never returns a dead one and ring_expire wipes them. Times are Unix
 * milliseconds. The struct is a value; its owner wipes it.
 */
#ifndef SEAL_RING_H
#define SEAL_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/limits.h"

#define COOKIE_KEY_BYTES 32
#define RING_PERIOD_MS   60000 /* a new key each minute unless the ring says otherwise */
#define SLOW_PERIOD_MS   3600000
#define SLOW_COUNT       SLOW_KID_COUNT
#define RING_COUNT_MAX   SLOW_COUNT
/* A key seals only once it has had this long to reach every server of a cluster. */
#define RING_SETTLE_MS 2000

enum ring_purpose {
    RING_SEAL,     /* continuations */
    RING_EXCHANGE, /* K1 and S' of an exchange */
    RING_ERROR,    /* the error vector */
    RING_MASK,     /* the masks over block answers */
    RING_SHARE,    /* shares */
    RING_HANDLE,   /* handles */
    RING_PUZZLE,   /* answers of puzzles */
    RING_PASS,     /* passes */
    RING_MARK,     /* marks: the first bytes of it */
    RING_PARK,     /* parked continuations: of the slow ring's keys */
    RING_PURPOSES,
};

struct cookie_key {
    bool live;
    uint8_t kid;
    uint64_t epoch;
    int64_t born_ms;
    uint8_t sub[RING_PURPOSES][32];
};

struct ring {
    int64_t life_ms;
    int64_t settle_ms;
    unsigned count; /* 1 to RING_COUNT_MAX; 0: no ring, which holds no key */
    struct cookie_key keys[RING_COUNT_MAX];
};

/* An empty ring of KID_COUNT cookie keys, which live KID_COUNT * period_ms and settle for
 * RING_SETTLE_MS, or a quarter of the period when that is shorter. */
void ring_init(struct ring *r, int64_t period_ms);

/* An empty slow ring: SLOW_COUNT keys that live SLOW_COUNT * SLOW_PERIOD_MS, two days. */
void ring_init_slow(struct ring *r);

/* Changes the period, and with it how long the keys that are there live. */
void ring_set_period(struct ring *r, int64_t period_ms);

/* Takes a key in, in the place of the older key with the same kid; an older one is ignored. Of two
 * keys of one epoch, which a ring begun anew may have, the later born counts. */
void ring_put(struct ring *r, uint64_t epoch, int64_t born_ms, const uint8_t key[COOKIE_KEY_BYTES]);

/* The live key of that name, or NULL. */
const struct cookie_key *ring_find(const struct ring *r, uint8_t kid, int64_t now_ms);

/* The key to seal with: the newest settled one, else the newest, else NULL. */
const struct cookie_key *ring_sealing(const struct ring *r, int64_t now_ms);

uint8_t cookie_key_kid(const struct cookie_key *k);

/* Wipes every key whose time is over. */
void ring_expire(struct ring *r, int64_t now_ms);

void ring_wipe(struct ring *r);

#endif
