/* server/server and REQUEST: every drop under its name, and what is counted of numbers, fallbacks
 * and strikes. */
#include "server/asking.h"

static void drops_of_the_header(void **state)
{
    (void)state;
    struct request_body b = {0};
    seal(&b);
    const size_t n = packet_len;
    packet_len = REQUEST_MIN_BYTES - 1;
    assert_int_equal(verdict(), DROP_FORMAT);
    packet_len = n;
    packet[1] ^= 8; /* no kid */
    assert_int_equal(verdict(), DROP_CONTINUATION);
    packet[1] ^= 8 + 1; /* none that lives */
    assert_int_equal(verdict(), DROP_CONTINUATION);
    packet[1] ^= 1;
    packet[60] ^= 1;
    assert_int_equal(verdict(), DROP_CONTINUATION);
    packet[60] ^= 1;
    assert_int_equal(packet[REQUEST_HEADER_BYTES(0) - 1], 1);
    packet[REQUEST_HEADER_BYTES(0)] = LEG_MCELIECE; /* a share of another leg than it is */
    assert_int_equal(verdict(), DROP_SHARE);
    packet[REQUEST_HEADER_BYTES(0)] = LEG_COUNT;
    assert_int_equal(verdict(), DROP_SHARE);
    packet[REQUEST_HEADER_BYTES(0)] = LEG_SNTRUP;
    packet[REQUEST_HEADER_BYTES(1) - 1] ^= 1;
    assert_int_equal(verdict(), DROP_SHARE);
    packet[REQUEST_HEADER_BYTES(1) - 1] ^= 1;
    packet[n - 1] ^= 1;
    assert_int_equal(verdict(), DROP_REQUEST_BOX);
    packet[n - 1] ^= 1;
    packet[CONTINUATION_BYTES + 3] ^= 1; /* its nonce */
    assert_int_equal(verdict(), DROP_REQUEST_BOX);
    packet[CONTINUATION_BYTES + 3] ^= 1;
    assert_int_equal(verdict(), ANSWERED);
    now_ms += 8 * RING_PERIOD_MS;
    assert_int_equal(verdict(), DROP_CONTINUATION);
}

static void drops_of_what_is_sealed(void **state)
{
    (void)state;
    open_file();
    const struct request_share share = {LEG_SNTRUP, kex.yields[LEG_SNTRUP].share};
    struct request_body nonsense = numbers(1, 1);
    nonsense.items[0].first = 0;
    assert_int_equal(ask(nonsense), DROP_REQUEST_BODY);
    struct request_body unproven = numbers(1, 1);
    unproven.proof = (struct proof){.count = 1, .runs = {{1, 1}}};
    assert_int_equal(ask(unproven), DROP_PROOF);
    pull(1, 2);
    unproven.proof.runs[0].last = 2;
    unproven.sum = taken.sum ^ 1;
    assert_int_equal(ask(unproven), DROP_PROOF);
    unproven.sum ^= 1;
    unproven.items[0].first = 3;
    assert_int_equal(ask(unproven), ANSWERED);
    assert_int_equal(taken.pulls, 1);
    caller.upgrade_sent_ns = 0;
    caller.share_count = 1; /* a leg that the session has */
    caller.shares[0] = share;
    caller.upgrade = caller.current;
    caller.upgrade_legs = LEG_BIT(LEG_SNTRUP);
    assert_int_equal(ask((struct request_body){0}), DROP_SHARE);
    assert_int_equal(resource.opens, 1);
}

/* A drop touches nothing: neither the service, nor the strikes, nor the counters of numbers. */
static void a_drop_leaves_no_trace(void **state)
{
    (void)state;
    open_file();
    struct request_body b = numbers(1, 10);
    seal(&b);
    packet[packet_len - 1] ^= 1;
    size_t used = strikes_used(&server.strikes);
    assert_int_equal(verdict(), DROP_REQUEST_BOX);
    assert_int_equal(resource.reads, 0);
    assert_int_equal(counters.numbers_sent + counters.numbers_struck + counters.numbers_beyond, 0);
    assert_int_equal(strikes_used(&server.strikes), used);
    assert_true(bytes_are_zero(&server.request.session, sizeof server.request.session));
    packet[packet_len - 1] ^= 1;
    assert_int_equal(verdict(), ANSWERED);
    assert_int_equal(counters.numbers_sent, 10);
    assert_true(bytes_are_zero(&server.request.session, sizeof server.request.session));
}

