/*
 * What `lethe get` shows while it runs and when it is done.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>

#include "lethe/fetch.h"

struct progress {
    bool line;    /* a moving line: standard error is a terminal */
    bool verbose; /* a line when the level rises */
    int level;
    bool shown; /* the moving line is on the screen */
};

/* lethe_fetch's progress; context is struct progress. */
void progress_show(void *context, const struct lethe_fetch_state *s);

/* Takes the moving line away. */
void progress_clear(struct progress *p);

/* The account of a finished fetch: one line for people, or one JSON object. */
void progress_account(const struct lethe_fetch_state *s);
void progress_account_json(const struct lethe_fetch_state *s);

#endif
