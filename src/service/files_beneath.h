/*
 * Opening what lies below a folder, and nothing else: the kernel resolves the path (openat2,
 * RESOLVE_BENEATH), so that no "..", no link and no absolute path leads out.
 */
#ifndef SERVICE_FILES_BENEATH_H
#define SERVICE_FILES_BENEATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/files.h"

/* A path from a packet, terminated, into out. Returns an enum lethe_status: NOT_FOUND for one that
 * no file can have, DENIED when a part of it is the name of an upload's temporary file. */
int beneath_path(char out[FILES_PATH_MAX + 1], const uint8_t *path, size_t n);

/* A descriptor, or -1 and errno. `links`: links are followed, as far as they stay below. mode is
 * for O_CREAT, otherwise 0. */
int beneath_open(int folder, const char *path, int flags, unsigned mode, bool links);

/* The same for a regular file. Anything else is EACCES, and is not opened: opening a device or a
 * pipe may already do something. */
int beneath_open_regular(int folder, const char *path, int flags, bool links);

/* The enum lethe_status that fits errno. */
int beneath_status(int number);

#endif
