/*
 * Parked sessions of earlier runs, one for each server, in the user's cache.
 *
 *   FOLDER/FINGERPRINT   "lethe session 1\n" | since_ms 8 | legs 1 | P 32 | parked 90 | H 32
 *
 * FOLDER is $XDG_CACHE_HOME/lethe/sessions, or ~/.cache/lethe/sessions. The file is secret (0600),
 * replaced atomically, and erased by whoever uses it, under a lock, so that no two runs use one.
 * since_ms, Unix time, is when the exchange was answered that the session goes back to, over
 * however many resumptions: what it has of NTRU Prime and McEliece is as old as that, so it is the
 * age that counts.
 */
#ifndef STORE_SESSIONS_H
#define STORE_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"
#include "kex/resume.h"
#include "kex/schedule.h"

#define SESSIONS_MAGIC       "lethe session 1\n"
#define SESSIONS_STATE_BYTES (8 + 1 + SESSION_KEY_BYTES + PARKED_BYTES)

/* Takes the session that was parked at a server away. LETHE_ERR_NOT_FOUND, without words, when
 * there is none, it is 47 hours old or from the future, or another run takes it; LETHE_ERR_FORMAT
 * when it is damaged, LETHE_ERR_PERMISSION when others can read it or it cannot be erased: what is
 * there is gone then too, if it can be. The caller wipes *s. */
int sessions_take(struct parked_session *s, int64_t *since_ms,
                  const uint8_t fingerprint[FINGERPRINT_BYTES], int64_t now_ms,
                  struct complaint *why);

/* Keeps it in place of what is there; best effort. */
void sessions_keep(const struct parked_session *s, int64_t since_ms,
                   const uint8_t fingerprint[FINGERPRINT_BYTES]);

#endif
