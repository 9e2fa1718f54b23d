/*
 * The server's core: kind, then the step of that kind, each with its own ladder of checks.
 * Nothing of a client outlives the packet but strikes, and the batch's last exchange.
 */
#include "node/server.h"
#include "base/bytes.h"

void server_init(struct server *s, const struct server_identity *identity,
                 const struct service *service, struct counters *counters, int64_t period_ms,
                 const uint8_t seed[RNG_SEED_BYTES])
{
    uint8_t key[FILTER_KEY_BYTES];
    memset(s, 0, sizeof *s);
    s->identity = identity;
    s->service = *service;
    s->counters = counters;
    ring_init(&s->ring, period_ms);
    rng_seed(&s->rng, seed);
    rng_fill(&s->rng, key, sizeof key);
    filter_init(&s->filter, key);
    wipe(key, sizeof key);
}

static enum verdict request(struct server *s, const struct step *st, const uint8_t *p, size_t n,
                            uint8_t *out, size_t *out_len)
{
    struct flow_request rq;
    uint8_t buffer[DATA_CHUNK_BYTES], version[REQUEST_VERSION_BYTES] = {0};
    struct flow_reply reply = {.status = STATUS_LEVEL, .version = version};
    enum verdict v = flow_open(&rq, st, p, n);
    if (v == ANSWERED) {
        bool enough = (rq.session.legs & s->service.least_legs) == s->service.least_legs;
        if (enough && rq.address_known)
            s->service.handle(s->service.context, &rq.body, buffer, version, &reply);
        v = flow_answer(&rq, st, &reply, out, out_len);
    }
    flow_wipe(&rq);
    return v;
}

static enum verdict dispatch(struct server *s, const struct step *st, const uint8_t *p, size_t n,
                             uint8_t *out, size_t *out_len)
{
    switch (n ? p[0] : 0) {
    case KIND_HELLO:
        return kex_hello(s->identity, st, p, n, out, out_len);
    case KIND_LEG:
        return kex_leg(st, &s->exchange, p, n, out, out_len);
    case KIND_BLOCK:
        return kex_block(st, &s->exchange, p, n, out, out_len);
    case KIND_FINISH:
        return kex_finish(st, &s->exchange, p, n, out, out_len);
    case KIND_REQUEST:
        return request(s, st, p, n, out, out_len);
    default:
        return DROP_KIND;
    }
}

size_t server_packet(struct server *s, int64_t now_ms, const uint8_t address[ADDRESS_BYTES],
                     const uint8_t *p, size_t n, uint8_t out[DATAGRAM_BYTES])
{
    const struct step st = {.ring = &s->ring,
                            .filter = &s->filter,
                            .rng = &s->rng,
                            .now_ms = now_ms,
                            .address = address};
    size_t out_len = 0;
    enum verdict v = dispatch(s, &st, p, n, out, &out_len);
    s->counters->packets_in++;
    s->counters->bytes_in += n;
    s->counters->verdicts[v]++;
    if (v != ANSWERED)
        return 0;
    s->counters->answered[p[0]]++;
    s->counters->packets_out++;
    s->counters->bytes_out += out_len;
    return out_len;
}

void server_batch_end(struct server *s)
{
    exchange_wipe(&s->exchange);
}

void server_wipe(struct server *s)
{
    wipe(s, sizeof *s);
}
