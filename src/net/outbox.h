/*
 * Datagrams out: answers are written straight into the outbox and leave with few system calls.
 *
 * Consecutive datagrams of equal length to one destination lie end to end and are one message that
 * the kernel cuts up (UDP GSO); a shorter one ends its message. Order is kept. An outbox is about
 * 280 KB, allocated once by the caller, and nothing is allocated afterwards.
 *
 * UDP may lose packets, so a datagram that cannot leave is dropped and counted, never kept: when
 * the socket's buffer is full, outbox_flush waits for room at most OUTBOX_WAITS times
 * OUTBOX_WAIT_NS, then drops what does not fit, and waits no more until a flush has dropped nothing
 * for want of room.
 */
#ifndef NET_OUTBOX_H
#define NET_OUTBOX_H

#include "net/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOX_BYTES         (256 << 10)
#define OUTBOX_MESSAGES      128
#define OUTBOX_MESSAGE_BYTES 65000 /* below the 65507 of IPv4; also the longest datagram */
#define OUTBOX_SEGMENTS      64    /* the kernel's limit before Linux 6.9 */
#define OUTBOX_WAITS         4
#define OUTBOX_WAIT_NS       1000000
#define OUTBOX_CONTROL_BYTES 64

/* All count datagrams, and together every committed one. */
struct outbox_counters {
    uint64_t sent;        /* the kernel took it */
    uint64_t full;        /* EAGAIN, after waiting: dropped */
    uint64_t starved;     /* ENOBUFS, ENOMEM: dropped */
    uint64_t unreachable; /* no route, or refused: dropped */
    uint64_t too_long;    /* longer than the interface's MTU: dropped */
    uint64_t failed;      /* any other error: dropped */
};

struct outbox_message {
    struct address to, local;
    uint8_t *data;
    size_t len,
        segment; /* every datagram is segment long, but for the last, which may be shorter */
    size_t datagrams;
};

struct outbox {
    /* Merge datagrams into one message. Cleared for good once a merged message fails whose
       datagrams go through one by one: a route or a device without checksum offload. */
    bool gso;
    struct outbox_counters counters;
    /* From here on private. */
    bool stuck; /* the last flush found the socket full and waited in vain */
    size_t used, count;
    struct outbox_message messages[OUTBOX_MESSAGES];
    struct mmsghdr headers[OUTBOX_MESSAGES];
    struct iovec spans[OUTBOX_MESSAGES];
    _Alignas(struct cmsghdr) uint8_t control[OUTBOX_MESSAGES][OUTBOX_CONTROL_BYTES];
    _Alignas(64) uint8_t space[OUTBOX_BYTES];
};

/* gso: struct udp's field of that name. */
void outbox_prepare(struct outbox *outbox, bool gso);

/* True when datagrams of `bytes` in all, at most `count` of them, surely have room. */
bool outbox_has_room(const struct outbox *outbox, size_t count, size_t bytes);

/*
 * Room for one datagram of up to max_len bytes (1 to OUTBOX_MESSAGE_BYTES) to `to`, leaving from
 * `local` (NULL or the zero value: the kernel chooses). Copies both addresses. The room is valid
 * until the next outbox call. NULL when the outbox is full: flush, and it has room.
 */
uint8_t *outbox_reserve(struct outbox *outbox, const struct address *to,
                        const struct address *local, size_t max_len);

/* Sends the first len bytes of the last reservation with the next flush; 0 gives the room back. */
void outbox_commit(struct outbox *outbox, size_t len);

/*
 * Hands everything to the kernel and empties the outbox. LETHE_OK whatever became of the datagrams
 * (the counters tell); LETHE_ERR_INTERNAL when fd is not a socket: what is left counts as failed.
 */
int outbox_flush(struct outbox *outbox, int fd);

#endif
