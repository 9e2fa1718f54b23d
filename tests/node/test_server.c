/* node/server: dispatch, the counters, and every drop under the name of its check. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crypto/aead.h"
#include "node/client.h"
#include "node/server.h"
#include "sim/fixture.h"
#include "wire/block.h"
#include "wire/finish.h"

static struct party party;
static struct server server;
static struct counters counters;
static struct resource resource;
static struct kex_client kex;
static uint8_t address[ADDRESS_BYTES], out[DATAGRAM_BYTES];
static int64_t now_ms, now_ns;

static int make_party(void **state)
{
    (void)state;
    party_make(&party);
    return 0;
}

static int boot(void **state)
{
    (void)state;
    const uint8_t seed[RNG_SEED_BYTES] = {1}, key[COOKIE_KEY_BYTES] = {2};
    free(resource.bytes);
    resource = (struct resource){.name = "file"};
    resource_set(&resource, 1, 5000);
    memset(&counters, 0, sizeof counters);
    const struct service service = {
        .context = &resource, .least_legs = LEG_BIT(LEG_SNTRUP), .handle = resource_handle};
    server_init(&server, &party.identity, &service, &counters, RING_PERIOD_MS, seed);
    now_ms = 1000000;
    now_ns = 1000000000;
    ring_put(&server.ring, 9, now_ms, key);
    address_make(address, 1, 1, 1);
    struct rng rng;
    rng_seed(&rng, seed);
    assert_int_equal(kex_client_init(&kex, &party.public, 3, &rng), LETHE_OK);
    kex_client_lend_mceliece(&kex, party.client_pk, party.client_sk);
    return 0;
}

/* The verdict on a packet, by the counters alone; they must tell exactly one. */
static enum verdict verdict_on(const uint8_t *p, size_t n)
{
    struct counters before = counters;
    memset(out, 0xee, sizeof out);
    size_t got = server_packet(&server, now_ms, address, p, n, out);
    enum verdict found = VERDICTS;
    for (int v = 0; v < VERDICTS; v++) {
        uint64_t more = counters.verdicts[v] - before.verdicts[v];
        assert_true(more <= 1 && (more == 0 || found == VERDICTS));
        found = more ? (enum verdict)v : found;
    }
    assert_true(counters.packets_in == before.packets_in + 1);
    assert_true(counters.bytes_in == before.bytes_in + n);
    assert_true(counters.packets_out == before.packets_out + (got > 0));
    assert_true(counters.bytes_out == before.bytes_out + got);
    assert_int_equal(got > 0, found == ANSWERED);
    if (got > 0)
        assert_true(counters.answered[p[0]] == before.answered[p[0]] + 1);
    return found;
}

static size_t next_packet(uint8_t p[DATAGRAM_BYTES])
{
    size_t n = 0;
    for (int i = 0; n == 0 && i < 1000; i++, now_ns += 10000000)
        n = kex_client_output(&kex, now_ns, p);
    assert_true(n > 0);
    return n;
}

/* Runs the exchange until the next packet is of this kind. */
static size_t until(uint8_t kind, uint8_t p[DATAGRAM_BYTES])
{
    size_t n;
    while (n = next_packet(p), p[0] != kind) {
        size_t got = server_packet(&server, now_ms, address, p, n, out);
        assert_int_equal(kex_client_input(&kex, now_ns, out, got), LETHE_OK);
    }
    return n;
}

static void kinds_that_a_server_does_not_take(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES] = {0};
    assert_int_equal(verdict_on(p, 0), DROP_KIND);
    for (int kind = 0; kind < 256; kind++) {
        p[0] = (uint8_t)kind;
        bool taken = kind == KIND_HELLO || kind == KIND_LEG || kind == KIND_BLOCK ||
                     kind == KIND_FINISH || kind == KIND_REQUEST;
        assert_int_equal(verdict_on(p, 1), taken ? DROP_FORMAT : DROP_KIND);
    }
    assert_int_equal(counters.verdicts[DROP_KIND], 1 + 256 - 5);
}

static void every_wrong_length_is_a_format(void **state)
{
    (void)state;
    const uint8_t kinds[] = {KIND_HELLO, KIND_LEG, KIND_BLOCK, KIND_FINISH};
    uint8_t p[DATAGRAM_BYTES + 1];
    for (size_t k = 0; k < sizeof kinds; k++) {
        size_t n = until(kinds[k], p);
        for (size_t len = 1; len <= DATAGRAM_BYTES; len += 7)
            if (len != n)
                assert_int_equal(verdict_on(p, len), DROP_FORMAT);
        assert_int_equal(verdict_on(p, n - 1), DROP_FORMAT);
        assert_int_equal(verdict_on(p, n + 1), DROP_FORMAT);
        assert_int_equal(verdict_on(p, n), ANSWERED);
        assert_int_equal(kex_client_input(&kex, now_ns, out,
                                          kinds[k] == KIND_BLOCK    ? BLOCKED_BYTES
                                          : kinds[k] == KIND_LEG    ? LEGGED_BYTES
                                          : kinds[k] == KIND_FINISH ? FINISHED_BYTES
                                                                    : DATAGRAM_BYTES),
                         LETHE_OK);
    }
    assert_true(kex_client_done(&kex));
}

