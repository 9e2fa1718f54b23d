/*
 * Files with keys that die: replaced atomically, and overwritten before they are given up, since an
 * erased key must not survive on the medium.
 */
#ifndef STORE_SECRET_FILE_H
#define STORE_SECRET_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/complaint.h"

#define SECRET_FILE_MAX 4096

/* Puts n bytes, at most SECRET_FILE_MAX, in path's place with mode 0600, then overwrites what was
 * there with zeros. After a failure the old file is there. */
int secret_file_write(const char *path, const uint8_t *p, size_t n, struct complaint *why);

/* Zeros over a file, then its name goes. Nothing when it is not there. */
void secret_file_erase(const char *path);

/* The same through a descriptor that was opened at path for writing; a name that another file has
 * by now stays. An error, as errno says it, when the zeros cannot be written. */
int secret_file_erase_open(int fd, const char *path);

/* Erases what a process that was killed in the middle of writing FOLDER/name left behind. For who
 * alone writes it. */
void secret_file_sweep(const char *folder, const char *name);

/* The same by the file's path. What is being written at that moment is lost, or zeros. */
void secret_file_sweep_beside(const char *path);

#endif
