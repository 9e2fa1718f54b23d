/*
 * The file that an upload reads. It implements struct put_source.
 */
#ifndef CLIENT_SOURCE_H
#define CLIENT_SOURCE_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/complaint.h"
#include "flow/put.h"

struct source {
    int fd; /* -1: not open */
    const char *path;
    struct stat start; /* as it was opened */
    uint64_t size;
    uint8_t content[PUT_CONTENT_BYTES]; /* H("upload content", its bytes) */
    uint8_t piece[PIECE_BYTES];
    struct complaint *why; /* what a failed callback has to say */
};

/* Opens a regular file and reads all of it once, to know its content by its hash. path is borrowed.
 * LETHE_ERR_INTERRUPTED when stop_fd (-1: none) becomes readable meanwhile. */
int source_open(struct source *s, const char *path, int stop_fd, struct complaint *why);

struct put_source source_callbacks(struct source *s);

void source_close(struct source *s);

#endif
