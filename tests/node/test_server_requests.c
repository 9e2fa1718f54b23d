/* node/server and REQUEST: every drop under its name, and what is counted of numbers, fallbacks and
 * strikes; the clock that they follow. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/caller.h"
#include "flow/lineage.h"
#include "node/server.h"
#include "sim/fixture.h"

#define SIZE 60000

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

static int make_party(void **state)
{
    (void)state;
    party_make(&party);
    return 0;
}

static size_t serve(const uint8_t *p, size_t n)
{
    burst = (struct burst){.at = out, .room = sizeof out};
    size_t got = server_packet(&server, now_ms, address, p, n, &burst);
    server_batch_end(&server);
    return got;
}

static void start(uint8_t number)
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
static void exchange(void)
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

static int boot(void **state)
{
    (void)state;
    const uint8_t seed[RNG_SEED_BYTES] = {3};
    resource_set(&resource, 1, SIZE);
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

static void take(const uint8_t *p, size_t n)
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

static void take_all(void)
{
    size_t at = 0;
    memset(&taken, 0, offsetof(struct taken, handle));
    for (size_t i = 0; i < burst.count; at += burst.len[i++])
        take(out + at, burst.len[i]);
}

static enum verdict verdict(void)
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

static void seal(struct request_body *b)
{
    if (b->datagram == 0)
        b->datagram = DATAGRAM_BYTES;
    packet_len = caller_seal(&caller, b, &rng, now_ms * PACE_MS, PACE_MS, LEG_BIT(LEG_SNTRUP),
                             packet, DATAGRAM_BYTES, 700);
    assert_true(packet_len > 0);
}

static enum verdict ask(struct request_body b)
{
    seal(&b);
    enum verdict v = verdict();
    take_all();
    return v;
}

/* Opens the file: the legs are confirmed, the answer brings a continuation and a handle. */
static void open_file(void)
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
static struct request_body numbers(uint32_t first, uint8_t count)
{
    return (struct request_body){.handle_count = 1,
                                 .handles = {{taken.handle, taken.handle_len}},
                                 .item_count = 1,
                                 .items = {{.first = first, .count = count, .last = UINT16_MAX}}};
}

static void pull(uint32_t first, uint8_t count)
{
    assert_int_equal(ask(numbers(first, count)), ANSWERED);
}

static void drops_of_the_header(void **state)
{
    (void)state;
    struct request_body b = {0};
    seal(&b);
    const size_t n = packet_len;
    packet_len = REQUEST_MIN_BYTES - 1;
    assert_int_equal(verdict(), DROP_FORMAT);
    packet_len = n;
    packet[1] ^= 8; /* no kid */
    assert_int_equal(verdict(), DROP_CONTINUATION);
    packet[1] ^= 8 + 1; /* none that lives */
    assert_int_equal(verdict(), DROP_CONTINUATION);
    packet[1] ^= 1;
    packet[60] ^= 1;
    assert_int_equal(verdict(), DROP_CONTINUATION);
    packet[60] ^= 1;
    assert_int_equal(packet[REQUEST_HEADER_BYTES(0) - 1], 1);
    packet[REQUEST_HEADER_BYTES(0)] = LEG_MCELIECE; /* a share of another leg than it is */
    assert_int_equal(verdict(), DROP_SHARE);
    packet[REQUEST_HEADER_BYTES(0)] = LEG_COUNT;
    assert_int_equal(verdict(), DROP_SHARE);
    packet[REQUEST_HEADER_BYTES(0)] = LEG_SNTRUP;
    packet[REQUEST_HEADER_BYTES(1) - 1] ^= 1;
    assert_int_equal(verdict(), DROP_SHARE);
    packet[REQUEST_HEADER_BYTES(1) - 1] ^= 1;
    packet[n - 1] ^= 1;
    assert_int_equal(verdict(), DROP_REQUEST_BOX);
    packet[n - 1] ^= 1;
    packet[CONTINUATION_BYTES + 3] ^= 1; /* its nonce */
    assert_int_equal(verdict(), DROP_REQUEST_BOX);
    packet[CONTINUATION_BYTES + 3] ^= 1;
    assert_int_equal(verdict(), ANSWERED);
    now_ms += 8 * RING_PERIOD_MS;
    assert_int_equal(verdict(), DROP_CONTINUATION);
}

