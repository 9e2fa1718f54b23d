/*
 * A handful of entries, looked through from one end to the other.
 */
#include "service/files_cache.h"

#include <string.h>
#include <unistd.h>

static struct files_cache_entry *entry_of(struct files_cache *c, const char *path)
{
    for (int i = 0; i < FILES_CACHE_ENTRIES; i++)
        if (c->entries[i].used && strcmp(c->entries[i].path, path) == 0)
            return &c->entries[i];
    return NULL;
}

static void empty(struct files_cache_entry *e)
{
    if (e->used)
        close(e->fd);
    e->used = 0;
}

int files_cache_find(struct files_cache *c, const char *path, uint64_t now_ms)
{
    struct files_cache_entry *e = entry_of(c, path);
    if (!e || now_ms - e->opened_ms >= FILES_CACHE_MS)
        return -1;
    e->used = ++c->uses;
    return e->fd;
}

void files_cache_put(struct files_cache *c, const char *path, int fd, uint64_t now_ms)
{
    struct files_cache_entry *e = entry_of(c, path);
    for (int i = 0; !e && i < FILES_CACHE_ENTRIES; i++)
        if (!c->entries[i].used)
            e = &c->entries[i];
    if (!e) {
        e = &c->entries[0];
        for (int i = 1; i < FILES_CACHE_ENTRIES; i++)
            if (c->entries[i].used < e->used)
                e = &c->entries[i];
    }
    empty(e);
    e->fd = fd;
    e->opened_ms = now_ms;
    e->used = ++c->uses;
    memcpy(e->path, path, strlen(path) + 1);
}

void files_cache_drop(struct files_cache *c, const char *path)
{
    struct files_cache_entry *e = entry_of(c, path);
    if (e)
        empty(e);
}

void files_cache_expire(struct files_cache *c, uint64_t now_ms)
{
    for (int i = 0; i < FILES_CACHE_ENTRIES; i++)
        if (c->entries[i].used && now_ms - c->entries[i].opened_ms >= FILES_CACHE_MS)
            empty(&c->entries[i]);
}
