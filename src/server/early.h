/*
 * Early data at the server: the request in a HELLO that was opened, whether it may be executed, and
 * its answer.
 */
#ifndef SERVER_EARLY_H
#define SERVER_EARLY_H

#include "flow/server.h"
#include "kex/server.h"
#include "seal/once.h"
#include "seal/short_term.h"

/* How an early request ended; each is counted. */
enum early_end {
    EARLY_END_NONE, /* there was none */
    EARLY_END_EXECUTED,
    EARLY_END_OFF,    /* the server or its service takes none, or not this one */
    EARLY_END_KEY,    /* under a short-term key that is dead, unknown, or another server's */
    EARLY_END_BOX,    /* it does not authenticate under that key, or makes no sense */
    EARLY_END_CLOCK,  /* the client's clock is not near this one */
    EARLY_END_BEGIN,  /* the server has begun too lately to know that it is new */
    EARLY_END_SEEN,   /* executed before */
    EARLY_END_NOROOM, /* no room to remember it */
    EARLY_ENDS,
};

struct early_policy {
    bool taken; /* by this server, at all */
    uint8_t least_legs;
    const struct lethe_service *service;
    const struct short_term_keys *keys;
    struct once
        *once; /* shared by the server's processes; NULL: nothing is executed at most once */
};

/* The short-term secret to open a HELLO with, borrowed from the policy's keys; NULL when a request
 * in it would not be taken, or when its key is not known or dead. */
const uint8_t *early_secret(const struct early_policy *policy, const struct hello *h,
                            int64_t now_ms);

/* Fills k->early_answer, which borrows from scratch and handle (HANDLE_BYTES_MAX), for a HELLO that
 * was opened with early_secret. */
enum early_end early_take(struct kex_hello *k, const struct hello *h, const struct step *st,
                          const struct early_policy *policy, struct flow_scratch *scratch,
                          uint8_t *handle);

#endif
