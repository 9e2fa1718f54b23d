/*
 * lethe/put.h - sending a file to a server that remembers nothing.
 *
 * The file appears at the server under its name when all of it is there, in place of one that had
 * the name before; until then nobody sees it. Every piece of 64 KiB is compared by its digest with
 * what the server holds before it is sent and after, so that a run that was cut short is gone on
 * with by the same call: what tells one upload from another is the path, the size and the content.
 */
#ifndef LETHE_PUT_H
#define LETHE_PUT_H

#include <stdbool.h>
#include <stdint.h>

#include "lethe/error.h"
#include "lethe/export.h"
#include "lethe/identity.h"
#include "lethe/session.h"

struct lethe_put_state {
    struct lethe_session_state session;
    uint64_t size;         /* of the file, bytes */
    uint64_t bytes_done;   /* that the server has, compared */
    uint64_t bytes_reused; /* of them, there from an earlier run */
    uint64_t bytes_sent;   /* sent by this run, and answered */
    unsigned restarts;     /* because the upload was gone at the server */
};

struct lethe_put_options {
    const char *file;                    /* a regular file; it is read once beforehand */
    const char *uri;                     /* lethe://HOST[:PORT]/PATH: its name there */
    const struct lethe_identity *server; /* borrowed */
    bool strict;                         /* no data below level 3; otherwise none below level 2 */
    bool no_park; /* neither resume a session of an earlier run nor keep this one for the next */
    unsigned timeout_seconds; /* of silence before giving up; 0: 30 */
    int stop_fd;              /* ends the call when readable; -1: none */
    /* Called about ten times a second and when the level rises; may be NULL. */
    void (*progress)(void *context, const struct lethe_put_state *state);
    void *context;
};

/* LETHE_OK when the server has put the file in place; then, and after an error, *state says how it
 * went, and why->text what went wrong. Errors: LETHE_ERR_USAGE (URI, path too long, no regular
 * file), _NETWORK, _TIMEOUT, _NOT_FOUND (the file here, or the folder there), _PERMISSION (the
 * server does not take it), _NO_SPACE (nor so much), _CHANGED (the file, or the upload at the
 * server), _REFUSED, _CRYPTO (the server does not hold what it was sent), _INTERRUPTED, _IDENTITY,
 * _FORMAT, _INTERNAL. */
LETHE_EXPORT int lethe_put(const struct lethe_put_options *options, struct lethe_put_state *state,
                           struct lethe_message *why);

#endif
