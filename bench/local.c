/*
 * Draws an identity and one cookie key that is old enough to seal with.
 */
#include "bench/local.h"
#include "bench/measure.h"
#include "crypto/dh.h"
#include "crypto/init.h"
#include "lethe/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void local_random(void *p, size_t n)
{
    if (getrandom(p, n, 0) != (ssize_t)n)
        bench_fail("the kernel gives no randomness");
}

static void make_identity(struct local *l)
{
    mceliece_keypair(l->mceliece_public, l->identity.mceliece_secret);
    local_random(l->identity.dh_secret, sizeof l->identity.dh_secret);
    local_random(l->identity.fingerprint, sizeof l->identity.fingerprint);
    kex_identity_name(&l->identity);
    dh_public(l->public.dh, l->identity.dh_secret);
    memcpy(l->public.fingerprint, l->identity.fingerprint, FINGERPRINT_BYTES);
    l->public.mceliece = l->mceliece_public;
}

struct local *local_make(const struct lethe_service *service)
{
    static const uint8_t loopback[ADDRESS_BYTES] = {
        ADDRESS_FAMILY_V4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1, 1, 2};
    uint8_t seed[RNG_SEED_BYTES], key[COOKIE_KEY_BYTES];
    struct local *l = aligned_alloc(64, (sizeof *l + 63) / 64 * 64);
    if (!l || crypto_init() != LETHE_OK)
        bench_fail("out of memory or entropy");
    memset(l, 0, sizeof *l);
    make_identity(l);
    memcpy(l->address, loopback, sizeof loopback);
    local_random(seed, sizeof seed);
    const struct server_options options = {.identity = &l->identity,
                                           .service = *service,
                                           .period_ms = RING_PERIOD_MS,
                                           .no_puzzles = true};
    server_init(&l->server, &options, &l->counters, LOCAL_MS - RING_PERIOD_MS, seed);
    local_random(key, sizeof key);
    ring_put(&l->server.ring, 1, LOCAL_MS - RING_PERIOD_MS / 2, key);
    local_random(seed, sizeof seed);
    rng_seed(&l->rng, seed);
    return l;
}

size_t local_ask(struct local *l, const uint8_t *p, size_t n)
{
    l->burst = (struct burst){.at = l->answer, .room = sizeof l->answer};
    return server_packet(&l->server, LOCAL_MS, l->address, p, n, &l->burst);
}

struct local_packet *local_hellos(struct local *l, int count)
{
    struct local_packet *hellos = calloc((size_t)count, sizeof *hellos);
    struct kex_client *c = calloc(1, sizeof *c);
    if (!hellos || !c)
        bench_fail("out of memory");
    for (int i = 0; i < count; i++) {
        if (kex_client_init(c, &l->public, LEG_BIT(LEG_SNTRUP), &l->rng) != LETHE_OK)
            bench_fail("no HELLO");
        memcpy(hellos[i].bytes, c->hello, DATAGRAM_BYTES);
    }
    free(c);
    return hellos;
}
