/*
 * Flows, bottleneck and servers of a contest. The honest flow does what client/client_request.c
 * does, without calls.
 */
#include "sim/contest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "seal/continuation.h"
#include "seal/handle.h"
#include "sim/cheat.h"
#include "sim/fixture.h"

#define WALL_MS    ((int64_t)1000000)
#define LONG_MS    ((int64_t)3600000) /* no key dies in a contest */
#define ON_LINE    (DATAGRAM_BYTES + 48)
#define SPREAD_NS  (200 * SIM_MS) /* in which all flows begin */
#define JITTER_NS  (SIM_MS / 2)   /* breaks the lockstep of flows at one queue */
#define SERVER_NET 200

static int no_call(void *context, const struct lethe_call *call, struct lethe_answer *answer)
{
    (void)context, (void)call, (void)answer;
    return LETHE_STATUS_BAD;
}

static int endless(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                   uint8_t *buffer, size_t n)
{
    (void)context, (void)state, (void)state_len, (void)offset, (void)buffer, (void)n;
    return LETHE_STATUS_OK;
}

int64_t contest_wall_ms(const struct contest *c)
{
    return WALL_MS + c->sim.now_ns / SIM_MS;
}

static void boot(struct contest *c, int which)
{
    const struct server_options options = {.service = {.call = no_call, .read = endless},
                                           .algorithm = c->plan.algorithm,
                                           .strict_home = c->plan.strict_home,
                                           .period_ms = LONG_MS};
    uint8_t seed[RNG_SEED_BYTES];
    sim_fill(&c->sim, seed, sizeof seed);
    server_init(c->servers[which], &options, &c->counters[which], contest_wall_ms(c), seed);
    ring_put(&c->servers[which]->ring, 1, WALL_MS, c->ring_key);
}

static void restart(void *context)
{
    struct contest *c = context;
    for (int i = 0; i < c->plan.servers; i++)
        boot(c, i);
}

static void door_take(struct node *self, const struct packet *p)
{
    struct contest *c =
        (struct contest *)(void *)((uint8_t *)self - offsetof(struct contest, door));
    struct burst burst = {.at = c->out, .room = sizeof c->out};
    struct packet answer;
    memcpy(answer.from, p->to, ADDRESS_BYTES);
    memcpy(answer.to, p->from, ADDRESS_BYTES);
    size_t count =
        server_packet(c->servers[p->to[16]], contest_wall_ms(c), p->from, p->bytes, p->n, &burst);
    if (p->from[15] == CONTEST_VICTIMS) {
        c->victims_in += p->n;
        c->victims_out += count ? burst.used : 0;
    }
    for (size_t i = 0, at = 0; i < burst.count; at += burst.len[i++]) {
        answer.n = burst.len[i];
        memcpy(answer.bytes, burst.at + at, answer.n);
        struct node *entry = way_entry(&c->down);
        entry->take(entry, &answer);
    }
}

static void router_take(struct node *self, const struct packet *p)
{
    struct contest *c =
        (struct contest *)(void *)((uint8_t *)self - offsetof(struct contest, router));
    if (c->sim.now_ns >= c->line_from_ns)
        c->line_bytes += p->n + ON_LINE - DATAGRAM_BYTES;
    if (p->to[15] == CONTEST_VICTIMS)
        return;
    struct node *to = &c->flows[p->to[16]]->node;
    to->take(to, p);
}

static void flow_work(struct contestant *f);

static void flow_timer(void *context)
{
    struct contestant *f = context;
    if (f->wake_ns && f->wake_ns <= f->node.sim->now_ns) {
        f->wake_ns = 0;
        flow_work(f);
    }
}

static void flow_sleep(struct contestant *f)
{
    const int64_t now = f->node.sim->now_ns;
    int64_t next = pull_next_ns(&f->pull, 1);
    if (next == INT64_MAX)
        return;
    next = next > now ? next : now + SIM_MS / 10;
    if (f->wake_ns > now && f->wake_ns <= next)
        return;
    f->wake_ns = next;
    sim_at(f->node.sim, next, flow_timer, f);
}

void contestant_post(struct contestant *f, int server, const uint8_t *bytes, size_t n)
{
    struct packet p; /* of which no more is written than it has */
    p.n = n;
    memcpy(p.from, f->address, ADDRESS_BYTES);
    address_make(p.to, SERVER_NET, (uint8_t)server, 1);
    memcpy(p.bytes, bytes, n);
    struct node *entry = way_entry(&f->contest->up);
    entry->take(entry, &p);
    f->requests++;
}