static void drops_of_what_is_sealed(void **state)
{
    (void)state;
    open_file();
    const struct request_share share = {LEG_SNTRUP, kex.yields[LEG_SNTRUP].share};
    struct request_body nonsense = numbers(1, 1);
    nonsense.items[0].first = 0;
    assert_int_equal(ask(nonsense), DROP_REQUEST_BODY);
    struct request_body unproven = numbers(1, 1);
    unproven.proof = (struct proof){.count = 1, .runs = {{1, 1}}};
    assert_int_equal(ask(unproven), DROP_PROOF);
    pull(1, 2);
    unproven.proof.runs[0].last = 2;
    unproven.sum = taken.sum ^ 1;
    assert_int_equal(ask(unproven), DROP_PROOF);
    unproven.sum ^= 1;
    unproven.items[0].first = 3;
    assert_int_equal(ask(unproven), ANSWERED);
    assert_int_equal(taken.pulls, 1);
    caller.upgrade_sent_ns = 0;
    caller.share_count = 1; /* a leg that the session has */
    caller.shares[0] = share;
    caller.upgrade = caller.current;
    caller.upgrade_legs = LEG_BIT(LEG_SNTRUP);
    assert_int_equal(ask((struct request_body){0}), DROP_SHARE);
    assert_int_equal(resource.opens, 1);
}

/* A drop touches nothing: neither the service, nor the strikes, nor the counters of numbers. */
static void a_drop_leaves_no_trace(void **state)
{
    (void)state;
    open_file();
    struct request_body b = numbers(1, 10);
    seal(&b);
    packet[packet_len - 1] ^= 1;
    size_t used = strikes_used(&server.strikes);
    assert_int_equal(verdict(), DROP_REQUEST_BOX);
    assert_int_equal(resource.reads, 0);
    assert_int_equal(counters.numbers_sent + counters.numbers_struck + counters.numbers_beyond, 0);
    assert_int_equal(strikes_used(&server.strikes), used);
    assert_true(bytes_are_zero(&server.request.session, sizeof server.request.session));
    packet[packet_len - 1] ^= 1;
    assert_int_equal(verdict(), ANSWERED);
    assert_int_equal(counters.numbers_sent, 10);
    assert_true(bytes_are_zero(&server.request.session, sizeof server.request.session));
}

static void numbers_are_counted(void **state)
{
    (void)state;
    open_file();
    assert_int_equal(counters.numbers_sent, 0);
    pull(1, 8);
    assert_int_equal(taken.pulls, 8);
    assert_int_equal(taken.bytes, 8 * DATA_CHUNK(DATAGRAM_BYTES));
    assert_int_equal(counters.numbers_sent, 8);
    assert_int_equal(resource.reads, 1);
    assert_true(strikes_used(&server.strikes) > 0);
    assert_int_equal(verdict(), ANSWERED); /* the same packet again */
    assert_int_equal(burst.count, 0);
    assert_int_equal(counters.numbers_sent, 8);
    assert_int_equal(counters.numbers_struck, 8);
    assert_int_equal(resource.reads, 1);
    pull(7, 6); /* two again, two new, two beyond a window of ten */
    assert_int_equal(taken.pulls, 2);
    assert_int_equal(counters.numbers_sent, 10);
    assert_int_equal(counters.numbers_struck, 10);
    assert_int_equal(counters.numbers_beyond, 2);
    for (int f = 0; f < FALLBACKS; f++)
        assert_int_equal(counters.fallbacks[f] > 0, f == FALLBACK_NONE);
}

/* One fallback, counted once; an answer no longer than its packet. */
static void falls_back(enum fallback f)
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

static void fallbacks_are_counted(void **state)
{
    (void)state;
    open_file();
    struct request_body b = numbers(1, 4);
    seal(&b);
    address[16]++;
    falls_back(FALLBACK_ADDRESS);
    address[16]--;
    server.strikes.tables[server.strikes.newest].used = STRIKES_FULL;
    falls_back(FALLBACK_FULL);
    server.strikes.tables[server.strikes.newest].used = 0;
    server.options.strict_home = true;
    falls_back(FALLBACK_NONE);
    start(2); /* another server, which has run for longer */
    server.boot_ms -= 1000;
    falls_back(FALLBACK_NONE);
    start(2);
    server.boot_ms -= 1000;
    server.options.strict_home = true;
    falls_back(FALLBACK_HOME);
    now_ms += LINEAGE_LIFE_MS;
    falls_back(FALLBACK_HOME);
    now_ms++;
    falls_back(FALLBACK_AGE);
    start(3);
    falls_back(FALLBACK_BOOT);
    take_all();
    seal(&b);
    falls_back(FALLBACK_NONE);
    assert_int_equal(burst.count, 4);
}

/* While a session's number space is in use here, an old continuation does not begin another. */
static void a_second_number_space_is_refused(void **state)
{
    (void)state;
    open_file();
    static struct caller old;
    old = caller;
    now_ms += 10000;
    struct request_body b = numbers(1, 4);
    b.flags = REQUEST_RENEW;
    assert_int_equal(ask(b), ANSWERED);
    now_ms += LINEAGE_LIFE_MS - 5000;
    pull(5, 4);
    caller = old;
    seal(&b);
    assert_int_equal(verdict(), DROP_TWICE);
    assert_int_equal(counters.fallbacks[FALLBACK_AGE], 0);
}

