/* server/server: dispatch, the counters, and every drop under the name of its check.
 * Requests are in test_server_requests.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "admit/puzzle.h"
#include "server/server.h"
#include "sim/fixture.h"
#include "wire/block.h"
#include "wire/finish.h"

static struct party party;
static struct server server;
static struct counters counters;
static struct resource resource = {.name = "file"};
static struct kex_client kex;
static uint8_t address[ADDRESS_BYTES], out[BURST_BYTES];
static struct burst burst;
static int64_t now_ms, now_ns;
static bool reached[VERDICTS];

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
    resource_set(&resource, 1, 5000);
    resource.opens = resource.reads = 0;
    memset(&counters, 0, sizeof counters);
    const struct server_options options = {.identity = &party.identity,
                                           .service = resource_service(&resource),
                                           .least_legs = LEG_BIT(LEG_SNTRUP),
                                           .period_ms = RING_PERIOD_MS};
    now_ms = 100000000;
    now_ns = 1000000000;
    server_init(&server, &options, &counters, now_ms - 1, seed);
    ring_put(&server.ring, 9, now_ms, key);
    address_make(address, 1, 1, 1);
    struct rng rng;
    rng_seed(&rng, seed);
    assert_int_equal(kex_client_init(&kex, &party.public, 3, &rng), LETHE_OK);
    kex_client_lend_mceliece(&kex, party.client_pk, party.client_sk);
    return 0;
}

static size_t serve(const uint8_t *p, size_t n)
{
    burst = (struct burst){.at = out, .room = sizeof out};
    return server_packet(&server, now_ms, address, p, n, &burst);
}

/* The counters tell what left, whether or not anything did. */
static void check_burst(const struct counters *before, size_t got)
{
    size_t sum = 0;
    assert_int_equal(got, burst.count);
    for (size_t i = 0; i < got; i++) {
        assert_true(burst.len[i] > 0);
        sum += burst.len[i];
    }
    if (got)
        assert_int_equal(sum, burst.used);
    assert_true(counters.packets_out == before->packets_out + got);
    assert_true(counters.bytes_out == before->bytes_out + sum);
}

/* The verdict on a packet, by the counters alone; they must tell exactly one. */
static enum verdict verdict_on(const uint8_t *p, size_t n)
{
    struct counters before = counters;
    memset(out, 0xee, sizeof out);
    size_t got = serve(p, n);
    enum verdict found = VERDICTS;
    for (int v = 0; v < VERDICTS; v++) {
        uint64_t more = counters.verdicts[v] - before.verdicts[v];
        assert_true(more <= 1 && (more == 0 || found == VERDICTS));
        found = more ? (enum verdict)v : found;
    }
    assert_true(found != VERDICTS);
    reached[found] = true;
    assert_true(counters.packets_in == before.packets_in + 1);
    assert_true(counters.bytes_in == before.bytes_in + n);
    check_burst(&before, got);
    if (found != ANSWERED || p[0] != KIND_REQUEST)
        assert_int_equal(got, found == ANSWERED);
    for (int kind = 0; kind < COUNTER_KINDS; kind++)
        assert_true(counters.answered[kind] ==
                    before.answered[kind] + (found == ANSWERED && kind == p[0]));
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
        assert_int_equal(serve(p, n), 1);
        assert_int_equal(kex_client_input(&kex, now_ns, out, burst.used), LETHE_OK);
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
                     kind == KIND_FINISH || kind == KIND_REQUEST || kind == KIND_LOOKUP ||
                     kind == KIND_RESUME;
        assert_int_equal(verdict_on(p, 1), taken ? DROP_FORMAT : DROP_KIND);
    }
    assert_int_equal(counters.verdicts[DROP_KIND], 1 + 256 - 7);
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
        assert_true(burst.used <= n);
        assert_int_equal(kex_client_input(&kex, now_ns, out, burst.used), LETHE_OK);
    }
    assert_true(kex_client_done(&kex));
}

/* HELLO made again under another key or text, with a right mac. */
static void mac_again(uint8_t *p)
{
    schedule_hello_mac(p + HELLO_MAC_AT, party.public.fingerprint, p);
}

enum { CLIENT_AT = 1 + 1 + 8 + 8 + 4 + 24, PUZZLE_AT = CLIENT_AT + 32, CT_AT = PUZZLE_AT + 64 };

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
    HELLO_WITH((q[PUZZLE_AT + 63] ^= 1, mac_again(q)), DROP_FORMAT);
    now_ms += 8 * RING_PERIOD_MS;
    HELLO_WITH((void)0, DROP_NO_KEY);
    HELLO_WITH(q[40] ^= 1, DROP_MAC); /* the cheaper check goes first */
}

