/*
 * The supervisor's children: workers and, unless one runs already, a rotator.
 * A child that dies is replaced: at once, or after a pause when it keeps dying or the machine has
 * no room for another. The server itself ends only when a worker says that it cannot run.
 */
#ifndef NODE_CHILDREN_H
#define NODE_CHILDREN_H

#include <stdint.h>
#include <sys/types.h>

#include "base/complaint.h"
#include "node/confine.h"
#include "node/listen.h"
#include "node/rotator.h"
#include "node/status.h"
#include "node/worker.h"
#include "server/counters.h"
#include "store/ringfile.h"
#include "store/short_term_file.h"

#define CHILD_QUICK_NS  1000000000 /* dying within this counts as at once */
#define CHILD_QUICK_MAX 5          /* this many in a row are followed by a pause */
#define CHILD_PAUSE_NS  1000000000
#define CHILD_END_NS    3000000000 /* to end by itself when it is asked to */
#define CHILD_HUNG_NS   5000000000 /* a rotator that leaves the ring as it is for so long hangs */

struct child {
    pid_t pid; /* 0: none */
    uint64_t started_ns;
    uint64_t start_ns; /* not to be started again before */
    int quick_deaths;
    bool ran;    /* once, at least */
    int ring_fd; /* workers: the supervisor's end */
};

struct children {
    struct confinement confinement;
    int count;
    struct child workers[LISTEN_WORKERS_MAX];
    struct child rotator;
    uint64_t due_ns;           /* since when its ring wants a new key; 0: it wants none */
    int lock_fd;               /* the rotator's lock, passed on to it; -1 when another holds it */
    struct counters *counters; /* shared with the workers, one each */
    struct counters past;      /* of workers that died */
    struct status_socket *status; /* the supervisor's; a child gives its copy up */
    const struct listeners *listeners;
    struct server_options server;
    struct files *files;
    struct rotator_options rotator_options;
    struct ring_image *ring, *slow;      /* the supervisor's; a child wipes its own copies, */
    struct short_term_image *short_term; /* and of this */
};

/* The members from `listeners` on are the caller's to set before, and borrowed; rings and
 * short_term are read whenever a worker starts, the slow ring where the rotator is to park. */
int children_prepare(struct children *c, int workers, struct complaint *why);

/* Starts a rotator if none runs and its pause is over: does nothing when one of ours runs or when
 * another holds the lock. */
int children_ensure_rotator(struct children *c, struct complaint *why);

/* is_due: whether the ring wants a new key now. Kills a rotator of ours that has left it so for
 * CHILD_HUNG_NS: what is dead is then erased from its files, and new keys are made, by the next. */
void children_watch_rotator(struct children *c, bool is_due);

/* Starts every worker that is not running and whose pause is over. */
int children_start_workers(struct children *c, struct complaint *why);

void children_send_ring(struct children *c, const struct ring_image *ring);
void children_send_short_term(struct children *c);

/* Takes note of children that died. An error when a worker said that it cannot run. */
int children_bury_dead(struct children *c, struct complaint *why);

/* SIGTERM to all; SIGKILL to who has not ended after CHILD_END_NS. */
void children_stop(struct children *c);

void children_sum(const struct children *c, struct counters *sum);
uint64_t children_resident_bytes(const struct children *c);

#endif
