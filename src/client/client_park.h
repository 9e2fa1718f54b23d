/*
 * Parking and resuming at the client: what it asks the server for on the way, and what an earlier
 * run was given.
 *
 * A session is parked when it has NTRU Prime in its key, and once more when its level has risen.
 * RESUME goes out once; where it is not answered in time an exchange begins beside it, and what is
 * answered first is the session.
 */
#ifndef CLIENT_CLIENT_PARK_H
#define CLIENT_CLIENT_PARK_H

#include "client/client.h"

/* True when the next request should ask for a parked continuation. */
bool client_park_due(const struct client *c, int64_t now_ns);

/* When client_park_due will next be true. */
int64_t client_park_ns(const struct client *c);

/* A request that asks goes out now. */
void client_park_asked(struct client *c, int64_t now_ns);

/* What the packet p says to that; true when it is news. */
bool client_park_called(struct client *c, const uint8_t *p, const struct data_body *b);

/* Gives up waiting for an answer when its time is over. */
void client_park_tick(struct client *c, int64_t now_ns);

/* When RESUME counts as not answered; INT64_MAX: it is not waited for. */
int64_t client_resume_ns(const struct client *c);

#endif
