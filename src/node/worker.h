/*
 * A worker: one process, its sockets, and a struct server. Everything that it will ever use is
 * allocated, touched and locked before its first packet.
 */
#ifndef NODE_WORKER_H
#define NODE_WORKER_H

#include "node/confine.h"
#include "server/counters.h"
#include "server/server.h"
#include "service/files.h"

#define WORKER_LISTEN_MAX 8

struct worker_setup {
    struct server_options server;
    struct files *files; /* what the service gives out; NULL: it has no files */
    struct confinement confinement;
    int sockets[WORKER_LISTEN_MAX];
    bool gso[WORKER_LISTEN_MAX];
    int socket_count;
    int ring_fd; /* keys from the supervisor, an image a message; its end ends the worker */
    struct counters *counters;
};

/* Runs until the supervisor goes away or says stop (SIGTERM). */
int worker_run(const struct worker_setup *setup, struct complaint *why);

#endif
