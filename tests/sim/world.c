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
    return (struct path_plan){
        .delay_ns = delay_ms * SIM_MS, .hold_ns = delay_ms * SIM_MS, .mtu = MTU_ETHERNET};
}

static void route(struct node *self, const struct packet *p)
{
    struct world *w = (struct world *)(void *)((char *)self - offsetof(struct world, router));
    if (memcmp(p->to, w->end.address, ADDRESS_BYTES) == 0)
        w->end.node.take(&w->end.node, p);
    else
        w->stray++;
}

/* So long that no two handles fit into one packet with all the rest. */
static const char *long_name(int i)
{
    static char names[PULL_BODIES][FILES_PATH_MAX + 1];
    memset(names[i], 'a' + i, FILES_PATH_MAX);
    return names[i];
}

/* The resource, or another, and the store for it. */
static void make_resource(struct world *w, int i, uint64_t size, struct fetch_store *store)
{
    static const char *const names[PULL_BODIES] = {"file", "second", "third", "fourth"};
    struct resource *r = i ? &w->others[i - 1] : &w->resource;
    r->name = w->plan.long_names ? long_name(i) : names[i];
    r->next = i + 1 < PULL_BODIES && w->plan.more[i] ? &w->others[i] : NULL;
    resource_set(r, 1 + (uint64_t)i, size);
    *store = memory_store_make(i ? &w->other_stores[i - 1] : &w->store, size + CHANGES_ROOM);
}

static const uint8_t short_term_secret[SHORT_TERM_KEY_BYTES] = {0x57, 0x77};

/* What early data needs: a key that the servers have, and a filter that has been there for long. */
static void make_early(struct world *w, int64_t now_ms)
{
    static const uint8_t key[ONCE_KEY_BYTES] = {1};
    uint8_t public[DH_PUBLIC_BYTES], id[SHORT_TERM_ID_BYTES];
    dh_public(public, short_term_secret);
    schedule_stid(id, public);
    short_term_put(&w->short_term, id, short_term_secret, now_ms, now_ms + 7200000);
    once_init(&w->once, key, now_ms - 600000);
}

