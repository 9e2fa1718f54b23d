/*
 * Files whole: read with a limit and a check of who else may read them, written atomically.
 */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/complaint.h"

/* Reads exactly n bytes, which must be the whole file. secret: refuses a file that anyone but its
 * owner could read or that belongs to another user. LETHE_ERR_NOT_FOUND, _PERMISSION or _FORMAT
 * (wrong length). On failure buf is wiped. */
int file_read(const char *path, uint8_t *buf, size_t n, bool secret, struct complaint *why);

/* The same through a descriptor that was opened at path, from its position on. */
int file_read_open(int fd, const char *path, uint8_t *buf, size_t n, bool secret,
                   struct complaint *why);

enum file_mode {
    FILE_NEW,     /* LETHE_ERR_EXISTS when path is there already */
    FILE_REPLACE, /* readers see the old file or the new one, nothing between */
};

/* Writes a temporary file beside path, syncs it, and moves it into place with the permissions. */
int file_write(const char *path, const uint8_t *p, size_t n, unsigned permissions,
               enum file_mode mode, struct complaint *why);

/* Makes a folder and those above it, the last with the permissions; existing ones are left alone.
 */
int file_make_folder(const char *path, unsigned permissions, struct complaint *why);

/* "dir/name" into out; LETHE_ERR_USAGE when it does not fit. */
int file_join(char *out, size_t room, const char *dir, const char *name, struct complaint *why);

#endif
