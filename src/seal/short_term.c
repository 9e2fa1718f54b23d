/*
 * Short-term keys: two places, of which a new key takes the older one's.
 * Age is judged on every use, so that a late short_term_expire never stretches a key's life.
 */
#include "seal/short_term.h"
#include "base/bytes.h"

void short_term_put(struct short_term_keys *s, const uint8_t id[SHORT_TERM_ID_BYTES],
                    const uint8_t secret[SHORT_TERM_KEY_BYTES], int64_t born_ms, int64_t until_ms)
{
    struct short_term_key *place = &s->keys[0];
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        struct short_term_key *k = &s->keys[i];
        if (k->live && memcmp(k->id, id, SHORT_TERM_ID_BYTES) == 0)
            return;
        if (!k->live || (place->live && k->born_ms < place->born_ms))
            place = k;
    }
    place->live = true;
    place->born_ms = born_ms;
    place->until_ms = until_ms;
    memcpy(place->id, id, SHORT_TERM_ID_BYTES);
    memcpy(place->secret, secret, SHORT_TERM_KEY_BYTES);
}

bool short_term_is_alive(int64_t born_ms, int64_t until_ms, int64_t now_ms)
{
    return now_ms < until_ms && born_ms - now_ms < (until_ms - born_ms) / 4;
}

const struct short_term_key *short_term_find(const struct short_term_keys *s,
                                             const uint8_t id[SHORT_TERM_ID_BYTES], int64_t now_ms)
{
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        const struct short_term_key *k = &s->keys[i];
        if (k->live && memcmp(k->id, id, SHORT_TERM_ID_BYTES) == 0 &&
            short_term_is_alive(k->born_ms, k->until_ms, now_ms))
            return k;
    }
    return NULL;
}

void short_term_expire(struct short_term_keys *s, int64_t now_ms)
{
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        struct short_term_key *k = &s->keys[i];
        if (k->live && !short_term_is_alive(k->born_ms, k->until_ms, now_ms))
            wipe(k, sizeof *k);
    }
}

void short_term_wipe(struct short_term_keys *s)
{
    wipe(s, sizeof *s);
}
