/*
 * Marks in the table of strikes, in groups that no packet number reaches: a session was in use in
 * this slot of time; a space was begun in it; a probe was granted in it.
 */
#include "flow/lineage.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "flow/window.h"

#define SLOT_MS 4000
#define SLOTS   (LINEAGE_LIFE_MS / SLOT_MS)

enum mark { MARK_USE = 1, MARK_BEGIN = 2, MARK_PROBE = 3 };

static uint64_t session_space(const struct session *s)
{
    return load64(s->m);
}

uint64_t lineage_space(const struct session *s)
{
    return load64(s->m) ^ load64(s->m + 8) ^ (uint64_t)s->transport.lineage << 32;
}

static uint64_t group_of(enum mark mark, int64_t slot)
{
    return (uint64_t)mark << 60 | (uint64_t)slot >> 4;
}

static uint16_t bit_of(int64_t slot)
{
    return (uint16_t)(1u << (slot & 15));
}

static bool take(const struct step *st, uint64_t space, enum mark mark, int64_t slot, bool *full)
{
    return strikes_take(st->strikes, space, group_of(mark, slot), bit_of(slot), full) != 0;
}

static bool was_marked(const struct step *st, uint64_t space, enum mark mark, int64_t slot)
{
    return strikes_look(st->strikes, space, group_of(mark, slot), bit_of(slot)) != 0;
}

void lineage_use(const struct session *s, const struct step *st)
{
    bool full = false;
    (void)take(st, session_space(s), MARK_USE, st->now_ms / SLOT_MS, &full);
}

bool lineage_probe(const struct session *s, const struct step *st)
{
    bool full = false;
    return take(st, lineage_space(s), MARK_PROBE, st->now_ms / PROBE_SLOT_MS, &full) && !full;
}

/* The slot in which a space was begun that is not in use yet, or this slot; -1: one is in use. None
 * is begun within reach of a use, so that a use found here is a later one. */
static int64_t slot_of(const struct session *s, const struct step *st)
{
    const int64_t now = st->now_ms / SLOT_MS;
    const uint64_t space = session_space(s);
    int64_t begun = -1;
    bool full = false;
    for (int64_t slot = now - SLOTS; slot <= now; slot++) {
        if (was_marked(st, space, MARK_USE, slot))
            return -1;
        if (begun < 0 && was_marked(st, space, MARK_BEGIN, slot))
            begun = slot;
    }
    if (begun >= 0)
        return begun;
    return take(st, space, MARK_BEGIN, now, &full) && !full ? now : -1;
}

bool lineage_begin(struct session *s, const struct step *st)
{
    uint8_t slot[8], key[HASH_BYTES];
    int64_t begun = slot_of(s, st);
    if (begun < 0)
        return false;
    store64(slot, (uint64_t)begun);
    const struct bytes parts[] = {{s->m, EXCHANGE_ID_BYTES}, {slot, sizeof slot}};
    kdf(key, "lineage", st->lineage_key, parts, 2);
    window_restart(&s->transport, load32(key + RANGE_KEY_BYTES), st->home, key);
    wipe(key, sizeof key);
    return true;
}
