/*
 * A UDP socket as Lethe uses it, on the server and on the client alike: bound, and connected only
 * by a client whose data flows.
 *
 * Non-blocking and close-on-exec; IPv6 sockets take IPv6 only, so a dual-stack server opens two;
 * each packet tells which local address it came to; nothing is ever fragmented, and the path-MTU
 * cache, which anyone who guesses a packet could shrink, is not consulted (a datagram beyond the
 * interface's MTU fails with EMSGSIZE). Buffers of UDP_BUFFER_BYTES are asked for; the kernel
 * grants less when net.core.rmem_max or wmem_max is smaller.
 */
#ifndef NET_UDP_H
#define NET_UDP_H

#include "net/address.h"

#include <stdbool.h>

#define UDP_BUFFER_BYTES (4 << 20)

struct udp_options {
    bool
        reuse_port; /* several sockets, of one user, share the port, and the kernel spreads peers */
    bool plain;     /* one datagram a message, even when the kernel could carry many */
    bool refusals;  /* the kernel keeps what ICMP tells of packets that were sent: udp_refused */
};

struct udp {
    int fd;              /* owned; udp_close closes it */
    bool gso, gro;       /* many datagrams in one message out / in: granted by the kernel */
    struct address self; /* what the socket is bound to, with the port that the kernel chose */
};

/*
 * Opens a socket bound to at (address_any(family, 0) for a client). LETHE_ERR_IN_USE when another
 * socket has the port, LETHE_ERR_PERMISSION when a privilege is missing, LETHE_ERR_USAGE when at is
 * neither IPv4 nor IPv6, LETHE_ERR_NETWORK for an address that is not this machine's or a family
 * that the kernel lacks. On failure udp->fd is -1.
 */
int udp_open(struct udp *udp, const struct address *at, const struct udp_options *options);

/*
 * From here on packets come from `to` alone, and leave from the address that the route to it has
 * now; so the kernel looks for a route once, and not for each packet that comes. False, and nothing
 * has changed, where there is no route.
 */
bool udp_attach(struct udp *udp, const struct address *to);

/* Undoes it, for one that udp_open has bound to any address: packets come from everywhere, and
 * leave from what the route of the moment says. The port is the same as before. */
void udp_detach(struct udp *udp);

/*
 * The next address that refused a packet, for nobody has that port; false when there is no more.
 * ICMP is not authentic: this is for words, not for decisions. To be called until false when
 * loop_failed tells of the socket, which stays ready until then.
 */
bool udp_refused(const struct udp *udp, struct address *at);

/* Closes the descriptor, if open. */
void udp_close(struct udp *udp);

#endif
