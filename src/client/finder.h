/*
 * The client of LOOKUP: fetches an identity, or a signed short-term key, knowing a fingerprint, as
 * a state machine without socket or clock.
 *
 * Each node and piece is checked against the node above it when it arrives; what does not fit is
 * dropped, and asked for again when its time is up, as if it had been lost. So a box on the way
 * that changes packets is a lossy path and no more. Nothing is asked for before what it will be
 * checked against is here. Times are monotonic nanoseconds; the memory is this struct and the
 * caller's.
 */
#ifndef CLIENT_FINDER_H
#define CLIENT_FINDER_H

#include "crypto/tree.h"
#include "kex/schedule.h"
#include "pace/pace.h"
#include "wire/lookup.h"

#define FINDER_NONE_MOST 3 /* times that it is said that there is none before it is believed */

struct finder_options {
    uint8_t fingerprint[FINGERPRINT_BYTES];
    /* Where the identity's keys go, LOOKUP_IDENTITY_BYTES; NULL: the short-term key is wanted. */
    uint8_t *keys;
    /* Whether these LOOKUP_SHORT_TERM_BYTES are what is wanted; and what is called with it. */
    bool (*is_genuine)(void *context, const uint8_t *bytes);
    void *context;
    int64_t give_up_ns; /* without news */
};

struct finder {
    struct finder_options options;
    uint8_t ltid[LOOKUP_ID_BYTES];
    int result; /* LETHE_OK while it runs and when it is done */
    bool done;
    struct tree tree;            /* as far as it is here */
    uint8_t state[LOOKUP_END];   /* of each index; the short-term key takes the first */
    uint64_t number[LOOKUP_END]; /* the packet that asked for it */
    uint16_t next;               /* nothing below is waiting to be asked for */
    unsigned pieces_done;
    unsigned none; /* times that it was said that there is none */
    int64_t start_ns, heard_ns;
    uint64_t packets_sent, packets_received;
    uint64_t packets_wrong; /* they came, and are not what the fingerprint stands for */
    bool refused;           /* as in struct client */
    struct pace pace;
};

void finder_init(struct finder *f, const struct finder_options *options, int64_t now_ns);

void finder_input(struct finder *f, int64_t now_ns, const uint8_t *p, size_t n);

/* Writes the next packet to send now; 0 when there is none. */
size_t finder_output(struct finder *f, int64_t now_ns, uint8_t out[LOOKUP_BYTES]);

int64_t finder_next_ns(const struct finder *f);

/* True when all is here, or when result says why it is not: LETHE_ERR_TIMEOUT, LETHE_ERR_NOT_FOUND
 * (there is no short-term key), LETHE_ERR_CRYPTO (the whole is not of that name). */
bool finder_done(const struct finder *f);

#endif
