/* kex/client_hello: PUZZLE at the client. HELLO goes on with the solution and without, whatever was
 * forged, and ACCEPT is taken as the answer to either. */
#include "kex/test_support.h"

#include "admit/pass.h"
#include "admit/puzzle.h"

static struct world_server server;
static struct kex_client client;
static int64_t now_ns;

static int start(void **state)
{
    (void)state;
    struct ring ring;
    world_ring(&ring, 1, 3);
    world_server_start(&server, &ring, 1);
    world_seed_libraries(2);
    world_client(&client, LEG_BIT(LEG_SNTRUP), 3);
    now_ns = 1000000000;
    return 0;
}

static const struct cookie_key *sealing(void)
{
    return ring_sealing(&server.ring, WORLD_MS);
}

/* A PUZZLE for the client's HELLO. */
static void ask(uint8_t out[PUZZLE_BYTES], uint8_t bits, uint8_t number)
{
    struct hello h;
    const uint8_t random[PUZZLE_RANDOM_BYTES] = {number};
    assert_int_equal(hello_decode(&h, client.hello, sizeof client.hello), LETHE_OK);
    puzzle_set(out, sealing(), WORLD_MS, bits, random, server.address, &h);
}

static int take(const uint8_t p[PUZZLE_BYTES])
{
    return kex_client_input(&client, now_ns, p, PUZZLE_BYTES);
}

static void solve(void)
{
    struct puzzle q;
    uint8_t z[PUZZLE_ANSWER_BYTES];
    assert_non_null(kex_client_puzzle(&client));
    assert_int_equal(puzzle_decode(&q, kex_client_puzzle(&client), PUZZLE_BYTES), LETHE_OK);
    assert_true(puzzle_search(z, &q, 0, 1, UINT64_MAX));
    kex_client_solved(&client, z);
    assert_null(kex_client_puzzle(&client));
}

/* What is sent next, at its time; the type of its puzzle field. */
static uint8_t next(uint8_t p[DATAGRAM_BYTES])
{
    struct hello h;
    int64_t due = kex_client_next_ns(&client);
    now_ns = due > now_ns ? due : now_ns;
    assert_int_equal(kex_client_output(&client, now_ns, p), DATAGRAM_BYTES);
    assert_int_equal(hello_decode(&h, p, DATAGRAM_BYTES), LETHE_OK);
    return h.puzzle[0];
}

static void accept_of(const uint8_t *hello)
{
    uint8_t out[DATAGRAM_BYTES];
    size_t n;
    assert_int_equal(world_serve(&server, WORLD_MS, hello, DATAGRAM_BYTES, out, &n), ANSWERED);
    assert_int_equal(kex_client_input(&client, now_ns, out, n), LETHE_OK);
    assert_true(client.accepted);
}

static void a_solution_is_sent_at_once_with_the_same_hello(void **state)
{
    (void)state;
    uint8_t plain[DATAGRAM_BYTES], p[DATAGRAM_BYTES], puzzle[PUZZLE_BYTES];
    struct puzzle_field f;
    struct hello h;
    assert_int_equal(next(plain), PUZZLE_FIELD_NONE);
    ask(puzzle, 6, 1);
    now_ns += 1000;
    assert_int_equal(take(puzzle), LETHE_OK);
    solve();
    const int64_t at = now_ns;
    assert_true(kex_client_is_solved(&client));
    assert_int_equal(next(p), PUZZLE_FIELD_SOLUTION);
    assert_true(now_ns == at);
    assert_memory_equal(p, plain, HELLO_PUZZLE_AT); /* N, C' */
    assert_memory_equal(p + HELLO_CT_AT, plain + HELLO_CT_AT, HELLO_CT_BYTES);
    assert_memory_not_equal(p + HELLO_HEADER_BYTES, plain + HELLO_HEADER_BYTES, 64);
    assert_int_equal(hello_decode(&h, p, sizeof p), LETHE_OK);
    assert_int_equal(puzzle_field_decode(&f, h.puzzle), LETHE_OK);
    assert_int_equal(puzzle_check(&f, &server.ring, WORLD_MS, 0, server.address, &h), PUZZLE_RIGHT);
    assert_int_equal(client.pace.srtt_ns, 0); /* a PUZZLE is not authentic: no sample */
    now_ns += 7000000;
    accept_of(p);
    assert_int_equal(client.pace.srtt_ns, 7000000); /* from the HELLO with the solution */
    assert_int_equal(take(puzzle), LETHE_ERR_CRYPTO);
    assert_null(kex_client_puzzle(&client));
    assert_true(bytes_are_zero(client.puzzle.kh0, 32) && bytes_are_zero(client.kh0, 32));
    assert_true(bytes_are_zero(client.hello_s, 32) && bytes_are_zero(client.hello_dh, 32));
}

