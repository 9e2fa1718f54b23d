/*
 * Parked continuations: what opens was sealed by us, and seals to the same bytes again; what does
 * not leaves nothing. Of the states that we seal, all open. Then the same inside a RESUME, as its
 * client would make it: such a session goes on, once, under whatever set of legs it was parked
 * with.
 */
#include "seal/parked.h"
#include "crypto/aead.h"
#include "kex/resume.h"
#include "stage.h"
#include "target.h"

static struct world_server server;
static struct kex_client client;

static int open_and_seal(struct parked *s, const uint8_t p[PARKED_BYTES])
{
    uint8_t again[PARKED_BYTES];
    const struct parked zeros = {.legs = 0};
    int err = parked_open(s, &server.slow, WORLD_MS, p);
    if (err != LETHE_OK) {
        REQUIRE(err == LETHE_ERR_CRYPTO && memcmp(s, &zeros, sizeof zeros) == 0);
        return err;
    }
    parked_seal(again, s, ring_find(&server.slow, p[0], WORLD_MS), p + 1);
    REQUIRE(memcmp(again, p, sizeof again) == 0);
    fuzz_accepted++;
    return err;
}

/* The client's side has the same P, whatever is in it. */
static void resume(const struct parked *s, const uint8_t p[PARKED_BYTES])
{
    struct parked_session kept = {.legs = s->legs};
    struct kex_resume r;
    struct rng rng = stage()->server.rng;
    uint8_t out[DATAGRAM_BYTES];
    size_t n;
    memcpy(kept.key, s->key, sizeof kept.key);
    memcpy(kept.value, p, PARKED_BYTES);
    kex_resume_init(&r, &kept, &rng);
    REQUIRE(world_serve(&server, WORLD_MS, r.packet, RESUME_BYTES, out, &n) == ANSWERED);
    REQUIRE(n == RESUMED_BYTES);
    REQUIRE(kex_resume_input(&r, &client, &world.public, 0, out, n) == LETHE_OK);
    REQUIRE(client.session.legs == s->legs && memcmp(client.m, s->m, sizeof s->m) != 0);
    REQUIRE(world_serve(&server, WORLD_MS, r.packet, RESUME_BYTES, out, &n) == DROP_RESUMED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parked s;
    uint8_t p[PARKED_BYTES];
    if (size != sizeof p)
        return 0;
    memcpy(&server, &stage()->server, sizeof server);
    (void)open_and_seal(&s, data);
    const struct cookie_key *key = ring_sealing(&server.slow, WORLD_MS);
    memcpy(p, data, sizeof p);
    p[0] = cookie_key_kid(key);
    aead_seal(p + 25, p + 25, PARKED_STATE_BYTES, p, 1, p + 1, key->sub[RING_PARK]);
    REQUIRE(open_and_seal(&s, p) == LETHE_OK);
    resume(&s, p);
    return 0;
}
