/*
 * The rotator: the one process that makes and erases cookie keys (protocol section 1).
 */
#ifndef NODE_ROTATOR_H
#define NODE_ROTATOR_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"

/* Takes the folder's lock. LETHE_ERR_IN_USE when another rotator holds it; *fd is then -1. */
int rotator_lock(int *fd, const char *folder, struct complaint *why);

/* Turns the ring until *stop; period_ms 0 keeps the period of the ring that is there, or a minute.
 * The caller holds the lock. `turned` is called after each change, with the newest epoch. */
int rotator_run(const char *folder, int64_t period_ms, const volatile sig_atomic_t *stop,
                void (*turned)(uint64_t epoch), struct complaint *why);

#endif
