/*
 * Servers that share a ring: the rotation, restarts, losses, and the balancer before them.
 * A new key reaches each server at a moment of its own within the time that the ring lets it
 * settle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/ends.h"

/* What servers are made of, from one run to the next. */
static struct server *spare[CLUSTER_MOST];

int64_t cluster_wall_ms(const struct cluster *c)
{
    return c->wall_ms + c->node.sim->now_ns / SIM_MS;
}

static void boot(struct cluster *c, int i)
{
    uint8_t seed[RNG_SEED_BYTES];
    struct server *s = c->servers[i];
    sim_fill(c->node.sim, seed, sizeof seed);
    c->down[i] = false;
    c->boots[i]++;
    c->boot_ms[i] = cluster_wall_ms(c);
    server_init(s, &c->options, &c->counters[i], c->boot_ms[i], seed);
    if (c->short_term)
        s->short_term = *c->short_term;
    for (int k = 0; k < KID_COUNT; k++)
        if (c->keys[k].epoch)
            ring_put(&s->ring, c->keys[k].epoch, c->keys[k].born_ms, c->keys[k].key);
    if (c->slow.epoch)
        ring_put(&s->slow, c->slow.epoch, c->slow.born_ms, c->slow.key);
}

void cluster_park(struct cluster *c)
{
    c->slow =
        (struct cluster_key){.epoch = 1000, .born_ms = cluster_wall_ms(c) - 1800000, .key = {0x5c}};
    for (int i = 0; i < c->count; i++)
        ring_put(&c->servers[i]->slow, c->slow.epoch, c->slow.born_ms, c->slow.key);
}

void cluster_share_short_term(struct cluster *c)
{
    for (int i = 0; i < c->count; i++)
        c->servers[i]->short_term = *c->short_term;
}

void cluster_kill(struct cluster *c, int which)
{
    c->down[which] = true;
}

void cluster_restart(struct cluster *c, int which)
{
    boot(c, which);
    c->restarts++;
}

static void make_key(struct cluster *c)
{
    uint64_t by_clock = (uint64_t)(cluster_wall_ms(c) / c->period_ms);
    c->epoch = by_clock > c->epoch ? by_clock : c->epoch + 1;
    struct cluster_key *k = &c->keys[c->epoch % KID_COUNT];
    k->epoch = c->epoch;
    k->born_ms = cluster_wall_ms(c);
    sim_fill(c->node.sim, k->key, sizeof k->key);
}

/* A key's way to one server. */
struct delivery {
    struct cluster *cluster;
    int which;
    struct cluster_key key;
};

static void deliver(void *context)
{
    const struct delivery *d = context;
    const struct cluster_key *k = &d->key;
    /* A key of a ring that was lost in the meantime arrives nowhere. */
    if (memcmp(d->cluster->keys[k->epoch % KID_COUNT].key, k->key, COOKIE_KEY_BYTES) != 0)
        return;
    struct ring *r = &d->cluster->servers[d->which]->ring;
    ring_put(r, k->epoch, k->born_ms, k->key);
    ring_expire(r, cluster_wall_ms(d->cluster));
}

static void rotate(void *context)
{
    struct cluster *c = context;
    struct sim *sim = c->node.sim;
    make_key(c);
    for (int i = 0; i < c->count; i++) {
        const struct delivery d = {c, i, c->keys[c->epoch % KID_COUNT]};
        int64_t lag_ms = (int64_t)sim_below(sim, (uint64_t)c->servers[i]->ring.settle_ms);
        sim_at_with(sim, sim->now_ns + lag_ms * SIM_MS, deliver, &d, sizeof d);
    }
    sim_at(sim, sim->now_ns + c->period_ms * SIM_MS, rotate, c);
}

void cluster_lose_ring(struct cluster *c)
{
    memset(c->keys, 0, sizeof c->keys);
    make_key(c);
    c->rings_lost++;
    for (int i = 0; i < c->count; i++)
        cluster_restart(c, i);
}

void cluster_silence(struct cluster *c, int64_t for_ns)
{
    c->silent_until_ns = c->node.sim->now_ns + for_ns;
}

