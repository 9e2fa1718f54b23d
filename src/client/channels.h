/*
 * A client's sockets: one of each family, so that any of a server's addresses can be tried.
 */
#ifndef CLIENT_CHANNELS_H
#define CLIENT_CHANNELS_H

#include "base/complaint.h"
#include "net/address.h"
#include "net/batch.h"
#include "net/loop.h"
#include "net/outbox.h"
#include "net/udp.h"

#define CHANNELS_REFUSED_MAX 8

struct channel {
    struct udp udp; /* fd -1: this machine lacks the family */
    struct outbox outbox;
};

struct channels {
    struct channel v4, v6;
    struct batch batch; /* what channels_receive has read */
    struct loop loop;
    int stop_fd;          /* -1: none */
    struct udp *attached; /* the socket that one address has to itself; NULL: none */
    /* Where nobody has the port, as far as ICMP tells, since a packet last came. */
    struct address refused[CHANNELS_REFUSED_MAX];
    size_t refused_count;
};

/* stop_fd is watched by the loop as well. What is open after an error, channels_close closes. */
int channels_open(struct channels *c, int stop_fd, struct complaint *why);
void channels_close(struct channels *c);

/* Room for a packet of up to PACKET_MAX to this address; NULL when there is no such family. */
uint8_t *channels_reserve(struct channels *c, const struct address *to);

/* The packet that was written there has n bytes, or there is none (0). */
void channels_commit(struct channels *c, const struct address *to, size_t n);

void channels_flush(struct channels *c);

/* Reads what the loop has seen come on that family's socket; false when that is nothing. */
bool channels_receive(struct channels *c, int family);

/* While data flows from an address: its socket is for it alone, see net/udp.h, until
 * channels_detach. Both do nothing where that is so already. */
void channels_attach(struct channels *c, const struct address *to);
void channels_detach(struct channels *c);

/* Whether all these addresses refused, and no packet has come since: words for a silence. */
bool channels_refused(const struct channels *c, const struct address *at, size_t count);

/* Whether the caller's descriptor says stop. */
bool channels_stopped(const struct channels *c);

#endif
