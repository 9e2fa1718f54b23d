/*
 * At most once: open addressing with linear probing; a slot is written once, by compare and swap.
 * A generation is emptied by whoever first needs it for a new minute, minutes after its last use.
 */
#include "seal/once.h"
#include "base/bytes.h"
#include "crypto/short_hash.h"

#include <stdbool.h>

#define EMPTYING 0x80000000u

_Static_assert(ONCE_KEY_BYTES == SHORT_HASH_KEY_BYTES, "one key");
_Static_assert(ONCE_GENERATIONS > 2 * ONCE_WINDOW + 2, "minutes pass between two uses");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "atomic between processes as well");

void once_init(struct once *o, const uint8_t key[ONCE_KEY_BYTES], int64_t now_ms)
{
    memcpy(o->key, key, ONCE_KEY_BYTES);
    o->first_minute = (uint32_t)(now_ms / ONCE_MINUTE_MS) + ONCE_WINDOW + 1;
}

/* Makes the generation one of this minute. False when it is of a later one (the clock was set
 * back), or another process is at it this moment. */
static bool turn_to(struct once_generation *g, uint32_t minute)
{
    uint32_t have = atomic_load(&g->minute);
    if (have == minute)
        return true;
    if ((have & ~EMPTYING) >= minute ||
        !atomic_compare_exchange_strong(&g->minute, &have, minute | EMPTYING))
        return false;
    for (size_t i = 0; i < ONCE_SLOTS; i++)
        atomic_store_explicit(&g->slots[i], 0, memory_order_relaxed);
    atomic_store(&g->used, 0);
    atomic_store(&g->minute, minute);
    return true;
}

/* Claims a slot for the hash, which is not 0. */
static enum once_strike claim(struct once_generation *g, uint64_t hash)
{
    for (size_t i = hash % ONCE_SLOTS;; i = (i + 1) % ONCE_SLOTS) {
        uint64_t have = atomic_load(&g->slots[i]);
        if (have == 0 && atomic_fetch_add(&g->used, 1) >= ONCE_FULL) {
            atomic_fetch_sub(&g->used, 1);
            return ONCE_NOROOM;
        }
        if (have == 0 && atomic_compare_exchange_strong(&g->slots[i], &have, hash))
            return ONCE_FRESH;
        if (have == hash)
            return ONCE_SEEN;
    }
}

enum once_strike once_strike(struct once *o, uint32_t minute, int64_t now_ms, const void *use,
                             size_t use_len)
{
    const int64_t ahead = (int64_t)minute - now_ms / ONCE_MINUTE_MS;
    struct once_generation *g = &o->generations[minute % ONCE_GENERATIONS];
    if (ahead > ONCE_WINDOW || ahead < -ONCE_WINDOW)
        return ONCE_CLOCK;
    if (minute < o->first_minute)
        return ONCE_BEGIN;
    if (!turn_to(g, minute))
        return ONCE_NOROOM;
    return claim(g, short_hash(o->key, use, use_len) | 1);
}
