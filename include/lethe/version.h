/*
 * lethe/version.h - which library this is.
 */
#ifndef LETHE_VERSION_H
#define LETHE_VERSION_H

#include "lethe/export.h"

/* "MAJOR.MINOR.PATCH" of the library that is linked; static. */
LETHE_EXPORT const char *lethe_version(void);

#endif
