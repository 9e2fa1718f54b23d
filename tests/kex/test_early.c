/* Early data in HELLO: opened by who has the short-term key and nobody else, not even with all
 * long-term keys; and what ACCEPT answers it comes to the client. */
#include "kex/test_support.h"

#include "crypto/dh.h"
#include "kex/server.h"

static const uint8_t short_term[32] = {0x57, 0x77}, other[32] = {0x57, 0x78};
static struct kex_client client;
static struct kex_hello k;
static struct world_server server;
static const uint8_t no_pass[ACCEPT_PASS_BYTES];
static uint8_t packet[DATAGRAM_BYTES], out[DATAGRAM_BYTES];

static int prepare(void **state)
{
    (void)state;
    struct rng rng = world_rng(5);
    struct ring ring;
    uint8_t public[32];
    world_ring(&ring, 1, 2);
    world_server_start(&server, &ring, 2);
    dh_public(public, short_term);
    const struct kex_early early = {.short_term = public,
                                    .minute = 0x01020304,
                                    .request = (const uint8_t *)"who is there",
                                    .len = 12};
    assert_int_equal(kex_client_init_early(&client, &world.public, 3, &early, &rng), LETHE_OK);
    memcpy(packet, client.hello, sizeof packet);
    return 0;
}

static int open_with(const uint8_t secret[32], const uint8_t **request, size_t *n)
{
    struct hello h;
    const struct step st = world_step(&server, WORLD_MS);
    assert_int_equal(kex_hello_check(&h, &world.identity, packet, sizeof packet), ANSWERED);
    assert_int_equal(kex_hello_open(&k, &world.identity, &st, &h, packet, secret), ANSWERED);
    return kex_hello_early(&k, &h, request, n);
}

static void only_the_short_term_key_opens_it(void **state)
{
    (void)state;
    const uint8_t *request;
    size_t n;
    uint8_t public[32], stid[HELLO_ID_BYTES];
    struct hello h;
    assert_int_equal(open_with(short_term, &request, &n), LETHE_OK);
    assert_int_equal(n, 12);
    assert_memory_equal(request, "who is there", 12);
    assert_int_equal(hello_decode(&h, packet, sizeof packet), LETHE_OK);
    dh_public(public, short_term);
    schedule_stid(stid, public);
    assert_memory_equal(h.stid, stid, sizeof stid);
    assert_true(h.minute == 0x01020304);
    assert_int_equal(open_with(NULL, &request, &n), LETHE_ERR_CRYPTO);
    assert_int_equal(open_with(other, &request, &n), LETHE_ERR_CRYPTO);
    assert_int_equal(open_with(world.identity.dh_secret, &request, &n), LETHE_ERR_CRYPTO);
    for (size_t i = 0; i + 12 <= sizeof k.body;
         i++) /* the outer box hides it from nobody who has */
        assert_memory_not_equal(k.body + i, "who is there", 12); /* these, the inner one does */
}

/* The inner box is bound to its HELLO: moved into another, it does not open. */
static void it_is_bound_to_its_hello(void **state)
{
    (void)state;
    const uint8_t *request;
    size_t n;
    uint8_t body[HELLO_BODY_BYTES];
    assert_int_equal(open_with(short_term, &request, &n), LETHE_OK);
    memcpy(body, k.body, sizeof body);
    struct rng rng = world_rng(6);
    assert_int_equal(kex_client_init(&client, &world.public, 3, &rng), LETHE_OK);
    memcpy(packet, client.hello, sizeof packet);
    assert_int_equal(open_with(short_term, &request, &n), LETHE_ERR_CRYPTO); /* it has none */
    memcpy(k.body, body, sizeof body);
    struct hello h;
    assert_int_equal(hello_decode(&h, packet, sizeof packet), LETHE_OK);
    assert_int_equal(kex_hello_early(&k, &h, &request, &n), LETHE_ERR_CRYPTO);
}

static void the_answer_comes_to_the_client(void **state)
{
    (void)state;
    const uint8_t *request;
    const struct step st = world_step(&server, WORLD_MS);
    size_t n, len = 0;
    struct early_answer a;
    assert_int_equal(open_with(short_term, &request, &n), LETHE_OK);
    k.early_answer = (struct early_answer){
        .outcome = EARLY_EXECUTED, .bytes = (const uint8_t *)"nobody", .bytes_len = 6};
    assert_int_equal(kex_hello_accept(&k, &st, no_pass, out, &len), ANSWERED);
    assert_int_equal(len, DATAGRAM_BYTES);
    assert_int_equal(kex_client_input(&client, 1, out, len), LETHE_OK);
    assert_int_equal(early_answer_decode(&a, client.early_reply, sizeof client.early_reply),
                     LETHE_OK);
    assert_true(a.outcome == EARLY_EXECUTED && a.bytes_len == 6);
    assert_memory_equal(a.bytes, "nobody", 6);
}

static void what_cannot_be_sealed_is_an_error(void **state)
{
    (void)state;
    static const uint8_t low_order[32], request[EARLY_REQUEST_MAX + 1];
    uint8_t public[32];
    struct rng rng = world_rng(7);
    dh_public(public, short_term);
    struct kex_early early = {.short_term = public, .request = request, .len = sizeof request};
    assert_int_equal(kex_client_init_early(&client, &world.public, 3, &early, &rng),
                     LETHE_ERR_USAGE);
    assert_true(bytes_are_zero(&client, sizeof client));
    early.len--;
    assert_int_equal(kex_client_init_early(&client, &world.public, 3, &early, &rng), LETHE_OK);
    early.short_term = low_order;
    assert_int_equal(kex_client_init_early(&client, &world.public, 3, &early, &rng),
                     LETHE_ERR_IDENTITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_the_short_term_key_opens_it, prepare),
        cmocka_unit_test_setup(it_is_bound_to_its_hello, prepare),
        cmocka_unit_test_setup(the_answer_comes_to_the_client, prepare),
        cmocka_unit_test_setup(what_cannot_be_sealed_is_an_error, prepare),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
