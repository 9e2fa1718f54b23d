/* What the tests of the client's core share: a client and a server that meet in memory, at one
 * virtual time, and what both have. */
#ifndef TESTS_CLIENT_MEETING_H
#define TESTS_CLIENT_MEETING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/client.h"
#include "client/client_request.h"
#include "server/server.h"
#include "sim/fixture.h"

#define MS       ((int64_t)1000000)
#define FOR_EVER (1000000 * MS)
#define FILES    4

static struct party party;
static struct server server;
static struct counters counters;
static struct resource resources[FILES] = {
    {.name = "file"}, {.name = "two"}, {.name = "three"}, {.name = "four"}};
static struct memory_store stores[FILES];
static struct client client;
static uint8_t address[ADDRESS_BYTES], packet[PACKET_MAX], answer[BURST_BYTES];
static struct burst burst;
static int64_t now_ns;

static inline int make_party(void **state)
{
    (void)state;
    party_make(&party);
    return 0;
}

static inline int64_t now_ms(void)
{
    return 100000000 + now_ns / MS;
}

static inline void new_ring(uint8_t key_byte)
{
    const uint8_t key[COOKIE_KEY_BYTES] = {key_byte};
    ring_init(&server.ring, RING_PERIOD_MS);
    ring_put(&server.ring, 9, now_ms(), key);
}

static inline void start_server(uint8_t number)
{
    const uint8_t seed[RNG_SEED_BYTES] = {number};
    const struct server_options options = {.identity = &party.identity,
                                           .service = resource_service(resources),
                                           .period_ms = RING_PERIOD_MS};
    server_init(&server, &options, &counters, now_ms() - 1, seed);
    new_ring(2);
}

/* A client that fetches nothing yet. */
static inline void meet(uint8_t needed, uint8_t wanted)
{
    const uint8_t seed[RNG_SEED_BYTES] = {1};
    const struct client_options options = {
        .server = &party.public, .needed = needed, .wanted = wanted, .give_up_ns = 20000 * MS};
    now_ns = 1000 * MS;
    memset(&counters, 0, sizeof counters);
    start_server(1);
    assert_int_equal(client_init(&client, &options, seed, now_ns), LETHE_OK);
}

/* Begins to fetch resource i, which has `size` bytes. */
static inline int fetch(int i, uint64_t size)
{
    resource_set(&resources[i], (uint64_t)i + 1, size);
    resources[i].opens = resources[i].reads = resources[i].digests = 0;
    resources[i].next = i + 1 < FILES ? &resources[i + 1] : NULL;
    const struct fetch_store s = memory_store_make(&stores[i], size);
    return client_begin(&client, resources[i].name, &s, 0);
}

static inline void begin(uint8_t needed, uint8_t wanted, uint64_t size)
{
    meet(needed, wanted);
    assert_int_equal(fetch(0, size), 0);
}

static inline void end(void)
{
    client_wipe(&client);
    assert_true(bytes_are_zero(&client, sizeof client));
    for (int i = 0; i < FILES; i++) {
        free(stores[i].bytes);
        free(resources[i].bytes);
        stores[i].bytes = resources[i].bytes = NULL;
        resources[i].there = resources[i].busy = false;
    }
}

static inline void lend(void)
{
    client_lend_mceliece(&client, party.client_pk, party.client_sk);
}

/* Resource i is here, byte for byte. */
static inline void has(int i)
{
    assert_int_equal(client.result, LETHE_OK);
    assert_int_equal(client.fetches[i].result, LETHE_OK);
    assert_true(stores[i].size == resources[i].size);
    /* Not cmocka's comparison, which looks at one byte at a time. */
    assert_true(memcmp(stores[i].bytes, resources[i].bytes, resources[i].size) == 0);
}

/* Takes a packet from the client at this moment; 0: it has none. */
static inline size_t take(void)
{
    return client_output(&client, now_ns, packet);
}

/* Hands it to the server; the answer lies in `answer`, packet by packet. */
static inline size_t serve(size_t n)
{
    burst = (struct burst){.at = answer, .room = sizeof answer};
    size_t count = server_packet(&server, now_ms(), address, packet, n, &burst);
    server_batch_end(&server);
    return count;
}

static inline void deliver(void)
{
    const uint8_t *p = answer;
    for (size_t i = 0; i < burst.count; p += burst.len[i++])
        client_input(&client, now_ns, p, burst.len[i]);
}

/* Sleeps until the client's next moment; the moment must come. */
static inline void sleep_until_next(void)
{
    int64_t next = client_next_ns(&client);
    assert_true(next < INT64_MAX);
    now_ns = next > now_ns ? next : now_ns + MS;
}

/* Lets it run against a server that answers at once, until the next packet is of `kind` (0: to the
 * end) or `until_ns` has come. */
static inline size_t run(uint8_t kind, int64_t until_ns)
{
    while (!client_done(&client) && now_ns < until_ns) {
        size_t n = take();
        if (n && packet[0] == kind)
            return n;
        if (n && serve(n))
            deliver();
        if (!n)
            sleep_until_next();
        if (now_ns > until_ns)
            now_ns = until_ns;
    }
    return 0;
}

/* The same against nobody; counts what is sent. */
static inline uint64_t call_out(int64_t until_ns)
{
    uint64_t sent = 0;
    while (!client_done(&client) && now_ns < until_ns) {
        if (take())
            sent++;
        else if (!client_done(&client))
            sleep_until_next();
    }
    return sent;
}

/* What a REQUEST asks for: opened as the server would, with the client's own keys. */
static inline void look_into(size_t n, struct request *q, struct request_body *b,
                             uint8_t plain[PACKET_MAX])
{
    assert_int_equal(packet[0], KIND_REQUEST);
    assert_int_equal(request_decode(q, packet, n), LETHE_OK);
    for (int i = 0; i < CALLER_GENERATIONS; i++) {
        const struct caller_generation *g = &client.caller.generations[i];
        if (g->live && aead_open(plain, q->box, q->box_len, packet, (size_t)(q->box - packet),
                                 q->nonce, g->from_client) == LETHE_OK) {
            assert_int_equal(request_body_decode(b, plain, q->box_len - TAG_BYTES), LETHE_OK);
            return;
        }
    }
    fail_msg("no key of the client's opens its request");
}

#endif
