/*
 * The nonce audit at its hardest: two servers, losses, rotation, restarts, a lost ring, an outage,
 * and an attacker who replays everything. (Every other scenario is audited as well.)
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crypto/aead.h"
#include "nonce_audit.h"
#include "sim/world.h"

static void planted_reuse_is_found(void **state)
{
    (void)state;
    uint8_t key[AEAD_KEY_BYTES] = {1}, nonce[AEAD_NONCE_BYTES] = {2}, out[64], m[32] = {3};
    nonce_audit_reset();
    aead_seal(out, m, sizeof m, key, 4, nonce, key);
    aead_seal(out, m, sizeof m, key, 4, nonce, key);
    assert_int_equal(nonce_audit_result().violations, 0);
    assert_int_equal(nonce_audit_result().repeats, 1);
    aead_seal(out, m, sizeof m, key, 5, nonce, key); /* other associated data */
    assert_int_equal(nonce_audit_result().violations, 1);
    m[0] ^= 1;
    aead_seal(out, m, sizeof m, key, 4, nonce, key); /* other plaintext */
    assert_int_equal(nonce_audit_result().violations, 2);
    nonce[0] ^= 1;
    aead_seal(out, m, sizeof m, key, 4, nonce, key);
    key[0] ^= 1;
    aead_seal(out, m, sizeof m, key, 4, nonce, key);
    assert_int_equal(nonce_audit_result().violations, 2);
    assert_int_equal(nonce_audit_result().seals, 6);
    nonce_audit_reset();
    assert_int_equal(nonce_audit_result().seals, 0);
}

static void restart_one(void *context)
{
    struct world *w = context;
    cluster_restart(&w->cluster, (int)sim_below(&w->sim, 2));
}

static void lose(void *context)
{
    struct world *w = context;
    cluster_lose_ring(&w->cluster);
}

static void silence(void *context)
{
    struct world *w = context;
    cluster_silence(&w->cluster, (int64_t)sim_below(&w->sim, 10 * (uint64_t)SIM_SEC));
}

static void (*const events[])(void *) = {restart_one, lose, silence};
#define EVENTS (sizeof events / sizeof *events)

static void hard_times(uint64_t seed, uint8_t needed)
{
    struct path_plan p = path_of(20);
    p.loss = 20;
    p.duplicate = p.reorder = 100;
    p.replay = 500;
    p.spoof = 300;
    struct plan plan = {.seed = seed,
                        .servers = 2,
                        .period_ms = 2000,
                        .needed = needed,
                        .wanted = LEGS_3,
                        .size = 2000000,
                        .up = p,
                        .down = p};
    struct world *w = world_new(&plan);
    address_make(w->up.thief.spoofed, 66, 6, 666);
    for (int i = 0; i < 4; i++)
        sim_at(&w->sim, w->sim.now_ns + (int64_t)sim_below(&w->sim, 6000) * SIM_MS,
               events[sim_below(&w->sim, EVENTS)], w);
    expect(w, world_run(w, 200 * SIM_SEC));
    world_expect_intact(w);
    const struct nonce_audit audit = nonce_audit_result();
    expect(w, audit.seals > 2000 && audit.repeats > 0 && audit.violations == 0);
    world_free(w);
}

static void no_nonce_seals_two_things(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(8);
    for (uint64_t i = 0; i < seeds.count; i++) {
        hard_times(seeds.first + i, LEGS_2);
        hard_times(seeds.first + i, LEGS_3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_reuse_is_found),
        cmocka_unit_test(no_nonce_seals_two_things),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
