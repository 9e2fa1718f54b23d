/*
 * The frames in flight in one direction: a binary heap, earliest arrival first,
 * and in the order of their sending where arrivals are equal.
 */
#ifndef NET_LINK_FLIGHT_H
#define NET_LINK_FLIGHT_H

#include <stddef.h>
#include <stdint.h>

#define FLIGHT_FRAMES_MAX 500000u /* a delay of 1 s at 500,000 frames a second */

struct flight_frame {
    uint64_t due_ns;
    uint64_t order;
    uint8_t *bytes; /* owned by the heap while in it, then by who took it */
    size_t n;
};

struct flight {
    struct flight_frame *heap;
    size_t count, room;
    uint64_t pushed;
};

/* Copies the frame in. 0, or -1 without memory or beyond FLIGHT_FRAMES_MAX. */
int flight_push(struct flight *f, uint64_t due_ns, const uint8_t *bytes, size_t n);

/* When the next frame arrives; UINT64_MAX when none is in flight. */
uint64_t flight_next_ns(const struct flight *f);

/* Takes the next frame out; the caller frees its bytes. There must be one. */
struct flight_frame flight_pop(struct flight *f);

void flight_free(struct flight *f);

#endif
