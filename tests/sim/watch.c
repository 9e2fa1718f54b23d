/*
 * Opening what servers sealed, with their ring, and computing what they may have sent.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "flow/lineage.h"
#include "flow/range.h"
#include "flow/window.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/share.h"
#include "sim/ends.h"
#include "sim/watch.h"

/* One REQUEST at one server, opened. */
struct scene {
    struct watch *watch;
    const struct cluster *cluster;
    struct sim *sim;
    const struct server *server;
    int which;
    int64_t now_ms;
    struct session session;
    struct request_body body;
    uint8_t plain[REQUEST_BODY_MAX];
    bool falls_back;
    uint64_t base, horizon;
};

static struct watch_space *space_of(struct scene *s, int which)
{
    struct watch *w = s->watch;
    const uint64_t boot = which == WATCH_ALL ? 0 : s->cluster->boots[which];
    const uint32_t lineage = s->session.transport.lineage;
    for (size_t i = w->count; i-- > 0;) {
        struct watch_space *space = &w->spaces[i];
        if (space->which == which && space->boot == boot && space->lineage == lineage &&
            memcmp(space->m, s->session.m, EXCHANGE_ID_BYTES) == 0)
            return space;
    }
    w->spaces = realloc(w->spaces, (w->count + 1) * sizeof *w->spaces);
    sim_expect(s->sim, w->spaces);
    struct watch_space *space = &w->spaces[w->count++];
    *space = (struct watch_space){.which = which, .boot = boot, .lineage = lineage};
    memcpy(space->m, s->session.m, EXCHANGE_ID_BYTES);
    w->spaces_begun += which == WATCH_ALL;
    return space;
}

static bool was_sent(const struct watch_space *space, uint64_t number)
{
    return number < space->room && space->sent[number / 8] >> number % 8 & 1;
}

static void note_sent(struct scene *s, struct watch_space *space, uint64_t number)
{
    sim_expect(s->sim, number < 1u << 30);
    while (number >= space->room) {
        const uint64_t room = space->room ? 2 * space->room : 4096;
        space->sent = realloc(space->sent, room / 8);
        sim_expect(s->sim, space->sent);
        memset(space->sent + space->room / 8, 0, (room - space->room) / 8);
        space->room = room;
    }
    space->sent[number / 8] |= (uint8_t)(1u << number % 8);
    space->highest = number > space->highest ? number : space->highest;
}

static bool open_shares(struct scene *s, const struct request *q)
{
    uint8_t secret[32], hash[32];
    for (int i = 0; i < q->share_count; i++) {
        if (share_open(secret, hash, &s->server->ring, s->now_ms, s->session.m, q->shares[i].leg,
                       q->shares[i].share) != LETHE_OK)
            return false;
        session_absorb(s->session.z, &s->session.legs, q->shares[i].leg, secret, hash);
    }
    return true;
}

static bool open_request(struct scene *s, const struct packet *in)
{
    struct request q;
    uint8_t key[32];
    const uint8_t *p = in->bytes;
    if (request_decode(&q, p, in->n) != LETHE_OK ||
        continuation_open(&s->session, &s->server->ring, s->now_ms, q.continuation) != LETHE_OK ||
        !open_shares(s, &q))
        return false;
    key_from_client(key, s->session.z);
    return aead_open(s->plain, q.box, q.box_len, p, (size_t)(q.box - p), q.nonce, key) ==
               LETHE_OK &&
           request_body_decode(&s->body, s->plain, q.box_len - TAG_BYTES) == LETHE_OK;
}

static bool falls_back(const struct scene *s)
{
    const struct session *session = &s->session;
    const struct server_options *options = &s->cluster->options;
    const bool stranger = session->transport.home != s->server->home;
    return (stranger && session->issued_ms <= s->cluster->boot_ms[s->which]) ||
           s->now_ms - session->issued_ms > LINEAGE_LIFE_MS || (options->strict_home && stranger);
}

static bool is_proven(const struct scene *s, const uint8_t address[ADDRESS_BYTES])
{
    uint8_t hash[ADDRESS_HASH_BYTES];
    address_hash(hash, address);
    return memcmp(hash, s->session.address, sizeof hash) == 0;
}

/* The numbers of a proof were sent, all of them, by one server or another. */
static void expect_truth(struct scene *s)
{
    const struct watch_space *all = space_of(s, WATCH_ALL);
    for (size_t i = 0; i < s->body.proof.count; i++) {
        const struct run *run = &s->body.proof.runs[i];
        sim_expect(s->sim, was_sent(all, run->first) && was_sent(all, run->last));
    }
}

