/*
 * Giving up what a worker does not need: its user, its view of the file system, its system calls.
 */
#ifndef NODE_CONFINE_H
#define NODE_CONFINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/complaint.h"

struct confinement {
    bool drop_user; /* change to uid and gid: only root can, and root must */
    uid_t uid;
    gid_t gid;
    int folder;    /* the only folder that stays readable; -1: none */
    bool writable; /* files can be made, written and renamed in it as well */
};

/* The user to change to: `name`, or "nobody" when it is NULL. Nothing to drop for a caller that is
 * not root, for whom a name is LETHE_ERR_PERMISSION. LETHE_ERR_USAGE for a name that is unknown. */
int confine_user(struct confinement *c, const char *name, struct complaint *why);

/* Drops the user, restricts the file system (Landlock, where the kernel has it) and then the system
 * calls (seccomp, which must succeed). Cannot be undone. *landlocked tells what the kernel gave. */
int confine(const struct confinement *c, bool *landlocked, struct complaint *why);

#endif
