/*
 * Parked sessions of earlier runs, one for each server, in the user's cache.
 *
 *   FOLDER/FINGERPRINT   "lethe session 1\n" | saved_ms 8 | legs 1 | P 32 | parked 90 | H 32
 *
 * FOLDER is $XDG_CACHE_HOME/lethe/sessions, or ~/.cache/lethe/sessions. The file is secret (0600),
 * replaced atomically, and taken away by whoever uses it, so that no two runs use one. All of it is
 * best effort: what cannot be read, kept or taken costs an exchange and no more.
 */
#ifndef NODE_SESSIONS_H
#define NODE_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "kex/resume.h"
#include "kex/schedule.h"

/* Takes the session that was parked at a server away. False when there is none, or none of use: one
 * that lacks some of the legs `needed` stays there, a damaged one or one whose slow key must be
 * dead at now_ms (Unix time) goes. The caller wipes *s. */
bool sessions_take(struct parked_session *s, const uint8_t fingerprint[FINGERPRINT_BYTES],
                   uint8_t needed, int64_t now_ms);

/* Keeps it in place of what is there. */
void sessions_keep(const struct parked_session *s, const uint8_t fingerprint[FINGERPRINT_BYTES],
                   int64_t now_ms);

#endif
