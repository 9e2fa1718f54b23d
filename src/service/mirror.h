/*
 * The identities that a server gives out to who has only a fingerprint: its own, and those of
 * others that it was told to mirror. They are read at the start, before there are workers, which
 * share the pages: about 1.1 MB each.
 */
#ifndef SERVICE_MIRROR_H
#define SERVICE_MIRROR_H

#include "kex/lookup.h"
#include "store/identity.h"

#define MIRROR_FILES_MAX (SHELF_MOST - 1)

struct mirror {
    struct shelf shelf; /* the server's own comes first */
    struct public_identity identities[SHELF_MOST];
    struct tree *trees; /* one each */
};

/* Reads DIR/public/identity, which must be the one of that fingerprint, and the files, at most
 * MIRROR_FILES_MAX. What is held after an error, mirror_close gives back as well. */
int mirror_open(struct mirror *m, const char *dir, const uint8_t fingerprint[FINGERPRINT_BYTES],
                const char *const *files, int count, struct complaint *why);
void mirror_close(struct mirror *m);

#endif
