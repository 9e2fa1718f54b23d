/*
 * What is read of a file, and how: the part of the file services that calls and uploads share.
 */
#ifndef SERVICE_FILES_SPAN_H
#define SERVICE_FILES_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n bytes from offset on. */
struct files_span {
    uint64_t offset;
    size_t n;
    uint8_t *to;
};

/* Cuts a span to what a file of that size has of it. */
void files_span_clip(struct files_span *span, uint64_t size);

/* False: not all of it is there, or it cannot be read. */
bool files_span_read(const struct files_span *span, int fd);

#endif
