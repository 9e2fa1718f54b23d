/*
 * The identities that a server gives out.
 */
#include "service/mirror.h"
#include "lethe/error.h"

#include <stdlib.h>
#include <string.h>

static int take(struct mirror *m, const char *path, struct complaint *why)
{
    const int i = m->shelf.count;
    int err = identity_load_public(&m->identities[i], path, why);
    if (err == LETHE_OK)
        shelf_add(&m->shelf, identity_keys(&m->identities[i]), &m->trees[i]);
    return err;
}

int mirror_open(struct mirror *m, const char *dir, const uint8_t fingerprint[FINGERPRINT_BYTES],
                const char *const *files, int count, struct complaint *why)
{
    memset(m, 0, sizeof *m);
    m->trees = calloc(1 + (size_t)count, sizeof *m->trees);
    if (!m->trees)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    int err = take(m, dir, why);
    if (err == LETHE_OK &&
        memcmp(m->shelf.entries[0].fingerprint, fingerprint, FINGERPRINT_BYTES) != 0)
        err = complain(why, LETHE_ERR_IDENTITY,
                       "%s/public/identity does not belong to %s/secret/identity", dir, dir);
    for (int i = 0; i < count && err == LETHE_OK; i++)
        err = take(m, files[i], why);
    return err;
}

void mirror_close(struct mirror *m)
{
    for (int i = 0; i < SHELF_MOST; i++)
        identity_free(&m->identities[i]);
    free(m->trees);
    memset(m, 0, sizeof *m);
}
