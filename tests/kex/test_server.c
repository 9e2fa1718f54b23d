/* kex/server: LEG, BLOCK and FINISH authenticate before they do anything, and cost a bounded
 * number. */
#include "kex/test_support.h"

static struct world_server server, before;
static struct kex_client client;
static uint8_t packet[DATAGRAM_BYTES], out[DATAGRAM_BYTES];
static size_t packet_len, out_len;

static int start(void **state)
{
    (void)state;
    struct ring ring;
    world_ring(&ring, 1, 1);
    world_server_start(&server, &ring, 1);
    world_seed_libraries(2);
    world_client(&client, BOTH_LEGS, 3);
    world_accept(&client, &server, WORLD_MS);
    return 0;
}

typedef enum verdict (*step_function)(const struct step *, struct exchange *, const uint8_t *,
                                      size_t, uint8_t *, size_t *);

static enum verdict serve_by(step_function step, size_t n, int64_t now_ms)
{
    const struct step st = world_step(&server, now_ms);
    return step(&st, &server.exchange, packet, n, out, &out_len);
}

static enum verdict serve(void)
{
    return world_serve(&server, WORLD_MS, packet, packet_len, out, &out_len);
}

static const uint8_t syndrome[GOPPA_SYNDROME_BYTES] = {1, 2, 3};

static void make_kind(uint8_t kind)
{
    if (kind == KIND_LEG)
        packet_len = make_leg(&client, packet);
    else if (kind == KIND_BLOCK)
        packet_len = make_block(&client, 700, packet);
    else
        packet_len = make_finish(&client, syndrome, packet);
}

static const struct {
    uint8_t kind;
    step_function step;
    size_t header, answer;
} kinds[] = {{KIND_LEG, kex_leg, LEG_HEADER_BYTES, LEGGED_BYTES},
             {KIND_BLOCK, kex_block, BLOCK_HEADER_BYTES, BLOCKED_BYTES},
             {KIND_FINISH, kex_finish, FINISH_HEADER_BYTES, FINISHED_BYTES}};

/* The verdict when this bit of that header is flipped and the ring holds one key, of kid 4. */
static enum verdict header_verdict(uint8_t kind, size_t bit)
{
    size_t at = bit / 8;
    if (at == 0)
        return DROP_FORMAT;
    if (at == 1)
        return bit % 8 < 3 ? DROP_KID : DROP_FORMAT;
    if (kind == KIND_LEG && at == 2)
        return DROP_LEG;
    if (kind == KIND_BLOCK && (at == 2 || at == 3))
        return load16(packet + 2) >= BLOCK_COUNT ? DROP_FORMAT : DROP_EXCHANGE_BOX;
    return DROP_EXCHANGE_BOX;
}

/* A drop draws nothing and remembers nothing; the exchange is a cache, and harmless. */
static void dropped_with(step_function step, enum verdict expected)
{
    memcpy(&before, &server, sizeof before);
    memset(out, 0xee, sizeof out);
    assert_int_equal(serve_by(step, packet_len, WORLD_MS), expected);
    assert_memory_equal(&server.rng, &before.rng, sizeof server.rng);
    assert_int_equal(filter_used(&server.filter), filter_used(&before.filter));
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], 0xee);
}

static void every_changed_byte_is_dropped(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        make_kind(kinds[k].kind);
        for (size_t bit = 0; bit < 8 * kinds[k].header; bit++) {
            flip(packet, bit);
            dropped_with(kinds[k].step, header_verdict(kinds[k].kind, bit));
            flip(packet, bit);
        }
        for (size_t at = kinds[k].header; at < packet_len; at++) {
            flip(packet, 8 * at + at % 8);
            assert_int_equal(serve_by(kinds[k].step, packet_len, WORLD_MS), DROP_EXCHANGE_BOX);
            flip(packet, 8 * at + at % 8);
        }
        assert_int_equal(serve(), ANSWERED);
        assert_int_equal(out_len, kinds[k].answer);
    }
}

static void another_live_key_does_not_authenticate(void **state)
{
    (void)state;
    struct ring ring;
    world_ring(&ring, 1, KID_COUNT);
    world_server_start(&server, &ring, 1);
    world_client(&client, BOTH_LEGS, 3);
    world_accept(&client, &server, WORLD_MS);
    for (int k = 0; k < 3; k++)
        for (uint8_t kid = 0; kid < KID_COUNT; kid++) {
            make_kind(kinds[k].kind);
            packet[1] = kid;
            if (kid == client.kid)
                assert_int_equal(serve(), ANSWERED);
            else
                dropped_with(kinds[k].step, DROP_EXCHANGE_BOX);
        }
}

static void every_other_length_is_malformed(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        make_kind(kinds[k].kind);
        for (size_t n = 0; n <= DATAGRAM_BYTES; n++)
            if (n != packet_len)
                assert_int_equal(serve_by(kinds[k].step, n, WORLD_MS), DROP_FORMAT);
    }
}

