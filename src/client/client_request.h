/*
 * What the client's core asks for next: the half of struct client that writes requests.
 */
#ifndef CLIENT_CLIENT_REQUEST_H
#define CLIENT_CLIENT_REQUEST_H

#include "client/client.h"

/* A call's id names whose it is above this bit: a resource's index, or what is sent. */
#define CLIENT_CALL_SHIFT 56
#define CLIENT_PUT        PULL_BODIES
#define CLIENT_PARK       (PULL_BODIES + 1)

/* True when the session has absorbed all the legs that data waits for. */
bool client_is_ready(const struct client *c);

/* Writes the next REQUEST to send now; 0 when there is none. */
size_t client_request(struct client *c, int64_t now_ns, uint8_t out[PACKET_MAX]);

/* When client_request will next have something to say. */
int64_t client_request_ns(const struct client *c);

#endif
