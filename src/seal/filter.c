/*
 * The replay filter: open addressing with linear probing, never deleting one entry.
 * A generation is emptied as a whole when its cookie key's place in the ring is taken.
 */
#include "seal/filter.h"
#include "base/bytes.h"
#include "crypto/hash.h"

void filter_init(struct filter *f, const uint8_t key[FILTER_KEY_BYTES])
{
    memset(f, 0, sizeof *f);
    memcpy(f->key, key, FILTER_KEY_BYTES);
}

static uint64_t keyed(const struct filter *f, const char *label, const void *p, size_t n)
{
    uint8_t out[SHORT_MAC_BYTES];
    short_mac(out, label, f->key, p, n);
    return load64(out);
}

/* The slot that holds the tag, or the empty one where it belongs. */
static uint64_t *find(struct filter_generation *g, uint64_t tag)
{
    size_t i = tag % FILTER_SLOTS;
    while (g->slots[i] != 0 && g->slots[i] != tag)
        i = (i + 1) % FILTER_SLOTS;
    return &g->slots[i];
}

enum strike filter_strike(struct filter *f, uint64_t epoch, const uint8_t address[ADDRESS_BYTES],
                          const void *use, size_t use_len)
{
    struct filter_generation *g = &f->generations[epoch % KID_COUNT];
    if (epoch < g->epoch)
        return STRIKE_SEEN;
    if (epoch > g->epoch) {
        memset(g, 0, sizeof *g);
        g->epoch = epoch;
    }
    uint64_t tag = keyed(f, "filter use", use, use_len) | 1ull << 63; /* never the empty slot's 0 */
    uint64_t *slot = find(g, tag);
    if (*slot == tag)
        return STRIKE_SEEN;
    uint64_t bucket =
        keyed(f, "filter bucket", address, address_network_bytes(address)) % FILTER_BUCKETS;
    if (g->used >= FILTER_FULL || g->by_bucket[bucket] >= FILTER_QUOTA)
        return STRIKE_FULL;
    *slot = tag;
    g->used++;
    g->by_bucket[bucket]++;
    return STRIKE_FRESH;
}

size_t filter_used(const struct filter *f)
{
    size_t used = 0;
    for (int g = 0; g < KID_COUNT; g++)
        used += f->generations[g].used;
    return used;
}
