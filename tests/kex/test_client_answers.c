/* kex/client_answers: an answer changes nothing before it authenticates, and nothing a second time.
 */
#include "crypto/dh.h"
#include "kex/link.h"
#include "kex/test_support.h"

static struct world_server server;
static struct kex_client client, before;
static uint8_t packet[DATAGRAM_BYTES];
static size_t packet_len;

static int start(void **state)
{
    (void)state;
    struct ring ring;
    world_ring(&ring, 1, 3);
    world_server_start(&server, &ring, 1);
    world_seed_libraries(2);
    world_client(&client, BOTH_LEGS, 3);
    return 0;
}

/* The server's answer to a packet of the client's own, in packet. */
static void ask(const uint8_t *p, size_t n)
{
    assert_int_equal(world_serve(&server, WORLD_MS, p, n, packet, &packet_len), ANSWERED);
}

static void ask_kind(uint8_t kind, uint16_t position)
{
    uint8_t p[DATAGRAM_BYTES], syndrome[GOPPA_SYNDROME_BYTES] = {1};
    if (kind == KIND_HELLO)
        ask(client.hello, DATAGRAM_BYTES);
    else if (kind == KIND_LEG)
        ask(p, make_leg(&client, p));
    else if (kind == KIND_BLOCK)
        ask(p, make_block(&client, position, p));
    else
        ask(p, make_finish(&client, syndrome, p));
}

static void unchanged_by(const uint8_t *p, size_t n, int expected)
{
    int err = kex_client_input(&client, 99, p, n);
    assert_int_equal(err, expected);
    assert_memory_equal(&client, &before, sizeof client);
}

static void remember(void)
{
    memcpy(&before, &client, sizeof before);
}

/* Every byte of the header and every step-th of the box; in the first three, which hold the fields
 * that are checked before the keys are, every bit. */
static void every_byte_counts(size_t step, size_t header)
{
    remember();
    for (size_t at = 0; at < packet_len; at += at < header ? 1 : step)
        for (size_t bit = 0; bit < 8; bit += at < header && at < 3 ? 1 : 8) {
            size_t which = 8 * at + (at < 3 ? bit : at % 8);
            flip(packet, which);
            int err = kex_client_input(&client, 99, packet, packet_len);
            assert_true(err == LETHE_ERR_FORMAT || err == LETHE_ERR_CRYPTO);
            assert_true(err == LETHE_ERR_CRYPTO || at < 3);
            assert_memory_equal(&client, &before, sizeof client);
            flip(packet, which);
        }
    for (size_t n = 0; n < packet_len; n += n < packet_len - 8 ? 7 : 1)
        unchanged_by(packet, n, LETHE_ERR_FORMAT);
}

static void a_tampered_accept_is_refused(void **state)
{
    (void)state;
    ask_kind(KIND_HELLO, 0);
    every_byte_counts(23, ACCEPT_HEADER_BYTES);
    memset(packet + 18, 0, 32); /* S' of low order */
    unchanged_by(packet, packet_len, LETHE_ERR_CRYPTO);
    ask_kind(KIND_HELLO, 0);
    assert_int_equal(kex_client_input(&client, 99, packet, packet_len), LETHE_OK);
    assert_true(client.accepted);
}

static void other_tampered_answers_are_refused(void **state)
{
    (void)state;
    static const uint8_t kinds[] = {KIND_LEG, KIND_BLOCK, KIND_FINISH};
    static const size_t headers[] = {LEGGED_HEADER_BYTES, BLOCKED_HEADER_BYTES,
                                     FINISHED_HEADER_BYTES};
    world_accept(&client, &server, WORLD_MS);
    client.block_again[5] = true; /* as if it had been sent */
    client.block_state[5] = BLOCK_IN_FLIGHT;
    for (int k = 0; k < 3; k++) {
        ask_kind(kinds[k], 5);
        every_byte_counts(7, headers[k]);
        uint64_t answered = client.packets_answered;
        assert_int_equal(kex_client_input(&client, 99, packet, packet_len), LETHE_OK);
        assert_true(client.packets_answered == answered + 1);
    }
    assert_true(client.yields[LEG_SNTRUP].ready);
    assert_int_equal(client.blocks_answered, 1);
}

