/*
 * The public identity type, as the library sees it.
 */
#ifndef API_IDENTITY_H
#define API_IDENTITY_H

#include "lethe/identity.h"
#include "store/identity.h"

struct lethe_identity {
    struct public_identity id;
    char *beside; /* where its short-term key lies, if it came from a file; NULL: nowhere */
};

#endif
