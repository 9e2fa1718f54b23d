/* client/client: when what may be sent, when it gives up, and what it does not let itself be told.
 */
#include <valgrind/valgrind.h>

#include "client/meeting.h"
#include "crypto/aead_implementation.h"

static void data_waits_for_the_legs_needed(void **state)
{
    (void)state;
    for (uint8_t needed = 0; needed < 4; needed++) {
        begin(needed, 3, 3000);
        lend();
        size_t n = run(KIND_REQUEST, FOR_EVER);
        assert_true(n > 0);
        uint64_t legs = counters.answered[KIND_LEG], finishes = counters.answered[KIND_FINISH];
        assert_true(legs == 1 || !(needed & LEG_BIT(LEG_SNTRUP)));
        assert_true(finishes == 1 || !(needed & LEG_BIT(LEG_MCELIECE)));
        assert_true(serve(n) > 0);
        deliver();
        run(0, FOR_EVER);
        has(0);
        assert_true((client.caller.legs & needed) == needed);
        assert_true(client.accepted_ns && client.ready_ns >= client.accepted_ns);
        assert_true(client.first_data_ns >= client.ready_ns);
        end();
    }
}

/* HELLO leaves before there is anything to fetch, and its answer is for what is begun then. */
static void the_first_packet_waits_for_nothing(void **state)
{
    (void)state;
    meet(1, 1);
    assert_int_equal(take(), 0);
    assert_int_equal(client_first(&client, now_ns, packet), DATAGRAM_BYTES);
    assert_int_equal(packet[0], KIND_HELLO);
    assert_int_equal(serve(DATAGRAM_BYTES), 1);
    assert_int_equal(fetch(0, 3000), 0);
    assert_int_equal(take(), 0);
    assert_false(client.kex.leg_made);
    assert_false(client_prepare(&client));
    assert_true(client.kex.leg_made);
    deliver();
    run(0, FOR_EVER);
    has(0);
    assert_int_equal(counters.answered[KIND_HELLO], 1);
    assert_int_equal(client.packets_sent, counters.packets_in);
    end();
}

/* The round trip that HELLO's repetitions have hidden is LEG's, for calls and pulls as well. */
static void a_guess_is_replaced(void **state)
{
    (void)state;
    begin(1, 1, 3000);
    for (int i = 0; i < 3; i++, sleep_until_next())
        assert_int_equal(take(), DATAGRAM_BYTES);
    now_ns += 20 * MS;
    assert_int_equal(serve(DATAGRAM_BYTES), 1);
    deliver();
    assert_true(client.pull.guessed && client.pull.srtt_ns > 750 * MS);
    const size_t n = take();
    assert_int_equal(packet[0], KIND_LEG);
    assert_int_equal(serve(n), 1);
    now_ns += 30 * MS;
    deliver();
    assert_true(client.pull.guessed && client.pull.srtt_ns == 30 * MS);
    assert_true(client.fetches[0].pace.srtt_ns == 30 * MS);
    run(0, FOR_EVER);
    has(0);
    end();
}

static void the_mceliece_leg_waits_for_its_key(void **state)
{
    (void)state;
    begin(3, 3, 3000);
    run(KIND_BLOCK, now_ns + 4000 * MS);
    assert_int_equal(counters.answered[KIND_BLOCK], 0);
    assert_int_equal(counters.answered[KIND_LEG], 1);
    assert_int_equal(client.exchanges, 1);
    lend();
    run(0, FOR_EVER);
    assert_int_equal(client.result, LETHE_OK);
    assert_int_equal(counters.answered[KIND_BLOCK], BLOCK_COUNT);
    assert_int_equal(client.exchanges, 1);
    end();
}

static void a_bad_identity_is_an_error(void **state)
{
    (void)state;
    struct server_public bad = party.public;
    const uint8_t seed[RNG_SEED_BYTES] = {1};
    const struct client_options options = {
        .server = &bad, .needed = 1, .wanted = 1, .give_up_ns = MS};
    memset(bad.dh, 0, sizeof bad.dh);
    assert_int_equal(client_init(&client, &options, seed, 1), LETHE_ERR_IDENTITY);
    client_wipe(&client);
}

static unsigned forgotten;

static void note_forgetting(void)
{
    forgotten++;
}

