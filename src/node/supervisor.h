/*
 * The supervisor of a server: sockets, workers, a rotator, the ring, signals and counters.
 * It handles no byte from the network. Workers and rotator die with it, and are replaced when they
 * die.
 */
#ifndef NODE_SUPERVISOR_H
#define NODE_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"
#include "lethe/service.h"
#include "service/mirror.h"

#define SUPERVISOR_WORKERS_MAX 64
#define SUPERVISOR_LISTEN_MAX  8

struct supervisor_options {
    const char *identity_dir;
    const char *identity_files[MIRROR_FILES_MAX]; /* of others, given out as well */
    int identity_file_count;
    /* What is served: one of the three. */
    const char *root;  /* the files below a folder */
    const char *table; /* the values of a file, see service/table.h */
    const struct lethe_service *service;
    const char *name; /* of the service, for people */
    const char *ring; /* NULL: the default place */
    const char *user; /* NULL: nobody, when root */
    const char *listen[SUPERVISOR_LISTEN_MAX];
    int listen_count; /* 0: every address, IPv4 and IPv6 */
    uint16_t default_port;
    int workers;
    int64_t period_ms;     /* 0: the ring's own, or a minute */
    int64_t short_term_ms; /* of a short-term key; 0: as those that are there, or an hour */
    int64_t level; /* 1 to 3: requests are answered at it and above; 0: 2, or with early 1 */
    bool early;    /* requests in a client's first packet are taken, if the service takes them */
    bool park;     /* sessions may be parked: turns a slow ring */
    uint8_t algorithm;     /* of congestion control: ALGORITHM_CUBIC or ALGORITHM_RENO */
    bool strict_home;      /* what another server of the cluster has begun is begun anew here */
    bool no_puzzles;       /* every HELLO is opened, whatever the load */
    bool writable;         /* take uploads, */
    uint64_t upload_limit; /* of so many bytes each */
    bool json;             /* counters as JSON */
};

/* Serves until SIGTERM or SIGINT; prints counters to standard output on SIGUSR1 and at the end. One
 * at a time in a process, of whose children it buries all. */
int supervisor_run(const struct supervisor_options *o, struct complaint *why);

#endif