void contestant_send(struct contestant *f, struct request_body *b, unsigned fresh)
{
    uint8_t out[PACKET_MAX];
    size_t n;
    b->handle_count = 1;
    b->handles[0] = (struct request_handle){.p = f->handle, .len = f->handle_len};
    while ((n = caller_seal(&f->caller, b, &f->rng, f->node.sim->now_ns, SIM_SEC, 0, out,
                            DATAGRAM_BYTES, 0)) == 0 &&
           b->item_count > fresh)
        b->item_count--;
    sim_expect(f->node.sim, n > 0);
    if (f->cheat)
        cheat_sent(f, out, n);
    contestant_post(f, f->server, out, n);
}

static void flow_work(struct contestant *f)
{
    const int64_t now = f->node.sim->now_ns;
    struct request_body b;
    for (;;) {
        if (f->cheat)
            cheat_plan(f);
        if (!pull_ready(&f->pull, 1, now))
            break;
        pull_request(&f->pull, 1, now, &b);
        if (f->cheat)
            cheat_request(f, &b);
        else
            contestant_send(f, &b, f->pull.fresh);
    }
    flow_sleep(f);
}

/* True when the number is news. */
static bool take_number(struct contestant *f, const struct data_body *b)
{
    unsigned body;
    uint64_t offset;
    size_t len;
    const uint64_t top = f->pull.top, flying = f->pull.in_flight;
    const uint64_t number = f->pull.asked - (uint32_t)((uint32_t)f->pull.asked - b->number);
    struct pull_number *n = &f->pull.numbers[number % PULL_NUMBERS];
    f->twice += n->state == NUMBER_RECEIVED && n->value == b->range_nonce;
    (void)pull_arrival(&f->pull, b, f->node.sim->now_ns, &body, &offset, &len);
    if (f->contest->sim.now_ns >= f->contest->line_from_ns) {
        f->bytes += b->bytes_len;
        f->windows += window_packets(&f->pull.t);
        f->samples++;
    }
    return f->pull.top != top || f->pull.in_flight != flying;
}

static void flow_take(struct node *self, const struct packet *p)
{
    struct contestant *f = (struct contestant *)self;
    const int64_t now = self->sim->now_ns;
    uint8_t plain[DATA_BODY_MAX];
    struct data_body b;
    bool adopted;
    int err = caller_open_answer(&f->caller, &b, plain, p->bytes, p->n, now, &adopted);
    if (err != LETHE_OK && err != LETHE_ERR_CHANGED)
        return;
    if (adopted)
        pull_adopt(&f->pull, &f->caller.transport, now);
    bool news = adopted;
    if (b.flags & DATA_PULL && err == LETHE_OK)
        news |= take_number(f, &b);
    if (news)
        pull_heard(&f->pull, b.echo, now);
    if (f->cheat)
        cheat_heard(f, p->bytes[1], &b, err == LETHE_OK);
    flow_work(f);
}

void session_begin(struct session *s, struct rng *rng, const struct server *server,
                   const uint8_t address[ADDRESS_BYTES], uint8_t algorithm, int64_t now_ms)
{
    uint8_t range_key[RANGE_KEY_BYTES];
    *s = (struct session){.issued_ms = now_ms, .begun_ms = now_ms};
    rng_fill(rng, s->z, sizeof s->z);
    rng_fill(rng, s->m, sizeof s->m);
    rng_fill(rng, range_key, sizeof range_key);
    address_hash(s->address, address);
    transport_init(&s->transport, algorithm, (uint32_t)rng_u64(rng), server->home, range_key);
}

struct client_session session_hand_out(const struct session *s, struct rng *rng,
                                       const struct ring *ring, int64_t now_ms)
{
    struct client_session out = {.legs = s->legs, .transport = s->transport};
    uint8_t nonce[NONCE_BYTES];
    rng_fill(rng, nonce, sizeof nonce);
    continuation_seal(out.continuation, s, ring_sealing(ring, now_ms), nonce);
    memcpy(out.z, s->z, sizeof out.z);
    memcpy(out.m, s->m, sizeof out.m);
    memset(out.transport.range_key, 0, RANGE_KEY_BYTES);
    return out;
}

