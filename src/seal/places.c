/*
 * The table of places: a few lines in a row, of which the dead are free; nothing is moved, so a
 * line that is found stays where it is until it dies.
 */
#include "seal/places.h"
#include "base/bytes.h"
#include "crypto/short_hash.h"

_Static_assert(sizeof(struct place) == 64, "a line");
_Static_assert(PLACES_KEY_BYTES == SHORT_HASH_KEY_BYTES, "one key");

static bool lives(const struct place *p, int64_t turn)
{
    return p->session != 0 && turn - (int64_t)p->turn < PLACES_TURNS;
}

static uint64_t hash_of(const uint8_t key[PLACES_KEY_BYTES], const uint8_t m[EXCHANGE_ID_BYTES])
{
    return short_hash(key, m, EXCHANGE_ID_BYTES) | 1;
}

static struct place *at(struct places *p, uint64_t hash, unsigned i)
{
    return &p->lines[((hash >> 32) + i) % PLACES_LINES];
}

static struct place *find(struct places *p, uint64_t hash, int64_t turn)
{
    for (unsigned i = 0; i < PLACES_REACH; i++) {
        struct place *line = at(p, hash, i);
        if (line->session == hash && lives(line, turn))
            return line;
    }
    return NULL;
}

struct place *places_find(struct places *p, const uint8_t key[PLACES_KEY_BYTES],
                          const uint8_t m[EXCHANGE_ID_BYTES], int64_t turn)
{
    return find(p, hash_of(key, m), turn);
}

struct place *places_take(struct places *p, const uint8_t key[PLACES_KEY_BYTES],
                          const uint8_t m[EXCHANGE_ID_BYTES], int64_t turn)
{
    const uint64_t hash = hash_of(key, m);
    struct place *line = find(p, hash, turn);
    if (line)
        return line;
    for (unsigned i = 0; i < PLACES_REACH; i++) {
        line = at(p, hash, i);
        if (lives(line, turn))
            continue;
        *line = (struct place){.session = hash, .turn = (uint32_t)turn};
        return line;
    }
    return NULL;
}

uint64_t place_forgotten(const struct place *p, int64_t turn)
{
    uint64_t highest = p->older;
    const int64_t last = p->turn;
    for (int64_t t = last; t >= 0 && t > last - PLACES_TURNS; t--)
        if (turn - t >= PLACES_TURNS && p->tops[t % PLACES_TURNS] > highest)
            highest = p->tops[t % PLACES_TURNS];
    return highest;
}

void place_touch(struct place *p, int64_t turn)
{
    const int64_t last = p->turn;
    p->older = place_forgotten(p, turn);
    for (int64_t t = last + 1; t <= turn && t <= last + PLACES_TURNS; t++)
        p->tops[t % PLACES_TURNS] = 0;
    p->turn = (uint32_t)turn;
}

void place_sent(struct place *p, uint64_t number)
{
    uint64_t *top = &p->tops[p->turn % PLACES_TURNS];
    if (*top < number)
        *top = number;
}

void place_name(struct place *p, uint32_t lineage, int64_t begun_ms)
{
    *p = (struct place){
        .session = p->session, .turn = p->turn, .begun_ms = begun_ms, .lineage = lineage};
}
