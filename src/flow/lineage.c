/*
 * Which number space a session may use here: the one that its place names, as long as nothing above
 * its base is forgotten; or a younger one.
 */
#include "flow/lineage.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "flow/window.h"

/* Groups in the table of strikes that no packet number reaches: probes that were granted, answers
 * that brought no number, requests that were heard. */
#define PROBE_GROUPS ((uint64_t)3 << 60)
#define BARE_GROUPS  ((uint64_t)5 << 60)
#define SIZE_GROUPS  ((uint64_t)7 << 60)
#define HEARD_GROUPS ((uint64_t)9 << 60)
#define STRAY_GROUPS ((uint64_t)11 << 60) /* heard from elsewhere */

#define ELSEWHERE    16 /* all other addresses are as many */

uint64_t lineage_space(const struct session *s)
{
    return load64(s->m) ^ load64(s->m + 8) ^ (uint64_t)s->transport.lineage << 32;
}

bool lineage_probe(const struct session *s, const struct step *st)
{
    const int64_t slot = st->now_ms / PROBE_SLOT_MS;
    const uint16_t bit = (uint16_t)(1u << (slot & 15));
    bool full = false;
    return strikes_take(st->strikes, lineage_space(s), PROBE_GROUPS | (uint64_t)slot >> 4, bit,
                        &full) != 0;
}

bool lineage_has_moved(const struct session *s, const struct step *st)
{
    uint8_t address[ADDRESS_HASH_BYTES];
    address_hash(address, st->address);
    return !bytes_equal(address, s->address, sizeof address);
}

/* A copy that overtakes from elsewhere strikes other copies, and not the client's own. */
bool lineage_hear(const struct session *s, const struct step *st, uint32_t echo, bool moved)
{
    const uint64_t groups = moved ? STRAY_GROUPS : HEARD_GROUPS;
    bool full = false;
    return strikes_take(st->strikes, lineage_space(s), groups | echo / 16,
                        (uint16_t)(1u << echo % 16), &full) != 0 ||
           full;
}

/* Takes the lowest of `most` bits that is left in a group. */
static bool take_one(const struct session *s, const struct step *st, uint64_t group, unsigned most)
{
    uint8_t address[ADDRESS_HASH_BYTES];
    uint64_t space = lineage_space(s);
    address_hash(address, st->address);
    /* An entry for each address would let one session fill the table. */
    if (!bytes_equal(address, s->address, sizeof address))
        space ^= 1 + load64(address) % ELSEWHERE;
    const uint16_t all = (uint16_t)((1u << most) - 1);
    const uint16_t left = all & ~strikes_look(st->strikes, space, group, all);
    bool full = false;
    if (left)
        (void)strikes_take(st->strikes, space, group, (uint16_t)(left & -left), &full);
    return left != 0;
}

bool lineage_bare(const struct session *s, const struct step *st)
{
    return take_one(s, st, BARE_GROUPS | (uint64_t)(st->now_ms / BARE_SLOT_MS), LINEAGE_BARE);
}

bool lineage_size(const struct session *s, const struct step *st)
{
    return take_one(s, st, SIZE_GROUPS | (uint64_t)(st->now_ms / SIZE_SLOT_MS), LINEAGE_SIZES);
}

static bool is_recent(const struct step *st, int64_t ms)
{
    const int64_t age = st->now_ms - ms;
    return age <= LINEAGE_LIFE_MS && age >= -LINEAGE_LIFE_MS;
}

/* Above its base something was sent so long ago that its strike may be gone. */
static bool is_behind(const struct session *s, const struct place *p, const struct step *st)
{
    return s->transport.base < place_forgotten(p, st->strikes->turn);
}

bool lineage_stands(const struct session *s, const struct step *st)
{
    struct strikes *k = st->strikes;
    const struct place *p = places_find(&k->places, k->key, s->m, k->turn);
    if (p && p->lineage == s->transport.lineage)
        return !is_behind(s, p, st);
    if (p && p->used_ms != 0 && s->begun_ms > p->begun_ms)
        return true;
    return is_recent(st, s->begun_ms); /* nothing that was sent in it is forgotten */
}

struct place *lineage_use(const struct session *s, const struct step *st)
{
    struct strikes *k = st->strikes;
    struct place *p = places_take(&k->places, k->key, s->m, k->turn);
    if (!p)
        return NULL;
    const bool back = p->begun_ms >= s->begun_ms && p->lineage != s->transport.lineage;
    if (p->begun_ms == 0 || p->lineage != s->transport.lineage)
        place_name(p, s->transport.lineage, s->begun_ms);
    place_touch(p, k->turn);
    if (back) /* what was sent in it before is remembered, but for how far that went */
        place_sent(p, UINT64_MAX);
    p->used_ms = st->now_ms;
    return p;
}

/* In use, and not by this continuation, which has fallen behind in it. From elsewhere that may be a
 * record which anyone plays: it must not end the space of who goes on. */
static bool is_taken(const struct session *s, const struct place *p, const struct step *st)
{
    if (p->used_ms == 0 || !is_recent(st, p->used_ms))
        return false;
    return p->lineage != s->transport.lineage || !is_behind(s, p, st) || lineage_has_moved(s, st);
}

/* The time that names the space: now, unless the one that was begun waits for its first use. Where
 * nothing can be noted it is one for all who ask within a strike's life. */
static int64_t begin_at(const struct place *p, const struct step *st)
{
    if (!p)
        return st->now_ms - st->now_ms % LINEAGE_LIFE_MS;
    if (p->begun_ms != 0 && p->used_ms == 0)
        return p->begun_ms;
    return st->now_ms > p->begun_ms ? st->now_ms : p->begun_ms + 1;
}

bool lineage_begin(struct session *s, const struct step *st)
{
    uint8_t begun[8], key[HASH_BYTES];
    struct strikes *k = st->strikes;
    struct place *p = places_take(&k->places, k->key, s->m, k->turn);
    if (p && is_taken(s, p, st))
        return false;
    s->begun_ms = begin_at(p, st);
    store64(begun, (uint64_t)s->begun_ms);
    const struct bytes parts[] = {{s->m, EXCHANGE_ID_BYTES}, {begun, sizeof begun}};
    kdf(key, "lineage", st->lineage_key, parts, 2);
    window_restart(&s->transport, load32(key + RANGE_KEY_BYTES), st->home, key);
    if (p && p->begun_ms != s->begun_ms)
        place_name(p, s->transport.lineage, s->begun_ms);
    if (p)
        place_touch(p, k->turn);
    wipe(key, sizeof key);
    return true;
}