static void flow_start(void *context)
{
    struct contestant *f = context;
    struct contest *c = f->contest;
    const struct server *server = c->servers[f->server];
    const int64_t now_ms = contest_wall_ms(c);
    const bool first = c->plan.team == 0 || f->index % c->plan.team == 0 || !f->cheat;
    struct session *s = &c->sessions[first ? f->index : f->index - f->index % c->plan.team];
    if (s->issued_ms == 0)
        session_begin(s, &f->rng, server, f->address, c->plan.algorithm, now_ms);
    const struct client_session mine = session_hand_out(s, &f->rng, &server->ring, now_ms);
    const struct handle h = {.size = BODY_BYTES_MAX};
    uint8_t nonce[NONCE_BYTES];
    rng_fill(&f->rng, nonce, sizeof nonce);
    f->handle_len =
        (uint16_t)handle_seal(f->handle, &h, s->m, ring_sealing(&server->ring, now_ms), nonce);
    caller_open(&f->caller, &mine, c->sim.now_ns);
    pull_adopt(&f->pull, &f->caller.transport, c->sim.now_ns);
    if (f->cheat)
        cheat_begin(f, &mine);
    flow_work(f);
}

static void flow_make(struct contest *c, int index)
{
    struct contestant *f = calloc(1, sizeof *f);
    uint8_t seed[RNG_SEED_BYTES];
    assert_non_null(f);
    c->flows[index] = f;
    f->node = (struct node){.take = flow_take, .sim = &c->sim};
    f->contest = c;
    f->index = index;
    if (c->plan.spread && index < c->plan.cheats)
        f->server = index % c->plan.servers;
    address_make(f->address, 1, (uint8_t)index, 4000);
    sim_fill(&c->sim, seed, sizeof seed);
    rng_seed(&f->rng, seed);
    pull_init(&f->pull);
    wants_init(&f->wants, 0, BODY_BYTES_MAX);
    f->pull.bodies[0] = &f->wants;
    if (index < c->plan.cheats)
        f->cheat = cheat_new(c->plan.cheat);
    sim_at(&c->sim, c->sim.now_ns + (int64_t)sim_below(&c->sim, SPREAD_NS), flow_start, f);
}

struct contest *contest_new(const struct contest_plan *plan)
{
    struct contest *c = calloc(1, sizeof *c);
    assert_non_null(c);
    sim_init(&c->sim, plan->seed);
    c->plan = *plan;
    c->plan.servers = plan->servers ? plan->servers : 1;
    c->door = (struct node){.take = door_take, .sim = &c->sim};
    c->router = (struct node){.take = router_take, .sim = &c->sim};
    const struct path_plan up = {.delay_ns = plan->rtt_ns / 2, .jitter_ns = JITTER_NS},
                           down = {.delay_ns = plan->rtt_ns / 2,
                                   .bits_s = plan->bits_s,
                                   .mtu = plan->mtu,
                                   .queue_bytes = (int64_t)plan->queue * ON_LINE};
    way_init(&c->up, &c->sim, &up, &c->door);
    way_init(&c->down, &c->sim, &down, &c->router);
    sim_fill(&c->sim, c->ring_key, sizeof c->ring_key);
    for (int i = 0; i < c->plan.servers; i++) {
        c->servers[i] = malloc(sizeof *c->servers[i]);
        assert_non_null(c->servers[i]);
        boot(c, i);
    }
    c->line_from_ns = c->sim.now_ns + plan->warm_ns;
    for (int i = 0; i < plan->flows; i++)
        flow_make(c, i);
    if (plan->restart_ns)
        sim_at(&c->sim, c->sim.now_ns + plan->restart_ns, restart, c);
    return c;
}

void contest_run(struct contest *c)
{
    const int64_t end = c->line_from_ns + c->plan.run_ns;
    while (c->sim.now_ns < end && sim_step(&c->sim))
        ;
}

void contest_free(struct contest *c)
{
    for (int i = 0; i < c->plan.flows; i++) {
        cheat_free(c->flows[i]->cheat);
        free(c->flows[i]);
    }
    for (int i = 0; i < c->plan.servers; i++)
        free(c->servers[i]);
    way_free(&c->up);
    way_free(&c->down);
    sim_free(&c->sim);
    free(c);
}

double contest_mean(const struct contest *c, int from, int to)
{
    double sum = 0;
    for (int i = from; i < to; i++)
        sum += (double)c->flows[i]->bytes;
    return sum / (to - from);
}

double contest_share(const struct contest *c)
{
    const int sessions = c->plan.team ? c->plan.cheats / c->plan.team : c->plan.cheats;
    return contest_mean(c, 0, c->plan.cheats) * c->plan.cheats / sessions;
}

double contest_window(const struct contest *c)
{
    uint64_t sum = 0, n = 0;
    for (int i = c->plan.cheats; i < c->plan.flows; i++) {
        sum += c->flows[i]->windows;
        n += c->flows[i]->samples;
    }
    return n ? (double)sum / (double)n : 0;
}

uint64_t contest_dropped(const struct contest *c, enum verdict v)
{
    uint64_t sum = 0;
    for (int i = 0; i < c->plan.servers; i++)
        sum += c->counters[i].verdicts[v];
    return sum;
}
