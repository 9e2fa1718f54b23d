/*
 * A server's two halves around a service in memory, and a session that was not exchanged: requests
 * are put together by hand, as a client might make them, honest or not.
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
#include "flow/lineage.h"
#include "flow/range.h"
#include "flow/server.h"
#include "flow/window.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/handle.h"
#include "seal/share.h"

#define MS ((int64_t)1000000)

/* What the service has: a body whose bytes tell their place, and what it was asked. */
struct shop {
    int call_status, read_status;
    bool has_body;
    uint64_t size;
    size_t answer_len, state_len; /* answer_len above `room` is cut to it unless the shop is rude */
    bool rude;
    uint8_t version;
    unsigned calls, reads;
    size_t room; /* what the last call was told */
    bool had_state;
    uint64_t read_at;
    size_t read_len;
};

/* What the client has: its session's key, and the continuation with its values. */
struct purse {
    uint8_t z[SESSION_KEY_BYTES], legs;
    uint8_t continuation[CONTINUATION_BYTES];
    struct transport transport;
};

struct desk {
    struct ring ring, slow; /* slow: empty, but where a test fills it */
    struct strikes *strikes;
    struct rng rng;
    int64_t now_ms, boot_ms;
    uint64_t home;
    uint8_t lineage_key[32];
    bool strict;
    uint8_t least_legs;
    uint8_t address[ADDRESS_BYTES];
    uint8_t m[EXCHANGE_ID_BYTES], range_key[RANGE_KEY_BYTES];
    struct shop shop;
    struct purse purse;
    const struct leg_yield *yields; /* that the next request brings */
    uint8_t yield_count;
    size_t least;  /* bytes of a request */
    uint32_t echo; /* of the last request */
    uint8_t packet[PACKET_MAX + 1];
    size_t packet_len;
    struct flow_request request;
    struct flow_scratch scratch;
    uint8_t at[BURST_BYTES];
    struct burst burst;
    struct data_body got[BURST_PACKETS]; /* the answer, opened */
    uint8_t plain[BURST_PACKETS][DATA_BODY_MAX];
};

static inline uint8_t shop_byte(uint8_t version, uint64_t offset)
{
    return (uint8_t)(offset * 31 + (offset >> 8) * 7 + (offset >> 16) + (offset >> 32) + version);
}

static inline int shop_call(void *context, const struct lethe_call *call, struct lethe_answer *a)
{
    struct shop *s = context;
    s->calls++;
    s->room = a->room;
    s->had_state = call->state != NULL;
    a->len = s->rude || s->answer_len < a->room ? s->answer_len : a->room;
    memset(a->bytes, 0x55, a->len);
    a->has_body = s->has_body;
    a->size = s->size;
    memset(a->version, s->version, sizeof a->version);
    a->state_len = s->state_len;
    memset(a->state, s->version, s->state_len);
    return s->call_status;
}

static inline int shop_read(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                            uint8_t *buffer, size_t n)
{
    struct shop *s = context;
    s->reads++;
    s->read_at = offset;
    s->read_len = n;
    if (s->read_status != LETHE_STATUS_OK)
        return s->read_status;
    if (state_len != s->state_len || n == 0 || n > BURST_BYTES || offset + n > s->size)
        return LETHE_STATUS_FAILED;
    if (state_len && state[0] != s->version)
        return LETHE_STATUS_CHANGED;
    for (size_t i = 0; i < n; i++)
        buffer[i] = shop_byte(s->version, offset + i);
    return LETHE_STATUS_OK;
}

static inline struct step desk_step(struct desk *d)
{
    return (struct step){.ring = &d->ring,
                         .slow = &d->slow,
                         .rng = &d->rng,
                         .strikes = d->strikes,
                         .now_ms = d->now_ms,
                         .boot_ms = d->boot_ms,
                         .home = d->home,
                         .lineage_key = d->lineage_key,
                         .strict_home = d->strict,
                         .address = d->address};
}

static inline struct session desk_session(struct desk *d)
{
    struct session s = {.legs = d->purse.legs, .issued_ms = d->now_ms, .begun_ms = d->now_ms};
    memcpy(s.z, d->purse.z, sizeof s.z);
    memcpy(s.m, d->m, sizeof s.m);
    address_hash(s.address, d->address);
    transport_init(&s.transport, ALGORITHM_CUBIC, 77, d->home, d->range_key);
    return s;
}

