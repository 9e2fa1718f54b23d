/*
 * The client's loop in virtual time: input, output until there is none, sleep until next_ns.
 */
#include "sim/ends.h"

#include "admit/puzzle.h"
#include "lethe/error.h"

#include <string.h>

struct timer {
    struct client_end *end;
    uint64_t wake;
};

static size_t output(struct client_end *e, uint8_t out[PACKET_MAX])
{
    sim_in_core++;
    size_t n = client_output(e->core, e->node.sim->now_ns, out);
    sim_in_core--;
    return n;
}

static uint64_t send_all(struct client_end *e)
{
    struct packet p;
    uint64_t count = 0;
    memcpy(p.from, e->address, ADDRESS_BYTES);
    memcpy(p.to, e->server, ADDRESS_BYTES);
    while ((p.n = output(e, p.bytes)) > 0) {
        sim_expect(e->node.sim, p.n <= PACKET_MAX && p.bytes[0] < COUNTER_KINDS);
        sim_expect(e->node.sim, ++count < 4 * PACE_WINDOW);
        e->sent++;
        e->sent_kind[p.bytes[0]]++;
        e->bytes_sent += p.n;
        if (p.n > e->longest[p.bytes[0]])
            e->longest[p.bytes[0]] = p.n;
        e->node.next->take(e->node.next, &p);
    }
    return count;
}

static void wake(void *context);

static void sleep_until_next(struct client_end *e)
{
    int64_t next = client_next_ns(e->core);
    if (client_done(e->core)) {
        e->stopped = true;
        e->done_ns = e->node.sim->now_ns;
        return;
    }
    sim_expect(e->node.sim, next < INT64_MAX); /* it would never give up */
    const struct timer t = {.end = e, .wake = ++e->wake};
    sim_at_with(e->node.sim, next, wake, &t, sizeof t);
}

static void wake(void *context)
{
    const struct timer *t = context;
    struct client_end *e = t->end;
    if (e->stopped || t->wake != e->wake)
        return;
    bool passed = e->node.sim->now_ns > e->woke_ns;
    e->woke_ns = e->node.sim->now_ns;
    uint64_t sent = send_all(e);
    e->wakes++;
    e->idle_wakes += sent == 0;
    e->idle = passed || sent ? 0 : e->idle + 1;
    if (e->idle > e->idle_worst)
        e->idle_worst = e->idle;
    sim_expect(e->node.sim, e->idle <= CLIENT_IDLE_MOST); /* a real loop would spin */
    sleep_until_next(e);
}

/* In no time. */
static void solve(struct client_end *e, const uint8_t *puzzle)
{
    struct puzzle q;
    uint8_t z[PUZZLE_ANSWER_BYTES], packet[PUZZLE_BYTES];
    memcpy(packet, puzzle, sizeof packet);
    sim_expect(e->node.sim, puzzle_decode(&q, packet, sizeof packet) == LETHE_OK);
    bool found = puzzle_search(z, &q, 0, 1, UINT64_MAX);
    client_solved(e->core, e->node.sim->now_ns, packet, found ? z : NULL);
}

static void take(struct node *self, const struct packet *p)
{
    struct client_end *e = (struct client_end *)self;
    const uint8_t *puzzle;
    if (e->stopped)
        return;
    if (p->n && p->bytes[0] < COUNTER_KINDS)
        e->got_kind[p->bytes[0]]++;
    sim_in_core++;
    client_input(e->core, self->sim->now_ns, p->bytes, p->n);
    if ((puzzle = client_puzzle(e->core)))
        solve(e, puzzle);
    sim_in_core--;
    e->woke_ns = self->sim->now_ns;
    e->idle = 0;
    send_all(e);
    sleep_until_next(e);
}

void client_end_start(struct client_end *e, struct sim *sim, struct client *core)
{
    e->node.sim = sim;
    e->node.take = take;
    e->core = core;
    send_all(e);
    sleep_until_next(e);
}
