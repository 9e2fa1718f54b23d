/*
 * Seeds, masks and keys differ in every exchange, even if the client repeats its own (protocol
 * section 2): of 300 exchanges nothing that the server draws or derives ever comes twice.
 */
#include "kex/test_support.h"

#include <stdlib.h>

#include "crypto/hash.h"

enum { EXCHANGES = 300, VALUES = 8 };

static const char *const names[VALUES] = {
    "M", "S'", "K1", "session key", "error vector", "mask stream", "box key", "continuation"};
static uint8_t values[VALUES][EXCHANGES][32];
static struct world_server servers[2];

static void note(int value, int i, const void *p, size_t n)
{
    hash_of(values[value][i], names[value], p, n);
}

/* The client as it was before ACCEPT takes this one in, and everything about it is noted. */
static void one_exchange(const struct kex_client *before, int i)
{
    static struct kex_client c;
    struct world_server *s = &servers[i % 2];
    uint8_t out[DATAGRAM_BYTES], k1[32];
    struct exchange x = {0};
    struct accept a;
    size_t n;
    memcpy(&c, before, sizeof c);
    assert_int_equal(world_serve(s, WORLD_MS, c.hello, DATAGRAM_BYTES, out, &n), ANSWERED);
    assert_int_equal(accept_decode(&a, out, n), LETHE_OK);
    assert_int_equal(kex_client_input(&c, 1, out, n), LETHE_OK);
    const struct cookie_key *key = ring_find(&s->ring, c.kid, WORLD_MS);
    exchange_key(&x, key, c.m);
    exchange_error(&x, key);
    schedule_exchange_key(k1, key, c.m);
    note(0, i, c.m, sizeof c.m);
    note(1, i, a.server, ACCEPT_SERVER_BYTES);
    note(2, i, k1, sizeof k1);
    note(3, i, c.session.z, sizeof c.session.z);
    note(4, i, &x.error, sizeof x.error);
    note(5, i, x.mask, sizeof x.mask);
    note(6, i, c.from_server, sizeof c.from_server);
    note(7, i, c.session.continuation, CONTINUATION_BYTES);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

static void all_different(int count)
{
    for (int v = 0; v < VALUES; v++) {
        qsort(values[v], (size_t)count, 32, compare);
        for (int i = 1; i < count; i++)
            if (memcmp(values[v][i - 1], values[v][i], 32) == 0)
                fail_msg("the same %s twice", names[v]);
    }
}

static int start(void **state)
{
    (void)state;
    struct ring ring;
    world_ring(&ring, 1, 3);
    for (uint64_t i = 0; i < 2; i++)
        world_server_start(&servers[i], &ring, 1 + i);
    return 0;
}

static void a_repeated_hello_begins_another_exchange(void **state)
{
    (void)state;
    static struct kex_client c;
    world_seed_libraries(1);
    world_client(&c, 0, 1);
    for (int i = 0; i < EXCHANGES; i++)
        one_exchange(&c, i);
    all_different(EXCHANGES);
}

/* A client whose own generator starts again from the same seed each time, and one that is well. */
static void whatever_the_client_draws(void **state)
{
    (void)state;
    static struct kex_client c;
    for (int i = 0; i < 60; i++) {
        world_seed_libraries(i % 3 ? 1 : (uint64_t)i);
        world_client(&c, 0, i % 3 ? 1 : (uint64_t)i);
        one_exchange(&c, i);
    }
    all_different(60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_repeated_hello_begins_another_exchange, start),
        cmocka_unit_test_setup(whatever_the_client_draws, start),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