/* Gives the client a continuation of that session, as it stands. */
static inline void desk_give(struct desk *d, const struct session *s)
{
    uint8_t nonce[NONCE_BYTES], values[TRANSPORT_BYTES];
    rng_fill(&d->rng, nonce, sizeof nonce);
    continuation_seal(d->purse.continuation, s, ring_sealing(&d->ring, d->now_ms), nonce);
    memcpy(d->purse.z, s->z, sizeof s->z);
    d->purse.legs = s->legs;
    transport_encode(values, &s->transport);
    assert_int_equal(transport_decode(&d->purse.transport, values), LETHE_OK);
}

/* Two keys in the ring, an empty table, a session of no legs with a window of 10. */
static inline void desk_open(struct desk *d, struct strikes *strikes)
{
    const uint8_t seed[RNG_SEED_BYTES] = {1};
    uint8_t key[COOKIE_KEY_BYTES];
    memset(d, 0, sizeof *d);
    rng_seed(&d->rng, seed);
    d->now_ms = 1700000000123;
    d->boot_ms = d->now_ms - 100000;
    d->home = 5;
    d->strikes = strikes;
    rng_fill(&d->rng, key, sizeof key);
    strikes_init(strikes, key, d->now_ms);
    rng_fill(&d->rng, d->lineage_key, sizeof d->lineage_key);
    memset(d->address, 3, sizeof d->address);
    ring_init(&d->ring, RING_PERIOD_MS);
    ring_init_slow(&d->slow);
    for (uint64_t epoch = 1; epoch <= 2; epoch++) {
        rng_fill(&d->rng, key, sizeof key);
        ring_put(&d->ring, epoch, d->now_ms - (epoch == 1 ? 60000 : 3000), key);
    }
    rng_fill(&d->rng, d->purse.z, sizeof d->purse.z);
    rng_fill(&d->rng, d->m, sizeof d->m);
    rng_fill(&d->rng, d->range_key, sizeof d->range_key);
    d->shop = (struct shop){.size = 1 << 20, .answer_len = 32, .state_len = 40};
    const struct session s = desk_session(d);
    desk_give(d, &s);
}

/* The same with the window and threshold in packets, and numbers up to `base` behind. */
static inline void desk_widen(struct desk *d, uint32_t window, uint64_t base)
{
    struct session s = desk_session(d);
    s.transport.window = s.transport.threshold = window * WINDOW_ONE;
    s.transport.base = s.transport.highest = base;
    desk_give(d, &s);
}

