/*
 * A client with a socket, for load and for capture: it drives struct kex_client and nothing else.
 * It is about 2.5 MB: allocate it once. Not for several threads.
 */
#ifndef SCENARIOS_PEER_H
#define SCENARIOS_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "kex/client.h"
#include "net/batch.h"
#include "net/outbox.h"
#include "net/udp.h"

struct peer {
    struct udp udp;
    struct address to;
    struct outbox outbox;
    struct batch batch;
    /* Shown every packet, sent or received; may be NULL. */
    void (*watch)(void *context, bool sent, const uint8_t *p, size_t n);
    void *context;
};

/* Opens a socket at `from` (a literal, or NULL for any) towards `to`; ends the program when it
 * cannot. */
void peer_open(struct peer *p, const char *from, const struct address *to);
void peer_close(struct peer *p);

/* Queues one packet; peer_flush sends what is queued. */
void peer_send(struct peer *p, const uint8_t *packet, size_t n);
void peer_flush(struct peer *p);

/* Waits up to until_ns (monotonic) for packets; they are in p->batch. False when none came. */
bool peer_receive(struct peer *p, uint64_t until_ns);

/* Runs an exchange to its end. False when it takes longer than patience_ns. */
bool peer_exchange(struct peer *p, struct kex_client *c, uint64_t patience_ns);

#endif
