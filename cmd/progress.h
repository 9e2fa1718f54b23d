/*
 * What `lethe get` and `lethe put` show while they run and when they are done.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>

#include "cmd/whom.h"
#include "lethe/fetch.h"
#include "lethe/put.h"

struct progress {
    struct whom *whom; /* whose server it is */
    bool line;         /* a moving line: standard error is a terminal */
    bool quiet;        /* no warnings */
    bool verbose;      /* a line when the level rises, or a puzzle was solved */
    int level;
    double puzzle_seconds;
    bool shown; /* the moving line is on the screen */
};

/* The progress functions of lethe_fetch and lethe_put; context is struct progress. */
void progress_fetch(void *context, const struct lethe_fetch_state *s);
void progress_put(void *context, const struct lethe_put_state *s);

/* The lines of a verbose one; to be called at the end too, for what happened with the last packet.
 */
void progress_session(struct progress *p, const struct lethe_session_state *s);

/* Takes the moving line away. */
void progress_clear(struct progress *p);

/* What became of the request in the first packet: where there was no key for it, unless quiet; the
 * rest where verbose. */
void progress_early(const struct progress *p, const struct lethe_fetch_state *s);

/* Says why what an earlier run kept was of no use, unless quiet. */
void progress_park(const struct progress *p, const struct lethe_session_state *s);

/* The account: for people one line, after one for each file that changed meanwhile; or one JSON
 * object. */
void progress_account_fetch(const struct lethe_fetch_state *s,
                            const struct lethe_fetch_file *files);
void progress_account_put(const struct lethe_put_state *s);
void progress_json_fetch(const struct lethe_fetch_state *s, const struct lethe_fetch_file *files,
                         double identity_seconds);
void progress_json_put(const struct lethe_put_state *s, double identity_seconds);

#endif