static void a_repeated_answer_changes_nothing(void **state)
{
    (void)state;
    struct link l = {
        .limit_ns = 60000 * PACE_MS, .delay_ns = 1, .rng = world_rng(1), .servers = &server};
    assert_true(link_run(&l, &client));
    remember();
    ask_kind(KIND_HELLO, 0); /* another M, and the session is settled: no key is left for it */
    unchanged_by(packet, packet_len, LETHE_ERR_CRYPTO);
    ask_kind(KIND_LEG, 0);
    unchanged_by(packet, packet_len, LETHE_OK);
    for (uint16_t i = 0; i < BLOCK_COUNT; i += 111) {
        ask_kind(KIND_BLOCK, i);
        unchanged_by(packet, packet_len, LETHE_OK);
    }
    ask_kind(KIND_FINISH, 0);
    unchanged_by(packet, packet_len, LETHE_OK);
}

/* As who knows what is left of the keys: zeros. */
static void seal_with_erased_keys(uint8_t accept[DATAGRAM_BYTES])
{
    const uint8_t zeros[32] = {0};
    uint8_t dh[32], ka[32], key[32], nonce[NONCE_BYTES], body[ACCEPT_BODY_BYTES] = {0};
    struct accept a;
    assert_int_equal(accept_decode(&a, accept, DATAGRAM_BYTES), LETHE_OK);
    assert_int_equal(dh_shared(dh, a.server, zeros), LETHE_OK);
    schedule_accept(ka, zeros, dh);
    schedule_accept_box(key, ka);
    schedule_accept_nonce(nonce, a.m);
    aead_seal(accept + ACCEPT_HEADER_BYTES, body, sizeof body, accept, ACCEPT_HEADER_BYTES, nonce,
              key);
}

/* The keys that would authenticate a second ACCEPT are gone, were it the very same; the exchange
 * goes on as if it had not come. */
static void a_second_accept_is_refused(void **state)
{
    (void)state;
    static uint8_t first[DATAGRAM_BYTES];
    ask_kind(KIND_HELLO, 0);
    memcpy(first, packet, sizeof first);
    assert_int_equal(kex_client_input(&client, 99, first, sizeof first), LETHE_OK);
    assert_true(bytes_are_zero(client.kh0, sizeof client.kh0));
    assert_true(bytes_are_zero(client.dh_secret, sizeof client.dh_secret));
    remember();
    unchanged_by(first, sizeof first, LETHE_ERR_CRYPTO);
    ask_kind(KIND_HELLO, 0);
    assert_memory_not_equal(packet, first, sizeof first);
    unchanged_by(packet, packet_len, LETHE_ERR_CRYPTO);
    unchanged_by(first, sizeof first - 1, LETHE_ERR_FORMAT);
    seal_with_erased_keys(first);
    unchanged_by(first, sizeof first, LETHE_ERR_CRYPTO);
    uint8_t m[EXCHANGE_ID_BYTES];
    memcpy(m, client.m, sizeof m);
    struct link l = {
        .limit_ns = 60000 * PACE_MS, .delay_ns = 1, .rng = world_rng(1), .servers = &server};
    assert_true(link_run(&l, &client));
    assert_memory_equal(client.m, m, sizeof m);
    assert_true(share_matches(&client, &server.ring, WORLD_MS, LEG_MCELIECE));
}

static void answers_before_accept_are_refused(void **state)
{
    (void)state;
    static struct kex_client accepted;
    memcpy(&accepted, &client, sizeof accepted);
    world_accept(&accepted, &server, WORLD_MS);
    remember();
    for (uint8_t kind = KIND_LEG; kind <= KIND_FINISH; kind += 2) {
        struct kex_client fresh = client;
        client = accepted;
        ask_kind(kind, 3);
        client = fresh;
        unchanged_by(packet, packet_len, LETHE_ERR_CRYPTO);
    }
}

static void answers_of_another_exchange_are_refused(void **state)
{
    (void)state;
    static struct kex_client mine;
    world_accept(&client, &server, WORLD_MS);
    mine = client;
    world_client(&client, BOTH_LEGS, 8);
    world_accept(&client, &server, WORLD_MS);
    for (uint8_t kind = KIND_LEG; kind <= KIND_FINISH; kind += 2) {
        struct kex_client other = client;
        ask_kind(kind, 3);
        client = mine;
        client.block_again[3] = true;
        remember();
        unchanged_by(packet, packet_len, LETHE_ERR_CRYPTO);
        client = other;
    }
    world_client(&client, BOTH_LEGS, 9);
    ask_kind(KIND_HELLO, 0);
    world_client(&client, BOTH_LEGS, 10);
    remember();
    unchanged_by(packet, packet_len, LETHE_ERR_CRYPTO);
}

