/*
 * UDP datagrams from addresses that are not ours, over IPv4, for the tests' own namespaces. Needs
 * root. About 80 KB.
 */
#ifndef SCENARIOS_RAW_H
#define SCENARIOS_RAW_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define RAW_PACKETS 64 /* that leave in one system call */
#define RAW_BYTES   1280

struct raw {
    int fd;
    struct sockaddr_in to;
    unsigned count;
    uint8_t space[RAW_PACKETS][RAW_BYTES];
    struct iovec spans[RAW_PACKETS];
    struct mmsghdr headers[RAW_PACKETS];
};

/* Ends the program when it cannot. to: where all of them go. */
void raw_open(struct raw *r, const struct sockaddr_in *to);

/* Queues one datagram of at most DATAGRAM_BYTES; from: an IPv4 address in host order. Sends all of
 * them when RAW_PACKETS are queued. */
void raw_send(struct raw *r, uint32_t from, uint16_t port, const uint8_t *p, size_t n);
void raw_flush(struct raw *r);

#endif