static inline void desk_wait(struct desk *d, int64_t ms)
{
    d->now_ms += ms;
    strikes_turn(d->strikes, d->now_ms);
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

/* A handle of session m for the shop's body as it is. */
static inline struct request_handle desk_handle(struct desk *d, uint8_t *room, const uint8_t *m)
{
    struct handle h = {.size = d->shop.size, .state_len = d->shop.state_len};
    uint8_t nonce[NONCE_BYTES];
    memset(h.state, d->shop.version, h.state_len);
    rng_fill(&d->rng, nonce, sizeof nonce);
    size_t n = handle_seal(room, &h, m, ring_sealing(&d->ring, d->now_ms), nonce);
    return (struct request_handle){.p = room, .len = (uint16_t)n};
}

static inline struct request_body desk_body(void)
{
    return (struct request_body){
        .generation = 9, .datagram = DATAGRAM_BYTES, .call_handle = HANDLE_NONE};
}

/* A request for `count` numbers from `first` on, of the bytes from offset on. */
static inline struct request_item item_of(uint32_t first, uint8_t count, uint64_t offset)
{
    return (struct request_item){
        .first = first, .count = count, .offset = offset, .last = DATA_CHUNK(DATAGRAM_BYTES)};
}

/* The keys under which the next request goes, and its answer comes. */
static inline void desk_keys(const struct desk *d, uint8_t from_client[32], uint8_t from_server[32])
{
    uint8_t z[SESSION_KEY_BYTES], legs = 0;
    memcpy(z, d->purse.z, sizeof z);
    for (int i = 0; i < d->yield_count; i++)
        session_absorb(z, &legs, d->yields[i].leg, d->yields[i].secret, d->yields[i].hash);
    keys_split(from_client, from_server, z);
}

/* Seals a body, or what is put in its place, under the purse's continuation. */
static inline void desk_seal(struct desk *d, const uint8_t *body, size_t n)
{
    uint8_t nonce[NONCE_BYTES], from_client[32], from_server[32];
    struct request q = {
        .continuation = d->purse.continuation, .nonce = nonce, .share_count = d->yield_count};
    const size_t header = REQUEST_HEADER_BYTES(q.share_count);
    for (int i = 0; i < d->yield_count; i++)
        q.shares[i] = (struct request_share){.leg = d->yields[i].leg, .share = d->yields[i].share};
    desk_keys(d, from_client, from_server);
    rng_fill(&d->rng, nonce, sizeof nonce);
    request_encode(d->packet, &q);
    aead_seal(d->packet + header, body, n, d->packet, header, nonce, from_client);
    d->packet_len = header + n + TAG_BYTES;
}

/* Each request has an echo of its own. */
static inline void desk_ask(struct desk *d, const struct request_body *b)
{
    static uint8_t body[PACKET_MAX];
    struct request_body numbered = *b;
    numbered.echo = ++d->echo;
    const size_t around = REQUEST_HEADER_BYTES(d->yield_count) + TAG_BYTES;
    const size_t least = d->least > REQUEST_MIN_BYTES ? d->least : REQUEST_MIN_BYTES;
    size_t n = request_body_encode(body, PACKET_MAX - around, least > around ? least - around : 0,
                                   &numbered);
    assert_true(n > 0);
    desk_seal(d, body, n);
}

/* Opens the answer's packets as the client would; all of them must. */
static inline void desk_read(struct desk *d)
{
    uint8_t from_client[32], from_server[32];
    size_t used = 0;
    desk_keys(d, from_client, from_server);
    for (size_t i = 0; i < d->burst.count; i++) {
        struct data q;
        struct aead_batch batch;
        const uint8_t *p = d->at + used;
        const size_t n = d->burst.len[i];
        assert_int_equal(data_decode(&q, p, n), LETHE_OK);
        assert_true(q.generation == 9 && q.index == i);
        aead_batch_init(&batch, from_server, q.prefix);
        assert_int_equal(
            aead_batch_open(&batch, d->plain[i], q.box, q.box_len, p, DATA_HEADER_BYTES, q.index),
            LETHE_OK);
        assert_int_equal(data_body_decode(&d->got[i], d->plain[i], q.box_len - TAG_BYTES),
                         LETHE_OK);
        assert_int_equal(d->got[i].echo, d->echo);
        used += n;
    }
    assert_true(used == d->burst.used);
}

/* Both halves for the packet that lies in d->packet; what came lies in d->got. */
static inline enum verdict desk_serve(struct desk *d)
{
    const struct step st = desk_step(d);
    const struct lethe_service service = {
        .context = &d->shop, .call = shop_call, .read = shop_read};
    d->burst = (struct burst){.at = d->at, .room = sizeof d->at};
    enum verdict v = flow_open(&d->request, &st, d->packet, d->packet_len);
    if (v == ANSWERED)
        v = flow_answer(&d->request, &st, &service, d->least_legs, &d->scratch, &d->burst);
    if (v == ANSWERED)
        desk_read(d);
    flow_wipe(&d->request);
    assert_true(bytes_are_zero(&d->request.session, sizeof d->request.session));
    assert_true(bytes_are_zero(d->request.plain, d->request.plain_len));
    return v;
}

static inline enum verdict desk_round(struct desk *d, const struct request_body *b)
{
    desk_ask(d, b);
    return desk_serve(d);
}

/* The packet of the answer that brings a continuation, which is the only one; -1: none does. */
static inline int desk_carrier(const struct desk *d)
{
    int carrier = -1;
    for (size_t i = 0; i < d->burst.count; i++) {
        assert_true(carrier < 0 || !d->got[i].continuation);
        carrier = d->got[i].continuation ? (int)i : carrier;
    }
    return carrier;
}

/* Goes on with the continuation that the answer brought. */
static inline void desk_adopt(struct desk *d)
{
    const int i = desk_carrier(d);
    assert_true(i >= 0);
    for (int j = 0; j < d->yield_count; j++)
        session_absorb(d->purse.z, &d->purse.legs, d->yields[j].leg, d->yields[j].secret,
                       d->yields[j].hash);
    memcpy(d->purse.continuation, d->got[i].continuation, CONTINUATION_BYTES);
    session_next(d->purse.z, continuation_nonce(d->purse.continuation));
    assert_int_equal(transport_decode(&d->purse.transport, d->got[i].transport), LETHE_OK);
    d->yield_count = 0;
}

/* Proves that the numbers first..last arrived, counted from the purse's base. */
static inline void desk_prove(const struct desk *d, struct request_body *b,
                              const uint8_t *range_key, uint64_t first, uint64_t last)
{
    b->proof.runs[b->proof.count++] = (struct run){first, last};
    for (uint64_t n = first; n <= last; n++)
        b->sum ^= range_nonce(range_key, d->purse.transport.base + n);
}

#endif