/* Its answer is counted as what it is, and is none of ACCEPT's. */
static void under_load_a_hello_is_asked_for_a_solution(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES], q[DATAGRAM_BYTES], z[PUZZLE_ANSWER_BYTES];
    uint8_t asked[PUZZLE_BYTES];
    struct puzzle puzzle;
    size_t n = until(KIND_HELLO, p);
    server.admit.control.level = 2;
    assert_int_equal(serve(p, n), 1);
    assert_int_equal(burst.used, PUZZLE_BYTES);
    assert_int_equal(counters.answered[KIND_PUZZLE], 1);
    assert_int_equal(counters.answered[KIND_HELLO], 0);
    assert_int_equal(counters.admissions[ADMIT_ASKED], 1);
    assert_int_equal(counters.hello_ns, 0);
    memcpy(asked, out, sizeof asked);
    assert_int_equal(puzzle_decode(&puzzle, asked, sizeof asked), LETHE_OK);
    assert_true(puzzle_search(z, &puzzle, 0, 1, 256));
    z[0] ^= 1;
    const struct puzzle_field f = {
        .type = PUZZLE_FIELD_SOLUTION, .nonce = puzzle.nonce, .answer = z};
    puzzle_field_encode(p + PUZZLE_AT, &f);
    HELLO_WITH(mac_again(q), DROP_PUZZLE);
    z[0] ^= 1;
    puzzle_field_encode(p + PUZZLE_AT, &f);
    HELLO_WITH((q[CT_AT] ^= 1, mac_again(q)), DROP_HELLO_BOX); /* and was opened */
    assert_int_equal(counters.admissions[ADMIT_SOLVED], 1);
    assert_int_equal(counters.hello_ns, HELLO_NS);
    HELLO_WITH(q[40] ^= 1, DROP_MAC); /* the cheaper check goes first */
    server_expire(&server, now_ms += 2000);
    assert_int_equal(counters.puzzle_level, 0);
    server.options.no_puzzles = true;
    server.admit.control.level = 2;
    HELLO_WITH((memset(q + PUZZLE_AT, 0, 64), q[CT_AT] ^= 1, mac_again(q)), DROP_HELLO_BOX);
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

static void a_batch_leaves_nothing_behind(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES];
    size_t n = until(KIND_BLOCK, p);
    assert_int_equal(verdict_on(p, n), ANSWERED);
    assert_true(server.exchange.keyed && server.exchange.has_error);
    memset(&server.scratch.answer, 1, sizeof server.scratch.answer);
    server_batch_end(&server);
    assert_true(bytes_are_zero(&server.exchange, sizeof server.exchange));
    assert_true(bytes_are_zero(&server.scratch.answer, sizeof server.scratch.answer));
    assert_int_equal(verdict_on(p, n), ANSWERED);
    server_wipe(&server);
    assert_true(bytes_are_zero(&server, sizeof server));
}

/* As many packets p, which were not dropped, as take so much. */
static void have_taken(uint32_t us, const uint8_t *p, size_t n)
{
    const struct step st = {.ring = &server.ring, .now_ms = now_ms, .address = address};
    for (uint32_t i = 0; i < us / ADMIT_OTHER_US; i++)
        admit_other_spent(&server.admit, &st, server.steady_ms, false, p, n, ADMIT_OTHER_US * 1000);
}

