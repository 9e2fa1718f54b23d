/*
 * A finder with sockets: drives struct finder until what is wanted is here.
 */
#ifndef CLIENT_FIND_H
#define CLIENT_FIND_H

#include "client/finder.h"
#include "client/transfer.h"

struct find_options {
    struct finder_options finder;
    struct address addresses[TRANSFER_ADDRESSES_MAX]; /* tried in turn until one answers */
    size_t address_count;
    int stop_fd; /* ends the run when readable; -1: none */
    void *context;
    /* Called about ten times a second; may be NULL. */
    void (*progress)(void *context, const struct finder *finder, int64_t now_ns);
};

/* LETHE_ERR_NETWORK when the time is up and nobody listens there, LETHE_ERR_INTERRUPTED when
 * stop_fd becomes readable; else as finder_done says. *finder is filled for the caller to report
 * from. */
int find_run(const struct find_options *o, struct finder *finder, struct complaint *why);

#endif