struct tally *cluster_tally(struct cluster *c, const uint8_t address[ADDRESS_BYTES])
{
    for (int i = 0; i < c->tally_count; i++)
        if (memcmp(c->tallies[i].address, address, ADDRESS_BYTES) == 0)
            return &c->tallies[i];
    sim_expect(c->node.sim, c->tally_count < CLUSTER_TALLY);
    struct tally *t = &c->tallies[c->tally_count++];
    memcpy(t->address, address, ADDRESS_BYTES);
    return t;
}

static void count_answer(struct cluster *c, const struct packet *in, const struct burst *out)
{
    c->answered++;
    c->answered_kind[in->bytes[0]]++;
    c->reply_over_request[in->bytes[0]] += out->used > in->n;
    for (size_t i = 0; i < out->count; i++)
        if (out->len[i] > c->longest)
            c->longest = out->len[i];
}

static void send_burst(struct cluster *c, const struct packet *in, const struct burst *out)
{
    struct packet p;
    const uint8_t *at = out->at;
    memcpy(p.from, in->to, ADDRESS_BYTES);
    memcpy(p.to, in->from, ADDRESS_BYTES);
    for (size_t i = 0; i < out->count; at += p.n, i++) {
        p.n = out->len[i];
        memcpy(p.bytes, at, p.n);
        c->node.next->take(c->node.next, &p);
    }
}

static void count_packet(struct cluster *c, const struct packet *in, const struct burst *out)
{
    struct tally *t = cluster_tally(c, in->from);
    t->packets_in++;
    t->bytes_in += in->n;
    t->packets_out += out->count;
    t->bytes_out += out->used;
    if (out->count)
        count_answer(c, in, out);
}

static void take(struct node *self, const struct packet *p)
{
    struct cluster *c = (struct cluster *)self;
    const int which = (int)sim_below(self->sim, (uint64_t)c->count);
    struct server *s = c->servers[which];
    struct burst out = {.at = c->out, .room = sizeof c->out};
    if (self->sim->now_ns < c->silent_until_ns || c->down[which])
        return;
    sim_in_core++;
    size_t count = server_packet(s, cluster_wall_ms(c), p->from, p->bytes, p->n, &out);
    if (!sim_chance(self->sim, c->batch_chance))
        server_batch_end(s);
    sim_in_core--;
    sim_expect(self->sim, count == out.count && count <= BURST_PACKETS);
    out.used = count ? out.used : 0;
    count_packet(c, p, &out);
    if (c->watch)
        watch_answer(c->watch, c, which, p, &out);
    if (c->spy)
        c->spy(c->spy_context, p, &out);
    send_burst(c, p, &out);
}

void cluster_start(struct cluster *c, struct sim *sim, const struct server_options *options,
                   int count)
{
    c->node.sim = sim;
    c->node.take = take;
    c->options = *options;
    c->count = count;
    c->period_ms = options->period_ms;
    c->wall_ms = 1790000000000 + (int64_t)sim_below(sim, 1000000);
    c->batch_chance = 700;
    make_key(c);
    for (int i = 0; i < count; i++) {
        c->servers[i] = spare[i] ? spare[i] : malloc(sizeof *c->servers[i]);
        spare[i] = NULL;
        assert_non_null(c->servers[i]);
        boot(c, i);
    }
    /* The second key comes when the first has settled, as it would have in a ring of some age. */
    const int64_t settle_ms = c->servers[0]->ring.settle_ms;
    int64_t first = settle_ms + (int64_t)sim_below(sim, (uint64_t)(c->period_ms - settle_ms));
    sim_at(sim, sim->now_ns + first * SIM_MS, rotate, c);
}

void cluster_free(struct cluster *c)
{
    for (int i = 0; i < c->count; i++) {
        free(spare[i]);
        spare[i] = c->servers[i];
    }
}

uint64_t cluster_dropped(const struct cluster *c, enum verdict v)
{
    uint64_t sum = 0;
    for (int i = 0; i < c->count; i++)
        sum += c->counters[i].verdicts[v];
    return sum;
}
