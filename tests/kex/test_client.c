/* kex/client: what it sends and when, without and with answers. */
#include "kex/link.h"
#include "kex/test_support.h"

static struct world_server server;
static struct kex_client client;
static uint8_t out[DATAGRAM_BYTES];

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

static struct link good_path(int64_t delay_ns)
{
    return (struct link){
        .delay_ns = delay_ns, .limit_ns = 60000 * PACE_MS, .rng = world_rng(9), .servers = &server};
}

static void an_exchange_is_887_packets_each_way(void **state)
{
    (void)state;
    struct link l = good_path(20 * PACE_MS);
    assert_true(link_run(&l, &client));
    assert_true(l.up == 887 && l.down == 887);
    assert_true(client.packets_sent == 887 && client.packets_answered == 887);
    assert_true(l.verdicts[ANSWERED] == 887);
    assert_true(share_matches(&client, &server.ring, WORLD_MS, LEG_SNTRUP));
    assert_true(share_matches(&client, &server.ring, WORLD_MS, LEG_MCELIECE));
    assert_int_equal(client.session.legs, 0); /* yielded, not absorbed */
    assert_in_range(l.end_ns / PACE_MS, 120, 1000);
    assert_true(kex_client_next_ns(&client) == INT64_MAX);
    assert_int_equal(kex_client_output(&client, l.end_ns + 10000 * PACE_MS, out), 0);
    uint8_t key[32]; /* both sides hold the same K1 */
    schedule_exchange_key(key, ring_find(&server.ring, client.kid, WORLD_MS), client.m);
    uint8_t up[32], down[32];
    keys_split(up, down, key);
    assert_memory_equal(up, client.from_client, 32);
    assert_memory_equal(down, client.from_server, 32);
    assert_memory_not_equal(up, down, 32);
}

/* A round trip longer than the first timeout is learnt, and then costs what it must and no more. */
static void a_long_round_trip_is_learnt(void **state)
{
    (void)state;
    struct link l = good_path(300 * PACE_MS);
    l.limit_ns = 10000 * PACE_MS; /* 8 round trips are enough, and here are 16 */
    assert_true(link_run(&l, &client));
    assert_true(l.up < 887 + 20);
}

static void only_what_is_wanted_is_run(void **state)
{
    (void)state;
    const struct {
        uint8_t wanted;
        uint64_t packets;
    } sets[] = {{0, 1}, {LEG_BIT(LEG_SNTRUP), 2}, {LEG_BIT(LEG_MCELIECE), 886}};
    for (size_t i = 0; i < 3; i++) {
        world_client(&client, sets[i].wanted, 10 + i);
        struct link l = good_path(PACE_MS);
        assert_true(link_run(&l, &client));
        assert_true(l.up == sets[i].packets && l.down == l.up);
        for (uint8_t leg = 0; leg < LEG_COUNT; leg++)
            assert_true(client.yields[leg].ready == (sets[i].wanted >> leg & 1));
    }
}

/* Sends all there is at `now`; returns the kind of the last, 0 when there was none. */
static uint8_t drain(int64_t now)
{
    uint8_t kind = 0;
    while (kex_client_output(&client, now, out))
        kind = out[0];
    return kind;
}

static void the_upload_waits_for_its_key(void **state)
{
    (void)state;
    client.mceliece_pk = client.mceliece_sk = NULL;
    world_accept(&client, &server, WORLD_MS);
    assert_int_equal(drain(1), KIND_LEG);
    size_t n;
    make_leg(&client, out);
    assert_int_equal(world_serve(&server, WORLD_MS, out, DATAGRAM_BYTES, out, &n), ANSWERED);
    assert_int_equal(kex_client_input(&client, 2, out, n), LETHE_OK);
    assert_true(kex_client_next_ns(&client) == INT64_MAX);
    assert_false(kex_client_done(&client));
    kex_client_lend_mceliece(&client, world.client_pk, world.client_sk);
    assert_true(kex_client_next_ns(&client) <= 3);
    assert_int_equal(drain(3), KIND_BLOCK);
    struct link l = good_path(PACE_MS);
    assert_true(link_run(&l, &client));
    assert_true(share_matches(&client, &server.ring, WORLD_MS, LEG_MCELIECE));
}

