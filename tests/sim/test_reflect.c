/*
 * An attacker who has seen every REQUEST of a transfer sends them again, or a client sends its own,
 * from addresses of others: nobody gets more bytes than were sent in their name, whenever and to
 * whichever server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/lineage.h"
#include "sim/world.h"
#include "wire/files.h"

#define VICTIMS 4

struct attack {
    struct world *world;
    uint64_t times; /* that a request was sent */
    uint64_t answered;
};

/* Sends p in a victim's name. */
static void reflect_packet(struct attack *a, struct packet *p)
{
    struct world *w = a->world;
    address_make(p->from, 77, 7, (uint16_t)(53 + sim_below(&w->sim, VICTIMS)));
    struct tally *t = cluster_tally(&w->cluster, p->from);
    const uint64_t before = t->bytes_out;
    w->cluster.node.take(&w->cluster.node, p);
    expect(w, t->bytes_out - before <= p->n);
    expect(w, t->bytes_out <= t->bytes_in);
    a->times++;
    a->answered += t->bytes_out > before;
}

/* One of what was seen. */
static void reflect_one(struct attack *a, const struct packet *seen)
{
    struct packet p;
    packet_copy(&p, seen);
    reflect_packet(a, &p);
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

/* The transfer that is abused. */
static struct world *transfer_of(uint64_t seed, int servers, bool strict_home)
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
    return world_new(&plan);
}

static void attacked(uint64_t seed, int servers, bool strict_home)
{
    struct world *w = transfer_of(seed, servers, strict_home);
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

/* A request that was never sent before, by who holds the session: for all that it may have at its
 * own address, numbers and a call, a larger size, a probe. */
static void reflect_fresh(struct attack *a)
{
    static const uint8_t call[] = {FILES_OPEN, 'f', 'i', 'l', 'e'};
    struct world *w = a->world;
    struct client *c = &w->client;
    const struct pull *pull = &c->pull;
    struct request_body b = {.flags = (uint8_t)sim_below(&w->sim, REQUEST_CALL << 1),
                             .echo = c->pull.echo++,
                             .datagram = PACKET_MAX,
                             .proof = pull->plan.valid ? pull->plan.proof : (struct proof){0},
                             .sum = pull->plan.valid ? pull->plan.sum : 0,
                             .call_handle = HANDLE_NONE,
                             .handle_count = 1,
                             .item_count = 1,
                             .handles = {{.p = w->fetch->handle, .len = w->fetch->handle_len}}};
    b.items[0] = (struct request_item){.first = (uint32_t)(pull->asked + 1 - pull->t.base),
                                       .count = REQUEST_ITEM_NUMBERS,
                                       .last = 1};
    if (b.flags & REQUEST_CALL) {
        b.call = call;
        b.call_len = sizeof call;
    }
    for (size_t i = 0; i < b.proof.count; i++) {
        b.proof.runs[i].first -= pull->t.base;
        b.proof.runs[i].last -= pull->t.base;
    }
    struct packet p;
    const size_t least = sim_below(&w->sim, 2) * sim_below(&w->sim, PACKET_MAX);
    memcpy(p.to, w->end.server, ADDRESS_BYTES);
    p.n =
        caller_seal(&c->caller, &b, &c->rng, w->sim.now_ns, SIM_SEC, 0, p.bytes, PACKET_MAX, least);
    expect(w, p.n > 0);
    reflect_packet(a, &p);
}

static void reflect_afresh(void *context)
{
    struct attack *a = context;
    struct world *w = a->world;
    for (int i = 0; i < 3 && w->fetch->open; i++)
        reflect_fresh(a);
    if (!w->end.stopped)
        sim_at(&w->sim, w->sim.now_ns + 2 * SIM_MS, reflect_afresh, a);
}

/* A client whose transfer goes on at its own address has the server send to others what it can. The
 * server sends them no number, so nothing of the transfer is lost by it. */
static void who_holds_the_session_reflects_no_more(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(8);
    for (uint64_t i = 0; i < seeds.count; i++) {
        struct world *w = transfer_of(seeds.first + i, 1, false);
        struct attack a = {.world = w};
        sim_at(&w->sim, w->sim.now_ns + 50 * SIM_MS, reflect_afresh, &a);
        expect(w, world_run(w, 20 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->cluster.counters[0].fallbacks[FALLBACK_ADDRESS] == a.answered);
        expect(w, a.times > 300 && a.answered >= LINEAGE_BARE * VICTIMS);
        expect(w, cluster_dropped(&w->cluster, DROP_BARE) > a.times / 2);
        world_free(w);
    }
}

/* RESUME is answered once by each process, with less than it is, whoever sends it: before the
 * resumed session ends, long after it, and by servers that begin anew. */
static void a_resume_brings_no_more_than_it_is(void **state)
{
    (void)state;
    const struct plan first = {.needed = LEGS_2,
                               .wanted = LEGS_2,
                               .size = 1,
                               .park = true,
                               .up = path_of(15),
                               .down = path_of(15)};
    struct world *w = world_new(&first);
    expect(w, world_run(w, 20 * SIM_SEC) && w->client.parked.legs == LEGS_2);
    const struct parked_session parked = w->client.parked;
    world_free(w);

    struct plan plan = first;
    plan.seed = 1;
    plan.servers = 2;
    plan.resume = &parked;
    w = world_new(&plan);
    struct attack a = {.world = w};
    w->up.thief.remember = true;
    expect(w, world_run(w, 20 * SIM_SEC) && w->client.resumed_level == 2);
    world_expect_intact(w);
    w->up.thief.remember = false;
    const struct packet *seen = w->up.thief.memory[0];
    expect(w, seen->bytes[0] == KIND_RESUME);
    for (uint64_t i = 0; i < 100; i++) {
        if (i == 50)
            for (int which = 0; which < 2; which++)
                cluster_restart(&w->cluster, which);
        reflect_one(&a, seen);
        world_pass(w, SIM_SEC / 10);
        expect(w, a.answered <= (i < 50 ? 1 : 3)); /* one is the client's own */
    }
    expect(w, a.answered == 3);
    world_free(w);
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
        cmocka_unit_test(who_holds_the_session_reflects_no_more),
        cmocka_unit_test(a_resume_brings_no_more_than_it_is),
        cmocka_unit_test(lookups_bring_no_more_than_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
