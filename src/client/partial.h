/*
 * The file that a fetch writes: FILE.part beside its target until all of it is there.
 * It implements struct fetch_store; another process fetching the same file is kept out by a lock.
 */
#ifndef CLIENT_PARTIAL_H
#define CLIENT_PARTIAL_H

#include <stdbool.h>

#include "base/complaint.h"
#include "flow/fetch.h"

#define PARTIAL_PATH_BYTES 4096
/* Bytes that lie together are written together, this many at most. */
#define PARTIAL_AHEAD_BYTES (256u << 10)

struct partial {
    int fd; /* -1: not open */
    char target[PARTIAL_PATH_BYTES];
    char path[PARTIAL_PATH_BYTES]; /* target with ".part" */
    uint64_t size;                 /* found there at partial_open */
    uint64_t ahead_at;             /* where `ahead` goes */
    size_t ahead_len;
    bool due; /* the file is to get due_size */
    uint64_t due_size;
    uint8_t ahead[PARTIAL_AHEAD_BYTES];
    uint8_t piece[PIECE_BYTES];
    struct complaint *why; /* what a failed callback has to say */
};

/* Opens or makes FILE.part. LETHE_ERR_IN_USE when another fetch writes it; LETHE_ERR_EXISTS when
 * the target is there and is no regular file. */
int partial_open(struct partial *p, const char *target, struct complaint *why);

struct fetch_store partial_store(struct partial *p);

/* Gives the file the size that the store was told, if there is room: when the first bytes are here,
 * in memory. Whatever writes or reads the file does it before, if it was not done. */
int partial_settle(struct partial *p);

/* Syncs, gives the file its name, replacing the target atomically. *replaced tells whether there
 * was one. */
int partial_finish(struct partial *p, bool *replaced, struct complaint *why);

/* Closes; an empty partial file is removed, any other left for the next run. */
void partial_close(struct partial *p);

#endif