/* The program of a library's caller may live on for long. */
static void nothing_is_left_of_its_keys(void **state)
{
    (void)state;
    struct aead_implementation watched = aead_sodium;
    watched.forget = note_forgetting;
    begin(1, 1, 3000);
    run(0, FOR_EVER);
    aead_use(&watched);
    forgotten = 0;
    client_wipe(&client);
    aead_use(aead_openssl.ready() ? &aead_openssl : &aead_sodium);
    assert_int_equal(forgotten, 1);
    assert_true(bytes_are_zero(&client, sizeof client));
    end();
}

/* The server comes back with a higher level than ACCEPT named: no number is answered any more. */
static void a_level_that_rises_is_waited_for(void **state)
{
    (void)state;
    begin(LEG_BIT(LEG_SNTRUP), 3, 300000);
    while (client.fetches[0].bytes_done < 100000)
        if (serve(run(KIND_REQUEST, FOR_EVER)))
            deliver();
    const int64_t then = now_ns;
    server.options.least_legs = LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE);
    while (!client_done(&client) && !(client.options.needed & LEG_BIT(LEG_MCELIECE)))
        run(0, now_ns + 10 * MS);
    assert_true(now_ns - then < 5000 * MS && client.fetches[0].bytes_done < 300000);
    lend();
    run(0, now_ns + 60000 * MS);
    has(0);
    assert_int_equal(client.exchanges, 1);
    end();
}

/* Of nobody: HELLO again with growing pauses, and the end exactly when it was promised. */
static void nobody_answers(void **state)
{
    (void)state;
    begin(1, 3, 1000);
    int64_t start = now_ns, before = now_ns, pause = 0;
    for (int sent = 0; sent < 6; sent++) {
        while (!take())
            sleep_until_next();
        assert_int_equal(packet[0], KIND_HELLO);
        if (sent > 1 && now_ns - before < 2000 * MS)
            assert_true(now_ns - before >= 2 * pause);
        pause = sent ? now_ns - before : 0;
        before = now_ns;
        assert_int_equal(take(), 0);
    }
    call_out(FOR_EVER);
    assert_int_equal(client.result, LETHE_ERR_TIMEOUT);
    assert_int_equal(now_ns - start, 20000 * MS);
    assert_true(client_done(&client));
    assert_int_equal(take(), 0);
    assert_int_equal(client.exchanges, 1);
    end();
}

static void silence_begins_a_second_exchange(void **state)
{
    (void)state;
    begin(1, 1, 300000);
    run(KIND_REQUEST, FOR_EVER);
    int64_t heard = client.heard_ns;
    call_out(heard + CLIENT_STALL_NS);
    assert_int_equal(client.exchanges, 1);
    call_out(heard + CLIENT_STALL_NS + MS);
    assert_int_equal(client.exchanges, 2);
    assert_true(client.spare_running);
    call_out(heard + 3 * CLIENT_STALL_NS);
    assert_int_equal(client.exchanges, 2); /* one at a time */
    run(0, FOR_EVER);
    assert_int_equal(client.result, LETHE_OK);
    assert_false(client.spare_running);
    end();
}

/* The session still lives: whatever answers first, the spare is not needed. */
static void a_late_answer_ends_the_spare(void **state)
{
    (void)state;
    begin(1, 1, 300000);
    size_t n = run(KIND_REQUEST, FOR_EVER);
    for (int i = 0; i < 4; i++) { /* round trips of 5 ms */
        assert_true(serve(n) > 0);
        now_ns += 5 * MS;
        deliver();
        while ((n = take()) == 0)
            sleep_until_next();
    }
    assert_int_equal(packet[0], KIND_REQUEST);
    assert_true(serve(n) > 0);
    uint8_t late[DATAGRAM_BYTES];
    const size_t got = burst.len[0];
    memcpy(late, answer, got);
    call_out(client.heard_ns + CLIENT_STALL_NS + 10 * MS);
    assert_true(client.spare_running);
    client_input(&client, now_ns, late, got);
    assert_false(client.spare_running);
    assert_true(bytes_are_zero(&client.spare, sizeof client.spare));
    assert_int_equal(counters.answered[KIND_HELLO], 1);
    run(0, FOR_EVER);
    has(0);
    end();
}

static void a_new_ring_needs_a_new_exchange(void **state)
{
    (void)state;
    for (uint8_t needed = 1; needed <= 3; needed += 2) {
        begin(needed, 3, 3000000);
        lend();
        run(KIND_REQUEST, FOR_EVER);
        new_ring(3);
        run(0, FOR_EVER);
        assert_int_equal(client.result, LETHE_OK);
        assert_int_equal(client.exchanges, 2);
        has(0);
        end();
    }
}

