/*
 * The nodes of a path. A node that delays hands its packet to the event queue, the others to the
 * next node at once.
 */
#include "sim/link.h"

#include <stdlib.h>
#include <string.h>

static void pass(struct node *n, const struct packet *p)
{
    n->next->take(n->next, p);
}

static void delay_take(struct node *self, const struct packet *p)
{
    struct delay_node *d = (struct delay_node *)self;
    int64_t at =
        self->sim->now_ns + d->delay_ns + (int64_t)sim_below(self->sim, (uint64_t)d->jitter_ns);
    if (at < d->last_ns)
        at = d->last_ns;
    d->last_ns = at;
    sim_carry(self->sim, at, self->next, p);
}

static void rate_take(struct node *self, const struct packet *p)
{
    struct rate_node *r = (struct rate_node *)self;
    const int64_t overhead = 48; /* IPv6 and UDP */
    if (r->bits_s == 0) {
        pass(self, p);
        return;
    }
    int64_t now = self->sim->now_ns, start = r->free_ns > now ? r->free_ns : now;
    int64_t queued = (start - now) / 8 * r->bits_s / SIM_SEC;
    if (queued > r->queue_bytes) {
        r->dropped++;
        return;
    }
    r->free_ns = start + ((int64_t)p->n + overhead) * 8 * SIM_SEC / r->bits_s;
    sim_carry(self->sim, r->free_ns, self->next, p);
}

static void loss_take(struct node *self, const struct packet *p)
{
    struct loss_node *l = (struct loss_node *)self;
    if (sim_chance(self->sim, l->chance))
        l->dropped++;
    else
        pass(self, p);
}

static void reorder_take(struct node *self, const struct packet *p)
{
    struct reorder_node *r = (struct reorder_node *)self;
    if (!sim_chance(self->sim, r->chance)) {
        pass(self, p);
        return;
    }
    int64_t hold = 1 + (int64_t)sim_below(self->sim, (uint64_t)r->hold_ns);
    sim_carry(self->sim, self->sim->now_ns + hold, self->next, p);
}

static void duplicate_take(struct node *self, const struct packet *p)
{
    struct duplicate_node *d = (struct duplicate_node *)self;
    if (sim_chance(self->sim, d->chance)) {
        int64_t hold = (int64_t)sim_below(self->sim, (uint64_t)d->hold_ns);
        sim_carry(self->sim, self->sim->now_ns + hold, self->next, p);
    }
    pass(self, p);
}

static void corrupt_take(struct node *self, const struct packet *p)
{
    struct corrupt_node *c = (struct corrupt_node *)self;
    c->seen++;
    if (!sim_chance(self->sim, c->chance) && (c->every == 0 || c->seen % c->every != 0)) {
        pass(self, p);
        return;
    }
    struct packet bad;
    packet_copy(&bad, p);
    uint64_t bit = sim_below(self->sim, 8 * p->n);
    bad.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    c->flipped++;
    if (c->flipping)
        c->flipping(c->context, &bad);
    pass(self, &bad);
}

static void mtu_take(struct node *self, const struct packet *p)
{
    struct mtu_node *m = (struct mtu_node *)self;
    if (m->limit && p->n > m->limit)
        m->dropped++;
    else
        pass(self, p);
}

void thief_note(struct thief_node *t, const struct packet *p)
{
    struct packet **place = &t->memory[t->seen++ % THIEF_MEMORY];
    free(*place);
    *place = packet_clone(p);
}

static void thief_take(struct node *self, const struct packet *p)
{
    struct thief_node *t = (struct thief_node *)self;
    if (t->remember || t->chance)
        thief_note(t, p);
    pass(self, p);
    if (!sim_chance(self->sim, t->chance))
        return;
    uint64_t known = t->seen < THIEF_MEMORY ? t->seen : THIEF_MEMORY;
    struct packet again;
    packet_copy(&again, t->memory[sim_below(self->sim, known)]);
    t->replayed++;
    if (sim_chance(self->sim, t->spoof_chance)) {
        memcpy(again.from, t->spoofed, ADDRESS_BYTES);
        t->spoofed_packets++;
        t->spoofed_bytes += again.n;
    }
    pass(self, &again);
}

static void prepare(struct node *n, struct sim *sim,
                    void (*take)(struct node *, const struct packet *), struct node *next)
{
    n->sim = sim;
    n->take = take;
    n->next = next;
}

void way_init(struct way *p, struct sim *sim, const struct path_plan *plan, struct node *to)
{
    prepare(&p->reorder.node, sim, reorder_take, to);
    prepare(&p->delay.node, sim, delay_take, &p->reorder.node);
    prepare(&p->rate.node, sim, rate_take, &p->delay.node);
    prepare(&p->duplicate.node, sim, duplicate_take, &p->rate.node);
    prepare(&p->corrupt.node, sim, corrupt_take, &p->duplicate.node);
    prepare(&p->loss.node, sim, loss_take, &p->corrupt.node);
    prepare(&p->mtu.node, sim, mtu_take, &p->loss.node);
    prepare(&p->thief.node, sim, thief_take, &p->mtu.node);
    p->delay.delay_ns = plan->delay_ns;
    p->delay.jitter_ns = plan->jitter_ns;
    p->mtu.limit = plan->mtu;
    p->rate.bits_s = plan->bits_s;
    p->rate.queue_bytes = plan->queue_bytes;
    p->loss.chance = plan->loss;
    p->corrupt.chance = plan->corrupt;
    p->corrupt.every = plan->corrupt_every;
    p->reorder.chance = plan->reorder;
    p->reorder.hold_ns = p->duplicate.hold_ns = plan->hold_ns;
    p->duplicate.chance = plan->duplicate;
    p->thief.chance = plan->replay;
    p->thief.spoof_chance = plan->spoof;
}

void way_free(struct way *p)
{
    for (int i = 0; i < THIEF_MEMORY; i++)
        free(p->thief.memory[i]);
}

struct node *way_entry(struct way *p)
{
    return &p->thief.node;
}
