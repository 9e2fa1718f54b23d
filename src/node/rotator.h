/*
 * The rotator: the one process that makes and erases cookie keys and short-term keys (protocol
 * section 1).
 */
#ifndef NODE_ROTATOR_H
#define NODE_ROTATOR_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"

struct rotator_options {
    const char *folder;       /* the ring's */
    const char *identity_dir; /* whose secret signs the short-term keys */
    int64_t period_ms;        /* of cookie keys; 0: of the ring that is there, or a minute */
    int64_t short_term_ms;    /* of short-term keys; 0: as those that are there, or an hour */
    bool park;                /* turn the slow ring too; otherwise one that is there is erased */
};

/* Takes the folder's lock. LETHE_ERR_IN_USE when another rotator holds it; *fd is then -1. */
int rotator_lock(int *fd, const char *folder, struct complaint *why);

/* Turns the ring until *stop. The caller holds the lock. `turned` is called after each new cookie
 * key, with the newest epoch. What goes wrong with a short-term key is said on standard error and
 * ends nothing: clients then send no data in their first packet. */
int rotator_run(const struct rotator_options *o, const volatile sig_atomic_t *stop,
                void (*turned)(uint64_t epoch), struct complaint *why);

#endif
