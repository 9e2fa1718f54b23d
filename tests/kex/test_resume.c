/* kex/resume, both ends: a parked session goes on under a key of its own, once; nothing that is
 * changed, dead or repeated does, and each is dropped under its own name. */
#include "kex/test_support.h"

#include "crypto/dh.h"
#include "kex/link.h"
#include "kex/resume.h"
#include "seal/continuation.h"
#include "seal/parked.h"

static struct world_server server;
static struct rng rng;
static struct parked_session parked;
static struct kex_resume resume;
static struct kex_client client;
static uint8_t m[EXCHANGE_ID_BYTES], packet[RESUME_BYTES], out[DATAGRAM_BYTES];
static size_t out_len;

/* What a server seals of a session that has absorbed these legs, and the client's half. */
static void park(uint8_t legs)
{
    struct parked p;
    uint8_t z[SESSION_KEY_BYTES], nonce[NONCE_BYTES];
    rng_fill(&rng, z, sizeof z);
    rng_fill(&rng, m, sizeof m);
    rng_fill(&rng, nonce, sizeof nonce);
    parked_of(&p, z, legs, m);
    parked_seal(parked.value, &p, ring_sealing(&server.slow, WORLD_MS), nonce);
    memcpy(parked.key, p.key, sizeof parked.key);
    parked.legs = p.legs;
    kex_resume_init(&resume, &parked, &rng);
    memcpy(packet, resume.packet, sizeof packet);
}

static int start(void **state)
{
    (void)state;
    struct ring ring;
    world_ring(&ring, 1, 3);
    world_server_start(&server, &ring, 1);
    rng = world_rng(9);
    park(BOTH_LEGS);
    return 0;
}

static enum verdict serve_at(int64_t now_ms)
{
    return world_serve(&server, now_ms, packet, sizeof packet, out, &out_len);
}

static enum verdict serve(void)
{
    return serve_at(WORLD_MS);
}

static int input(const struct kex_resume *r)
{
    return kex_resume_input(r, &client, &world.public, BOTH_LEGS, out, out_len);
}

/* The answer opens at the client, and what it carries at the server: the two are one session. */
static void goes_on(void)
{
    const struct client_session *own = &client.session;
    struct session s;
    uint8_t values[TRANSPORT_BYTES], theirs[TRANSPORT_BYTES], address[ADDRESS_HASH_BYTES];
    assert_int_equal(out_len, RESUMED_BYTES);
    assert_int_equal(input(&resume), LETHE_OK);
    assert_int_equal(continuation_open(&s, &server.ring, WORLD_MS, own->continuation), LETHE_OK);
    assert_memory_equal(s.z, own->z, sizeof s.z);
    assert_memory_equal(s.m, own->m, sizeof s.m);
    assert_memory_equal(s.m, client.m, sizeof s.m);
    assert_memory_not_equal(s.m, m, sizeof m);
    assert_int_equal(s.legs, parked.legs);
    assert_int_equal(own->legs, parked.legs);
    assert_true(client.accepted);
    assert_int_equal(kex_client_done(&client), parked.legs == BOTH_LEGS);
    address_hash(address, server.address);
    assert_memory_equal(s.address, address, sizeof address);
    assert_int_equal(s.issued_ms, WORLD_MS);
    assert_int_equal(s.begun_ms, WORLD_MS);
    transport_encode(values, &own->transport);
    transport_encode(theirs, &s.transport);
    assert_memory_equal(values, theirs, sizeof values);
}

static void a_parked_session_goes_on(void **state)
{
    (void)state;
    assert_int_equal(serve(), ANSWERED);
    goes_on();
}

static void once_at_a_server_and_again_at_another(void **state)
{
    (void)state;
    struct kex_client first;
    assert_int_equal(serve(), ANSWERED);
    goes_on();
    first = client;
    assert_int_equal(serve(), DROP_RESUMED);
    assert_int_equal(out_len, 0);
    kex_resume_init(&resume, &parked, &rng); /* another packet of the same session */
    memcpy(packet, resume.packet, sizeof packet);
    assert_int_equal(serve(), DROP_RESUMED);
    /* After a restart, or at a server that has not seen it: a session of its own. */
    const struct ring ring = server.ring;
    world_server_start(&server, &ring, 2);
    assert_int_equal(serve(), ANSWERED);
    goes_on();
    assert_memory_not_equal(first.session.z, client.session.z, sizeof first.session.z);
    assert_memory_not_equal(first.m, client.m, sizeof first.m);
    assert_memory_not_equal(first.from_client, client.from_client, sizeof first.from_client);
}

static enum verdict verdict_of_byte(size_t at)
{
    if (at < 2)
        return at ? DROP_FORMAT : DROP_KIND;
    return at < 2 + PARKED_BYTES ? DROP_PARKED : DROP_RESUME_BOX;
}