/* HELLO made again under another key or text, with a right mac. */
static void mac_again(uint8_t *p)
{
    schedule_hello_mac(p + HELLO_MAC_AT, party.public.fingerprint, p);
}

enum { CLIENT_AT = 1 + 1 + 8 + 8 + 4 + 24, CT_AT = CLIENT_AT + 32 };

static void the_ladder_of_hello(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES], q[DATAGRAM_BYTES];
    size_t n = until(KIND_HELLO, p);
#define HELLO_WITH(change, verdict)                                                                \
    do {                                                                                           \
        memcpy(q, p, n);                                                                           \
        change;                                                                                    \
        assert_int_equal(verdict_on(q, n), verdict);                                               \
    } while (0)
    HELLO_WITH(q[1] ^= 2, DROP_FORMAT);
    HELLO_WITH(q[2] ^= 1, DROP_IDENTITY);
    HELLO_WITH(q[40] ^= 1, DROP_MAC);
    HELLO_WITH(q[HELLO_MAC_AT] ^= 1, DROP_MAC);
    HELLO_WITH((memset(q + CLIENT_AT, 0, 32), mac_again(q)), DROP_DH);
    HELLO_WITH((q[CT_AT + 193] |= 0x80, mac_again(q)), DROP_DECAP);
    HELLO_WITH((q[CT_AT] ^= 1, mac_again(q)), DROP_HELLO_BOX);
    HELLO_WITH((q[25] ^= 1, mac_again(q)), DROP_HELLO_BOX);
    HELLO_WITH(q[n - 1] ^= 1, DROP_HELLO_BOX);
    HELLO_WITH(q[HELLO_HEADER_BYTES] ^= 1, DROP_HELLO_BOX);
    HELLO_WITH((void)0, ANSWERED);
    now_ms += 8 * RING_PERIOD_MS;
    HELLO_WITH((void)0, DROP_NO_KEY);
    HELLO_WITH(q[40] ^= 1, DROP_MAC); /* the cheaper check goes first */
}

static void leg_block_and_finish(void **state)
{
    (void)state;
    const uint8_t kinds[] = {KIND_LEG, KIND_BLOCK, KIND_FINISH};
    uint8_t p[DATAGRAM_BYTES];
    for (size_t k = 0; k < 3; k++) {
        size_t n = until(kinds[k], p);
        p[1] ^= 1;
        assert_int_equal(verdict_on(p, n), DROP_KID);
        p[1] ^= 9; /* no kid at all */
        assert_true(verdict_on(p, n) != ANSWERED);
        p[1] ^= 8;
        p[5] ^= 1; /* M */
        assert_int_equal(verdict_on(p, n), DROP_EXCHANGE_BOX);
        p[5] ^= 1;
        p[n - 1] ^= 1;
        assert_int_equal(verdict_on(p, n), DROP_EXCHANGE_BOX);
        p[n - 1] ^= 1;
        if (kinds[k] == KIND_LEG) {
            p[2] = LEG_MCELIECE;
            assert_int_equal(verdict_on(p, n), DROP_LEG);
            p[2] = LEG_SNTRUP;
        }
        if (kinds[k] == KIND_BLOCK) {
            p[2] ^= 1; /* another position: another nonce, and other associated data */
            assert_int_equal(verdict_on(p, n), DROP_EXCHANGE_BOX);
            store16(p + 2, BLOCK_COUNT);
            assert_int_equal(verdict_on(p, n), DROP_FORMAT);
            store16(p + 2, 0);
        }
        assert_int_equal(verdict_on(p, n), ANSWERED);
        int64_t later = now_ms;
        now_ms += 8 * RING_PERIOD_MS;
        assert_int_equal(verdict_on(p, n), DROP_KID);
        now_ms = later;
        assert_int_equal(verdict_on(p, n), ANSWERED);
        if (kinds[k] != KIND_BLOCK) {
            for (int i = 2; i < EXCHANGE_WORK_LIMIT; i++)
                assert_int_equal(verdict_on(p, n), ANSWERED);
            assert_int_equal(verdict_on(p, n), DROP_METER);
        }
        if (kinds[k] == KIND_LEG)
            kex.yields[LEG_SNTRUP].ready = true; /* on to the blocks */
    }
}

