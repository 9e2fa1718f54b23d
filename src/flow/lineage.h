/*
 * Beginning anew (protocol section 4, "one fallback for everything unusual"): which number space a
 * session gets when what it brings cannot be continued here.
 *
 * A number space is safe only while every number that may be asked for in it is remembered if it
 * was sent. Who has several continuations of one space can go ahead with one and stay behind with
 * the other, and no value that the client carries tells the server. So it keeps a place for each
 * session (seal/places.h): the space that the session uses here, and how far this had come when
 * strikes were forgotten. A continuation whose base is below that begins another space, like one
 * from before this boot, from another home, or older than a strike lives; and so does one of a
 * space that is older than a strike lives and has no place here.
 *
 * A session has one space at a time. While it is in use a second is refused, but to who has fallen
 * behind in it; until it is in use, asking again gives the same one, whose range key and lineage
 * are derived from the server's secret and not drawn. Where spaces of one session meet that several
 * servers began, the younger counts, and an older one only while strikes reach back to its birth.
 *
 * Sessions that find no room for a place are not turned away: strikes alone cover a space until it
 * is LINEAGE_LIFE_MS old, and then such a session begins anew, for a round trip.
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

/* Whether a continuation that is young enough may be used here, in its number space. */
bool lineage_stands(const struct session *s, const struct step *st);

/* Takes note that a session's space, which stands, is in use now. Returns its place, which is valid
 * for this packet; NULL when there is no room: the space is then one of which nothing is forgotten.
 */
struct place *lineage_use(const struct session *s, const struct step *st);

/* Gives s->transport a fresh number space. False when the session has another in use. Without room
 * for a place it is the one of this session and these LINEAGE_LIFE_MS, whoever asks. */
bool lineage_begin(struct session *s, const struct step *st);

/* One probe a session and PROBE_SLOT_MS: true when this is the first of its slot. */
#define PROBE_SLOT_MS 128
bool lineage_probe(const struct session *s, const struct step *st);

/* Whether a request comes from another address than its session's. */
bool lineage_has_moved(const struct session *s, const struct step *st);

/* True when a session's request of that echo was not heard before in its number space; or when that
 * cannot be noted, for want of room. What is heard from elsewhere (moved) counts apart. */
bool lineage_hear(const struct session *s, const struct step *st, uint32_t echo, bool moved);

/* Answers that bring no number are not in the window, so they are counted: for a number space and
 * an address LINEAGE_BARE continuations alone in BARE_SLOT_MS, and LINEAGE_SIZES answers to path
 * probes in SIZE_SLOT_MS; all other addresses than the session's count as 16. True when one more is
 * left, which it takes; and when it cannot be noted, for want of room. */
#define BARE_SLOT_MS  1024
#define LINEAGE_BARE  8
#define SIZE_SLOT_MS  8192
#define LINEAGE_SIZES 6 /* all tries of a client: PATH_TRIES for each of two sizes */
bool lineage_bare(const struct session *s, const struct step *st);
bool lineage_size(const struct session *s, const struct step *st);

#endif
