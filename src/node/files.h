/*
 * The file service: byte ranges and digests of the files below one folder.
 *
 * A request's path is resolved inside the folder by the kernel (openat2, RESOLVE_BENEATH): no "..",
 * no link out, no absolute path; and only regular files are read, so that no device or pipe is ever
 * opened. A file's version is a hash of its inode, size and times; a file that changed within the
 * last moments, which the clock of its file system could not tell from one that has not, is "busy".
 * Nothing is kept between requests.
 */
#ifndef NODE_FILES_H
#define NODE_FILES_H

#include "base/complaint.h"
#include "node/service.h"

struct files {
    int folder; /* owned */
    uint8_t piece[PIECE_BYTES];
};

/* Opens the folder. */
int files_open(struct files *f, const char *folder, struct complaint *why);

/* LETHE_ERR_PERMISSION when the process, as it is now, cannot enter the folder. */
int files_check(const struct files *f);

/* struct service's handler; context is struct files. */
void files_handle(void *context, const struct request_body *request, uint8_t *buffer,
                  uint8_t *version, struct flow_reply *reply);

#endif
