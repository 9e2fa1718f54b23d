/*
 * A store that takes everything and has nothing.
 */
#include "bench/null_store.h"
#include "lethe/error.h"

#include <string.h>

static int resize(void *context, uint64_t size)
{
    (void)context, (void)size;
    return LETHE_OK;
}

static int drop(void *context, uint64_t offset, const uint8_t *p, size_t n)
{
    (void)context, (void)offset, (void)p, (void)n;
    return LETHE_OK;
}

/* Only what is there from before has one. */
static int digest(void *context, uint64_t offset, size_t n, uint8_t out[FILES_DIGEST_BYTES])
{
    (void)context, (void)offset, (void)n;
    memset(out, 0, FILES_DIGEST_BYTES);
    return LETHE_ERR_INTERNAL;
}

struct fetch_store null_store(void)
{
    return (struct fetch_store){.resize = resize, .write = drop, .digest = digest};
}
