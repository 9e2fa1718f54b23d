/*
 * Sessions that were resumed: a table of sets, in each of which the newest few are remembered.
 */
#include "seal/resumed.h"
#include "base/bytes.h"
#include "crypto/hash.h"

void resumed_init(struct resumed *r, const uint8_t key[RESUMED_KEY_BYTES])
{
    memset(r, 0, sizeof *r);
    memcpy(r->key, key, RESUMED_KEY_BYTES);
}

bool resumed_strike(struct resumed *r, const uint8_t m[EXCHANGE_ID_BYTES])
{
    uint8_t mac[SHORT_MAC_BYTES];
    short_mac(mac, "resumed", r->key, m, EXCHANGE_ID_BYTES);
    const uint64_t tag = load64(mac) | 1;
    const size_t set = load64(mac + 8) % RESUMED_SETS;
    for (int i = 0; i < RESUMED_WAYS; i++)
        if (r->tags[set][i] == tag)
            return false;
    r->tags[set][r->next[set]] = tag;
    r->next[set] = (uint8_t)((r->next[set] + 1) % RESUMED_WAYS);
    return true;
}
