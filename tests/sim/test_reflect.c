/*
 * An attacker who has seen every REQUEST of a transfer sends them again, from addresses of others:
 * nobody gets more bytes than were sent in their name, whenever and to whichever server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

#define VICTIMS 4

struct attack {
    struct world *world;
    uint64_t times; /* that a request of before was sent again */
    uint64_t answered;
};

/* Sends one of what was seen in a victim's name. */
static void reflect_one(struct attack *a, const struct packet *seen)
{
    struct world *w = a->world;
    struct packet p;
    uint8_t victim[ADDRESS_BYTES];
    address_make(victim, 77, 7, (uint16_t)(53 + sim_below(&w->sim, VICTIMS)));
    packet_copy(&p, seen);
    memcpy(p.from, victim, ADDRESS_BYTES);
    struct tally *t = cluster_tally(&w->cluster, victim);
    const uint64_t before = t->bytes_out;
    w->cluster.node.take(&w->cluster.node, &p);
    expect(w, t->bytes_out - before <= p.n);
    expect(w, t->bytes_out <= t->bytes_in);
    a->times++;
    a->answered += t->bytes_out > before;
}

static void reflect(void *context)
{
    struct attack *a = context;
    struct world *w = a->world;
    const struct thief_node *t = &w->up.thief;
    const uint64_t known = t->seen < THIEF_MEMORY ? t->seen : THIEF_MEMORY;
    for (int i = 0; i < 20 && known; i++)
        reflect_one(a, t->memory[sim_below(&w->sim, known)]);
    if (!w->end.stopped)
        sim_at(&w->sim, w->sim.now_ns + 20 * SIM_MS, reflect, a);
}

static void restart_one(void *context)
{
    struct world *w = context;
    cluster_restart(&w->cluster, (int)sim_below(&w->sim, (uint64_t)w->cluster.count));
}

static void attacked(uint64_t seed, int servers, bool strict_home)
{
    struct plan plan = {.seed = seed,
                        .servers = servers,
                        .strict_home = strict_home,
                        .needed = LEGS_2,
                        .wanted = LEGS_2,
                        .size = 1 << 20,
                        .up = path_of(15),
                        .down = path_of(15)};
    plan.down.bits_s = 20000000;
    plan.down.queue_bytes = 60000;
    plan.up.mtu = plan.down.mtu = PACKET_MAX;
    struct world *w = world_new(&plan);
    struct attack a = {.world = w};
    w->up.thief.remember = true;
    sim_at(&w->sim, w->sim.now_ns + 50 * SIM_MS, reflect, &a);
    if (seed % 3 == 0)
        sim_at(&w->sim, w->sim.now_ns + 400 * SIM_MS, restart_one, w);
    expect(w, world_run(w, 20 * SIM_SEC));
    /* The transfer that is abused for it suffers nothing, but for number spaces that others began.
     */
    world_expect_intact(w);
    expect(w, w->client.exchanges == 1);
    /* And later: when continuations are too old, and when their keys are dead. */
    w->up.thief.remember = false;
    for (int k = 0; k < 6; k++) {
        world_pass(w, (k < 4 ? 6 : 400) * SIM_SEC);
        reflect(&a);
    }
    expect(w, a.times > 300 && a.answered > 50);
    world_free(w);
}

static void nobody_gets_more_than_was_sent(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(15);
    for (uint64_t i = 0; i < seeds.count; i++) {
        attacked(seeds.first + i, 1, false);
        attacked(seeds.first + i, 3, false);
        attacked(seeds.first + i, 1, true);
    }
}

/* Who asks in another's name for what needs no session brings that other no more than the request
 * had, whatever is asked for. */
static void lookups_bring_no_more_than_they_are(void **state)
{
    (void)state;
    static uint8_t keys[LOOKUP_IDENTITY_BYTES];
    static struct tree tree;
    static struct shelf shelf;
    struct plan plan = {.needed = LEGS_2, .wanted = LEGS_2, .size = 1, .shelf = &shelf};
    shelf_add(&shelf, keys, &tree);
    struct world *w = world_new(&plan);
    struct packet p;
    memcpy(p.to, w->end.server, ADDRESS_BYTES);
    address_make(p.from, 77, 7, 53);
    struct tally *t = cluster_tally(&w->cluster, p.from);
    for (unsigned index = 0; index <= 0xffff;
         index += index == LOOKUP_END ? 0xffff - LOOKUP_END : 1) {
        const uint64_t before = t->bytes_out;
        p.n = LOOKUP_BYTES;
        lookup_request(p.bytes, shelf.entries[0].fingerprint, (uint16_t)index);
        w->cluster.node.take(&w->cluster.node, &p);
        expect(w, t->bytes_out - before <= p.n);
        expect(w, (t->bytes_out > before) == (lookup_length((uint16_t)index) > 0));
    }
    expect(w, t->bytes_out > LOOKUP_IDENTITY_BYTES && t->bytes_out <= t->bytes_in);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_gets_more_than_was_sent),
        cmocka_unit_test(lookups_bring_no_more_than_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
