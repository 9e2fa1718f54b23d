/*
 * Deriving an exchange in the order in which its packets need it:
 * keys to authenticate, then error and masks, then columns by column group.
 */
#include "kex/exchange.h"
#include "base/bytes.h"
#include "crypto/stream.h"
#include "kex/schedule.h"

void exchange_key(struct exchange *x, const struct cookie_key *key,
                  const uint8_t m[EXCHANGE_ID_BYTES])
{
    if (x->keyed && x->epoch == key->epoch && memcmp(x->m, m, EXCHANGE_ID_BYTES) == 0)
        return;
    uint8_t k1[32];
    exchange_wipe(x);
    schedule_exchange_key(k1, key, m);
    keys_split(x->from_client, x->from_server, k1);
    wipe(k1, sizeof k1);
    x->epoch = key->epoch;
    memcpy(x->m, m, EXCHANGE_ID_BYTES);
    x->keyed = true;
}

void exchange_error(struct exchange *x, const struct cookie_key *key)
{
    if (x->has_error)
        return;
    uint8_t seed[32];
    schedule_error_seed(seed, key, x->m);
    (void)goppa_error_expand(&x->error, seed); /* M was drawn so that this succeeds */
    schedule_mask_key(seed, key, x->m);
    stream_fill(x->mask, sizeof x->mask, seed);
    for (int i = 0; i < BLOCK_COUNT; i++)
        x->mask[i] &= (1u << BLOCK_ROWS) - 1;
    wipe(seed, sizeof seed);
    x->has_error = true;
}

const uint8_t *exchange_columns(struct exchange *x, int col_group)
{
    if (!(x->columns_ready & 1u << col_group)) {
        goppa_error_columns(x->columns[col_group], &x->error, col_group);
        x->columns_ready |= (uint8_t)(1u << col_group);
    }
    return x->columns[col_group];
}

void exchange_wipe(struct exchange *x)
{
    wipe(x, sizeof *x);
}

bool exchange_usable(const struct cookie_key *key, const uint8_t m[EXCHANGE_ID_BYTES])
{
    uint8_t seed[32];
    struct goppa_error e;
    schedule_error_seed(seed, key, m);
    bool distinct = goppa_error_expand(&e, seed);
    wipe(seed, sizeof seed);
    wipe(&e, sizeof e);
    return distinct;
}
