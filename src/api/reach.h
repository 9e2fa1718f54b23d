/*
 * What fetching and sending share: the server's addresses, how the session goes, and words for the
 * endings that are not about a file.
 */
#ifndef API_REACH_H
#define API_REACH_H

#include "api/uri.h"
#include "client/transfer.h"
#include "lethe/identity.h"
#include "lethe/session.h"

#define REACH_TIMEOUT_SECONDS 30 /* where the caller says none */

/* Seconds between two times; 0 when the second is not yet. */
double reach_seconds(int64_t from_ns, int64_t to_ns);

void reach_report(struct lethe_session_state *s, const struct client *c, int64_t now_ns);

/* Looks the host up for *o. */
int reach_resolve(struct transfer_options *o, const struct uri *uri, struct complaint *why);

/* Runs the transfer. Unless no_park, it begins with a session that an earlier run was given by this
 * server, if none is asked early, and keeps the one that it is given itself. Of *s it writes
 * park_why. */
int reach_run(struct transfer_options *o, struct client *client, bool no_park,
              struct lethe_session_state *s, struct complaint *why);

/* Words for err, unless it has some; returns it. */
int reach_explain(const struct client *c, int err, const char *host, unsigned timeout,
                  struct complaint *why);

/* The caller's message, empty for LETHE_OK. */
void reach_message(struct lethe_message *to, int err, const struct complaint *why);

#endif
