/*
 * lethe/error.h - the one error convention.
 *
 * A function that can fail returns int: LETHE_OK (0) or one of the negative
 * codes below. A function that answers a question returns bool. Nothing else.
 * The exit status of the lethe program is the positive value of the code, so
 * the table in lethe(1) is this table.
 */
#ifndef LETHE_ERROR_H
#define LETHE_ERROR_H

#include "lethe/export.h"

enum lethe_error {
    LETHE_OK = 0,
    LETHE_ERR_INTERNAL = -1,     /* a bug or a failed system call with no better name */
    LETHE_ERR_USAGE = -2,        /* a flag, argument or value the caller got wrong */
    LETHE_ERR_IDENTITY = -3,     /* identity file missing, damaged or of the wrong length */
    LETHE_ERR_PERMISSION = -4,   /* a secret readable by others, or access denied */
    LETHE_ERR_EXISTS = -5,       /* would overwrite something */
    LETHE_ERR_IN_USE = -6,       /* address, port or lock already taken */
    LETHE_ERR_NOT_FOUND = -7,    /* no such file or resource */
    LETHE_ERR_NO_SPACE = -8,     /* disk full, quota reached or buffer too small */
    LETHE_ERR_TIMEOUT = -9,      /* no answer within the stated time */
    LETHE_ERR_CHANGED = -10,     /* the resource changed under the transfer */
    LETHE_ERR_CRYPTO = -11,      /* authentication or decapsulation failed */
    LETHE_ERR_FORMAT = -12,      /* malformed bytes */
    LETHE_ERR_REFUSED = -13,     /* the peer understood and said no */
    LETHE_ERR_INTERRUPTED = -14, /* a signal ended the work; it can be resumed */
    LETHE_ERR_NETWORK = -15,     /* name lookup, route or socket failure */
    LETHE_ERR_STRANGER = -16,    /* not the server that is known under this address */
};

/* A short static English description of an error code; never NULL. */
LETHE_EXPORT const char *lethe_strerror(int err);

#endif
