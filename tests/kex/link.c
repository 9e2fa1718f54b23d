/*
 * Packets under way lie in a table that is searched for the earliest: there are few at a time.
 */
#include "kex/link.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"

#define PARCELS 4096

struct parcel {
    int64_t at; /* 0: free */
    uint64_t order;
    bool up;
    size_t n;
    uint8_t bytes[DATAGRAM_BYTES];
};

static struct parcel parcels[PARCELS];
static size_t parcels_end; /* none is in use from here on */
static uint64_t order;

static struct parcel *free_parcel(void)
{
    for (size_t i = 0; i < PARCELS; i++)
        if (!parcels[i].at) {
            parcels_end = i + 1 > parcels_end ? i + 1 : parcels_end;
            return &parcels[i];
        }
    fprintf(stderr, "more than %d packets under way\n", PARCELS);
    abort();
}

static struct parcel *earliest(void)
{
    struct parcel *first = NULL;
    for (size_t i = 0; i < parcels_end; i++) {
        struct parcel *p = &parcels[i];
        if (p->at &&
            (!first || p->at < first->at || (p->at == first->at && p->order < first->order)))
            first = p;
    }
    return first;
}

static void transmit(struct link *l, int64_t now, bool up, const uint8_t *bytes, size_t n)
{
    if (rng_below(&l->rng, 100) < l->loss_percent)
        return;
    int copies = rng_below(&l->rng, 100) < l->twice_percent ? 2 : 1;
    while (copies-- > 0) {
        struct parcel *p = free_parcel();
        p->at = now + l->delay_ns + (int64_t)rng_below(&l->rng, (uint64_t)l->jitter_ns + 1);
        p->order = order++;
        p->up = up;
        p->n = n;
        memcpy(p->bytes, bytes, n);
    }
}

static void at_server(struct link *l, int64_t now, const struct parcel *p)
{
    uint8_t out[DATAGRAM_BYTES];
    size_t n;
    struct world_server *s = l->pick ? l->pick(l, now) : l->servers;
    enum verdict v = world_serve(s, WORLD_MS + now / PACE_MS, p->bytes, p->n, out, &n);
    l->served++;
    l->verdicts[v]++;
    if (v != ANSWERED)
        return;
    l->down++;
    transmit(l, now, false, out, n);
}

static bool deliver(struct link *l, struct kex_client *c, int64_t now)
{
    struct parcel *p = earliest();
    if (!p || p->at > now)
        return false;
    if (p->up)
        at_server(l, now, p);
    else
        (void)kex_client_input(c, now, p->bytes, p->n);
    p->at = 0;
    return true;
}

/* Everything that can be done at this moment; false when that is nothing. */
static bool turn(struct link *l, struct kex_client *c, int64_t now)
{
    bool worked = false, again = true;
    while (again) {
        uint8_t out[DATAGRAM_BYTES];
        size_t n;
        again = false;
        while ((n = kex_client_output(c, now, out)) > 0) {
            l->up++;
            transmit(l, now, true, out, n);
            again = true;
        }
        while (deliver(l, c, now))
            again = true;
        worked = worked || again;
    }
    return worked;
}

static bool gave_up(const struct link *l, const struct kex_client *c, const char *why)
{
    fprintf(stderr, "%s at %lld ms: %llu packets up, %llu down, %u of %d blocks answered\n", why,
            (long long)(l->end_ns / PACE_MS), (unsigned long long)l->up,
            (unsigned long long)l->down, c->blocks_answered, BLOCK_COUNT);
    return false;
}

bool link_run(struct link *l, struct kex_client *c)
{
    uint64_t idle = 0;
    memset(parcels, 0, sizeof parcels[0] * parcels_end);
    parcels_end = 0;
    for (l->end_ns = 1; l->end_ns < l->limit_ns;) {
        int64_t now = l->end_ns;
        idle += !turn(l, c, now);
        if (kex_client_done(c))
            return true;
        if (idle > 100 + l->up / 10)
            return gave_up(l, c, "busy with nothing");
        const struct parcel *p = earliest();
        int64_t next = kex_client_next_ns(c);
        if (p && p->at < next)
            next = p->at;
        if (next == INT64_MAX)
            return gave_up(l, c, "nothing to wait for");
        l->end_ns = next > now ? next : now;
    }
    return gave_up(l, c, "no time left");
}
