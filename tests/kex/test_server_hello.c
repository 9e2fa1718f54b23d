/* kex/server_hello: each rung of the ladder drops what it should, under its own name, and keeps
 * nothing. */
#include "kex/test_support.h"

#include "crypto/dh.h"
#include "seal/continuation.h"

static struct world_server server, before;
static struct kex_client client;
static uint8_t packet[DATAGRAM_BYTES], out[DATAGRAM_BYTES];

static int start(void **state)
{
    (void)state;
    struct ring ring;
    world_ring(&ring, 1, 3);
    world_server_start(&server, &ring, 1);
    world_seed_libraries(2);
    world_client(&client, BOTH_LEGS, 3);
    memcpy(packet, client.hello, sizeof packet);
    memcpy(&before, &server, sizeof before);
    return 0;
}

static enum verdict serve(void)
{
    size_t n = 77;
    memset(out, 0xee, sizeof out);
    enum verdict v = world_hello(&server, WORLD_MS, packet, sizeof packet, out, &n);
    assert_int_equal(n, v == ANSWERED ? DATAGRAM_BYTES : 77);
    return v;
}

/* A drop writes nothing, draws nothing and remembers nothing. */
static void dropped(enum verdict expected)
{
    assert_int_equal(serve(), expected);
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], 0xee);
    assert_memory_equal(&server, &before, sizeof server);
}

/* What whoever knows the fingerprint can do. */
static void mac_again(void)
{
    schedule_hello_mac(packet + HELLO_MAC_AT, world.identity.fingerprint, packet);
}

static void an_honest_one_is_answered(void **state)
{
    (void)state;
    struct session s;
    uint8_t address[ADDRESS_HASH_BYTES];
    assert_int_equal(serve(), ANSWERED);
    assert_int_equal(kex_client_input(&client, 5, out, sizeof out), LETHE_OK);
    assert_true(client.accepted);
    assert_int_equal(client.kid, 102 % KID_COUNT); /* the newest: it was born 10 s ago */
    assert_int_equal(continuation_open(&s, &server.ring, WORLD_MS, client.session.continuation),
                     LETHE_OK);
    assert_memory_equal(s.z, client.session.z, sizeof s.z);
    assert_memory_equal(s.m, client.m, sizeof s.m);
    assert_memory_equal(s.m, client.session.m, sizeof s.m);
    assert_int_equal(s.legs, 0);
    assert_true(s.issued_ms == WORLD_MS);
    address_hash(address, server.address);
    assert_memory_equal(s.address, address, sizeof address);
    assert_true(exchange_usable(ring_find(&server.ring, client.kid, WORLD_MS), client.m));
    assert_int_equal(filter_used(&server.filter), 0);
    assert_memory_equal(&server.ring, &before.ring, sizeof server.ring);
}

static void every_other_length_is_malformed(void **state)
{
    (void)state;
    static uint8_t long_packet[DATAGRAM_BYTES + 100];
    size_t n;
    memcpy(long_packet, packet, sizeof packet);
    for (size_t len = 0; len <= sizeof long_packet; len++)
        if (len != DATAGRAM_BYTES)
            assert_int_equal(world_hello(&server, WORLD_MS, long_packet, len, out, &n),
                             DROP_FORMAT);
}

/* The ciphertext is not under the mac, but under all that comes after it. */
static enum verdict header_verdict(size_t bit)
{
    const size_t at = bit / 8;
    if (at < 2)
        return DROP_FORMAT;
    if (at < 10)
        return DROP_IDENTITY;
    if (at < HELLO_CT_AT || at >= HELLO_MAC_AT)
        return DROP_MAC;
    return at == HELLO_MAC_AT - 1 && bit % 8 >= 3 ? DROP_DECAP : DROP_HELLO_BOX;
}

static void every_header_bit_is_checked(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * HELLO_HEADER_BYTES; bit++) {
        const size_t at = bit / 8;
        if (at >= HELLO_CT_AT && at < HELLO_MAC_AT - 1 && bit % 37)
            continue; /* each of these is a decapsulation */
        flip(packet, bit);
        if (bit % 8 == 0)
            dropped(header_verdict(bit));
        else
            assert_int_equal(serve(), header_verdict(bit));
        flip(packet, bit);
    }
    assert_int_equal(serve(), ANSWERED);
}

static void the_box_is_checked(void **state)
{
    (void)state;
    for (size_t at = HELLO_HEADER_BYTES; at < DATAGRAM_BYTES; at += at < 1216 ? 23 : 1) {
        flip(packet, 8 * at + at % 8);
        dropped(DROP_HELLO_BOX);
        flip(packet, 8 * at + at % 8);
    }
}

