/*
 * An ephemeral McEliece key pair, made in a thread of its own while the network is waited for.
 * Key generation takes tens of milliseconds, longer than most round trips.
 */
#ifndef CLIENT_KEYMAKER_H
#define CLIENT_KEYMAKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"

struct keymaker {
    pthread_t thread;
    bool started, taken;
    int ready_fd;     /* readable once the pair is there; -1 before the start */
    uint8_t *pk, *sk; /* owned; the thread's until taken */
};

void keymaker_prepare(struct keymaker *k);

/* Starts the thread, once. */
int keymaker_start(struct keymaker *k, struct complaint *why);

/* True, once, when the pair has become ready: pk and sk may be read from then on. */
bool keymaker_take(struct keymaker *k);

/* Waits for the thread, wipes and frees the pair. */
void keymaker_end(struct keymaker *k);

#endif
