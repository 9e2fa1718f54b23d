/*
 * Reading a span of an open file.
 */
#include "service/files_span.h"

#include <unistd.h>

void files_span_clip(struct files_span *span, uint64_t size)
{
    uint64_t left = span->offset < size ? size - span->offset : 0;
    if (span->n > left)
        span->n = (size_t)left;
}

bool files_span_read(const struct files_span *span, int fd)
{
    for (size_t done = 0; done < span->n;) {
        ssize_t got = pread(fd, span->to + done, span->n - done, (off_t)(span->offset + done));
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}
