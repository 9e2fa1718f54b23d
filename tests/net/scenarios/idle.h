/*
 * Valid clients that never go on: each makes its exchange to level 2 and is not heard of again.
 */
#ifndef SCENARIOS_IDLE_H
#define SCENARIOS_IDLE_H

#include <stdint.h>

#include "kex/client.h"
#include "net/address.h"

/* Runs exchanges until end_ns (monotonic), `rate` a second at most (0: all that it can), many at a
 * time. Returns how many were finished. */
uint64_t idle_clients(const struct server_public *server, const struct address *to, struct rng *rng,
                      uint64_t rate, uint64_t end_ns);

#endif
