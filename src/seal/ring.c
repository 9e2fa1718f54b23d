/*
 * The ring: so many places, each named by epoch mod their count.
 * Age is judged on every use, so that a late ring_expire never stretches a key's life.
 */
#include "seal/ring.h"
#include "base/bytes.h"
#include "crypto/hash.h"

static const char *const purpose_labels[RING_PURPOSES] = {
    [RING_SEAL] = "ring seal",     [RING_EXCHANGE] = "ring exchange", [RING_ERROR] = "ring error",
    [RING_MASK] = "ring mask",     [RING_SHARE] = "ring share",       [RING_HANDLE] = "ring handle",
    [RING_PUZZLE] = "ring puzzle", [RING_PASS] = "ring pass",         [RING_MARK] = "ring mark",
    [RING_PARK] = "ring park",
};

static void init(struct ring *r, unsigned count, int64_t period_ms)
{
    ring_wipe(r);
    r->count = count;
    ring_set_period(r, period_ms);
}

void ring_init(struct ring *r, int64_t period_ms)
{
    init(r, KID_COUNT, period_ms);
}

void ring_init_slow(struct ring *r)
{
    init(r, SLOW_COUNT, SLOW_PERIOD_MS);
}

void ring_set_period(struct ring *r, int64_t period_ms)
{
    r->life_ms = r->count * period_ms;
    r->settle_ms = period_ms / 4 < RING_SETTLE_MS ? period_ms / 4 : RING_SETTLE_MS;
}

void ring_put(struct ring *r, uint64_t epoch, int64_t born_ms, const uint8_t key[COOKIE_KEY_BYTES])
{
    const uint8_t kid = (uint8_t)(epoch % r->count);
    struct cookie_key *k = &r->keys[kid];
    if (k->live && (k->epoch > epoch || (k->epoch == epoch && k->born_ms >= born_ms)))
        return;
    k->live = true;
    k->kid = kid;
    k->epoch = epoch;
    k->born_ms = born_ms;
    for (int i = 0; i < RING_PURPOSES; i++)
        kdf(k->sub[i], purpose_labels[i], key, NULL, 0);
}

/* A key from the future is one of before the clock was set back: it must not live until then. */
static bool is_alive(const struct ring *r, const struct cookie_key *k, int64_t now_ms)
{
    int64_t age = now_ms - k->born_ms;
    return k->live && age < r->life_ms && age > -r->life_ms / r->count;
}

const struct cookie_key *ring_find(const struct ring *r, uint8_t kid, int64_t now_ms)
{
    return kid < r->count && is_alive(r, &r->keys[kid], now_ms) ? &r->keys[kid] : NULL;
}

const struct cookie_key *ring_sealing(const struct ring *r, int64_t now_ms)
{
    const struct cookie_key *newest = NULL, *settled = NULL;
    for (unsigned i = 0; i < r->count; i++) {
        const struct cookie_key *k = &r->keys[i];
        if (!is_alive(r, k, now_ms))
            continue;
        if (!newest || k->epoch > newest->epoch)
            newest = k;
        if (now_ms - k->born_ms >= r->settle_ms && (!settled || k->epoch > settled->epoch))
            settled = k;
    }
    return settled ? settled : newest;
}

uint8_t cookie_key_kid(const struct cookie_key *k)
{
    return k->kid;
}

void ring_expire(struct ring *r, int64_t now_ms)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->keys[i].live && !is_alive(r, &r->keys[i], now_ms))
            wipe(&r->keys[i], sizeof r->keys[i]);
}

void ring_wipe(struct ring *r)
{
    wipe(r, sizeof *r);
}
