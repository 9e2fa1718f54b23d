/*
 * Many exchanges at one server, and many HELLOs that go no further: its memory is one struct, and
 * what it remembers in there has a bound.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

struct scene {
    struct sim sim;
    struct server *server, *copy;
    struct counters counters;
    struct resource resource;
    int64_t now_ms;
};

static struct scene *new_scene(uint64_t seed)
{
    struct scene *c = calloc(1, sizeof *c);
    uint8_t bytes[RNG_SEED_BYTES];
    assert_non_null(c);
    const struct party *party = world_party();
    sim_init(&c->sim, seed);
    c->server = calloc(1, sizeof *c->server);
    c->copy = calloc(1, sizeof *c->copy);
    assert_non_null(c->server);
    assert_non_null(c->copy);
    c->now_ms = 1790000000000;
    c->resource.name = "file";
    const struct server_options options = {.identity = &party->identity,
                                           .service = resource_service(&c->resource),
                                           .period_ms = RING_PERIOD_MS};
    sim_fill(&c->sim, bytes, sizeof bytes);
    server_init(c->server, &options, &c->counters, c->now_ms, bytes);
    sim_fill(&c->sim, bytes, sizeof bytes);
    ring_put(&c->server->ring, 8000, c->now_ms, bytes);
    return c;
}

static void free_scene(struct scene *c)
{
    sim_free(&c->sim);
    free(c->server);
    free(c->copy);
    free(c);
}

static size_t ask(struct scene *c, const uint8_t *address, const uint8_t *p, size_t n, uint8_t *out)
{
    static uint8_t room[BURST_BYTES];
    struct burst burst = {.at = room, .room = sizeof room};
    size_t count = server_packet(c->server, c->now_ms, address, p, n, &burst);
    server_batch_end(c->server);
    sim_expect(&c->sim, count <= 1); /* none of these is a REQUEST */
    memcpy(out, room, count ? burst.len[0] : 0);
    return count ? burst.len[0] : 0;
}

/* An exchange with some blocks; the answers are looked at, and the packets' order does not matter.
 */
static void one_exchange(struct scene *c, const uint8_t *address, uint64_t most)
{
    static struct kex_client kex;
    struct rng rng;
    uint8_t seed[RNG_SEED_BYTES], p[DATAGRAM_BYTES], out[DATAGRAM_BYTES];
    int64_t now = 1000000000;
    const struct party *party = world_party();
    sim_fill(&c->sim, seed, sizeof seed);
    rng_seed(&rng, seed);
    sim_expect(&c->sim, kex_client_init(&kex, &party->public, LEGS_3, &rng) == LETHE_OK);
    kex_client_lend_mceliece(&kex, party->client_pk, party->client_sk);
    for (uint64_t sent = 0; !kex_client_done(&kex) && sent < most; now += 1000000) {
        size_t n = kex_client_output(&kex, now, p);
        if (n == 0)
            continue;
        sent++;
        size_t got = ask(c, address, p, n, out);
        sim_expect(&c->sim, got > 0 && got <= n);
        sim_expect(&c->sim, kex_client_input(&kex, now, out, got) == LETHE_OK);
    }
    sim_expect(&c->sim, most < 887 || kex_client_done(&kex));
    kex_client_wipe(&kex);
}

/* Everything in the server but what it draws from and what it remembers. */
static bool same_but_random(const struct scene *c)
{
    const struct server *a = c->server, *b = c->copy;
    return memcmp(&a->ring, &b->ring, sizeof a->ring) == 0 &&
           memcmp(&a->exchange, &b->exchange, sizeof a->exchange) == 0 &&
           memcmp(&a->options, &b->options, sizeof a->options) == 0 && a->counters == b->counters &&
           strikes_used(&a->strikes) == 0;
}

