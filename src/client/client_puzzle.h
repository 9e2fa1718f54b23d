/*
 * What a PUZZLE does to the client's core; client_puzzle and client_solved are in client/client.h.
 */
#ifndef CLIENT_CLIENT_PUZZLE_H
#define CLIENT_CLIENT_PUZZLE_H

#include "client/client.h"

/* True when it is for a HELLO that waits. */
bool client_input_puzzle(struct client *c, int64_t now_ns, const uint8_t *p, size_t n);

#endif
