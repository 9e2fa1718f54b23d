/*
 * Asking servers for the short-term key of an identity. What comes is checked like a file, so that
 * it does not matter who answers.
 */
#ifndef CLIENT_SHORT_TERM_FETCH_H
#define CLIENT_SHORT_TERM_FETCH_H

#include "client/find.h"
#include "store/short_term.h"

struct short_term_search {
    const struct public_identity *id; /* whose it is to be */
    const char *host;                 /* what the words call the servers */
    unsigned timeout_seconds;
    struct find_options find;            /* addresses, stop_fd and progress; the rest is set here */
    struct finder finder;                /* afterwards, to report from */
    uint8_t file[SHORT_TERM_FILE_BYTES]; /* what was found, signed, */
    struct short_term_public key;        /* what it says, */
    int result;                          /* and LETHE_ERR_TIMEOUT where its time is not now */
};

/* Errors of find_run and short_term_open, in words for a person. A key whose time is over is not
 * asked for again, for it is what the server has: LETHE_ERR_TIMEOUT. LETHE_ERR_CRYPTO when nothing
 * came but what this identity has not signed. */
int short_term_fetch(struct short_term_search *s, struct complaint *why);

#endif
