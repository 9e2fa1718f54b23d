/*
 * lethe/fetch.h - fetching files from a server that remembers nothing.
 *
 * lethe_fetch runs the whole exchange (McTiny, section 4, as a hybrid: lethe-protocol(7)) and the
 * transfer, and puts the file in place atomically when all of it is there. What an interrupted run
 * left in OUTPUT.part is checked and used. lethe_fetch_all does the same for several files of one
 * server, in one session, a few at a time. A call uses one thread, and a second one for a moment to
 * make a key; calls in different threads do not disturb each other.
 */
#ifndef LETHE_FETCH_H
#define LETHE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lethe/error.h"
#include "lethe/export.h"
#include "lethe/identity.h"
#include "lethe/session.h"

#define LETHE_FETCH_TOGETHER 4 /* files that are fetched at the same time */

/* What became of the request in the first packet. */
enum lethe_fetch_early {
    LETHE_FETCH_EARLY_OFF,      /* not asked for */
    LETHE_FETCH_EARLY_NO_KEY,   /* not sent: no short-term key; early_why tells why */
    LETHE_FETCH_EARLY_SENT,     /* no answer yet */
    LETHE_FETCH_EARLY_ANSWERED, /* in the server's first packet */
    LETHE_FETCH_EARLY_REFUSED,  /* the server did not execute it: asked again */
    LETHE_FETCH_EARLY_UNKNOWN, /* it came twice, and the answer to the first is lost: asked again */
};

/* How far a fetch is; of several files, sums over those that have begun. */
struct lethe_fetch_state {
    struct lethe_session_state session;
    double first_byte_seconds; /* since the start; 0: not yet */
    int first_byte_level;      /* the session's level then; 0: not yet */
    enum lethe_fetch_early early;
    struct lethe_message early_why;
    size_t files, files_done; /* in all; ended, well or not */
    bool size_known;          /* of all of them */
    uint64_t size;            /* bytes */
    uint64_t bytes_done;
    uint64_t bytes_reused;   /* of them, found in OUTPUT.part and checked */
    uint64_t bytes_received; /* over the network */
    unsigned restarts;       /* because a file changed at the server */
    bool replaced;           /* at the end: an OUTPUT was there before */
};

struct lethe_fetch_options {
    const char *uri;                     /* lethe://HOST[:PORT]/PATH; lethe_fetch_all: NULL */
    const struct lethe_identity *server; /* borrowed */
    const char *output;                  /* NULL: the last part of the path; _all: NULL */
    const char *directory;               /* where such outputs go; NULL: the current one */
    bool strict;                         /* no data below level 3; otherwise none below level 2 */
    bool early; /* the first file's request goes in the first packet, and data flows at level 1, if
                   the server takes and answers it so: see lethe-get(1) for what that protects */
    bool background;         /* give way to other traffic on the path (LEDBAT, RFC 6817) */
    uint64_t bytes_a_second; /* ask for no more; 0: no limit */
    bool no_park; /* neither resume a session of an earlier run nor keep this one for the next */
    unsigned timeout_seconds; /* of silence before giving up; 0: 30 */
    int stop_fd;              /* ends the fetch when readable; -1: none */
    /* Called about ten times a second and when the level rises; may be NULL. */
    void (*progress)(void *context, const struct lethe_fetch_state *state);
    void *context;
};

/* LETHE_OK when OUTPUT is there, complete; then, and after an error, *state says how it went, and
 * why->text what went wrong. Errors: LETHE_ERR_USAGE (URI), _NETWORK (name look-up), _TIMEOUT,
 * _NOT_FOUND, _PERMISSION, _CHANGED, _REFUSED, _NO_SPACE, _IN_USE (another fetch writes OUTPUT),
 * _EXISTS (OUTPUT is no regular file), _INTERRUPTED, _IDENTITY, _FORMAT, _INTERNAL. */
LETHE_EXPORT int lethe_fetch(const struct lethe_fetch_options *options,
                             struct lethe_fetch_state *state, struct lethe_message *why);

/* One of several files. The caller sets the first two members; the rest says how it went. */
struct lethe_fetch_file {
    const char *uri;    /* all of one server */
    const char *output; /* NULL: the last part of the path, in options->directory */
    int result;         /* as lethe_fetch returns */
    bool size_known, replaced;
    uint64_t size, bytes_done, bytes_reused, bytes_received;
    uint64_t size_at_first; /* before it changed, where restarts is not 0; else size */
    unsigned restarts;
    struct lethe_message why;
};

/* Fetches them all, LETHE_FETCH_TOGETHER at a time and in this order, with equal shares of what the
 * path carries. A file that fails does not keep the others from being fetched. Returns LETHE_OK
 * when all are there, else the error of the first that is not, and its words in why. */
LETHE_EXPORT int lethe_fetch_all(const struct lethe_fetch_options *options,
                                 struct lethe_fetch_file *files, size_t count,
                                 struct lethe_fetch_state *state, struct lethe_message *why);

#endif
