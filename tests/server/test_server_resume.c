/* server/server: RESUME, each drop under the name of its check, and how much of a worker's time it
 * may take. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crypto/aead.h"
#include "kex/resume.h"
#include "kex/schedule.h"
#include "seal/parked.h"
#include "server/server.h"
#include "sim/fixture.h"

#define OPENING_NS 5000000 /* as the clock of these tests has it: 25 of them are a share */

static struct party party;
static struct server server;
static struct counters counters;
static struct rng rng;
static struct kex_resume request;
static uint8_t parked_key[32]; /* of its session */
static uint8_t address[ADDRESS_BYTES], out[BURST_BYTES];
static struct burst burst;
static int64_t now_ms;
static uint64_t clock_at;

static uint64_t ticks(void)
{
    return clock_at += OPENING_NS;
}

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
    memset(&counters, 0, sizeof counters);
    const struct server_options options = {
        .identity = &party.identity, .period_ms = RING_PERIOD_MS, .clock_ns = ticks};
    now_ms = 100000000;
    server_init(&server, &options, &counters, now_ms - 1, seed);
    ring_put(&server.ring, 9, now_ms, key);
    ring_put(&server.slow, 100, now_ms - 5000, key);
    address_make(address, 1, 1, 1);
    rng_seed(&rng, seed);
    return 0;
}

/* A RESUME of a session that nobody has resumed. */
static void draw(void)
{
    uint8_t z[SESSION_KEY_BYTES], m[EXCHANGE_ID_BYTES], nonce[NONCE_BYTES];
    struct parked p;
    struct parked_session kept = {.legs = 3};
    rng_fill(&rng, z, sizeof z);
    rng_fill(&rng, m, sizeof m);
    rng_fill(&rng, nonce, sizeof nonce);
    parked_of(&p, z, kept.legs, m);
    memcpy(kept.key, p.key, sizeof kept.key);
    memcpy(parked_key, p.key, sizeof parked_key);
    parked_seal(kept.value, &p, ring_sealing(&server.slow, now_ms), nonce);
    kex_resume_init(&request, &kept, &rng);
}

static enum verdict verdict(void)
{
    const struct counters before = counters;
    burst = (struct burst){.at = out, .room = sizeof out};
    server_packet(&server, now_ms, address, request.packet, RESUME_BYTES, &burst);
    for (enum verdict v = 0; v < VERDICTS; v++)
        if (counters.verdicts[v] != before.verdicts[v]) {
            assert_int_equal(burst.count, v == ANSWERED);
            return v;
        }
    fail();
    return VERDICTS;
}

static void each_check_has_its_name(void **state)
{
    (void)state;
    draw();
    request.packet[40] ^= 1;
    assert_int_equal(verdict(), DROP_PARKED);
    assert_int_equal(sketch_total(&server.admit.sketch, SKETCH_OTHERS, server.steady_ms),
                     ADMIT_OTHER_MOST_US); /* by the clock */
    request.packet[40] ^= 1;
    request.packet[RESUME_BYTES - 1] ^= 1;
    assert_int_equal(verdict(), DROP_RESUME_BOX);
    request.packet[RESUME_BYTES - 1] ^= 1;
    assert_int_equal(verdict(), ANSWERED);
    assert_int_equal(burst.used, RESUMED_BYTES);
    assert_int_equal(out[0], KIND_RESUMED);
    assert_int_equal(counters.answered[KIND_RESUME], 1);
    assert_int_equal(verdict(), DROP_RESUMED);
    draw();
    ring_init_slow(&server.slow);
    assert_int_equal(verdict(), DROP_PARKED);
    assert_int_equal(counters.answered[KIND_RESUME], 1);
}

/* It brings no solution, so it does not go through where work is due; the proof of an address is
 * not. What was not let through has struck nothing. */
static void where_work_is_due_it_is_not_opened(void **state)
{
    (void)state;
    draw();
    server.admit.control.level = 2;
    assert_int_equal(verdict(), DROP_RESUME_LOAD);
    server.options.no_puzzles = true;
    assert_int_equal(verdict(), ANSWERED);
    server.options.no_puzzles = false;
    draw();
    assert_int_equal(verdict(), DROP_RESUME_LOAD);
    server.admit.control.level = 1;
    assert_int_equal(verdict(), ANSWERED);
}

/* However many sessions a network has to resume, and whatever the load: a share, and others go on.
 */
static void a_network_takes_no_more_than_its_share(void **state)
{
    (void)state;
    unsigned answered = 0;
    for (int i = 0; i < 60; i++) {
        draw();
        enum verdict v = verdict();
        assert_true(v == ANSWERED || v == DROP_RESUME_LOAD);
        answered += v == ANSWERED;
        server.admit.control.spent_ns = 0; /* the load is not what this is about */
    }
    const unsigned share = ADMIT_SHARE_US * 1000u / OPENING_NS;
    assert_in_range(answered, share, share + 1);
    address_make(address, 2, 2, 2);
    assert_int_equal(verdict(), ANSWERED);
    address_make(address, 1, 1, 1);
    draw();
    assert_int_equal(verdict(), DROP_RESUME_LOAD);
    now_ms += 2 * SKETCH_HALF_MS;
    assert_int_equal(verdict(), ANSWERED);
}

/* It counts as load, and beyond what can be afforded it ends by itself: so none starves HELLO. */
static void it_is_load(void **state)
{
    (void)state;
    uint8_t highest = 0;
    for (int i = 0; i < 60; i++) {
        address_make(address, 1, (uint8_t)i, 1); /* of another network each */
        address[14] = (uint8_t)i;
        draw();
        (void)verdict();
        now_ms += 5;
        if (server.admit.control.level > highest)
            highest = server.admit.control.level;
    }
    assert_int_equal(highest, 2);
    assert_true(counters.verdicts[DROP_RESUME_LOAD] > 0);
}

/* One whose X25519 fails has taken as long. */
static void a_low_order_point_is_load_as_well(void **state)
{
    (void)state;
    static const uint8_t body[RESUME_BODY_BYTES];
    uint8_t key[32], *p = request.packet;
    draw();
    memset(p + 2 + PARKED_BYTES, 0, 32);
    schedule_resume_box(key, parked_key);
    aead_seal(p + RESUME_HEADER_BYTES, body, sizeof body, p, RESUME_HEADER_BYTES,
              p + RESUME_HEADER_BYTES - NONCE_BYTES, key);
    assert_int_equal(verdict(), DROP_DH);
    assert_true(server.admit.control.spent_ns == OPENING_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_check_has_its_name, boot),
        cmocka_unit_test_setup(where_work_is_due_it_is_not_opened, boot),
        cmocka_unit_test_setup(a_network_takes_no_more_than_its_share, boot),
        cmocka_unit_test_setup(it_is_load, boot),
        cmocka_unit_test_setup(a_low_order_point_is_load_as_well, boot),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