/* Nobody answers: the packet's times, and that each is the packet that it was. */
static void repeats_with_back_off(uint8_t kind, size_t packet_len, int64_t first)
{
    static const int64_t pauses_ms[] = {250, 500, 1000, 2000, 2000, 2000, 2000};
    uint8_t packet[DATAGRAM_BYTES];
    int64_t now = first;
    assert_int_equal(kex_client_output(&client, now, packet), packet_len);
    assert_int_equal(packet[0], kind);
    for (size_t i = 0; i < sizeof pauses_ms / sizeof pauses_ms[0]; i++) {
        assert_int_equal(kex_client_output(&client, now, out), 0);
        assert_true(kex_client_next_ns(&client) == now + pauses_ms[i] * PACE_MS);
        now = kex_client_next_ns(&client);
        assert_int_equal(kex_client_output(&client, now - 1, out), 0);
        assert_int_equal(kex_client_output(&client, now, out), packet_len);
        assert_memory_equal(out, packet, packet_len);
    }
}

/* HELLO is lost so often; its next sending, and LEG the first time, are answered after 20 ms. The
 * time is that after LEG has left. */
static int64_t accepted_after(unsigned lost, int64_t from)
{
    size_t n;
    int64_t now = from;
    world_client(&client, LEG_BIT(LEG_SNTRUP), 20 + lost);
    for (unsigned i = 0; i <= lost; i++, now = kex_client_next_ns(&client))
        assert_int_equal(drain(now), KIND_HELLO);
    now = client.hello_retry.sent == 1 ? from : from + (250ll * (1 << lost) - 250) * PACE_MS;
    now += 20 * PACE_MS;
    assert_int_equal(world_serve(&server, WORLD_MS, client.hello, DATAGRAM_BYTES, out, &n),
                     ANSWERED);
    assert_int_equal(kex_client_input(&client, now, out, n), LETHE_OK);
    kex_client_prepare(&client);
    assert_int_equal(kex_client_output(&client, now, out), DATAGRAM_BYTES);
    assert_int_equal(out[0], KIND_LEG);
    return now;
}

/* What a lost HELLO has cost is not what a lost LEG costs, and no round trip. */
static void a_lost_hello_does_not_slow_what_follows(void **state)
{
    (void)state;
    static const int64_t guesses_ms[] = {20, 270, 770, 1770};
    for (unsigned lost = 0; lost < 4; lost++) {
        size_t n;
        const int64_t now = accepted_after(lost, 5 * PACE_MS);
        assert_true(kex_client_guesses_rtt(&client) == (lost > 0));
        assert_true(client.pace.srtt_ns == guesses_ms[lost] * PACE_MS);
        assert_true(client.pace.rttvar_ns == (lost ? 0 : 10 * PACE_MS));
        assert_true(kex_client_next_ns(&client) == now + (lost ? 250 : 65) * PACE_MS);
        assert_int_equal(world_serve(&server, WORLD_MS, out, DATAGRAM_BYTES, out, &n), ANSWERED);
        assert_int_equal(kex_client_input(&client, now + 30 * PACE_MS, out, n), LETHE_OK);
        assert_false(kex_client_guesses_rtt(&client));
        assert_true(client.pace.srtt_ns == (lost ? 30 : 20) * PACE_MS);
    }
}

/* As if the round trip were not known: pauses and windows are the first ones. */
static void accept_without_sample(void)
{
    world_accept(&client, &server, WORLD_MS);
    client.pace.srtt_ns = client.pace.rttvar_ns = 0;
}

static void hello_leg_and_finish_are_repeated(void **state)
{
    (void)state;
    repeats_with_back_off(KIND_HELLO, DATAGRAM_BYTES, 1);
    client.mceliece_pk = client.mceliece_sk = NULL;
    accept_without_sample();
    repeats_with_back_off(KIND_LEG, DATAGRAM_BYTES, 20000 * PACE_MS);

    world_client(&client, LEG_BIT(LEG_MCELIECE), 4);
    accept_without_sample();
    client.blocks_answered = BLOCK_COUNT;
    repeats_with_back_off(KIND_FINISH, FINISH_PACKET_BYTES, 20000 * PACE_MS);
}

/* LEG takes half the exchange's wait away: it leaves before the blocks, and they do not wait for
 * it. */
