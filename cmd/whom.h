/*
 * The server that a command speaks to: by --identity, or as it is remembered; its public identity
 * from a file, from the cache or from the network.
 */
#ifndef CMD_WHOM_H
#define CMD_WHOM_H

#include <stdbool.h>

#include "api/uri.h"
#include "lethe/identity.h"
#include "store/known_servers.h"

struct whom {
    /* Set before. */
    const char *identity; /* a file, a folder or a fingerprint; NULL: as it is remembered */
    const char *from;     /* HOST[:PORT] to fetch an identity from; NULL: the server itself */
    unsigned timeout_seconds;
    int stop_fd;
    bool line;  /* a moving line while an identity is fetched */
    bool quiet; /* not a word when the server is remembered, */
    bool mute;  /* nor when nobody listens there */
    /* And then: */
    struct lethe_identity *server;
    bool refused;            /* that nobody listens was said */
    double identity_seconds; /* that fetching the identity took; 0: it was here */
    char name[KNOWN_NAME_BYTES];
};

/* Finds the server of an address. LETHE_ERR_STRANGER when it is another than is remembered,
 * LETHE_ERR_USAGE when nothing says which it is; whom_free in any case. */
int whom_find(struct whom *w, const struct uri *uri, struct complaint *why);

/* The server has proven who it is: it is remembered, and that is said once. A failure is said, and
 * is no error. */
void whom_met(const struct whom *w);

/* Nobody listens at an address, as ICMP tells: that is said once. It ends nothing, for anyone can
 * forge it, and servers come back. */
void whom_refused(struct whom *w, const char *address);

void whom_free(struct whom *w);

#endif