static void numbers_are_counted(void **state)
{
    (void)state;
    open_file();
    assert_int_equal(counters.numbers_sent, 0);
    pull(1, 8);
    assert_int_equal(taken.pulls, 8);
    assert_int_equal(taken.bytes, 8 * DATA_CHUNK(DATAGRAM_BYTES));
    assert_int_equal(counters.numbers_sent, 8);
    assert_int_equal(resource.reads, 1);
    assert_true(strikes_used(&server.strikes) > 0);
    assert_int_equal(verdict(), ANSWERED); /* the same packet again */
    assert_int_equal(burst.count, 0);
    assert_int_equal(counters.numbers_sent, 8);
    assert_int_equal(counters.numbers_struck, 8);
    assert_int_equal(resource.reads, 1);
    pull(7, 6); /* two again, two new, two beyond a window of ten */
    assert_int_equal(taken.pulls, 2);
    assert_int_equal(counters.numbers_sent, 10);
    assert_int_equal(counters.numbers_struck, 10);
    assert_int_equal(counters.numbers_beyond, 2);
    for (int f = 0; f < FALLBACKS; f++)
        assert_int_equal(counters.fallbacks[f] > 0, f == FALLBACK_NONE);
}

/* Packets that count against their network's share. */
static uint32_t counted(void)
{
    struct sketch *s = &server.admit.sketch;
    return (sketch_total(s, SKETCH_OTHERS, server.steady_ms) +
            sketch_total(s, SKETCH_MARKED, server.steady_ms)) /
           ADMIT_OTHER_US;
}

static void what_is_answered_in_full_is_not_held_against_anyone(void **state)
{
    (void)state;
    open_file();
    const uint32_t before = counted(); /* the exchange */
    assert_true(before > 0);
    pull(1, 8);
    assert_int_equal(ask((struct request_body){.flags = REQUEST_RENEW}), ANSWERED);
    assert_int_equal(counted(), before);
    struct request_body b = numbers(1, 8);
    seal(&b);
    assert_int_equal(verdict(), ANSWERED); /* they were sent: nothing comes */
    assert_int_equal(burst.count, 0);
    assert_int_equal(counted(), before + 1);
    packet[packet_len - 1] ^= 1;
    assert_int_equal(verdict(), DROP_REQUEST_BOX);
    assert_int_equal(counted(), before + 2);
    packet[60] ^= 1;
    assert_int_equal(verdict(), DROP_CONTINUATION);
    assert_int_equal(counted(), before + 3);
    b = numbers(9, 1);
    seal(&b);
    address[16]++;
    assert_int_equal(verdict(), ANSWERED); /* a continuation that is another's, or has moved */
    assert_int_equal(counters.fallbacks[FALLBACK_ADDRESS], 1);
    assert_int_equal(counted(), before + 4);
    packet_len = 1;
    assert_int_equal(verdict(), DROP_FORMAT);
    assert_int_equal(counted(), before + 4);
    server.options.no_puzzles = true;
    assert_int_equal(ask((struct request_body){0}), ANSWERED);
    assert_int_equal(counted(), before + 4);
}

static enum origin shown_from(uint8_t network)
{
    uint8_t from[ADDRESS_BYTES];
    const struct step st = {.ring = &server.ring, .now_ms = now_ms, .address = from};
    memcpy(from, address, sizeof from);
    from[15] = network;
    return origin_of(&st, packet, packet_len);
}

/* The first, one that came in its network, and one that came in another. */
static void continuations_show_where_they_were_sent(void **state)
{
    (void)state;
    struct request_body b = numbers(1, 1);
    const uint8_t home = address[15];
    for (int turn = 0; turn < 2; turn++) {
        seal(&b);
        assert_int_equal(shown_from(home), ORIGIN_PROVEN);
        assert_int_equal(shown_from(home ^ 1), ORIGIN_FOREIGN);
        open_file(); /* and renew */
    }
    address[15] ^= 1;
    assert_int_equal(ask((struct request_body){.flags = REQUEST_RENEW}), ANSWERED);
    seal(&b);
    assert_int_equal(shown_from(home), ORIGIN_FOREIGN);
    assert_int_equal(shown_from(home ^ 1), ORIGIN_PROVEN);
}