static void three_hundred_exchanges_leave_strikes_alone(void **state)
{
    (void)state;
    struct scene *c = new_scene(1);
    uint8_t address[ADDRESS_BYTES];
    *c->copy = *c->server;
    const int64_t step = sim_step_of(1);
    for (int64_t i = 0; i < 300; i += step) {
        address_make(address, (uint8_t)i, (uint8_t)(i / 256), 1000);
        one_exchange(c, address, i % 100 == 0 ? 887 : 6);
    }
    sim_expect(&c->sim, same_but_random(c));
    /* A strike for each LEG and each FINISH that was worked on. */
    sim_expect(&c->sim, filter_used(&c->server->filter) ==
                            c->counters.answered[KIND_LEG] + c->counters.answered[KIND_FINISH]);
    sim_expect(&c->sim, c->counters.answered[KIND_LEG] == (uint64_t)(300 / step));
    sim_expect(&c->sim, c->counters.answered[KIND_FINISH] == 3);
    free_scene(c);
}

static void hellos_that_go_no_further_leave_nothing(void **state)
{
    (void)state;
    struct scene *c = new_scene(2);
    uint8_t address[ADDRESS_BYTES];
    *c->copy = *c->server;
    const int64_t step = sim_step_of(1);
    for (int64_t i = 0; i < 500; i += step) {
        address_make(address, (uint8_t)i, (uint8_t)(i / 256), 1000);
        one_exchange(c, address, 1);
    }
    sim_expect(&c->sim, same_but_random(c));
    sim_expect(&c->sim, memcmp(&c->server->filter, &c->copy->filter, sizeof c->copy->filter) == 0);
    sim_expect(&c->sim, c->counters.answered[KIND_HELLO] == (uint64_t)(500 / step));
    free_scene(c);
}

/* One network uses up its quota and no more; exchanges go on, from there and from elsewhere. */
static void one_network_uses_up_its_quota(void **state)
{
    (void)state;
    const int before = FILTER_QUOTA - 40, count = 100;
    struct scene *c = new_scene(3);
    uint8_t address[ADDRESS_BYTES];
    address_make(address, 5, 1, 1);
    for (int i = 0; i < before; i++)
        (void)filter_strike(&c->server->filter, 8000, address, &i, sizeof i);
    for (int i = 0; i < count; i++) {
        address_make(address, 5, (uint8_t)i, (uint16_t)i);
        one_exchange(c, address, 2);
        c->now_ms += 10; /* slowly: no puzzle is due */
    }
    sim_expect(&c->sim, c->counters.answered[KIND_LEG] == (uint64_t)count);
    sim_expect(&c->sim, filter_used(&c->server->filter) == FILTER_QUOTA);
    address_make(address, 5, 1, 1);
    one_exchange(c, address, 887);
    address_make(address, 6, 1, 1);
    one_exchange(c, address, 887);
    sim_expect(&c->sim, filter_used(&c->server->filter) <= FILTER_QUOTA + 2);
    free_scene(c);
}

/* LEG repeated for ever costs the server a bounded number of encapsulations. */
static void repeated_work_is_metered(void **state)
{
    (void)state;
    struct scene *c = new_scene(4);
    static struct kex_client kex;
    struct rng rng;
    uint8_t address[ADDRESS_BYTES], p[DATAGRAM_BYTES], out[DATAGRAM_BYTES],
        seed[RNG_SEED_BYTES] = {7};
    address_make(address, 5, 5, 5);
    rng_seed(&rng, seed);
    assert_int_equal(kex_client_init(&kex, &world_party()->public, LEGS_2, &rng), LETHE_OK);
    size_t n = kex_client_output(&kex, 1000000000, p);
    size_t got = ask(c, address, p, n, out);
    assert_int_equal(kex_client_input(&kex, 1000000000, out, got), LETHE_OK);
    n = kex_client_output(&kex, 1000000000, p);
    assert_int_equal(p[0], KIND_LEG);
    for (int i = 0; i < 100; i++)
        ask(c, address, p, n, out);
    assert_int_equal(c->counters.answered[KIND_LEG], EXCHANGE_WORK_LIMIT);
    assert_int_equal(c->counters.verdicts[DROP_METER], 100 - EXCHANGE_WORK_LIMIT);
    free_scene(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_hundred_exchanges_leave_strikes_alone),
        cmocka_unit_test(hellos_that_go_no_further_leave_nothing),
        cmocka_unit_test(one_network_uses_up_its_quota),
        cmocka_unit_test(repeated_work_is_metered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