static void a_session_below_the_level_reaches_no_service(void **state)
{
    (void)state;
    static const uint8_t call[] = {FILES_OPEN, 'f', 'i', 'l', 'e'};
    server.options.least_legs = LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE);
    assert_int_equal(ask((struct request_body){.flags = REQUEST_CALL,
                                               .item_count = 1,
                                               .items = {{.first = 1,
                                                          .count = 4,
                                                          .handle = HANDLE_OPENED,
                                                          .last = 99}},
                                               .call_handle = HANDLE_NONE,
                                               .call = call,
                                               .call_len = sizeof call}),
                     ANSWERED);
    assert_int_equal(taken.calls, 1);
    assert_int_equal(taken.status, LETHE_STATUS_LEVEL);
    assert_int_equal(taken.pulls, 0);
    assert_int_equal(taken.handle_len, 0);
    assert_int_equal(resource.opens, 0);
    assert_int_equal(counters.numbers_sent, 0);
}

/* Set back, the clock forgives nothing; what runs goes on, and what was issued by it later counts
 * as issued since this server began. */
static void a_clock_that_is_set_back(void **state)
{
    (void)state;
    open_file();
    pull(1, 4);
    const int64_t steady = server.steady_ms;
    now_ms -= 12000;
    assert_int_equal(verdict(), ANSWERED);
    assert_int_equal(burst.count, 0); /* still struck */
    assert_true(server.steady_ms == steady);
    assert_int_equal(counters.numbers_struck, 4);
    for (int i = 0; i < 10; i++) {
        now_ms += 1000;
        struct request_body b = numbers(1, 1);
        b.flags = REQUEST_RENEW;
        assert_int_equal(ask(b), ANSWERED);
        assert_int_equal(taken.continuations, 1);
        assert_int_equal(burst.count, 1);
    }
    assert_true(server.steady_ms == steady + 10000);
    assert_int_equal(counters.numbers_struck, 4 + 10);
    pull(5, 2);
    assert_int_equal(taken.pulls, 2);
    for (int f = 1; f < FALLBACKS; f++)
        assert_int_equal(counters.fallbacks[f], 0);
}

/* What says that it was issued long after now is as good as old: nobody knows its age. */
static void a_continuation_from_the_future_begins_anew(void **state)
{
    (void)state;
    open_file();
    struct request_body b = numbers(1, 4);
    seal(&b);
    now_ms -= LINEAGE_LIFE_MS;
    falls_back(FALLBACK_NONE); /* servers' clocks differ */
    now_ms--;
    falls_back(FALLBACK_AGE);
    take_all();
    seal(&b);
    falls_back(FALLBACK_NONE);
    assert_int_equal(burst.count, 4);
}

/* Set forward, it makes everything old at once: the strikes may be forgotten, for what they guarded
 * is not continued. */
static void a_clock_that_is_set_forward(void **state)
{
    (void)state;
    open_file();
    const int64_t began = now_ms;
    struct request_body b = numbers(1, 4);
    seal(&b);
    for (int64_t step = 0; step < 100000; step = step * 2 + 500) {
        now_ms = began + step;
        (void)verdict();
        assert_int_equal(counters.numbers_sent, 4);
        assert_int_equal(counters.fallbacks[FALLBACK_AGE] + counters.verdicts[DROP_TWICE] > 0,
                         step > LINEAGE_LIFE_MS);
    }
    assert_true(counters.fallbacks[FALLBACK_AGE] > 0);
    assert_true(strikes_used(&server.strikes) < 4);
}

/* Time passes with any packet, even one that is dropped. */
static void every_packet_tells_the_time(void **state)
{
    (void)state;
    const int64_t turn = server.strikes.turn;
    now_ms += 3 * STRIKES_TURN_MS;
    (void)serve(packet, 0);
    assert_true(server.strikes.turn == turn + 3);
}

/* Those of REQUEST. */
static void every_verdict_was_reached(void **state)
{
    (void)state;
    for (enum verdict v = DROP_CONTINUATION; v < VERDICTS; v++)
        if (!reached[v])
            fail_msg("%s was never the verdict", verdict_name(v));
    assert_true(reached[ANSWERED] && reached[DROP_FORMAT]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(drops_of_the_header, boot),
        cmocka_unit_test_setup(drops_of_what_is_sealed, boot),
        cmocka_unit_test_setup(a_drop_leaves_no_trace, boot),
        cmocka_unit_test_setup(numbers_are_counted, boot),
        cmocka_unit_test_setup(fallbacks_are_counted, boot),
        cmocka_unit_test_setup(a_second_number_space_is_refused, boot),
        cmocka_unit_test_setup(a_session_below_the_level_reaches_no_service, boot),
        cmocka_unit_test_setup(a_clock_that_is_set_back, boot),
        cmocka_unit_test_setup(a_continuation_from_the_future_begins_anew, boot),
        cmocka_unit_test_setup(a_clock_that_is_set_forward, boot),
        cmocka_unit_test_setup(every_packet_tells_the_time, boot),
        cmocka_unit_test(every_verdict_was_reached),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