static void a_dead_key_answers_nothing(void **state)
{
    (void)state;
    int64_t death = server.ring.keys[4].born_ms + server.ring.life_ms;
    for (int k = 0; k < 3; k++) {
        make_kind(kinds[k].kind);
        assert_int_equal(serve_by(kinds[k].step, packet_len, death - 1), ANSWERED);
        assert_int_equal(serve_by(kinds[k].step, packet_len, death), DROP_KID);
    }
    ring_expire(&server.ring, death);
    for (int k = 0; k < 3; k++) {
        make_kind(kinds[k].kind);
        assert_int_equal(serve_by(kinds[k].step, packet_len, WORLD_MS), DROP_KID);
    }
}

/* A box that was made for another kind, leg or position, by who has the keys. */
static void a_box_is_good_for_one_packet(void **state)
{
    (void)state;
    uint8_t body[DATAGRAM_BYTES] = {0}, nonce[NONCE_BYTES];
    for (int k = 0; k < 3; k++)
        for (uint8_t kind = 0; kind < 12; kind++)
            for (uint16_t which = 0; which < 2; which++) {
                make_packet(&client, kinds[k].kind, 0, body, packet);
                packet_len = kinds[k].kind == KIND_LEG     ? DATAGRAM_BYTES
                             : kinds[k].kind == KIND_BLOCK ? BLOCK_PACKET_BYTES
                                                           : FINISH_PACKET_BYTES;
                size_t h = kinds[k].header;
                schedule_client_nonce(nonce, kind, which);
                aead_seal(packet + h, body, packet_len - h - TAG_BYTES, packet, h, nonce,
                          client.from_client);
                bool same = kind == kinds[k].kind && which == 0;
                assert_int_equal(serve_by(kinds[k].step, packet_len, WORLD_MS),
                                 same ? ANSWERED : DROP_EXCHANGE_BOX);
            }
    /* And the key of the other direction opens nothing. */
    memcpy(client.from_client, client.from_server, 32);
    make_kind(KIND_BLOCK);
    assert_int_equal(serve(), DROP_EXCHANGE_BOX);
}

static void no_other_leg_comes_in_one_packet(void **state)
{
    (void)state;
    uint8_t body[LEG_BODY_BYTES] = {0};
    for (uint16_t leg = 1; leg < 256; leg++) {
        packet_len = make_packet(&client, KIND_LEG, leg, body, packet);
        assert_int_equal(serve(), DROP_LEG);
    }
    assert_int_equal(filter_used(&server.filter), 0);
}

static void padding_bits_of_a_syndrome_are_refused(void **state)
{
    (void)state;
    uint8_t s[GOPPA_SYNDROME_BYTES];
    memset(s, 0xff, sizeof s);
    for (unsigned last = 0; last < 256; last += last < 16 ? 1 : 9) {
        s[sizeof s - 1] = (uint8_t)last;
        if (last < 8)
            continue;
        packet_len = make_finish(&client, s, packet);
        dropped_with(kex_finish, DROP_SYNDROME);
    }
    s[sizeof s - 1] = 7;
    packet_len = make_finish(&client, s, packet);
    assert_int_equal(serve(), ANSWERED);
}

static unsigned answered_of(unsigned tries)
{
    unsigned n = 0;
    for (unsigned i = 0; i < tries; i++) {
        enum verdict v = serve();
        assert_true(v == ANSWERED || v == DROP_METER);
        n += v == ANSWERED;
    }
    return n;
}

static void leg_and_finish_are_metered(void **state)
{
    (void)state;
    struct kex_client other;
    world_client(&other, BOTH_LEGS, 4);
    world_accept(&other, &server, WORLD_MS);
    make_kind(KIND_LEG);
    assert_int_equal(answered_of(EXCHANGE_WORK_LIMIT), EXCHANGE_WORK_LIMIT);
    dropped_with(kex_leg, DROP_METER);
    assert_int_equal(answered_of(30), 0);
    make_kind(KIND_FINISH); /* counts by itself */
    assert_int_equal(answered_of(EXCHANGE_WORK_LIMIT), EXCHANGE_WORK_LIMIT);
    assert_int_equal(answered_of(30), 0);
    make_kind(KIND_BLOCK); /* costs next to nothing */
    assert_int_equal(answered_of(100), 100);
    assert_int_equal(filter_used(&server.filter), 2 * EXCHANGE_WORK_LIMIT);
    /* A body that differs is the same work. */
    uint8_t body[LEG_BODY_BYTES] = {9};
    packet_len = make_packet(&client, KIND_LEG, LEG_SNTRUP, body, packet);
    assert_int_equal(answered_of(3), 0);
    /* A stranger of the same network is not harmed. */
    packet_len = make_leg(&other, packet);
    assert_int_equal(answered_of(30), EXCHANGE_WORK_LIMIT);
    packet_len = make_finish(&other, syndrome, packet);
    assert_int_equal(answered_of(30), EXCHANGE_WORK_LIMIT);
}

