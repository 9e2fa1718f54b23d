/*
 * The event loop: wait until one of a few descriptors is readable or a deadline comes.
 *
 * struct loop borrows its descriptors: it neither opens nor closes them. It has no
 * callbacks; the caller asks which descriptors are ready, in the order that it prefers.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sockets of both families, signals, and some to spare. */
#define LOOP_FDS 16
/* 584 years after boot. */
#define LOOP_NO_LIMIT UINT64_MAX

struct loop {
    struct pollfd fds[LOOP_FDS];
    size_t count;
};

void loop_prepare(struct loop *loop);

/* Watches fd for reading. LETHE_ERR_NO_SPACE beyond LOOP_FDS. */
int loop_add(struct loop *loop, int fd);

/*
 * Waits until a descriptor is ready (LETHE_OK) or until clock_monotonic_ns() has reached
 * deadline_ns (LETHE_ERR_TIMEOUT; never earlier). A deadline in the past still looks at the
 * descriptors once. LOOP_NO_LIMIT waits for ever. LETHE_ERR_INTERNAL when a descriptor is not open.
 */
int loop_wait(struct loop *loop, uint64_t deadline_ns);

/* True when the last loop_wait found fd with an error, or with one in its queue. */
bool loop_failed(const struct loop *loop, int fd);

/* True when the last loop_wait found fd readable, or with an error that reading it will tell. */
bool loop_ready(const struct loop *loop, int fd);

#endif