static void what_was_not_asked_is_ignored(void **state)
{
    (void)state;
    world_accept(&client, &server, WORLD_MS);
    remember();
    ask_kind(KIND_BLOCK, 300);
    unchanged_by(packet, packet_len, LETHE_OK);
}

static void other_kinds_are_malformed(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES] = {0};
    world_accept(&client, &server, WORLD_MS);
    remember();
    unchanged_by(p, 0, LETHE_ERR_FORMAT);
    for (unsigned kind = 0; kind < 256; kind++) {
        if (kind == KIND_ACCEPT || kind == KIND_LEGGED || kind == KIND_BLOCKED ||
            kind == KIND_FINISHED)
            continue;
        p[0] = (uint8_t)kind;
        for (size_t n = 1; n <= sizeof p; n += 411)
            unchanged_by(p, n, LETHE_ERR_FORMAT);
    }
}

/* An answer that the server could make and should not. */
static void seal_answer(uint8_t kind, size_t header, const uint8_t *body, size_t n)
{
    memset(packet, 0, header);
    packet[0] = kind;
    aead_seal(packet + header, body, n, packet, header, packet + header - NONCE_BYTES,
              client.from_server);
    packet_len = header + n + TAG_BYTES;
}

static void a_block_answer_is_seven_bits(void **state)
{
    (void)state;
    const uint8_t all = 0xff;
    uint8_t expected[GOPPA_SYNDROME_BYTES] = {0x7f};
    world_accept(&client, &server, WORLD_MS);
    client.block_again[0] = true;
    client.block_state[0] = BLOCK_IN_FLIGHT;
    seal_answer(KIND_BLOCKED, BLOCKED_HEADER_BYTES, &all, 1);
    assert_int_equal(kex_client_input(&client, 99, packet, packet_len), LETHE_OK);
    assert_memory_equal(client.syndrome, expected, sizeof expected);
}

static void a_syndrome_with_padding_yields_nothing(void **state)
{
    (void)state;
    uint8_t body[FINISHED_BODY_BYTES] = {0};
    world_accept(&client, &server, WORLD_MS);
    for (int bit = 3; bit < 8; bit++) {
        body[GOPPA_SYNDROME_BYTES - 1] = (uint8_t)(1u << bit);
        seal_answer(KIND_FINISHED, FINISHED_HEADER_BYTES, body, sizeof body);
        remember();
        unchanged_by(packet, packet_len, LETHE_ERR_CRYPTO);
        assert_false(client.yields[LEG_MCELIECE].ready);
    }
}

/* A client that lies about the sum gets an answer, and a share that is of no use to it: what
 * both sides absorb differs. Beside it an honest exchange goes on through the same server. */
static void a_lie_harms_only_the_liar(void **state)
{
    (void)state;
    static struct kex_client honest;
    world_client(&honest, BOTH_LEGS, 5);
    world_accept(&client, &server, WORLD_MS);
    struct rng rng = world_rng(6);
    for (int i = 0; i < 4; i++) {
        uint8_t p[DATAGRAM_BYTES], lie[GOPPA_SYNDROME_BYTES];
        rng_fill(&rng, lie, sizeof lie);
        lie[sizeof lie - 1] &= 7;
        client.yields[LEG_MCELIECE].ready = false;
        ask(p, make_finish(&client, lie, p));
        assert_int_equal(kex_client_input(&client, 99, packet, packet_len), LETHE_OK);
        assert_false(share_matches(&client, &server.ring, WORLD_MS, LEG_MCELIECE));
    }
    struct link l = {
        .limit_ns = 60000 * PACE_MS, .delay_ns = 1, .rng = world_rng(1), .servers = &server};
    assert_true(link_run(&l, &honest));
    assert_true(share_matches(&honest, &server.ring, WORLD_MS, LEG_MCELIECE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_tampered_accept_is_refused, start),
        cmocka_unit_test_setup(other_tampered_answers_are_refused, start),
        cmocka_unit_test_setup(a_repeated_answer_changes_nothing, start),
        cmocka_unit_test_setup(a_second_accept_is_refused, start),
        cmocka_unit_test_setup(answers_before_accept_are_refused, start),
        cmocka_unit_test_setup(answers_of_another_exchange_are_refused, start),
        cmocka_unit_test_setup(what_was_not_asked_is_ignored, start),
        cmocka_unit_test_setup(other_kinds_are_malformed, start),
        cmocka_unit_test_setup(a_block_answer_is_seven_bits, start),
        cmocka_unit_test_setup(a_syndrome_with_padding_yields_nothing, start),
        cmocka_unit_test_setup(a_lie_harms_only_the_liar, start),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