static void the_hello_without_goes_on_and_counts_as_well(void **state)
{
    (void)state;
    uint8_t plain[DATAGRAM_BYTES], p[DATAGRAM_BYTES], puzzle[PUZZLE_BYTES];
    next(plain);
    ask(puzzle, 6, 1);
    take(puzzle);
    assert_int_equal(next(p), PUZZLE_FIELD_NONE); /* while it is being solved */
    solve();
    for (int i = 0; i < 6; i++)
        assert_int_equal(next(p), i % 2 ? PUZZLE_FIELD_NONE : PUZZLE_FIELD_SOLUTION);
    const int64_t since = now_ns - client.hello_first_ns;
    accept_of(plain);
    assert_true(client.pace.srtt_ns == since);
    assert_true(kex_client_guesses_rtt(&client));
}

static void only_an_easier_one_takes_its_place(void **state)
{
    (void)state;
    uint8_t hard[PUZZLE_BYTES], easy[PUZZLE_BYTES];
    ask(hard, 20, 1);
    ask(easy, 5, 2);
    take(hard);
    assert_memory_equal(kex_client_puzzle(&client), hard, PUZZLE_BYTES);
    take(easy);
    assert_memory_equal(kex_client_puzzle(&client), easy, PUZZLE_BYTES);
    take(hard);
    assert_memory_equal(kex_client_puzzle(&client), easy, PUZZLE_BYTES);
    solve();
    take(hard); /* the solution may have come too late */
    assert_memory_equal(kex_client_puzzle(&client), hard, PUZZLE_BYTES);
    kex_client_solved(&client, NULL); /* it had none */
    assert_null(kex_client_puzzle(&client));
    take(easy);
    assert_non_null(kex_client_puzzle(&client));
}

static void forged_ones_are_not_taken_or_do_not_stall(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES], puzzle[PUZZLE_BYTES], bent[PUZZLE_BYTES];
    next(p);
    ask(puzzle, KEX_PUZZLE_BITS_MOST + 1, 1);
    assert_int_equal(take(puzzle), LETHE_ERR_CRYPTO);
    ask(puzzle, 6, 2);
    for (size_t i = 1; i < 1 + NONCE_BYTES; i++) { /* who did not see HELLO */
        memcpy(bent, puzzle, sizeof bent);
        bent[i] ^= 1;
        assert_int_equal(take(bent), LETHE_ERR_CRYPTO);
    }
    assert_int_equal(kex_client_input(&client, now_ns, puzzle, PUZZLE_BYTES - 1), LETHE_ERR_FORMAT);
    assert_null(kex_client_puzzle(&client));
    memcpy(bent, puzzle, sizeof bent); /* who saw it makes one up */
    bent[40] ^= 1;
    assert_int_equal(take(bent), LETHE_OK);
    solve(); /* the server will call this wrong */
    next(p);
    assert_int_equal(next(p), PUZZLE_FIELD_NONE);
    assert_int_equal(take(puzzle), LETHE_OK); /* its answer */
    solve();
    assert_int_equal(next(p), PUZZLE_FIELD_SOLUTION);
    accept_of(p);
}

static void a_pass_is_shown(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES], plain[DATAGRAM_BYTES], pass[ACCEPT_PASS_BYTES];
    memcpy(plain, client.hello, sizeof plain);
    pass_make(pass, sealing(), WORLD_MS, plain, server.address);
    kex_client_show_pass(&client, pass);
    assert_int_equal(next(p), PUZZLE_FIELD_PASS);
    assert_memory_equal(p + HELLO_PUZZLE_AT, pass, sizeof pass);
    assert_memory_equal(p, plain, HELLO_PUZZLE_AT);
    assert_memory_equal(p + HELLO_CT_AT, plain + HELLO_CT_AT, HELLO_CT_BYTES);
    accept_of(p);
    assert_false(client.has_pass); /* the test's server gives none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_solution_is_sent_at_once_with_the_same_hello, start),
        cmocka_unit_test_setup(the_hello_without_goes_on_and_counts_as_well, start),
        cmocka_unit_test_setup(only_an_easier_one_takes_its_place, start),
        cmocka_unit_test_setup(forged_ones_are_not_taken_or_do_not_stall, start),
        cmocka_unit_test_setup(a_pass_is_shown, start),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
