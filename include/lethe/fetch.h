/*
 * lethe/fetch.h - fetching a file from a server that remembers nothing.
 *
 * lethe_fetch runs the whole exchange (McTiny, section 4, as a hybrid: lethe-protocol(7)) and the
 * transfer, verifies what it wrote and puts the file in place atomically. What an interrupted run
 * left in OUTPUT.part is checked and used. One call uses one thread, and a second one for a moment
 * to make a key; calls in different threads do not disturb each other.
 */
#ifndef LETHE_FETCH_H
#define LETHE_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "lethe/error.h"
#include "lethe/export.h"
#include "lethe/identity.h"

#define LETHE_DEFAULT_PORT 6960

/* How far a fetch is. Levels: 0 no session yet, 1 X25519 and the static McEliece key, 2 NTRU Prime
 * as well, 3 the ephemeral McEliece key as well. Times are seconds since the start, 0 for "not
 * yet". */
struct lethe_fetch_state {
    int level;
    bool size_known;
    uint64_t size;           /* of the file, bytes */
    uint64_t bytes_done;     /* verified */
    uint64_t bytes_reused;   /* of them, found in OUTPUT.part */
    uint64_t bytes_received; /* of the file, over the network */
    unsigned key_blocks;     /* of the client's McEliece key, answered, */
    unsigned key_blocks_all; /* out of */
    double seconds, accept_seconds, ready_seconds, first_byte_seconds;
    double silent_seconds;                                     /* since the server last answered */
    unsigned exchanges;                                        /* key exchanges begun */
    uint64_t exchange_packets_sent, exchange_packets_answered; /* of the last exchange */
    uint64_t packets_sent, packets_received, packets_ignored;
    unsigned requests_repeated;
    unsigned restarts; /* because the file changed at the server */
    bool replaced;     /* at the end: OUTPUT was there before */
};

struct lethe_fetch_options {
    const char *uri;                     /* lethe://HOST[:PORT]/PATH */
    const struct lethe_identity *server; /* borrowed */
    const char *output;                  /* NULL: the last part of the path */
    bool strict;                         /* no data below level 3; otherwise none below level 2 */
    unsigned timeout_seconds;            /* of silence before giving up; 0: 30 */
    int stop_fd;                         /* ends the fetch when readable; -1: none */
    /* Called about ten times a second and when the level rises; may be NULL. */
    void (*progress)(void *context, const struct lethe_fetch_state *state);
    void *context;
};

/* LETHE_OK when OUTPUT is there, verified; then, and after an error, *state says how it went, and
 * why->text what went wrong. Errors: LETHE_ERR_USAGE (URI), _NETWORK (name look-up), _TIMEOUT,
 * _NOT_FOUND, _PERMISSION, _CHANGED, _REFUSED, _CRYPTO, _NO_SPACE, _IN_USE (another fetch writes
 * OUTPUT), _EXISTS (OUTPUT is no regular file), _INTERRUPTED, _IDENTITY, _FORMAT, _INTERNAL. */
LETHE_EXPORT int lethe_fetch(const struct lethe_fetch_options *options,
                             struct lethe_fetch_state *state, struct lethe_message *why);

#endif
