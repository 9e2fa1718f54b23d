/*
 * Beginning anew (protocol section 4, "one fallback for everything unusual"): which number space a
 * session gets when what it brings cannot be continued here.
 *
 * A number space is safe only while every number sent in it is remembered, so a continuation from
 * before this boot, from another home, or older than a strike lives, begins another one, named by
 * its lineage. A session may have one such space at a time: while it is in use, a second is
 * refused; until it is in use, asking again gives the same one, whose range key and lineage are
 * derived from the server's secret and not drawn. Two strikes remember both, in the same table as
 * the numbers.
 */
#ifndef FLOW_LINEAGE_H
#define FLOW_LINEAGE_H

#include <stdbool.h>

#include "seal/session.h"
#include "seal/step.h"

/* A continuation older than this is not continued. */
#define LINEAGE_LIFE_MS STRIKES_LIFE_MS

/* The name of a session's number space among the strikes. */
uint64_t lineage_space(const struct session *s);

/* Takes note that a session's space is in use now. */
void lineage_use(const struct session *s, const struct step *st);

/* Gives s->transport a fresh number space. False when the session has another in use, or when this
 * cannot be remembered. */
bool lineage_begin(struct session *s, const struct step *st);

/* One probe a session and PROBE_SLOT_MS: true when this is the first of its slot. */
#define PROBE_SLOT_MS 128
bool lineage_probe(const struct session *s, const struct step *st);

#endif
