/*
 * `lethe serve` as a process of its own, with an identity and an empty folder of its own.
 */
#ifndef BENCH_SERVED_H
#define BENCH_SERVED_H

#include "bench/child.h"
#include "net/address.h"
#include "store/identity.h"

struct served {
    struct child_process process;
    pid_t worker; /* the one process that handles packets */
    struct address address;
    struct public_identity identity;
};

/* folder: see child_folder. */
void served_start(struct served *s, const char *lethe, const char *folder);
void served_stop(struct served *s);

#endif