/* Behind the mac: whoever knows the fingerprint, and did not make this HELLO. */
static void every_field_is_authenticated(void **state)
{
    (void)state;
    for (size_t at = 10; at<HELLO_MAC_AT; at += at> HELLO_CT_AT && at < 330 ? 9 : 5) {
        flip(packet, 8 * at + at % 3);
        mac_again();
        dropped(DROP_HELLO_BOX);
        flip(packet, 8 * at + at % 3);
    }
    flip(packet, 8 * 46 + 255); /* X25519 does not look at this bit of C', and we do */
    mac_again();
    dropped(DROP_HELLO_BOX);
}

static void ciphertext_padding_is_refused(void **state)
{
    (void)state;
    for (size_t bit = 3; bit < 8; bit++) {
        flip(packet, 8 * (HELLO_MAC_AT - 1) + bit);
        mac_again();
        dropped(DROP_DECAP);
        flip(packet, 8 * (HELLO_MAC_AT - 1) + bit);
    }
}

static void low_order_points_are_refused(void **state)
{
    (void)state;
    static const uint8_t points[][32] = {
        {0},
        {1},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
         0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
         0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
         0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
         0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    };
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        for (int high = 0; high < 2; high++) {
            memcpy(packet + 46, points[i], 32);
            packet[46 + 31] |= (uint8_t)(high << 7);
            mac_again();
            dropped(DROP_DH);
        }
}

static void another_identity_is_not_ours(void **state)
{
    (void)state;
    struct server_public other = world.public;
    struct rng rng = world_rng(4);
    other.fingerprint[0] ^= 1;
    assert_int_equal(kex_client_init(&client, &other, 0, &rng), LETHE_OK);
    memcpy(packet, client.hello, sizeof packet);
    dropped(DROP_IDENTITY);
    memcpy(packet + 2, world.identity.ltid, HELLO_ID_BYTES); /* the name is no secret */
    dropped(DROP_MAC);
}

static void wrong_static_keys_do_not_authenticate(void **state)
{
    (void)state;
    struct rng rng = world_rng(5);
    struct server_public wrong = world.public;
    wrong.mceliece = world.client_pk;
    assert_int_equal(kex_client_init(&client, &wrong, 0, &rng), LETHE_OK);
    memcpy(packet, client.hello, sizeof packet);
    dropped(DROP_HELLO_BOX);
    wrong = world.public;
    uint8_t secret[32] = {5};
    dh_public(wrong.dh, secret);
    assert_int_equal(kex_client_init(&client, &wrong, 0, &rng), LETHE_OK);
    memcpy(packet, client.hello, sizeof packet);
    dropped(DROP_HELLO_BOX);
}

static void without_a_live_key_nothing_is_sealed(void **state)
{
    (void)state;
    ring_wipe(&server.ring);
    ring_init(&server.ring, RING_PERIOD_MS);
    memcpy(&before, &server, sizeof before);
    dropped(DROP_NO_KEY);
    world_ring(&server.ring, 1, 3);
    memcpy(&before, &server, sizeof before);
    server.ring.life_ms = 10000; /* they all just died */
    before.ring.life_ms = 10000;
    dropped(DROP_NO_KEY);
}

/* The unsettled key may not have reached the other servers. */
static void the_settled_key_seals(void **state)
{
    (void)state;
    const uint8_t key[COOKIE_KEY_BYTES] = {1};
    ring_put(&server.ring, 103, WORLD_MS - RING_SETTLE_MS + 1, key);
    assert_int_equal(serve(), ANSWERED);
    assert_int_equal(out[1], 102 % KID_COUNT);
    ring_wipe(&server.ring);
    ring_init(&server.ring, RING_PERIOD_MS);
    ring_put(&server.ring, 103, WORLD_MS - RING_SETTLE_MS, key);
    assert_int_equal(serve(), ANSWERED);
    assert_int_equal(out[1], 103 % KID_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_honest_one_is_answered, start),
        cmocka_unit_test_setup(every_other_length_is_malformed, start),
        cmocka_unit_test_setup(every_header_bit_is_checked, start),
        cmocka_unit_test_setup(the_box_is_checked, start),
        cmocka_unit_test_setup(every_field_is_authenticated, start),
        cmocka_unit_test_setup(ciphertext_padding_is_refused, start),
        cmocka_unit_test_setup(low_order_points_are_refused, start),
        cmocka_unit_test_setup(another_identity_is_not_ours, start),
        cmocka_unit_test_setup(wrong_static_keys_do_not_authenticate, start),
        cmocka_unit_test_setup(without_a_live_key_nothing_is_sealed, start),
        cmocka_unit_test_setup(the_settled_key_seals, start),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
