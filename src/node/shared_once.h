/*
 * The filter of what is executed at most once, in memory that a server's processes share.
 * Of the servers that use the same short-term keys only one has it, as long as it lives.
 */
#ifndef NODE_SHARED_ONCE_H
#define NODE_SHARED_ONCE_H

#include "base/complaint.h"
#include "seal/once.h"

struct shared_once {
    struct once *once; /* NULL: another server has it */
    int lock_fd;       /* -1: none */
};

/* Locks FOLDER/once, the ring's folder, and makes the filter; before the workers are started. That
 * another server holds the lock is told on standard error, and is no error. */
int shared_once_open(struct shared_once *s, const char *folder, struct complaint *why);

void shared_once_close(struct shared_once *s);

#endif
