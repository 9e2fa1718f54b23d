/* What the tests of REQUEST at server/server share: a server, a session of its making, and requests
 * made by hand, so that any can be asked for. */
#ifndef TESTS_SERVER_ASKING_H
#define TESTS_SERVER_ASKING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/caller.h"
#include "flow/lineage.h"
#include "server/server.h"
#include "sim/fixture.h"

#define ASKED_BYTES 60000 /* of the file */

static struct party party;
static struct server server;
static struct counters counters;
static struct resource resource = {.name = "file"};
static struct kex_client kex;
static struct caller caller;
static struct rng rng;
static uint8_t address[ADDRESS_BYTES], packet[PACKET_MAX], out[BURST_BYTES];
static size_t packet_len;
static struct burst burst;
static int64_t now_ms;
static bool reached[VERDICTS];

/* What the last answer brought. */
static struct taken {
    unsigned pulls, bytes, statuses, calls, continuations;
    uint8_t status;
    uint64_t sum; /* of the range nonces */
    uint8_t handle[HANDLE_BYTES_MAX];
    uint16_t handle_len;
} taken;

static inline int make_party(void **state)
{
    (void)state;
    party_make(&party);
    return 0;
}

static inline size_t serve(const uint8_t *p, size_t n)
{
    burst = (struct burst){.at = out, .room = sizeof out};
    size_t got = server_packet(&server, now_ms, address, p, n, &burst);
    server_batch_end(&server);
    return got;
}

static inline void start(uint8_t number)
{
    const uint8_t seed[RNG_SEED_BYTES] = {number}, key[COOKIE_KEY_BYTES] = {2};
    const struct server_options options = {.identity = &party.identity,
                                           .service = resource_service(&resource),
                                           .least_legs = LEG_BIT(LEG_SNTRUP),
                                           .period_ms = RING_PERIOD_MS};
    server_init(&server, &options, &counters, now_ms - 1, seed);
    ring_put(&server.ring, 9, now_ms, key);
}

/* Runs the exchange up to what the session may absorb. */
static inline void exchange(void)
{
    uint8_t p[DATAGRAM_BYTES];
    assert_int_equal(kex_client_init(&kex, &party.public, LEG_BIT(LEG_SNTRUP), &rng), LETHE_OK);
    for (int64_t ns = 1; !kex_client_done(&kex); ns++) {
        size_t n = kex_client_output(&kex, ns, p);
        assert_true(n > 0);
        assert_int_equal(serve(p, n), 1);
        assert_int_equal(kex_client_input(&kex, ns, out, burst.used), LETHE_OK);
    }
    caller_open(&caller, &kex.session, 1);
}

static inline int boot(void **state)
{
    (void)state;
    const uint8_t seed[RNG_SEED_BYTES] = {3};
    resource_set(&resource, 1, ASKED_BYTES);
    resource.opens = resource.reads = 0;
    memset(&counters, 0, sizeof counters);
    memset(&taken, 0, sizeof taken);
    now_ms = 100000000;
    address_make(address, 1, 1, 1);
    rng_seed(&rng, seed);
    start(1);
    exchange();
    caller_absorb(&caller, &kex.yields[LEG_SNTRUP], kex.m);
    return 0;
}

static inline void take(const uint8_t *p, size_t n)
{
    struct data_body d;
    uint8_t plain[DATA_BODY_MAX];
    bool adopted;
    assert_int_equal(caller_open_answer(&caller, &d, plain, p, n, now_ms * PACE_MS, &adopted),
                     LETHE_OK);
    taken.continuations += d.continuation != NULL;
    taken.status = d.flags & (DATA_CALL | DATA_STATUS) ? d.status : taken.status;
    taken.calls += (d.flags & DATA_CALL) != 0;
    taken.statuses += (d.flags & DATA_STATUS) != 0;
    if (d.flags & DATA_PULL) {
        taken.pulls++;
        taken.bytes += (unsigned)d.bytes_len;
        taken.sum ^= d.range_nonce;
    }
    if (d.flags & DATA_BODY) {
        memcpy(taken.handle, d.handle, d.handle_len);
        taken.handle_len = d.handle_len;
    }
}