/* Each byte has its check, and a packet that fails one strikes nothing. */
static void every_changed_byte_is_dropped_under_its_name(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof packet; bit += 3) {
        flip(packet, bit);
        enum verdict v = serve(), expected = verdict_of_byte(bit / 8);
        if (expected == DROP_KIND) /* of another kind, and not of its length */
            assert_true(v == DROP_KIND || v == DROP_FORMAT);
        else if (bit / 8 == 2 && packet[2] >= SLOW_KID_COUNT)
            assert_int_equal(v, DROP_FORMAT);
        else
            assert_int_equal(v, expected);
        flip(packet, bit);
    }
    assert_int_equal(serve(), ANSWERED);
    goes_on();
}

static void an_answer_that_is_changed_opens_nothing(void **state)
{
    (void)state;
    static struct kex_client before;
    memset(&client, 0xee, sizeof client);
    before = client;
    assert_int_equal(serve(), ANSWERED);
    for (size_t bit = 0; bit < 8 * RESUMED_BYTES; bit += 7) {
        flip(out, bit);
        assert_int_not_equal(input(&resume), LETHE_OK);
        flip(out, bit);
    }
    assert_memory_equal(&client, &before, sizeof before); /* an exchange that may be under way */
    goes_on();
}

/* Each leg that was not parked, in an exchange of its own, whose shares are this session's. */
static void the_legs_it_lacks_can_run(void **state)
{
    (void)state;
    for (uint8_t legs = 1; legs < BOTH_LEGS; legs++) {
        uint8_t secret[32], hash[32];
        struct link l = {.servers = &server, .delay_ns = 1000000, .limit_ns = 60000000000};
        l.rng = world_rng(3);
        park(legs);
        assert_int_equal(serve(), ANSWERED);
        goes_on();
        kex_client_lend_mceliece(&client, world.client_pk, world.client_sk);
        assert_true(link_run(&l, &client));
        for (uint8_t leg = 0; leg < LEG_COUNT; leg++) {
            const struct leg_yield *y = &client.yields[leg];
            assert_int_equal(y->ready, !(legs & LEG_BIT(leg)));
            if (!y->ready)
                continue;
            assert_int_equal(
                share_open(secret, hash, &server.ring, WORLD_MS, client.session.m, leg, y->share),
                LETHE_OK);
            assert_memory_equal(secret, y->secret, sizeof secret);
            assert_memory_equal(hash, y->hash, sizeof hash);
        }
    }
}

/* Who has P and has seen both packets, but has neither fresh X25519 secret. */
static void the_parked_key_alone_opens_nothing(void **state)
{
    (void)state;
    struct kex_resume thief = resume;
    assert_int_equal(serve(), ANSWERED);
    rng_fill(&rng, thief.dh_secret, sizeof thief.dh_secret);
    assert_int_equal(input(&thief), LETHE_ERR_CRYPTO);
    goes_on();
}

static void dead_keys_resume_nothing(void **state)
{
    (void)state;
    struct ring none, slow = server.slow;
    const struct ring ring = server.ring;
    const int64_t death = ring_sealing(&slow, WORLD_MS)->born_ms + slow.life_ms;
    ring_init(&none, RING_PERIOD_MS);
    server.ring = none;
    assert_int_equal(serve(), DROP_NO_KEY);
    server.ring = ring;
    server.ring.life_ms = INT64_MAX;
    assert_int_equal(serve_at(death), DROP_PARKED);
    ring_init_slow(&server.slow); /* a server that parks nothing */
    assert_int_equal(serve(), DROP_PARKED);
    server.slow = slow;
    assert_int_equal(serve_at(death - 1), ANSWERED);
}

/* A point of low order, sealed as the client would: it costs its one try. */
static void a_low_order_point_is_dropped(void **state)
{
    (void)state;
    uint8_t key[32];
    static const uint8_t body[RESUME_BODY_BYTES];
    memset(packet + 2 + PARKED_BYTES, 0, 32);
    schedule_resume_box(key, parked.key);
    aead_seal(packet + RESUME_HEADER_BYTES, body, sizeof body, packet, RESUME_HEADER_BYTES,
              packet + RESUME_HEADER_BYTES - NONCE_BYTES, key);
    assert_int_equal(serve(), DROP_DH);
    assert_int_equal(out_len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_parked_session_goes_on, start),
        cmocka_unit_test_setup(the_legs_it_lacks_can_run, start),
        cmocka_unit_test_setup(once_at_a_server_and_again_at_another, start),
        cmocka_unit_test_setup(every_changed_byte_is_dropped_under_its_name, start),
        cmocka_unit_test_setup(an_answer_that_is_changed_opens_nothing, start),
        cmocka_unit_test_setup(the_parked_key_alone_opens_nothing, start),
        cmocka_unit_test_setup(dead_keys_resume_nothing, start),
        cmocka_unit_test_setup(a_low_order_point_is_dropped, start),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
