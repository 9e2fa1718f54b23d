/*
 * The server's short-term key at the client: beside the identity's file, kept from before, or asked
 * of the server itself.
 */
#ifndef API_EARLY_H
#define API_EARLY_H

#include "api/identity.h"
#include "client/transfer.h"
#include "store/short_term.h"

/* Finds a key that is alive by this machine's clock; o says where the server is. An error says why
 * there is none, in words for a person; nothing is lost by it but a round trip.
 * LETHE_ERR_INTERRUPTED when o->stop_fd becomes readable. */
int early_find_key(struct short_term_public *key, const struct lethe_identity *id,
                   const struct transfer_options *o, const char *host, struct complaint *why);

#endif
