/*
 * The world of the exchange's tests. librandombytes' one symbol is replaced here, so that the
 * KEMs' keys and ciphertexts follow from a seed as well.
 */
#include "kex/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "crypto/dh.h"
#include "crypto/hash.h"
#include "crypto/init.h"
#include "keys/keys.h"
#include "lethe/error.h"

struct world world;
static struct rng libraries;

__attribute__((visibility("default"))) void
randombytes_internal_void_voidstar_longlong(void *p, long long n);
void randombytes_internal_void_voidstar_longlong(void *p, long long n)
{
    rng_fill(&libraries, p, (size_t)n);
}

static void must(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

struct rng world_rng(uint64_t number)
{
    struct rng r;
    uint8_t seed[RNG_SEED_BYTES] = {0};
    store64(seed, number);
    rng_seed(&r, seed);
    return r;
}

void world_seed_libraries(uint64_t number)
{
    libraries = world_rng(number ^ 0x6c696273);
}

void world_make(void)
{
    must(crypto_init() == LETHE_OK, "no entropy");
    world_seed_libraries(0);
    struct rng rng = world_rng(0);
    test_pair(0, world.identity_pk, world.identity.mceliece_secret);
    test_pair(1, world.client_pk, world.client_sk);
    rng_fill(&rng, world.identity.dh_secret, sizeof world.identity.dh_secret);
    dh_public(world.public.dh, world.identity.dh_secret);
    hash_of(world.identity.fingerprint, "test identity", world.identity_pk,
            sizeof world.identity_pk);
    memcpy(world.public.fingerprint, world.identity.fingerprint, FINGERPRINT_BYTES);
    kex_identity_name(&world.identity);
    world.public.mceliece = world.identity_pk;
}

void world_ring(struct ring *ring, uint64_t number, unsigned count)
{
    struct rng rng = world_rng(number ^ 0x72696e67);
    ring_init(ring, RING_PERIOD_MS);
    for (unsigned i = 0; i < count; i++) {
        uint8_t key[COOKIE_KEY_BYTES];
        rng_fill(&rng, key, sizeof key);
        ring_put(ring, 100 + i, WORLD_MS - 10000 - (int64_t)(count - 1 - i) * RING_PERIOD_MS, key);
    }
}

void world_server_start(struct world_server *s, const struct ring *ring, uint64_t number)
{
    static const uint8_t address[ADDRESS_BYTES] = {
        ADDRESS_FAMILY_V4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7, 1, 2};
    uint8_t key[FILTER_KEY_BYTES];
    memset(s, 0, sizeof *s);
    s->ring = *ring;
    s->rng = world_rng(number ^ 0x73657276);
    rng_fill(&s->rng, key, sizeof key);
    filter_init(&s->filter, key);
    resumed_init(&s->resumed, key);
    ring_init_slow(&s->slow);
    for (uint64_t i = 0; i < 2; i++) {
        memset(key, 0x51 + (int)i, sizeof key);
        ring_put(&s->slow, WORLD_SLOW_EPOCH - 1 + i, WORLD_MS - 10000 - (i ? 0 : SLOW_PERIOD_MS),
                 key);
    }
    memcpy(s->address, address, sizeof address);
}

struct step world_step(struct world_server *s, int64_t now_ms)
{
    return (struct step){.ring = &s->ring,
                         .slow = &s->slow,
                         .resumed = &s->resumed,
                         .filter = &s->filter,
                         .rng = &s->rng,
                         .now_ms = now_ms,
                         .address = s->address};
}

enum verdict world_hello(struct world_server *s, int64_t now_ms, const uint8_t *p, size_t n,
                         uint8_t out[DATAGRAM_BYTES], size_t *out_len)
{
    static const uint8_t no_pass[ACCEPT_PASS_BYTES];
    const struct step st = world_step(s, now_ms);
    struct hello h;
    struct kex_hello k;
    enum verdict v = kex_hello_check(&h, &world.identity, p, n);
    if (v == ANSWERED)
        v = kex_hello_open(&k, &world.identity, &st, &h, p, NULL);
    if (v != ANSWERED)
        return v;
    return kex_hello_accept(&k, &st, no_pass, out, out_len);
}

enum verdict world_serve(struct world_server *s, int64_t now_ms, const uint8_t *p, size_t n,
                         uint8_t out[DATAGRAM_BYTES], size_t *out_len)
{
    const struct step st = world_step(s, now_ms);
    enum verdict v = DROP_KIND;
    *out_len = 0;
    switch (n ? p[0] : 0) {
    case KIND_HELLO:
        v = world_hello(s, now_ms, p, n, out, out_len);
        break;
    case KIND_LEG:
        v = kex_leg(&st, &s->exchange, p, n, out, out_len);
        break;
    case KIND_BLOCK:
        v = kex_block(&st, &s->exchange, p, n, out, out_len);
        break;
    case KIND_FINISH:
        v = kex_finish(&st, &s->exchange, p, n, out, out_len);
        break;
    case KIND_RESUME:
        v = kex_resume(&st, p, n, out, out_len);
        break;
    }
    must((v == ANSWERED) == (*out_len > 0), "an answer has a length and a drop has none");
    must(*out_len <= n, "an answer longer than its request");
    return v;
}

void world_client(struct kex_client *c, uint8_t wanted, uint64_t number)
{
    struct rng rng = world_rng(number ^ 0x636c6965);
    must(kex_client_init(c, &world.public, wanted, &rng) == LETHE_OK, "no HELLO");
    kex_client_lend_mceliece(c, world.client_pk, world.client_sk);
}

void world_accept(struct kex_client *c, struct world_server *s, int64_t now_ms)
{
    uint8_t out[DATAGRAM_BYTES];
    size_t n;
    must(world_serve(s, now_ms, c->hello, DATAGRAM_BYTES, out, &n) == ANSWERED, "HELLO dropped");
    must(kex_client_input(c, 0, out, n) == LETHE_OK && c->accepted, "ACCEPT refused");
    kex_client_prepare(c);
}
