/*
 * ChaCha20 with fast key erasure: the pool is one run of stream under a zero nonce, its first
 * 32 bytes are the key of the next run and are never handed out; what is handed out is zeroed.
 */
#include "crypto/rng.h"

#include "base/bytes.h"
#include "crypto/stream.h"

static void refill(struct rng *r)
{
    uint8_t key[RNG_SEED_BYTES];
    memcpy(key, r->pool, sizeof key);
    stream_fill(r->pool, sizeof r->pool, key);
    wipe(key, sizeof key);
    r->used = RNG_SEED_BYTES;
}

void rng_seed(struct rng *r, const uint8_t seed[RNG_SEED_BYTES])
{
    memset(r->pool, 0, sizeof r->pool);
    memcpy(r->pool, seed, RNG_SEED_BYTES);
    refill(r); /* so that the state never holds the seed itself */
}

void rng_fill(struct rng *r, void *out, size_t n)
{
    uint8_t *to = out;
    while (n > 0) {
        if (r->used == sizeof r->pool)
            refill(r);
        size_t room = sizeof r->pool - r->used;
        size_t some = n < room ? n : room;
        memcpy(to, r->pool + r->used, some);
        wipe(r->pool + r->used, some);
        r->used += some;
        to += some;
        n -= some;
    }
}

uint64_t rng_u64(struct rng *r)
{
    uint8_t b[8];
    rng_fill(r, b, sizeof b);
    uint64_t v = load64(b);
    wipe(b, sizeof b);
    return v;
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
    uint64_t excess = -bound % bound; /* 2^64 mod bound values would come up once too often */
    uint64_t v;
    do
        v = rng_u64(r);
    while (v < excess);
    return v % bound;
}