/* An upload whose answers stay away counts as stalled, though data flows. */
static void a_stalled_upload_is_noticed_beside_data(void **state)
{
    (void)state;
    begin(1, 3, 64 << 20);
    lend();
    run(KIND_BLOCK, FOR_EVER);
    int64_t until = now_ns + CLIENT_STALL_NS + 500 * MS;
    for (int requests = 0; now_ns < until && !client_done(&client);) {
        size_t n = take();
        if (n && packet[0] == KIND_REQUEST && requests++ % 8 == 0 && serve(n))
            deliver();
        else if (!n)
            sleep_until_next();
    }
    assert_false(client_done(&client));
    assert_int_equal(client.exchanges, 2);
    assert_true(client.spare_running); /* an answer to a request does not end it */
    run(0, FOR_EVER);
    assert_int_equal(client.result, LETHE_OK);
    end();
}

/* A forged ACCEPT after the true one has nothing to be checked against: it must count as nothing.
 */
static void a_second_accept_is_no_sign_of_life(void **state)
{
    (void)state;
    begin(1, 1, 300000);
    run(KIND_REQUEST, FOR_EVER);
    uint8_t forged[DATAGRAM_BYTES] = {KIND_ACCEPT};
    int64_t heard = client.heard_ns;
    now_ns += 1000 * MS;
    uint64_t ignored = client.packets_ignored;
    client_input(&client, now_ns, forged, sizeof forged);
    assert_true(client.heard_ns == heard);
    assert_true(client.packets_ignored == ignored + 1);
    end();
}

static void what_is_ignored_is_counted(void **state)
{
    (void)state;
    begin(1, 1, 1000);
    uint8_t p[DATAGRAM_BYTES] = {0};
    static struct client before;
    before = client;
    for (int kind = 0; kind < 256; kind++)
        for (size_t n = 0; n <= DATAGRAM_BYTES; n += 77) {
            p[0] = (uint8_t)kind;
            client_input(&client, now_ns, p, n);
            before.packets_ignored++;
        }
    /* But for the options, whose padding is whatever it was. */
    const size_t from = offsetof(struct client, rng);
    assert_memory_equal((const uint8_t *)&before + from, (const uint8_t *)&client + from,
                        sizeof before - from);
    end();
}

/* Under every silence the next moment comes later than now whenever there is nothing to send. */
static void it_never_wakes_for_nothing(void **state)
{
    (void)state;
    for (uint8_t needed = 0; needed < 4; needed++)
        for (int heard = 1; heard < 1200; heard += RUNNING_ON_VALGRIND ? 610 : 61) {
            begin(needed, 3, 1 << 20);
            lend();
            for (int i = 0; i < heard && !client_done(&client);) {
                size_t n = take();
                if (!n) {
                    sleep_until_next();
                    continue;
                }
                i++;
                if (serve(n))
                    deliver();
            }
            for (int idle = 0; !client_done(&client);) {
                idle = take() ? 0 : idle + 1;
                assert_true(idle <= 3);
                if (idle && client_next_ns(&client) > now_ns) {
                    now_ns = client_next_ns(&client);
                    idle = 0;
                }
            }
            assert_true(client.result == LETHE_ERR_TIMEOUT || fetch_done(&client.fetches[0]));
            end();
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_waits_for_the_legs_needed),
        cmocka_unit_test(the_first_packet_waits_for_nothing),
        cmocka_unit_test(a_guess_is_replaced),
        cmocka_unit_test(the_mceliece_leg_waits_for_its_key),
        cmocka_unit_test(a_bad_identity_is_an_error),
        cmocka_unit_test(nothing_is_left_of_its_keys),
        cmocka_unit_test(a_level_that_rises_is_waited_for),
        cmocka_unit_test(nobody_answers),
        cmocka_unit_test(silence_begins_a_second_exchange),
        cmocka_unit_test(a_late_answer_ends_the_spare),
        cmocka_unit_test(a_new_ring_needs_a_new_exchange),
        cmocka_unit_test(a_stalled_upload_is_noticed_beside_data),
        cmocka_unit_test(a_second_accept_is_no_sign_of_life),
        cmocka_unit_test(what_is_ignored_is_counted),
        cmocka_unit_test(it_never_wakes_for_nothing),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