static void the_first_flight_is_leg_and_blocks(void **state)
{
    (void)state;
    accept_without_sample();
    assert_int_equal(kex_client_output(&client, 1, out), DATAGRAM_BYTES);
    assert_int_equal(out[0], KIND_LEG);
    for (uint16_t i = 0; i < 20; i++) {
        struct block b;
        assert_int_equal(kex_client_output(&client, 1, out), BLOCK_PACKET_BYTES);
        assert_int_equal(block_decode(&b, out, BLOCK_PACKET_BYTES), LETHE_OK);
        assert_int_equal(b.position, i);
    }
    assert_int_equal(kex_client_output(&client, 1, out), 0);
    assert_true(kex_client_next_ns(&client) > 1);
}

static void packets_are_bound_to_the_exchange(void **state)
{
    (void)state;
    uint8_t expected[DATAGRAM_BYTES];
    world_accept(&client, &server, WORLD_MS);
    make_leg(&client, expected);
    assert_int_equal(kex_client_output(&client, 1, out), DATAGRAM_BYTES);
    assert_memory_equal(out, expected, DATAGRAM_BYTES);
    make_block(&client, 0, expected);
    assert_int_equal(kex_client_output(&client, 1, out), BLOCK_PACKET_BYTES);
    assert_memory_equal(out, expected, BLOCK_PACKET_BYTES);
}

/* The time of a pair is not HELLO's, and LEG repeated is the same packet. */
static void the_pair_of_leg_is_made_once_and_after_hello(void **state)
{
    (void)state;
    static struct kex_client other;
    uint8_t first[DATAGRAM_BYTES];
    assert_int_equal(kex_client_output(&client, 1, out), DATAGRAM_BYTES);
    assert_true(bytes_are_zero(client.leg_pk, sizeof client.leg_pk));
    memcpy(&other, &client, sizeof other);
    kex_client_prepare(&other);
    assert_false(bytes_are_zero(other.leg_pk, sizeof other.leg_pk));
    world_accept(&client, &server, WORLD_MS); /* prepares it */
    assert_memory_not_equal(client.leg_pk, other.leg_pk, sizeof client.leg_pk);
    make_leg(&client, first);
    kex_client_prepare(&client);
    for (int64_t now = 1; now < 20000 * PACE_MS; now += 10000 * PACE_MS) {
        while (kex_client_output(&client, now, out) && out[0] != KIND_LEG)
            ;
        assert_memory_equal(out, first, DATAGRAM_BYTES);
    }
}

/* Where there was no time, and where it is not wanted or over. */
static void leg_makes_its_own_pair_and_nothing_else_does(void **state)
{
    (void)state;
    struct link l = good_path(PACE_MS);
    assert_true(link_run(&l, &client)); /* never prepares */
    assert_true(share_matches(&client, &server.ring, WORLD_MS, LEG_SNTRUP));
    kex_client_prepare(&client);
    assert_true(bytes_are_zero(client.leg_sk, sizeof client.leg_sk));
    world_client(&client, LEG_BIT(LEG_MCELIECE), 4);
    kex_client_prepare(&client);
    assert_true(bytes_are_zero(client.leg_pk, sizeof client.leg_pk));
}

static void wiped_is_zero(void **state)
{
    (void)state;
    struct link l = good_path(PACE_MS);
    assert_true(link_run(&l, &client));
    assert_true(bytes_are_zero(client.kh0, sizeof client.kh0));
    assert_true(bytes_are_zero(client.dh_secret, sizeof client.dh_secret));
    assert_true(bytes_are_zero(client.leg_sk, sizeof client.leg_sk));
    kex_client_wipe(&client);
    assert_true(bytes_are_zero(&client, sizeof client));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_exchange_is_887_packets_each_way, start),
        cmocka_unit_test_setup(a_long_round_trip_is_learnt, start),
        cmocka_unit_test_setup(only_what_is_wanted_is_run, start),
        cmocka_unit_test_setup(the_upload_waits_for_its_key, start),
        cmocka_unit_test_setup(a_lost_hello_does_not_slow_what_follows, start),
        cmocka_unit_test_setup(hello_leg_and_finish_are_repeated, start),
        cmocka_unit_test_setup(the_first_flight_is_leg_and_blocks, start),
        cmocka_unit_test_setup(packets_are_bound_to_the_exchange, start),
        cmocka_unit_test_setup(the_pair_of_leg_is_made_once_and_after_hello, start),
        cmocka_unit_test_setup(leg_makes_its_own_pair_and_nothing_else_does, start),
        cmocka_unit_test_setup(wiped_is_zero, start),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
