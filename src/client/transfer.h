/*
 * A client with sockets: drives struct client until everything is here, or there.
 */
#ifndef CLIENT_TRANSFER_H
#define CLIENT_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"
#include "client/client.h"
#include "net/address.h"

#define TRANSFER_ADDRESSES_MAX 8
/* What is shorter than this is over before a background upgrade would be. */
#define TRANSFER_UPGRADE_BYTES (4u << 20)

struct transfer_options {
    const struct server_public *server;
    struct address addresses[TRANSFER_ADDRESSES_MAX]; /* tried in turn until one answers */
    size_t address_count;
    bool strict;     /* no data before McEliece is absorbed */
    bool background; /* give way to other traffic */
    uint64_t rate;   /* bytes a second at most, 0: no limit */
    bool at_once;    /* data flows at level 1, if the server lets it */
    /* The resource that is opened in the first packet, under the server's short-term key; NULL:
     * none. */
    const char *early_path;
    uint8_t short_term[DH_PUBLIC_BYTES];
    bool park;                           /* ask for a parked continuation */
    const struct parked_session *resume; /* to begin with, or NULL */
    int64_t give_up_ns;
    int stop_fd; /* ends the run when readable; -1: none */
    void *context;
    /* Called at first and whenever packets have come: takes away what is done and begins what is
     * next. What it returns, if not LETHE_OK, ends the run. */
    int (*step)(void *context, struct client *client);
    /* Called about ten times a second, and whenever the level rises. */
    void (*progress)(void *context, const struct client *client, int64_t now_ns);
};

/* Runs until step leaves nothing to be done. LETHE_ERR_INTERRUPTED when stop_fd becomes readable,
 * LETHE_ERR_TIMEOUT after the silence, LETHE_ERR_NETWORK when ICMP told meanwhile that nobody
 * listens. *client is filled for the caller to report from and wipe. */
int transfer_run(const struct transfer_options *o, struct client *client, struct complaint *why);

#endif
