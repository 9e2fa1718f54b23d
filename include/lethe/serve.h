/*
 * lethe/serve.h - offering a service of one's own (lethe/service.h).
 *
 * What `lethe serve` does with files, lethe_serve does with any service: it loads the identity,
 * opens the sockets, makes the cookie keys, and forks workers that answer. A worker is confined
 * before its first packet: no root, no file that is not open already, and only a few system calls.
 * Any other call kills it (and another takes its place), so that what a service's functions may do
 * is: compute; use memory that was there before lethe_serve, which each worker has as a copy of its
 * own; allocate a little, as malloc does from the heap, never by mmap; read (read, pread) and write
 * (write) what was open before; ask for the time and for random bytes; sleep - while nobody else is
 * answered. No opening of files or sockets, no threads, no programs, and nothing of the C library
 * that does such things unseen: the time zone, locales and name look-up must be loaded before.
 */
#ifndef LETHE_SERVE_H
#define LETHE_SERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "lethe/error.h"
#include "lethe/export.h"
#include "lethe/identity.h"
#include "lethe/service.h"

#define LETHE_SERVE_LISTEN_MAX  8
#define LETHE_SERVE_WORKERS_MAX 64

struct lethe_serve_options {
    const char *identity_dir;  /* as lethe_identity_generate made it */
    const char *name;          /* of the service, for the log; NULL: "a service" */
    const char *const *listen; /* "ADDR[:PORT]" each */
    size_t listen_count;       /* 0: every address, port LETHE_DEFAULT_PORT */
    unsigned workers;          /* 0: 1 */
    const char *user;          /* that root's workers become; NULL: nobody */
    const char *ring;          /* the folder of the cookie keys; NULL: the default place */
    unsigned period_seconds;   /* of a cookie key; 0: the ring's own, or a minute */
    unsigned level;   /* of the keys, 1 to 3, at which calls are answered, and above; 0: 2, or 1 if
                         early */
    bool early;       /* take calls in a client's first packet, as the service's `early` says */
    bool reno;        /* congestion control by Reno's rules; otherwise CUBIC's */
    bool strict_home; /* what another server of the cluster has begun is begun anew */
    bool json;        /* counters as JSON */
};

/* Serves until SIGTERM or SIGINT, and then returns LETHE_OK; messages go to standard error,
 * counters to standard output at SIGUSR1 and at the end. Once at a time in a process, which must
 * have no other thread and no other children. Errors: LETHE_ERR_USAGE, _IDENTITY, _PERMISSION,
 * _IN_USE, _NOT_FOUND (no place for the ring), _TIMEOUT (no cookie key), _INTERNAL, _NO_SPACE. */
LETHE_EXPORT int lethe_serve(const struct lethe_serve_options *options,
                             const struct lethe_service *service, struct lethe_message *why);

#endif
