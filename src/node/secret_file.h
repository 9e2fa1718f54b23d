/*
 * Files with keys that die: replaced atomically, and overwritten before they are given up, since an
 * erased key must not survive on the medium.
 */
#ifndef NODE_SECRET_FILE_H
#define NODE_SECRET_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/complaint.h"

#define SECRET_FILE_MAX 4096

/* Puts n bytes, at most SECRET_FILE_MAX, in path's place with mode 0600, then overwrites what was
 * there with zeros. After a failure the old file is there. */
int secret_file_write(const char *path, const uint8_t *p, size_t n, struct complaint *why);

/* Zeros over a file, then its name goes. Nothing when it is not there. */
void secret_file_erase(const char *path);

/* Erases what a process that was killed in the middle of writing FOLDER/name left behind. For who
 * alone writes it. */
void secret_file_sweep(const char *folder, const char *name);

#endif
