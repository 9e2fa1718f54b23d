/*
 * The frames in flight (flight.h): sift up, sift down. The heap doubles when
 * it is full and never shrinks.
 */
#include "net/link/flight.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool earlier(const struct flight_frame *a, const struct flight_frame *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static int make_room(struct flight *f)
{
    if (f->count < f->room)
        return 0;
    if (f->count >= FLIGHT_FRAMES_MAX)
        return -1;
    size_t room = f->room == 0 ? 256 : f->room * 2;
    struct flight_frame *heap = realloc(f->heap, room * sizeof *heap);
    if (heap == NULL)
        return -1;
    f->heap = heap;
    f->room = room;
    return 0;
}

int flight_push(struct flight *f, uint64_t due_ns, const uint8_t *bytes, size_t n)
{
    if (make_room(f) != 0)
        return -1;
    struct flight_frame frame = {.due_ns = due_ns, .order = f->pushed++, .n = n};
    frame.bytes = malloc(n);
    if (frame.bytes == NULL)
        return -1;
    memcpy(frame.bytes, bytes, n);
    size_t at = f->count++;
    for (; at > 0 && earlier(&frame, &f->heap[(at - 1) / 2]); at = (at - 1) / 2)
        f->heap[at] = f->heap[(at - 1) / 2];
    f->heap[at] = frame;
    return 0;
}

uint64_t flight_next_ns(const struct flight *f)
{
    return f->count == 0 ? UINT64_MAX : f->heap[0].due_ns;
}

struct flight_frame flight_pop(struct flight *f)
{
    struct flight_frame first = f->heap[0];
    struct flight_frame last = f->heap[--f->count];
    size_t at = 0;
    for (size_t child = 1; child < f->count; child = 2 * at + 1) {
        if (child + 1 < f->count && earlier(&f->heap[child + 1], &f->heap[child]))
            child++;
        if (!earlier(&f->heap[child], &last))
            break;
        f->heap[at] = f->heap[child];
        at = child;
    }
    f->heap[at] = last;
    return first;
}

void flight_free(struct flight *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->heap[i].bytes);
    free(f->heap);
    *f = (struct flight){0};
}
