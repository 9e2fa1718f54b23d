/*
 * REQUEST at the server: open the continuation, absorb the shares, open the box, check the proof,
 * move the window. What cannot be continued is told apart here and begun anew in the answer.
 */
#include "flow/server.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "flow/lineage.h"
#include "flow/range.h"
#include "flow/window.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/share.h"

static enum verdict open_body(struct flow_request *rq, const struct request *q, const uint8_t *p)
{
    uint8_t from_client[32];
    key_from_client(from_client, rq->session.z);
    int err =
        aead_open(rq->plain, q->box, q->box_len, p, (size_t)(q->box - p), q->nonce, from_client);
    wipe(from_client, sizeof from_client);
    rq->plain_len = q->box_len - TAG_BYTES;
    if (err != LETHE_OK)
        return DROP_REQUEST_BOX;
    if (request_body_decode(&rq->body, rq->plain, rq->plain_len) != LETHE_OK)
        return DROP_REQUEST_BODY;
    return ANSWERED;
}

/* No leg twice, and none that is not this session's. */
static enum verdict absorb_shares(struct flow_request *rq, const struct request *q,
                                  const struct step *st)
{
    struct session *s = &rq->session;
    for (int i = 0; i < q->share_count; i++) {
        const struct request_share *share = &q->shares[i];
        uint8_t secret[32], hash[32];
        if (share->leg >= LEG_COUNT || s->legs & LEG_BIT(share->leg) ||
            share_open(secret, hash, st->ring, st->now_ms, s->m, share->leg, share->share) !=
                LETHE_OK)
            return DROP_SHARE;
        session_absorb(s->z, &s->legs, share->leg, secret, hash);
        wipe(secret, sizeof secret);
        rq->absorbed = true;
    }
    return ANSWERED;
}

/* A client must have a younger continuation before this one's key dies. */
static bool is_aging(const struct step *st, const uint8_t c[CONTINUATION_BYTES])
{
    const struct cookie_key *key = ring_find(st->ring, c[0], st->now_ms);
    return key && st->now_ms - key->born_ms >= st->ring->life_ms / 2;
}

/* What needs a fresh number space comes first: a move must not renew a space that is forgotten. */
static enum fallback fallback_of(const struct flow_request *rq, const struct step *st)
{
    const struct session *s = &rq->session;
    /* What this server has sealed is no older than it is, whatever was done to the clock since. */
    if (s->transport.home != st->home && s->issued_ms <= st->boot_ms)
        return FALLBACK_BOOT;
    const int64_t age = st->now_ms - s->issued_ms;
    if (age > LINEAGE_LIFE_MS || age < -LINEAGE_LIFE_MS)
        return FALLBACK_AGE;
    if (st->strict_home && s->transport.home != st->home)
        return FALLBACK_HOME;
    if (!lineage_stands(s, st))
        return FALLBACK_AGE;
    return rq->moved ? FALLBACK_ADDRESS : FALLBACK_NONE;
}

/* A proof counts from the continuation's base. It may reach beyond what this continuation has
 * granted, for others may have granted more since; nobody can prove what was never sent. */
static enum verdict check_proof(struct flow_request *rq)
{
    struct proof *p = &rq->body.proof;
    const struct transport *t = &rq->session.transport;
    for (size_t i = 0; i < p->count; i++) {
        p->runs[i].first += t->base;
        p->runs[i].last += t->base;
    }
    return range_proven(t->range_key, p, rq->body.sum) ? ANSWERED : DROP_PROOF;
}

static uint32_t age_of(const struct session *s, const struct step *st)
{
    int64_t age = st->now_ms - s->issued_ms;
    if (age < 0) /* another server's clock */
        return 0;
    return age < WINDOW_AGE_MOST_MS ? (uint32_t)age : WINDOW_AGE_MOST_MS;
}

