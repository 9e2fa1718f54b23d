/*
 * Which bytes of a body are still to be asked for: a fresh part, asked in order, and ranges that
 * are wanted again, which go first. What is asked and on its way is in neither.
 */
#ifndef FLOW_WANTS_H
#define FLOW_WANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as there are numbers in flight, each of which may have to be wanted again, and room for
 * what resuming finds. */
#define WANTS_RESUMED 1024
#define WANTS_RANGES  (65536 + WANTS_RESUMED)

struct range {
    uint64_t start, end; /* [start, end) */
};

struct wants {
    uint64_t next, end; /* fresh: [next, end) */
    size_t count;
    struct range ranges[WANTS_RANGES]; /* a stack; neighbours are joined where they meet */
};

void wants_init(struct wants *w, uint64_t next, uint64_t end);

/* True when there is something to ask for. */
bool wants_any(const struct wants *w);

/* Takes up to `most` bytes that lie together; false when there are none. */
bool wants_take(struct wants *w, uint64_t most, uint64_t *start, uint64_t *len);

/* Wants a range again. False when there is no room to note it: take something first. */
bool wants_again(struct wants *w, uint64_t start, uint64_t len);

/* They came after all: true when all of them were still wanted again, and are no more. */
bool wants_cancel(struct wants *w, uint64_t start, uint64_t len);

/* The body turns out to end there. */
void wants_clip(struct wants *w, uint64_t end);

#endif
