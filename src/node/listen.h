/*
 * The server's sockets: one for each address and worker, opened before any privilege is given up.
 */
#ifndef NODE_LISTEN_H
#define NODE_LISTEN_H

#include <stdint.h>

#include "base/complaint.h"
#include "net/udp.h"

#define LISTEN_ADDRESSES_MAX 8
#define LISTEN_WORKERS_MAX   64

struct listeners {
    int addresses, workers;
    struct udp sockets[LISTEN_ADDRESSES_MAX][LISTEN_WORKERS_MAX];
};

/* texts: "ADDR[:PORT]" each; none: every IPv6 and every IPv4 address. With port 0 the kernel
 * chooses, and all workers share its choice. The errors of udp_open, in words. */
int listeners_open(struct listeners *l, const char *const *texts, int count, uint16_t default_port,
                   int workers, struct complaint *why);

/* Closes what is open; for a struct that began as zeros, at any point. */
void listeners_close(struct listeners *l);

/* One line of the log for each address. */
void listeners_say(const struct listeners *l);

#endif
