/*
 * A client with sockets: drives struct client until the resource is here.
 */
#ifndef NODE_DOWNLOAD_H
#define NODE_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"
#include "net/address.h"
#include "node/client.h"

#define DOWNLOAD_ADDRESSES_MAX 8
/* A transfer shorter than this is over before a background upgrade would be. */
#define DOWNLOAD_UPGRADE_BYTES (4u << 20)

struct download_options {
    const struct server_public *server;
    struct address addresses[DOWNLOAD_ADDRESSES_MAX]; /* tried in turn until one answers */
    size_t address_count;
    const char *path; /* of the resource */
    bool strict;      /* no data before McEliece is absorbed */
    bool background;  /* give way to other traffic */
    uint64_t rate;    /* bytes a second at most, 0: no limit */
    int64_t give_up_ns;
    int stop_fd;         /* ends the run when readable; -1: none */
    uint64_t local_size; /* what the store may hold from before */
    struct fetch_store store;
    /* Called about ten times a second, and whenever the level rises. */
    void (*progress)(void *context, const struct client *client, int64_t now_ns);
    void *progress_context;
};

/* Runs to the end. LETHE_ERR_INTERRUPTED when stop_fd becomes readable. *client is filled for the
 * caller to report from and wipe. */
int download_run(const struct download_options *o, struct client *client, struct complaint *why);

#endif
