/*
 * The file service: byte ranges and digests of the files below one folder, and, where that is
 * allowed, uploads into it.
 *
 * A path is resolved inside the folder by the kernel (service/files_beneath.h), and only regular
 * files are read, so that no device or pipe is ever opened. A file's version is a hash of its
 * inode, size and times; a file that changed within the last moments, which the clock of its file
 * system could not tell from one that has not, is "busy". Nothing is kept between calls but a few
 * descriptors that could be dropped at any time (service/files_cache.h). Through such a descriptor
 * only bytes of the version asked for are given, and whatever else it shows is looked at anew by
 * the path: a file that is changed, replaced, renamed, deleted or closed to the server is told at
 * once. Only what changes above the file - rights of a folder, a folder or a link that leads
 * elsewhere - takes up to a second to stop a body that is being read. A call of OPEN always looks
 * by the path.
 *
 * Uploads: service/files_upload.h. Requests and states: wire/files.h.
 */
#ifndef SERVICE_FILES_H
#define SERVICE_FILES_H

#include <stdbool.h>

#include "base/complaint.h"
#include "lethe/service.h"
#include "service/files_cache.h"

struct files {
    int folder; /* owned */
    bool writable;
    uint64_t size_limit; /* of an upload */
    unsigned file_mode;  /* of an uploaded file */
    struct files_cache cache;
    uint8_t piece[PIECE_BYTES];
};

/* Opens the folder, for reading. */
int files_open(struct files *f, const char *folder, struct complaint *why);

/* Uploads of at most so many bytes each are taken from now on. The files get the permissions 0644
 * less the process' umask, which is looked at in here: before any thread is started. A limit on the
 * process' files (RLIMIT_FSIZE) no longer ends it. */
void files_allow_writing(struct files *f, uint64_t size_limit);

/* LETHE_ERR_PERMISSION when the process, as it is now, cannot enter the folder. */
int files_check(const struct files *f);

/* Borrows f. */
struct lethe_service files_service(struct files *f);

/* Closes the descriptors whose second is over: to be called a few times a second. */
void files_close_idle(struct files *f);

/* Closes all descriptors. */
void files_close(struct files *f);

#endif