static void compute_horizon(struct scene *s)
{
    struct transport t = s->session.transport;
    struct proof *p = &s->body.proof;
    int64_t age = s->now_ms - s->session.issued_ms;
    for (size_t i = 0; i < p->count; i++) {
        p->runs[i].first += t.base;
        p->runs[i].last += t.base;
    }
    sim_expect(s->sim, range_proven(t.range_key, p, s->body.sum));
    expect_truth(s);
    if (s->body.flags & REQUEST_END_SLOW_START)
        window_end_slow_start(&t);
    age = age < 0 ? 0 : age < WINDOW_AGE_MOST_MS ? age : WINDOW_AGE_MOST_MS;
    s->base = t.base;
    s->horizon = window_advance(&t, p, (uint32_t)age);
    s->horizon += s->body.flags & REQUEST_PROBE ? 1 : 0;
    s->watch->probes += s->body.flags & REQUEST_PROBE ? 1 : 0;
}

static void expect_number(struct scene *s, const struct data_body *b)
{
    const uint64_t number = s->base + (uint32_t)(b->number - (uint32_t)s->base);
    struct watch_space *mine = space_of(s, s->which);
    sim_expect(s->sim, !s->falls_back);
    sim_expect(s->sim, number > s->base && number <= s->horizon);
    sim_expect(s->sim, !was_sent(mine, number));
    sim_expect(s->sim, b->range_nonce == range_nonce(s->session.transport.range_key, number));
    note_sent(s, mine, number);
    struct watch_space *all = space_of(s, WATCH_ALL);
    s->watch->again += was_sent(all, number);
    note_sent(s, all, number);
    s->watch->numbers++;
    s->watch->bytes += b->bytes_len;
}

/* A continuation opens, and says in clear what it seals. */
static void expect_continuation(struct scene *s, const struct data_body *b)
{
    struct session next;
    uint8_t clear[TRANSPORT_BYTES];
    sim_expect(s->sim,
               continuation_open(&next, &s->server->ring, s->now_ms, b->continuation) == LETHE_OK);
    transport_encode(clear, &next.transport);
    sim_expect(s->sim, memcmp(clear, b->transport, sizeof clear) == 0);
    sim_expect(s->sim, next.transport.home == s->server->home && next.issued_ms == s->now_ms);
    s->watch->renewals++;
}

static void look_at(struct scene *s, const uint8_t *p, size_t n)
{
    struct data d;
    struct data_body b;
    struct aead_batch batch;
    uint8_t key[32], plain[DATA_BODY_MAX];
    sim_expect(s->sim, data_decode(&d, p, n) == LETHE_OK);
    sim_expect(s->sim, d.generation == s->body.generation);
    key_from_server(key, s->session.z);
    if (d.aes)
        aead_batch_init_aes(&batch, key, d.prefix);
    else
        aead_batch_init(&batch, key, d.prefix);
    sim_expect(s->sim, aead_batch_open(&batch, plain, d.box, d.box_len, p, DATA_HEADER_BYTES,
                                       d.index) == LETHE_OK);
    sim_expect(s->sim, data_body_decode(&b, plain, d.box_len - TAG_BYTES) == LETHE_OK);
    if (b.flags & DATA_PULL)
        expect_number(s, &b);
    if (b.flags & DATA_CONTINUATION)
        expect_continuation(s, &b);
}

void watch_answer(struct watch *w, const struct cluster *c, int which, const struct packet *in,
                  const struct burst *out)
{
    static struct scene s;
    if (out->count == 0 || in->bytes[0] != KIND_REQUEST)
        return;
    s = (struct scene){.watch = w,
                       .cluster = c,
                       .sim = c->node.sim,
                       .server = c->servers[which],
                       .which = which,
                       .now_ms = cluster_wall_ms(c)};
    sim_expect(s.sim, open_request(&s, in));
    const bool proven = is_proven(&s, in->from);
    s.falls_back = !proven || falls_back(&s);
    sim_expect(s.sim, !s.falls_back || out->used <= in->n);
    if (!s.falls_back)
        compute_horizon(&s);
    w->requests++;
    w->unproven += !proven;
    w->begun_anew += proven && s.falls_back;
    const uint8_t *at = out->at;
    for (size_t i = 0; i < out->count; at += out->len[i++])
        look_at(&s, at, out->len[i]);
    sim_expect(s.sim, at == out->at + out->used);
}

void watch_free(struct watch *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->spaces[i].sent);
    free(w->spaces);
}
