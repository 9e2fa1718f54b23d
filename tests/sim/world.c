/*
 * Putting the scene together, running it, and what must hold at the end of every run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/world.h"

#include "crypto/init.h"
#include "nonce_audit.h"

#define CHANGES_ROOM (2u << 20) /* what a resource may grow by */

const struct party *world_party(void)
{
    static struct party party;
    static bool made;
    if (!made) {
        assert_int_equal(crypto_init(), LETHE_OK);
        sim_seed_libraries(0);
        party_make(&party);
        made = true;
    }
    return &party;
}

struct path_plan path_of(int64_t delay_ms)
{
    return (struct path_plan){.delay_ns = delay_ms * SIM_MS, .hold_ns = delay_ms * SIM_MS};
}

static void route(struct node *self, const struct packet *p)
{
    struct world *w = (struct world *)(void *)((char *)self - offsetof(struct world, router));
    if (memcmp(p->to, w->end.address, ADDRESS_BYTES) == 0)
        w->end.node.take(&w->end.node, p);
    else
        w->stray++;
}

static void make_client(struct world *w, const struct fetch_store *store)
{
    const struct party *party = world_party();
    uint8_t seed[RNG_SEED_BYTES];
    const struct client_options options = {
        .server = &party->public,
        .needed = w->plan.needed,
        .wanted = w->plan.wanted,
        .give_up_ns = w->plan.give_up_ns,
    };
    sim_fill(&w->sim, seed, sizeof seed);
    expect(w, client_init(&w->client, &options, seed, w->resource.name, store, w->plan.local_size,
                          w->sim.now_ns) == LETHE_OK);
    client_lend_mceliece(&w->client, party->client_pk, party->client_sk);
    address_make(w->end.address, 1, 1, 40000);
    address_make(w->end.server, 2, 1, 1500);
}

struct world *world_new(const struct plan *plan)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    world_party();
    nonce_audit_reset();
    sim_init(&w->sim, plan->seed);
    w->plan = *plan;
    if (w->plan.give_up_ns == 0)
        w->plan.give_up_ns = 30 * SIM_SEC;
    if (w->plan.period_ms == 0)
        w->plan.period_ms = RING_PERIOD_MS;
    w->resource.name = "file";
    resource_set(&w->resource, 1, plan->size);
    const struct fetch_store store = memory_store_make(&w->store, plan->size + CHANGES_ROOM);
    w->store.size = plan->local_size;
    const struct service service = {
        .context = &w->resource, .least_legs = plan->least_legs, .handle = resource_handle};
    cluster_start(&w->cluster, &w->sim, &world_party()->identity, &service,
                  plan->servers ? plan->servers : 1, w->plan.period_ms);
    make_client(w, &store);
    w->router = (struct node){.take = route, .sim = &w->sim};
    path_init(&w->up, &w->sim, &plan->up, &w->cluster.node);
    path_init(&w->down, &w->sim, &plan->down, &w->router);
    w->end.node.next = path_entry(&w->up);
    w->cluster.node.next = path_entry(&w->down);
    return w;
}

void world_fill_store(struct world *w, uint64_t offset, uint64_t n, uint64_t version)
{
    uint8_t *content = resource_content(version, offset + n);
    expect(w, offset + n <= w->store.room);
    memcpy(w->store.bytes + offset, content + offset, n);
    free(content);
}

void world_start(struct world *w)
{
    w->running = true;
    client_end_start(&w->end, &w->sim, &w->client);
}

bool world_run(struct world *w, int64_t for_ns)
{
    int64_t until = w->sim.now_ns + for_ns;
    if (!w->running)
        world_start(w);
    while (!w->end.stopped && w->sim.count && w->sim.heap[0].at_ns <= until)
        sim_step(&w->sim);
    if (!w->end.stopped)
        w->sim.now_ns = until;
    return w->end.stopped;
}

void world_pass(struct world *w, int64_t for_ns)
{
    int64_t until = w->sim.now_ns + for_ns;
    while (w->sim.count && w->sim.heap[0].at_ns <= until)
        sim_step(&w->sim);
    w->sim.now_ns = until;
}

/* What holds for every run, whatever happened in it. */
static void expect_order(struct world *w)
{
    const struct cluster *c = &w->cluster;
    const struct nonce_audit audit = nonce_audit_result();
    expect(w, audit.seals > 0 && audit.violations == 0);
    expect(w, w->end.longest <= DATAGRAM_BYTES && c->longest <= DATAGRAM_BYTES);
    for (int kind = 0; kind < COUNTER_KINDS; kind++)
        expect(w, kind == KIND_REQUEST || c->reply_over_request[kind] == 0);
    expect(w, cluster_dropped(c, DROP_NO_KEY) == 0);
    /* A loop that wakes for nothing more often than for something is a loop that nearly spins. */
    expect(w, w->end.idle_wakes <= w->end.sent / 2 + 100);
}

void world_expect_intact(struct world *w)
{
    expect_order(w);
    expect(w, w->end.stopped && w->client.result == LETHE_OK);
    expect(w, w->client.fetch.result == LETHE_OK);
    expect(w, w->store.size == w->resource.size);
    expect(w, memcmp(w->store.bytes, w->resource.bytes, w->resource.size) == 0);
    expect(w, w->client.fetch.bytes_done == w->resource.size);
}

void world_expect_error(struct world *w, int err)
{
    expect_order(w);
    expect(w, w->end.stopped);
    expect(w, (w->client.result ? w->client.result : w->client.fetch.result) == err);
}

void world_free(struct world *w)
{
    sim_free(&w->sim);
    cluster_free(&w->cluster);
    client_wipe(&w->client);
    free(w->resource.bytes);
    free(w->store.bytes);
    free(w);
}
