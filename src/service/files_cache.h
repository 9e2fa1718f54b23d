/*
 * A few descriptors that stay open for a moment, so that a packet that reads on where the last one
 * stopped does not open its file again. It is a cache of state that is not needed (Aura, Nikander,
 * "Stateless connections", state caching): an entry may be dropped at any time, and a worker that
 * has none serves the same bytes.
 *
 * An entry lives for FILES_CACHE_MS since it was opened, however often it is used: so long may
 * a path still lead to what it led to when it was opened.
 */
#ifndef SERVICE_FILES_CACHE_H
#define SERVICE_FILES_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "wire/files.h"

#define FILES_CACHE_ENTRIES 32
#define FILES_CACHE_MS      1000

/* Zeroed: empty. Owns its descriptors. */
struct files_cache {
    uint64_t uses; /* a clock that ticks at each use, for the least recent one */
    struct files_cache_entry {
        uint64_t used; /* 0: free */
        uint64_t opened_ms;
        int fd;
        char path[FILES_PATH_MAX + 1];
    } entries[FILES_CACHE_ENTRIES];
};

/* The path's descriptor, which stays the cache's; -1: it has none that is young enough. */
int files_cache_find(struct files_cache *c, const char *path, uint64_t now_ms);

/* Takes a descriptor over, in the place of the path's own entry, a free one, or that of the least
 * recently used. */
void files_cache_put(struct files_cache *c, const char *path, int fd, uint64_t now_ms);

/* Closes the path's descriptor, if it has one. */
void files_cache_drop(struct files_cache *c, const char *path);

/* Closes those whose time is over. */
void files_cache_expire(struct files_cache *c, uint64_t now_ms);

#endif
