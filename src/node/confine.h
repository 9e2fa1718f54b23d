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

struct confined {
    bool landlocked; /* the kernel has Landlock */
    bool can_write;  /* the user may make files in the folder itself */
};

/* Drops the user, restricts the file system (Landlock, where the kernel has it) and then the system
 * calls (seccomp, which must succeed). Cannot be undone. */
int confine(const struct confinement *c, struct confined *is, struct complaint *why);

#endif