static void make_client(struct world *w)
{
    const struct party *party = world_party();
    uint8_t seed[RNG_SEED_BYTES];
    struct fetch_store store;
    struct client_options options = {
        .server = &party->public,
        .needed = w->plan.needed,
        .wanted = w->plan.wanted,
        .give_up_ns = w->plan.give_up_ns,
        .background = w->plan.background,
        .rate = w->plan.rate,
        .park = w->plan.park,
        .resume = w->plan.resume,
    };
    if (w->plan.early) {
        options.early_path = "file";
        dh_public(options.short_term, short_term_secret);
        options.minute = (uint32_t)(cluster_wall_ms(&w->cluster) / 60000 + w->plan.minutes_off);
    }
    sim_fill(&w->sim, seed, sizeof seed);
    expect(w, client_init(&w->client, &options, seed, w->sim.now_ns) == LETHE_OK);
    make_resource(w, 0, w->plan.size, &store);
    w->store.size = w->plan.local_size;
    expect(w, client_begin(&w->client, w->resource.name, &store, w->plan.local_size) == 0);
    w->fetch = &w->client.fetches[0];
    for (int i = 1; i < PULL_BODIES && w->plan.more[i - 1]; i++) {
        make_resource(w, i, w->plan.more[i - 1], &store);
        expect(w, client_begin(&w->client, w->others[i - 1].name, &store, 0) == i);
    }
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
    if (!plan->early)
        make_client(w);
    struct server_options options = {.identity = &world_party()->identity,
                                     .shelf = plan->shelf,
                                     .service = resource_service(&w->resource),
                                     .least_legs = plan->least_legs,
                                     .algorithm = plan->algorithm,
                                     .strict_home = plan->strict_home,
                                     .period_ms = w->plan.period_ms,
                                     .early = plan->early && !plan->late,
                                     .once = &w->once};
    options.service.early = plan->early;
    cluster_start(&w->cluster, &w->sim, &options, plan->servers ? plan->servers : 1);
    if (plan->early) { /* whose HELLO tells the time */
        make_early(w, cluster_wall_ms(&w->cluster));
        w->cluster.short_term = &w->short_term;
        cluster_share_short_term(&w->cluster);
        make_client(w);
    }
    if (plan->park)
        cluster_park(&w->cluster);
    w->cluster.watch = &w->watch;
    w->router = (struct node){.take = route, .sim = &w->sim};
    way_init(&w->up, &w->sim, &plan->up, &w->cluster.node);
    way_init(&w->down, &w->sim, &plan->down, &w->router);
    w->end.node.next = way_entry(&w->up);
    w->cluster.node.next = way_entry(&w->down);
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

/* Drops that only a liar, a damaged packet or a lost ring brings about. */
static const enum verdict lies[] = {
    DROP_KIND,     DROP_FORMAT,       DROP_IDENTITY,    DROP_MAC,          DROP_DH,
    DROP_DECAP,    DROP_HELLO_BOX,    DROP_KID,         DROP_EXCHANGE_BOX, DROP_LEG,
    DROP_SYNDROME, DROP_CONTINUATION, DROP_REQUEST_BOX, DROP_SHARE,
};

/* Drops that not even these bring about: who seals a request makes sense, and proves the truth. */
static const enum verdict never[] = {DROP_NO_KEY, DROP_REQUEST_BODY, DROP_PROOF};

static bool is_tampered(const struct way *p)
{
    return p->corrupt.flipped || p->thief.replayed;
}

/* What holds for every run, whatever happened in it. */
static void expect_order(struct world *w)
{
    const struct cluster *c = &w->cluster;
    const struct nonce_audit audit = nonce_audit_result();
    expect(w, audit.seals > 0 && audit.violations == 0);
    for (int kind = 0; kind < COUNTER_KINDS; kind++) {
        expect(w, kind == KIND_REQUEST || w->end.longest[kind] <= DATAGRAM_BYTES);
        expect(w, kind == KIND_REQUEST || c->reply_over_request[kind] == 0);
    }
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        expect(w, cluster_dropped(c, never[i]) == 0);
    const bool lied = is_tampered(&w->up) || c->rings_lost;
    for (size_t i = 0; i < sizeof lies / sizeof *lies && !lied; i++)
        expect(w, cluster_dropped(c, lies[i]) == 0);
    /* A loop that wakes for nothing more often than for something is a loop that nearly spins. */
    expect(w, w->end.idle_wakes <= w->end.sent / 2 + 100);
}

void world_expect_no_drop(struct world *w)
{
    for (int v = ANSWERED + 1; v < VERDICTS; v++)
        expect(w, cluster_dropped(&w->cluster, (enum verdict)v) == 0);
}

static void expect_same(struct world *w, const struct fetch *f, const struct resource *r,
                        const struct memory_store *store)
{
    expect(w, f->result == LETHE_OK && f->bytes_done == r->size);
    expect(w, store->size == r->size && memcmp(store->bytes, r->bytes, r->size) == 0);
}

void world_expect_intact(struct world *w)
{
    expect_order(w);
    expect(w, w->end.stopped && w->client.result == LETHE_OK);
    expect_same(w, w->fetch, &w->resource, &w->store);
    for (int i = 1; i < PULL_BODIES && w->plan.more[i - 1]; i++)
        expect_same(w, &w->client.fetches[i], &w->others[i - 1], &w->other_stores[i - 1]);
}

void world_expect_error(struct world *w, int err)
{
    expect_order(w);
    expect(w, w->end.stopped);
    expect(w, (w->client.result ? w->client.result : w->fetch->result) == err);
}

void world_free(struct world *w)
{
    sim_free(&w->sim);
    cluster_free(&w->cluster);
    watch_free(&w->watch);
    way_free(&w->up);
    way_free(&w->down);
    free(w->resource.bytes);
    free(w->store.bytes);
    for (int i = 0; i < PULL_BODIES - 1; i++) {
        free(w->others[i].bytes);
        free(w->other_stores[i].bytes);
    }
    free(w);
}