static void advance(struct flow_request *rq, const struct step *st)
{
    struct transport *t = &rq->session.transport;
    if (rq->body.flags & REQUEST_END_SLOW_START)
        window_end_slow_start(t);
    rq->horizon = window_advance(t, &rq->body.proof, age_of(&rq->session, st));
    if (rq->fallback == FALLBACK_ADDRESS)
        window_move(t); /* no number goes there: a probe would be wasted, and it is one for all */
    else if (rq->body.flags & REQUEST_PROBE && lineage_probe(&rq->session, st))
        t->highest = ++rq->horizon;
}

/* The packets of an answer: what the client asks for, and no more than has been proven to pass. Who
 * asks for less has met a black hole, and must prove again that more passes. */
static void take_size(struct flow_request *rq)
{
    struct transport *t = &rq->session.transport;
    if (rq->body.datagram < t->datagram)
        t->datagram = rq->body.datagram;
    rq->datagram = t->datagram;
    if (rq->body.flags & REQUEST_PATH_PROBE && rq->fallback == FALLBACK_NONE &&
        rq->packet_len > t->datagram)
        t->datagram = (uint16_t)rq->packet_len;
}

/* At another address, too, nothing is known of the path; and a call is left out there whatever else
 * is the matter, for anyone may repeat from anywhere what was recorded. */
static enum verdict begin_anew(struct flow_request *rq, const struct step *st)
{
    struct session *s = &rq->session;
    if (!lineage_begin(s, st))
        return DROP_TWICE;
    if (!rq->moved)
        return ANSWERED;
    rq->body.flags &= (uint8_t)~REQUEST_CALL;
    if (s->transport.window > WINDOW_FIRST)
        s->transport.window = WINDOW_FIRST;
    return ANSWERED;
}

/* Numbers are struck one by one; what a request asks for besides is had once. Who needs it again
 * asks in another request. */
static enum verdict hear(const struct flow_request *rq, const struct step *st)
{
    const uint8_t more = REQUEST_RENEW | REQUEST_PROBE | REQUEST_PATH_PROBE | REQUEST_CALL;
    if (!(rq->body.flags & more) && !rq->absorbed && !rq->aging && rq->fallback == FALLBACK_NONE)
        return ANSWERED;
    return lineage_hear(&rq->session, st, rq->body.echo, rq->moved) ? ANSWERED : DROP_REPEAT;
}

/* A session may be in use at another home too: its numbers there are not this server's to know. */
static enum verdict take_transport(struct flow_request *rq, const struct step *st)
{
    struct session *s = &rq->session;
    enum verdict v;
    rq->base = s->transport.base;
    rq->horizon = 0;
    rq->datagram = DATAGRAM_BYTES;
    if (rq->fallback == FALLBACK_AGE || rq->fallback == FALLBACK_BOOT ||
        rq->fallback == FALLBACK_HOME) {
        v = begin_anew(rq, st);
        return v == ANSWERED ? hear(rq, st) : v;
    }
    v = check_proof(rq);
    if (v == ANSWERED)
        v = hear(rq, st);
    if (v != ANSWERED)
        return v;
    rq->place = lineage_use(s, st);
    take_size(rq);
    advance(rq, st);
    return ANSWERED;
}

enum verdict flow_open(struct flow_request *rq, const struct step *st, const uint8_t *p, size_t n)
{
    struct request q;
    rq->absorbed = false;
    rq->place = NULL;
    rq->packet_len = n;
    rq->plain_len = 0;
    rq->sent = rq->struck = rq->beyond = 0;
    if (request_decode(&q, p, n) != LETHE_OK)
        return DROP_FORMAT;
    if (continuation_open(&rq->session, st->ring, st->now_ms, q.continuation) != LETHE_OK)
        return DROP_CONTINUATION;
    rq->aging = is_aging(st, q.continuation);
    rq->moved = lineage_has_moved(&rq->session, st);
    rq->fallback = fallback_of(rq, st);
    enum verdict v = absorb_shares(rq, &q, st);
    if (v == ANSWERED)
        v = open_body(rq, &q, p);
    return v == ANSWERED ? take_transport(rq, st) : v;
}

void flow_wipe(struct flow_request *rq)
{
    wipe(&rq->session, sizeof rq->session);
    wipe(rq->plain, rq->plain_len);
}