static void in_a_crowd_a_network_beyond_its_share_is_left_out(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES], hello[DATAGRAM_BYTES];
    until(KIND_HELLO, hello);
    const size_t n = until(KIND_BLOCK, p);
    server_batch_begin(&server, ADMIT_CROWD);
    have_taken(ADMIT_OTHERS_ALL_US - 4 * ADMIT_OTHER_US, p, n);
    assert_int_equal(verdict_on(p, n), ANSWERED); /* LEG and this BLOCK are counted as well */
    p[n - 1] ^= 1;
    assert_int_equal(verdict_on(p, n), DROP_EXCHANGE_BOX); /* and so is this one */
    assert_int_equal(verdict_on(p, n - 1), DROP_FORMAT);   /* but not this */
    p[n - 1] ^= 1;
    assert_int_equal(verdict_on(p, n), ANSWERED);
    const struct counters before = counters;
    assert_int_equal(verdict_on(p, n), DROP_CROWD);
    assert_true(counters.bytes_out == before.bytes_out);
    assert_int_equal(verdict_on(hello, DATAGRAM_BYTES), ANSWERED); /* never a HELLO */
    server_batch_begin(&server, ADMIT_CROWD - 1);
    assert_int_equal(verdict_on(p, n), ANSWERED);
    server_batch_begin(&server, ADMIT_CROWD);
    assert_int_equal(verdict_on(p, n), DROP_CROWD);
    server.options.no_puzzles = true;
    assert_int_equal(verdict_on(p, n), ANSWERED);
    server.options.no_puzzles = false;
    address_make(address, 1, 77, 1);
    assert_int_equal(verdict_on(p, n), DROP_CROWD); /* the same, other host */
    now_ms += 2 * SKETCH_HALF_MS;
    assert_int_equal(verdict_on(p, n), ANSWERED); /* forgotten: not too much in all */
}

/* Another's BLOCKs are left out in a crowd, when there are many; to its own network nothing has
 * happened. */
static void in_a_crowd_what_is_foreign_is_left_out(void **state)
{
    (void)state;
    uint8_t p[DATAGRAM_BYTES];
    const size_t n = until(KIND_BLOCK, p);
    server_batch_begin(&server, ADMIT_CROWD);
    address_make(address, 2, 1, 1);
    assert_int_equal(verdict_on(p, n), ANSWERED); /* few */
    have_taken(ADMIT_OTHERS_US, p, n);
    assert_int_equal(verdict_on(p, n), DROP_CROWD);
    address_make(address, 3, 1, 1);
    assert_int_equal(verdict_on(p, n), DROP_CROWD);
    address_make(address, 1, 1, 1);
    assert_int_equal(verdict_on(p, n), ANSWERED);
    server_batch_begin(&server, ADMIT_CROWD - 1);
    address_make(address, 2, 1, 1);
    assert_int_equal(verdict_on(p, n), ANSWERED);
}

static void servers_differ_in_what_they_draw(void **state)
{
    (void)state;
    static struct server other;
    const uint8_t seed[RNG_SEED_BYTES] = {77};
    memset(&other, 0xee, sizeof other); /* whatever was there before */
    server_init(&other, &server.options, &counters, now_ms, seed);
    assert_true(bytes_are_zero(&other.exchange, sizeof other.exchange));
    assert_true(bytes_are_zero(&other.scratch, sizeof other.scratch));
    assert_memory_not_equal(other.filter.key, server.filter.key, FILTER_KEY_BYTES);
    assert_memory_not_equal(other.strikes.key, server.strikes.key, STRIKES_KEY_BYTES);
    assert_memory_not_equal(other.strikes.key, other.filter.key, STRIKES_KEY_BYTES);
    assert_memory_not_equal(other.lineage_key, server.lineage_key, sizeof other.lineage_key);
    assert_true(other.home != server.home && other.home != 0);
    assert_int_equal(filter_used(&other.filter), 0);
    assert_int_equal(strikes_used(&other.strikes), 0);
    assert_true(other.ring.life_ms == KID_COUNT * RING_PERIOD_MS);
    assert_true(other.boot_ms == now_ms);
}

/* Those of packets that are no REQUEST. */
static void every_verdict_was_reached(void **state)
{
    (void)state;
    for (enum verdict v = ANSWERED; v < DROP_CONTINUATION; v++)
        if (!reached[v])
            fail_msg("%s was never the verdict", verdict_name(v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(kinds_that_a_server_does_not_take, boot),
        cmocka_unit_test_setup(every_wrong_length_is_a_format, boot),
        cmocka_unit_test_setup(the_ladder_of_hello, boot),
        cmocka_unit_test_setup(under_load_a_hello_is_asked_for_a_solution, boot),
        cmocka_unit_test_setup(leg_block_and_finish, boot),
        cmocka_unit_test_setup(a_syndrome_with_padding_is_dropped, boot),
        cmocka_unit_test_setup(a_batch_leaves_nothing_behind, boot),
        cmocka_unit_test_setup(in_a_crowd_a_network_beyond_its_share_is_left_out, boot),
        cmocka_unit_test_setup(in_a_crowd_what_is_foreign_is_left_out, boot),
        cmocka_unit_test_setup(servers_differ_in_what_they_draw, boot),
        cmocka_unit_test(every_verdict_was_reached),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