static void a_syndrome_with_padding_is_dropped(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES];
    until(KIND_FINISH, p);
    kex.syndrome[GOPPA_SYNDROME_BYTES - 1] |= 0x80;
    size_t n = until(KIND_FINISH, p);
    assert_int_equal(verdict_on(p, n), DROP_SYNDROME);
}

/* A session at once: a client of one leg, whose requests are looked at on their way. */
static struct client client;
static struct memory_store store;

static size_t until_request(uint8_t p[DATAGRAM_BYTES])
{
    const uint8_t seed[RNG_SEED_BYTES] = {3};
    const struct client_options options = {
        .server = &party.public, .needed = 1, .wanted = 1, .give_up_ns = 10000000000};
    const struct fetch_store s = memory_store_make(&store, 5000);
    assert_int_equal(client_init(&client, &options, seed, "file", &s, 0, now_ns), LETHE_OK);
    for (;;) {
        size_t n = client_output(&client, now_ns, p);
        assert_true(n > 0);
        if (p[0] == KIND_REQUEST)
            return n;
        client_input(&client, now_ns, out, server_packet(&server, now_ms, address, p, n, out));
    }
}

static void requests(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES];
    size_t n = until_request(p);
    assert_int_equal(verdict_on(p, REQUEST_MIN_BYTES - 1), DROP_FORMAT);
    p[1] ^= 8;
    assert_int_equal(verdict_on(p, n), DROP_CONTINUATION);
    p[1] ^= 8;
    p[60] ^= 1;
    assert_int_equal(verdict_on(p, n), DROP_CONTINUATION);
    p[60] ^= 1;
    p[n - 1] ^= 1;
    assert_int_equal(verdict_on(p, n), DROP_REQUEST_BOX);
    p[n - 1] ^= 1;
    assert_int_equal(resource.reads, 0);
    assert_int_equal(verdict_on(p, n), ANSWERED);
    assert_int_equal(resource.reads, 1);
    assert_int_equal(verdict_on(p, n), ANSWERED); /* reading again is harmless */
    address[3]++;
    assert_int_equal(verdict_on(p, n), ANSWERED);
    assert_int_equal(resource.reads, 2); /* nothing is read for an address that is not proven */
    now_ms += 8 * RING_PERIOD_MS;
    assert_int_equal(verdict_on(p, n), DROP_CONTINUATION);
    free(store.bytes);
}

static void a_session_below_the_level_reaches_no_service(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES];
    server.service.least_legs = 3;
    size_t n = until_request(p);
    assert_int_equal(verdict_on(p, n), ANSWERED);
    assert_int_equal(resource.reads, 0);
    size_t got = server_packet(&server, now_ms, address, p, n, out);
    client_input(&client, now_ns, out, got);
    assert_int_equal(client.fetch.result, LETHE_ERR_REFUSED);
    free(store.bytes);
}

static void a_batch_leaves_nothing_behind(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES];
    size_t n = until(KIND_BLOCK, p);
    assert_int_equal(verdict_on(p, n), ANSWERED);
    assert_true(server.exchange.keyed && server.exchange.has_error);
    server_batch_end(&server);
    assert_true(bytes_are_zero(&server.exchange, sizeof server.exchange));
    assert_int_equal(verdict_on(p, n), ANSWERED);
    server_wipe(&server);
    assert_true(bytes_are_zero(&server, sizeof server));
}

static void servers_differ_in_what_they_draw(void **state)
{
    (void)state;
    static struct server other;
    const uint8_t seed[RNG_SEED_BYTES] = {77};
    server_init(&other, &party.identity, &server.service, &counters, RING_PERIOD_MS, seed);
    assert_memory_not_equal(other.filter.key, server.filter.key, FILTER_KEY_BYTES);
    assert_int_equal(filter_used(&other.filter), 0);
    assert_true(other.ring.life_ms == KID_COUNT * RING_PERIOD_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(kinds_that_a_server_does_not_take, boot),
        cmocka_unit_test_setup(every_wrong_length_is_a_format, boot),
        cmocka_unit_test_setup(the_ladder_of_hello, boot),
        cmocka_unit_test_setup(leg_block_and_finish, boot),
        cmocka_unit_test_setup(a_syndrome_with_padding_is_dropped, boot),
        cmocka_unit_test_setup(requests, boot),
        cmocka_unit_test_setup(a_session_below_the_level_reaches_no_service, boot),
        cmocka_unit_test_setup(a_batch_leaves_nothing_behind, boot),
        cmocka_unit_test_setup(servers_differ_in_what_they_draw, boot),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