/* The work is the exchange's, wherever it is asked for: who captures LEG or FINISH gains nothing by
 * sending it from many networks. */
static void the_meter_counts_from_every_address(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k += 2) {
        unsigned answered = 0;
        make_kind(kinds[k].kind);
        for (unsigned net = 0; net < 60; net++) {
            server.address[14] = (uint8_t)(net * 5);
            server.address[15] = (uint8_t)net;
            answered += answered_of(1);
            assert_int_equal(answered, net < EXCHANGE_WORK_LIMIT ? net + 1 : EXCHANGE_WORK_LIMIT);
        }
        dropped_with(kinds[k].step, DROP_METER);
        server.address[0] = 6; /* by IPv6 as well */
        server.address[1] = 0x20;
        dropped_with(kinds[k].step, DROP_METER);
        server.address[0] = ADDRESS_FAMILY_V4;
        server.address[1] = 0;
    }
    assert_int_equal(filter_used(&server.filter), 2 * EXCHANGE_WORK_LIMIT);
}

/* Strikes from server.address's network until its quota is used up. */
static void use_quota_up(void)
{
    uint64_t use = 0;
    while (filter_strike(&server.filter, 100, server.address, &use, sizeof use) == STRIKE_FRESH)
        use++;
}

/* Neither who has used the quota up nor a stranger of the same network; but what was counted stays
 * counted. */
static void a_full_filter_stops_nobody(void **state)
{
    (void)state;
    make_kind(KIND_LEG);
    assert_int_equal(answered_of(20), EXCHANGE_WORK_LIMIT);
    use_quota_up();
    assert_int_equal(filter_used(&server.filter), FILTER_QUOTA);
    assert_int_equal(answered_of(20), 0);
    make_kind(KIND_FINISH);
    assert_int_equal(answered_of(20), 20);
    for (unsigned net = 0; filter_used(&server.filter) < FILTER_FULL; net++) {
        server.address[14] = (uint8_t)net;
        uint64_t use = net;
        for (use <<= 32;
             filter_strike(&server.filter, 100, server.address, &use, 8) == STRIKE_FRESH; use++)
            ;
        assert_true(net < 256);
    }
    assert_int_equal(answered_of(20), 20);
    make_kind(KIND_LEG);
    assert_int_equal(answered_of(20), 0);
    assert_int_equal(filter_used(&server.filter), FILTER_FULL);
}

/* Repeated answers carry the same bits under fresh nonces. */
static void a_repeated_block_gets_the_same_bits(void **state)
{
    (void)state;
    uint8_t first[BLOCKED_BYTES], a, b;
    make_kind(KIND_BLOCK);
    assert_int_equal(serve(), ANSWERED);
    memcpy(first, out, sizeof first);
    exchange_wipe(&server.exchange);
    assert_int_equal(serve(), ANSWERED);
    assert_memory_not_equal(out + 3, first + 3, NONCE_BYTES);
    const uint8_t *key = client.from_server;
    assert_int_equal(aead_open(&a, first + 27, 17, first, 27, first + 3, key), LETHE_OK);
    assert_int_equal(aead_open(&b, out + 27, 17, out, 27, out + 3, key), LETHE_OK);
    assert_int_equal(a, b);
    assert_true(a < 0x80);
}

/* The masks hide the product: of an empty block, which tells nothing, the answer is the mask. */
static void answers_are_masked(void **state)
{
    (void)state;
    const uint8_t body[BLOCK_BODY_BYTES] = {0};
    unsigned nonzero = 0;
    for (uint16_t position = 0; position < BLOCK_COUNT; position += 13) {
        uint8_t bits;
        packet_len = make_packet(&client, KIND_BLOCK, position, body, packet);
        assert_int_equal(serve(), ANSWERED);
        assert_int_equal(aead_open(&bits, out + 27, 17, out, 27, out + 3, client.from_server),
                         LETHE_OK);
        assert_int_equal(bits, server.exchange.mask[position]);
        nonzero += bits != 0;
    }
    assert_true(nonzero > 50); /* of 68 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_changed_byte_is_dropped, start),
        cmocka_unit_test_setup(another_live_key_does_not_authenticate, start),
        cmocka_unit_test_setup(every_other_length_is_malformed, start),
        cmocka_unit_test_setup(a_dead_key_answers_nothing, start),
        cmocka_unit_test_setup(a_box_is_good_for_one_packet, start),
        cmocka_unit_test_setup(no_other_leg_comes_in_one_packet, start),
        cmocka_unit_test_setup(padding_bits_of_a_syndrome_are_refused, start),
        cmocka_unit_test_setup(leg_and_finish_are_metered, start),
        cmocka_unit_test_setup(the_meter_counts_from_every_address, start),
        cmocka_unit_test_setup(a_full_filter_stops_nobody, start),
        cmocka_unit_test_setup(a_repeated_block_gets_the_same_bits, start),
        cmocka_unit_test_setup(answers_are_masked, start),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
