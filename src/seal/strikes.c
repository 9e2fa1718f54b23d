/*
 * The table of packet numbers sent: open addressing with linear probing, never deleting one entry.
 * A table is emptied as a whole when its turn comes round again.
 */
#include "seal/strikes.h"
#include "base/bytes.h"
#include "crypto/short_hash.h"

#define MASK        0xffffu
#define SHARED_BITS 4 /* of the tag's bits, those that also place the entry */

_Static_assert(STRIKES_KEY_BYTES == SHORT_HASH_KEY_BYTES, "one key");
_Static_assert(PLACES_KEY_BYTES == STRIKES_KEY_BYTES && PLACES_TURNS == STRIKES_TABLES,
               "places live as long as strikes");
_Static_assert(STRIKES_SLOTS == (MASK + 1) << SHARED_BITS, "all bits below the tag place it");
_Static_assert(STRIKES_FULL < STRIKES_SLOTS, "every probe ends at an empty slot");

void strikes_init(struct strikes *s, const uint8_t key[STRIKES_KEY_BYTES], int64_t now_ms)
{
    memset(s, 0, sizeof *s);
    memcpy(s->key, key, STRIKES_KEY_BYTES);
    s->turn = now_ms / STRIKES_TURN_MS;
}

void strikes_turn(struct strikes *s, int64_t now_ms)
{
    int64_t turn = now_ms / STRIKES_TURN_MS;
    if (turn > s->turn + STRIKES_TABLES)
        s->turn = turn - STRIKES_TABLES; /* all of them: more is no emptier */
    for (; s->turn < turn; s->turn++) {
        s->newest = (s->newest + 1) % STRIKES_TABLES;
        memset(&s->tables[s->newest], 0, sizeof s->tables[s->newest]);
    }
}

static uint64_t hash_of(const struct strikes *s, uint64_t space, uint64_t group)
{
    uint8_t in[16];
    store64(in, space);
    store64(in + 8, group);
    return short_hash(s->key, in, sizeof in);
}

/* Where a hash's probe begins. The bits that are not the tag's come on top, so that equal tags are
 * at home in the same slot or at least 16 apart, where few probes meet both. */
static size_t home_of(uint64_t hash)
{
    return (hash << SHARED_BITS | hash >> (64 - SHARED_BITS)) % STRIKES_SLOTS;
}

/* The slot that holds the hash's tag, the upper 48 bits, or the empty one where it belongs. */
static size_t find(const struct strikes_table *t, uint64_t hash)
{
    size_t i = home_of(hash);
    while (t->slots[i] != 0 && (t->slots[i] ^ hash) > MASK)
        i = (i + 1) % STRIKES_SLOTS;
    return i;
}

/* The mask of what any table remembers. */
static uint16_t struck(const struct strikes *s, uint64_t hash)
{
    uint64_t masks = 0;
    for (int i = 0; i < STRIKES_TABLES; i++)
        masks |= s->tables[i].slots[find(&s->tables[i], hash)];
    return (uint16_t)masks;
}

uint16_t strikes_take(struct strikes *s, uint64_t space, uint64_t group, uint16_t wanted,
                      bool *full)
{
    uint64_t hash = hash_of(s, space, group);
    struct strikes_table *t = &s->tables[s->newest];
    uint16_t fresh = wanted & ~struck(s, hash);
    *full = false;
    if (fresh == 0)
        return 0;
    uint64_t *slot = &t->slots[find(t, hash)];
    if (*slot == 0) {
        if (t->used >= STRIKES_FULL) {
            *full = true;
            return 0;
        }
        t->used++;
    }
    *slot |= (hash & ~(uint64_t)MASK) | fresh;
    return fresh;
}

uint16_t strikes_look(const struct strikes *s, uint64_t space, uint64_t group, uint16_t wanted)
{
    return wanted & struck(s, hash_of(s, space, group));
}

size_t strikes_used(const struct strikes *s)
{
    size_t used = 0;
    for (int i = 0; i < STRIKES_TABLES; i++)
        used += s->tables[i].used;
    return used;
}