static inline void take_all(void)
{
    size_t at = 0;
    memset(&taken, 0, offsetof(struct taken, handle));
    for (size_t i = 0; i < burst.count; at += burst.len[i++])
        take(out + at, burst.len[i]);
}

static inline enum verdict verdict(void)
{
    struct counters before = counters;
    enum verdict found = VERDICTS;
    size_t got = serve(packet, packet_len);
    for (int v = 0; v < VERDICTS; v++) {
        uint64_t more = counters.verdicts[v] - before.verdicts[v];
        assert_true(more <= 1 && (more == 0 || found == VERDICTS));
        found = more ? (enum verdict)v : found;
    }
    assert_true(found != VERDICTS);
    reached[found] = true;
    assert_true(counters.answered[KIND_REQUEST] ==
                before.answered[KIND_REQUEST] + (found == ANSWERED));
    assert_true(counters.packets_out == before.packets_out + got);
    assert_true(counters.bytes_out == before.bytes_out + (got ? burst.used : 0));
    assert_true(found == ANSWERED || got == 0);
    return found;
}

static inline void seal(struct request_body *b)
{
    static uint32_t echo;
    b->echo = ++echo;
    if (b->datagram == 0)
        b->datagram = DATAGRAM_BYTES;
    packet_len = caller_seal(&caller, b, &rng, now_ms * PACE_MS, PACE_MS, LEG_BIT(LEG_SNTRUP),
                             packet, DATAGRAM_BYTES, 700);
    assert_true(packet_len > 0);
}

static inline enum verdict ask(struct request_body b)
{
    seal(&b);
    enum verdict v = verdict();
    take_all();
    return v;
}

/* Opens the file: the legs are confirmed, the answer brings a continuation and a handle. */
static inline void open_file(void)
{
    static const uint8_t call[] = {FILES_OPEN, 'f', 'i', 'l', 'e'};
    assert_int_equal(ask((struct request_body){.flags = REQUEST_CALL | REQUEST_RENEW,
                                               .call_handle = HANDLE_NONE,
                                               .call = call,
                                               .call_len = sizeof call}),
                     ANSWERED);
    assert_int_equal(taken.calls, 1);
    assert_int_equal(taken.status, LETHE_STATUS_OK);
    assert_int_equal(taken.continuations, 1);
    assert_true(taken.handle_len > 0);
    assert_int_equal(caller.legs, LEG_BIT(LEG_SNTRUP));
}

/* Numbers first..first + count - 1 for the file's bytes from the beginning. */
static inline struct request_body numbers(uint32_t first, uint8_t count)
{
    return (struct request_body){.handle_count = 1,
                                 .handles = {{taken.handle, taken.handle_len}},
                                 .item_count = 1,
                                 .items = {{.first = first, .count = count, .last = UINT16_MAX}}};
}

static inline void pull(uint32_t first, uint8_t count)
{
    assert_int_equal(ask(numbers(first, count)), ANSWERED);
}

/* One fallback, counted once; an answer no longer than its packet. */
static inline void falls_back(enum fallback f)
{
    uint64_t before[FALLBACKS];
    memcpy(before, counters.fallbacks, sizeof before);
    const uint64_t reads = resource.reads, sent = counters.numbers_sent;
    assert_int_equal(verdict(), ANSWERED);
    for (int i = 0; i < FALLBACKS; i++)
        assert_int_equal(counters.fallbacks[i] - before[i], i == (int)f);
    if (f == FALLBACK_NONE)
        return;
    assert_true(burst.used <= packet_len && burst.count == 1);
    assert_int_equal(resource.reads, reads);
    assert_int_equal(counters.numbers_sent, sent);
}

#endif
