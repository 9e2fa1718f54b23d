/*
 * Addresses: a client that moves goes on, and an address that is not proven earns no more than it
 * sent, whoever sends from it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/lineage.h"
#include "sim/world.h"

struct proof_watch {
    struct world *world;
    bool proven[CLUSTER_TALLY]; /* by tally */
};

/* A continuation names an address from the moment that the client brings it back from there. Until
 * the first answer longer than its request, an address has had no more than it sent. */
static void nothing_before_proof(void *context, const struct packet *in, const struct burst *out)
{
    struct proof_watch *v = context;
    struct cluster *c = &v->world->cluster;
    const struct tally *t = cluster_tally(c, in->from);
    size_t i = (size_t)(t - c->tallies);
    if (out->used > in->n)
        v->proven[i] = true;
    /* The first packet of an address is never answered by more than itself. */
    expect(v->world, t->packets_in > 1 || out->used <= in->n);
    expect(v->world, v->proven[i] || t->bytes_out <= t->bytes_in);
}

static void move(void *context)
{
    struct world *w = context;
    static uint8_t network = 9;
    address_make(w->end.address, network++, 7, 41000);
}

static void moves(uint64_t seed, uint8_t needed, int times, uint32_t loss)
{
    struct plan plan = {.seed = seed,
                        .servers = 2,
                        .needed = needed,
                        .wanted = LEGS_3,
                        .size = 2 << 20,
                        .up = path_of(20),
                        .down = path_of(20)};
    plan.down.bits_s = 20000000;
    plan.down.queue_bytes = 60000;
    plan.up.loss = plan.down.loss = loss;
    struct world *w = world_new(&plan);
    struct proof_watch watch = {.world = w};
    w->cluster.spy = nothing_before_proof;
    w->cluster.spy_context = &watch;
    for (int i = 0; i < times; i++)
        sim_at(&w->sim, w->sim.now_ns + (60 + (int64_t)sim_below(&w->sim, 700)) * SIM_MS, move, w);
    expect(w, world_run(w, 60 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.exchanges == 1);
    expect(w, w->cluster.tally_count > 1 && w->cluster.tally_count <= times + 1);
    world_free(w);
}

static void a_client_moves_in_mid_transfer(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(5);
    for (uint64_t i = 0; i < seeds.count; i++) {
        moves(seeds.first + i, LEGS_2, 1, 0);
        moves(seeds.first + i, LEGS_3, 1, 0);
        moves(seeds.first + i, LEGS_2, 4, 20);
    }
}

static void record(void *context, const struct packet *in, const struct burst *out)
{
    struct thief_node *thief = context;
    (void)out;
    thief_note(thief, in);
}

/* Every packet of a transfer, in its last moments and afterwards, again from an address of somebody
 * who did not ask: for each, no more comes back than was sent. */
static void a_spoofed_replay_is_never_amplified(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(3);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .needed = LEGS_2,
                            .wanted = LEGS_3,
                            .size = 3000000,
                            .up = path_of(20),
                            .down = path_of(20)};
        struct world *w = world_new(&plan);
        struct thief_node *thief = &w->up.thief;
        w->cluster.spy = record;
        w->cluster.spy_context = thief;
        expect(w, world_run(w, 20 * SIM_SEC));
        world_expect_intact(w);
        w->cluster.spy = NULL;
        uint8_t victim[ADDRESS_BYTES];
        address_make(victim, 77, 7, 53);
        const struct tally *t = cluster_tally(&w->cluster, victim);
        uint64_t requests = 0;
        for (uint64_t k = 0; k < thief->seen && k < THIEF_MEMORY; k++) {
            struct packet p;
            packet_copy(&p, thief->memory[k]);
            uint64_t before = t->bytes_out;
            memcpy(p.from, victim, ADDRESS_BYTES);
            w->cluster.node.take(&w->cluster.node, &p);
            requests += p.bytes[0] == KIND_REQUEST && t->bytes_out > before;
            expect(w, t->bytes_out - before <= p.n);
        }
        expect(w, requests > 0 && requests <= LINEAGE_BARE && t->bytes_out <= t->bytes_in);
        world_free(w);
    }
}

/* The attacker is on the path and replays as it goes, some of it from another address. */
static void replays_on_the_path_change_nothing(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct plan plan = {.seed = seeds.first + i,
                            .servers = 2,
                            .needed = LEGS_2,
                            .wanted = LEGS_3,
                            .size = 700000,
                            .up = path_of(20),
                            .down = path_of(20)};
        plan.up.replay = 300;
        plan.up.spoof = 500;
        plan.down.replay = 300;
        struct world *w = world_new(&plan);
        address_make(w->up.thief.spoofed, 66, 6, 666);
        expect(w, world_run(w, 20 * SIM_SEC));
        world_expect_intact(w);
        const struct tally *t = cluster_tally(&w->cluster, w->up.thief.spoofed);
        expect(w, w->up.thief.spoofed_packets > 20 && t->bytes_in > 0);
        expect(w, t->bytes_out <= t->bytes_in);
        expect(w, w->stray > 0);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_moves_in_mid_transfer),
        cmocka_unit_test(a_spoofed_replay_is_never_amplified),
        cmocka_unit_test(replays_on_the_path_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
