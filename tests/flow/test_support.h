/*
 * A session between a caller and a server's two halves, without an exchange before it.
 */
#ifndef FLOW_TEST_SUPPORT_H
#define FLOW_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "flow/caller.h"
#include "flow/server.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/share.h"

#define MS ((int64_t)1000000)

struct desk {
    struct ring ring;
    struct filter filter;
    struct rng rng;
    int64_t now_ms, now_ns;
    uint8_t address[ADDRESS_BYTES];
    struct caller caller;
    struct client_session opened; /* what caller_open was given */
    uint8_t version[REQUEST_VERSION_BYTES], bytes[DATA_CHUNK_BYTES];
    struct flow_reply reply;
    uint8_t needed;                         /* legs that data waits for at the caller */
    struct flow_request request;            /* wiped after each use */
    bool renewing, absorbed, address_known; /* what flow_open saw */
    size_t seen_len;
    uint8_t packet[DATAGRAM_BYTES], answer[DATAGRAM_BYTES];
    size_t packet_len, answer_len;
};

static inline struct step desk_step(struct desk *d)
{
    return (struct step){.ring = &d->ring,
                         .filter = &d->filter,
                         .rng = &d->rng,
                         .now_ms = d->now_ms,
                         .address = d->address};
}

/* Two keys in the ring, a session of no legs, and a reply of 100 bytes. */
static inline void desk_open(struct desk *d)
{
    const uint8_t seed[RNG_SEED_BYTES] = {1};
    uint8_t key[COOKIE_KEY_BYTES], nonce[NONCE_BYTES];
    struct session s = {.legs = 0};
    memset(d, 0, sizeof *d);
    rng_seed(&d->rng, seed);
    d->now_ms = 1000000;
    d->now_ns = 5000 * MS;
    memset(d->address, 3, sizeof d->address);
    ring_init(&d->ring, RING_PERIOD_MS);
    for (uint64_t epoch = 1; epoch <= 2; epoch++) {
        rng_fill(&d->rng, key, sizeof key);
        ring_put(&d->ring, epoch, d->now_ms - (epoch == 1 ? 60000 : 3000), key);
    }
    rng_fill(&d->rng, s.z, sizeof s.z);
    rng_fill(&d->rng, s.m, sizeof s.m);
    address_hash(s.address, d->address);
    s.issued_ms = d->now_ms;
    rng_fill(&d->rng, nonce, sizeof nonce);
    continuation_seal(d->opened.continuation, &s, ring_sealing(&d->ring, d->now_ms), nonce);
    memcpy(d->opened.z, s.z, sizeof s.z);
    memcpy(d->opened.m, s.m, sizeof s.m);
    caller_open(&d->caller, &d->opened, d->now_ns);
    memset(d->bytes, 0x77, sizeof d->bytes);
    d->reply = (struct flow_reply){.status = STATUS_OK,
                                   .version = d->version,
                                   .size = 4096,
                                   .bytes = d->bytes,
                                   .bytes_len = 100};
}

/* What a leg of exchange m yields, sealed under the ring. */
static inline struct leg_yield desk_yield(struct desk *d, uint8_t leg, const uint8_t *m)
{
    uint8_t nonce[NONCE_BYTES];
    struct leg_yield y = {.ready = true, .leg = leg};
    memset(y.secret, 0x10 + leg, sizeof y.secret);
    memset(y.hash, 0x20 + leg, sizeof y.hash);
    rng_fill(&d->rng, nonce, sizeof nonce);
    share_seal(y.share, ring_sealing(&d->ring, d->now_ms), nonce, m, leg, y.secret, y.hash);
    return y;
}

static inline void desk_absorb(struct desk *d, uint8_t leg)
{
    const struct leg_yield y = desk_yield(d, leg, d->caller.m);
    caller_absorb(&d->caller, &y, d->caller.m);
}

static inline struct request_body desk_body(const struct desk *d, uint64_t id)
{
    return (struct request_body){.id = id,
                                 .op = OP_READ,
                                 .version = d->version,
                                 .length = 100,
                                 .path = (const uint8_t *)"file",
                                 .path_len = 4};
}

/* The caller's next request, into d->packet. Patience is 100 ms. */
static inline void desk_ask(struct desk *d, uint64_t id)
{
    struct request_body b = desk_body(d, id);
    d->packet_len = caller_seal(&d->caller, &b, &d->rng, d->now_ns, 100 * MS, d->needed, d->packet);
    assert_true(d->packet_len >= REQUEST_MIN_BYTES && d->packet_len <= DATAGRAM_BYTES);
}

/* The server's half for p; its answer goes to d->answer. */
static inline enum verdict desk_serve_packet(struct desk *d, const uint8_t *p, size_t n)
{
    const struct step st = desk_step(d);
    struct flow_request *rq = &d->request;
    d->answer_len = 0;
    enum verdict v = flow_open(rq, &st, p, n);
    if (v == ANSWERED)
        v = flow_answer(rq, &st, &d->reply, d->answer, &d->answer_len);
    d->renewing = rq->body.renew;
    d->absorbed = rq->absorbed;
    d->address_known = rq->address_known;
    d->seen_len = rq->packet_len;
    flow_wipe(rq);
    return v;
}

static inline enum verdict desk_serve(struct desk *d)
{
    return desk_serve_packet(d, d->packet, d->packet_len);
}

/* Opens an answer at the caller; borrowed bytes last until the next call. */
static inline int desk_take(struct desk *d, struct data_body *b, const uint8_t *p, size_t n)
{
    static uint8_t plain[DATA_BODY_MAX];
    return caller_open_answer(&d->caller, b, plain, p, n, d->now_ns);
}

/* Ask, serve, take: one round trip that must work. */
static inline struct data_body desk_round(struct desk *d, uint64_t id)
{
    struct data_body b;
    desk_ask(d, id);
    assert_int_equal(desk_serve(d), ANSWERED);
    assert_int_equal(desk_take(d, &b, d->answer, d->answer_len), LETHE_OK);
    assert_true(b.id == id);
    return b;
}

/* How many shares the last request brought. */
static inline uint8_t desk_shares(const struct desk *d)
{
    return d->packet[REQUEST_HEADER_BYTES(0) - 1];
}

/* A request with any body under continuation and key, as a client might make it. */
static inline void desk_seal(struct desk *d, const uint8_t *continuation,
                             const uint8_t z[SESSION_KEY_BYTES], const struct leg_yield *yields,
                             uint8_t count, const uint8_t *body, size_t body_len)
{
    uint8_t nonce[NONCE_BYTES], key[SESSION_KEY_BYTES], from_client[32], from_server[32], legs = 0;
    struct request q = {.continuation = continuation, .nonce = nonce, .share_count = count};
    size_t header = REQUEST_HEADER_BYTES(count);
    memcpy(key, z, sizeof key);
    for (uint8_t i = 0; i < count; i++) {
        const struct leg_yield *y = &yields[i];
        q.shares[i] = (struct request_share){.leg = y->leg, .share = y->share};
        session_absorb(key, &legs, y->leg, y->secret, y->hash);
    }
    keys_split(from_client, from_server, key);
    rng_fill(&d->rng, nonce, sizeof nonce);
    request_encode(d->packet, &q);
    aead_seal(d->packet + header, body, body_len, d->packet, header, nonce, from_client);
    d->packet_len = header + body_len + TAG_BYTES;
}

/* The same under the opened session's first continuation and key. */
static inline void desk_seal_plain(struct desk *d, const uint8_t *body, size_t body_len)
{
    desk_seal(d, d->opened.continuation, d->opened.z, NULL, 0, body, body_len);
}

#endif