static void fallbacks_are_counted(void **state)
{
    (void)state;
    open_file();
    struct request_body b = numbers(1, 4);
    seal(&b);
    address[16]++;
    falls_back(FALLBACK_ADDRESS);
    address[16]--;
    server.strikes.tables[server.strikes.newest].used = STRIKES_FULL;
    falls_back(FALLBACK_FULL);
    server.strikes.tables[server.strikes.newest].used = 0;
    server.options.strict_home = true;
    falls_back(FALLBACK_NONE);
    start(2); /* another server, which has run for longer */
    server.boot_ms -= 1000;
    falls_back(FALLBACK_NONE);
    start(2);
    server.boot_ms -= 1000;
    server.options.strict_home = true;
    falls_back(FALLBACK_HOME);
    now_ms += LINEAGE_LIFE_MS;
    seal(&b); /* a copy would not be answered again */
    falls_back(FALLBACK_HOME);
    now_ms++;
    seal(&b);
    falls_back(FALLBACK_AGE);
    start(3);
    falls_back(FALLBACK_BOOT);
    take_all();
    b = numbers(1, 4);
    seal(&b);
    falls_back(FALLBACK_NONE);
    assert_int_equal(burst.count, 4);
}

/* While a session's number space is in use here, an old continuation does not begin another. */
static void a_second_number_space_is_refused(void **state)
{
    (void)state;
    open_file();
    static struct caller old;
    old = caller;
    now_ms += 10000;
    struct request_body b = numbers(1, 4);
    b.flags = REQUEST_RENEW;
    assert_int_equal(ask(b), ANSWERED);
    now_ms += LINEAGE_LIFE_MS - 5000;
    pull(5, 4);
    caller = old;
    seal(&b);
    assert_int_equal(verdict(), DROP_TWICE);
    assert_int_equal(counters.fallbacks[FALLBACK_AGE], 0);
}

/* Of what asks for a continuation and earns no number: copies nothing, others a few. */
static void bare_answers_are_few(void **state)
{
    (void)state;
    open_file();
    const struct request_body b = {.flags = REQUEST_RENEW};
    now_ms += BARE_SLOT_MS;
    for (int i = 0; i < 2 * LINEAGE_BARE; i++)
        (void)ask(b);
    assert_true(counters.verdicts[DROP_BARE] >= LINEAGE_BARE - 1); /* a while may end among them */
    now_ms += BARE_SLOT_MS;
    assert_int_equal(ask(b), ANSWERED);
    assert_int_equal(verdict(), DROP_REPEAT);
}

static void a_session_below_the_level_reaches_no_service(void **state)
{
    (void)state;
    static const uint8_t call[] = {FILES_OPEN, 'f', 'i', 'l', 'e'};
    server.options.least_legs = LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE);
    assert_int_equal(ask((struct request_body){
                         .flags = REQUEST_CALL,
                         .item_count = 1,
                         .items = {{.first = 1, .count = 4, .handle = HANDLE_OPENED, .last = 99}},
                         .call_handle = HANDLE_NONE,
                         .call = call,
                         .call_len = sizeof call}),
                     ANSWERED);
    assert_int_equal(taken.calls, 1);
    assert_int_equal(taken.status, LETHE_STATUS_LEVEL);
    assert_int_equal(taken.pulls, 0);
    assert_int_equal(taken.handle_len, 0);
    assert_int_equal(resource.opens, 0);
    assert_int_equal(counters.numbers_sent, 0);
}

/* Those of REQUEST. */
static void every_verdict_was_reached(void **state)
{
    (void)state;
    for (enum verdict v = DROP_CONTINUATION; v <= DROP_TWICE; v++)
        if (!reached[v])
            fail_msg("%s was never the verdict", verdict_name(v));
    assert_true(reached[ANSWERED] && reached[DROP_FORMAT]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(drops_of_the_header, boot),
        cmocka_unit_test_setup(drops_of_what_is_sealed, boot),
        cmocka_unit_test_setup(a_drop_leaves_no_trace, boot),
        cmocka_unit_test_setup(numbers_are_counted, boot),
        cmocka_unit_test_setup(what_is_answered_in_full_is_not_held_against_anyone, boot),
        cmocka_unit_test_setup(continuations_show_where_they_were_sent, boot),
        cmocka_unit_test_setup(fallbacks_are_counted, boot),
        cmocka_unit_test_setup(a_second_number_space_is_refused, boot),
        cmocka_unit_test_setup(bare_answers_are_few, boot),
        cmocka_unit_test_setup(a_session_below_the_level_reaches_no_service, boot),
        cmocka_unit_test(every_verdict_was_reached),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
