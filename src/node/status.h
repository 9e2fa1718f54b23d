/*
 * What a server tells about itself: totals, rates, how full its tables are; nothing about any
 * client.
 *
 * The supervisor keeps the sums of the last ten seconds (struct history) and listens on the unix
 * socket `status` in the ring's folder. Who connects gets one struct status and the end of the
 * stream. The struct fits the socket's buffer, so that the answer waits for nobody and nothing is
 * kept of who asked. `lethe status` reads it (status_ask) and prints it (status_print).
 */
#ifndef NODE_STATUS_H
#define NODE_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/complaint.h"
#include "server/counters.h"

#define STATUS_SPANS       2         /* about a second, and about ten */
#define HISTORY_STEP_NS    200000000 /* between two sums that are kept, at least */
#define HISTORY_SUMS       52        /* more than ten seconds of them */

#define STATUS_MAGIC_BYTES 32

struct status {
    char magic[STATUS_MAGIC_BYTES]; /* with this version; another's struct may be another */
    uint64_t bytes;                 /* sizeof (struct status) */
    uint64_t workers;
    uint64_t uptime_ms;
    uint64_t resident_bytes;            /* of all workers together */
    uint64_t filter_room, strikes_room; /* entries that the workers' tables take in all */
    uint64_t span_ms[STATUS_SPANS];     /* how old the older sums are; shorter in a young server */
    struct counters now, ago[STATUS_SPANS];
};

struct history {
    uint64_t start_ns;
    size_t count, newest; /* sums, and the index of the last one */
    uint64_t at_ns[HISTORY_SUMS];
    struct counters sums[HISTORY_SUMS];
};

/* now_ns here and below: monotonic. */
void history_begin(struct history *h, uint64_t now_ns);

/* Keeps *now unless the last sum is younger than HISTORY_STEP_NS. */
void history_add(struct history *h, uint64_t now_ns, const struct counters *now);

/* Fills *s, whose tables are those of `workers` workers. */
void status_fill(struct status *s, const struct history *h, uint64_t now_ns,
                 const struct counters *now, int workers, uint64_t resident_bytes);

/* True when *s comes from a program of this version. */
bool status_is_ours(const struct status *s);

struct status_socket {
    int lock_fd; /* FOLDER/status.lock, -1: not open; whoever has locked it has the socket */
    int fd;      /* -1: another server that shares the folder has it */
};

/* Takes the socket if no other server has it; a socket that a dead one left is replaced. Does
 * nothing when it is taken already. The socket is for its user alone (0600). */
int status_open(struct status_socket *s, const char *folder, struct complaint *why);

/* Answers everyone who waits, 16 at most. */
void status_answer(const struct status_socket *s, const struct status *status);

/* For a child: gives the descriptors up, and nothing else. */
void status_forget(struct status_socket *s);

/* Removes the socket if it is ours. */
void status_close(struct status_socket *s, const char *folder);

/* Asks the server whose ring is in folder. LETHE_ERR_NOT_FOUND when none answers,
 * LETHE_ERR_PERMISSION when it is another user's, LETHE_ERR_FORMAT when it is another version,
 * LETHE_ERR_TIMEOUT. */
int status_ask(struct status *status, const char *folder, struct complaint *why);

enum status_format { STATUS_TEXT, STATUS_JSON, STATUS_PROMETHEUS };

/* For people within 80 columns; one JSON object in one line; or Prometheus' text format. */
void status_print(FILE *to, const struct status *s, enum status_format format);

#endif
