/*
 * Datagrams in: one system call takes many messages, and each message that the kernel merged
 * (UDP GRO) is split again where it lies. Nothing is copied and nothing is allocated.
 *
 * struct batch is about 2.2 MB: 32 buffers of 64 KiB, because a merged message may be that long,
 * whether or not the socket merges; untouched pages cost nothing. Allocate it once, outside the
 * stack.
 */
#ifndef NET_BATCH_H
#define NET_BATCH_H

#include "net/address.h"

#include <stddef.h>
#include <stdint.h>

#define BATCH_MESSAGES      32
#define BATCH_MESSAGE_BYTES 65536
/* Between two buffers: 64 KiB apart, their beginnings would share a few lines of every cache. */
#define BATCH_SKEW (21 * 64)
/* The kernel merges at most 64 datagrams. */
#define BATCH_DATAGRAMS (BATCH_MESSAGES * 64)
/* Room for where a packet came to and for the length of its segments. */
#define BATCH_CONTROL_BYTES 64

/* One datagram, 1 byte or longer. It borrows from the batch until the next batch_receive. */
struct datagram {
    uint8_t *data;
    size_t len;
    const struct address *from;
    /* The address of this machine that it came to, port 0 and no scope (the scope of from names the
       interface); the zero value when the kernel did not tell. Handed to outbox_reserve, it makes
       the answer leave from there. */
    const struct address *local;
};

/* Each counts datagrams, but for the last two, which count calls. */
struct batch_counters {
    uint64_t received;
    uint64_t truncated; /* longer than the buffer, or with control data that did not fit: dropped */
    uint64_t empty;     /* without a byte: dropped */
    uint64_t overflow;  /* beyond BATCH_DATAGRAMS in one call: dropped */
    uint64_t unreachable; /* calls that told of an ICMP error about an earlier packet */
    uint64_t starved;     /* calls for which the kernel had no memory */
};

struct batch {
    struct datagram datagrams[BATCH_DATAGRAMS]; /* the first count are valid, in order of arrival */
    size_t count;
    struct batch_counters counters;
    /* From here on private. */
    struct address from[BATCH_MESSAGES];
    struct address local[BATCH_MESSAGES];
    struct mmsghdr headers[BATCH_MESSAGES];
    struct iovec spans[BATCH_MESSAGES];
    _Alignas(struct cmsghdr) uint8_t control[BATCH_MESSAGES][BATCH_CONTROL_BYTES];
    _Alignas(64) uint8_t space[BATCH_MESSAGES][BATCH_MESSAGE_BYTES + BATCH_SKEW];
};

void batch_prepare(struct batch *batch);

/*
 * Takes what is waiting on fd, up to BATCH_MESSAGES messages, with one recvmmsg, and replaces the
 * batch's datagrams. LETHE_OK with count 0 when nothing is waiting, and for an error that passes
 * (it is counted); LETHE_ERR_INTERNAL when fd cannot be received from at all.
 */
int batch_receive(struct batch *batch, int fd);

#endif
