/* flow/pull: what is asked, when, and what arrivals mean, while nothing unusual is lost. */
#include "flow/pull_support.h"

static void the_first_request_asks_for_the_window(void **state)
{
    (void)state;
    begin(1 << 20, 10, 0);
    ask();
    assert_int_equal(last.flags, REQUEST_RENEW); /* nothing was silent yet */
    assert_true(last.echo == 0 && last.datagram == DATAGRAM_BYTES && last.proof.count == 0);
    assert_int_equal(last.item_count, 1);
    const struct request_item *item = &last.items[0];
    assert_true(item->first == 1 && item->count == 10 && item->offset == 0 && item->short_first);
    assert_int_equal(item->last, CHUNK);
    assert_true(pull.in_flight == 10 && wants[0].next == SHORT + 9 * CHUNK);
    assert_false(pull_ready(&pull, 15, now_ns));
    assert_true(pull_next_ns(&pull, 15) == now_ns + pull_timeout_ns(&pull));
    serve();
    assert_int_equal(tray_count, 10);
    now_ns += 50 * MS;
    for (size_t i = tray_count; i-- > 0;) /* in whatever order */
        assert_int_equal(hand(&tray[i]), ARRIVAL_BYTES);
    tray_count = 0;
    assert_true(pull.in_flight == 0 && pull.top == 10 && pull.settled == 10);
    assert_true(pull.srtt_ns == 50 * MS && had_bytes[0] == SHORT + 9 * CHUNK);
    ask_next();
    assert_int_equal(last.proof.count, 1);
    assert_true(last.proof.runs[0].first == 1 && last.proof.runs[0].last == 10);
    assert_true(last.items[0].first == 11);
}

/* Without loss: everything comes, once, and each request is worth its while. */
static void a_body_comes_whole(void **state)
{
    (void)state;
    const uint64_t sizes[] = {1, SHORT, SHORT + 1, SHORT + CHUNK, 300000, 5000000};
    for (size_t i = 0; i < 6; i++) {
        begin(sizes[i], 10, 0);
        for (int round = 0; had_bytes[0] < sizes[i]; round++) {
            assert_true(round < 2000);
            while (pull_ready(&pull, 15, now_ns)) {
                ask();
                assert_false(last.flags & REQUEST_PROBE);
                serve();
            }
            now_ns += 20 * MS;
            hand_all();
        }
        assert_true(pull.in_flight == 0 && !wants_any(&wants[0]));
        assert_true(pull_next_ns(&pull, 15) == INT64_MAX);
        assert_false(pull_ready(&pull, 15, now_ns + 10000 * MS));
    }
}

/* Idling is no silence: what is wanted next is asked for as if nothing had been. */
static void a_pause_is_no_timeout(void **state)
{
    (void)state;
    begin(5 * CHUNK, 10, 0);
    ask();
    serve();
    now_ns += 20 * MS;
    hand_all();
    now_ns += 60000 * MS;
    open_body(1, 5 * CHUNK);
    ask();
    assert_false(last.flags & REQUEST_PROBE);
    assert_int_equal(pull.backoff, 0);
    assert_false(pull_ready(&pull, 15, now_ns));
}

/* Each request repeats what the last four asked for first, and no older one. */
static void requests_are_repeated(void **state)
{
    (void)state;
    const unsigned batch = PULL_FRESH;
    begin(1 << 20, 200, 100 * MS);
    for (unsigned i = 0; i < 8; i++) {
        ask_next();
        const unsigned repeated = i < PULL_RELISTS ? i : PULL_RELISTS;
        assert_int_equal(pull.fresh, 1);
        assert_int_equal(last.item_count, 1 + repeated);
        for (unsigned j = 0; j <= repeated; j++) {
            assert_int_equal(last.items[j].first, 1 + batch * (i - j));
            assert_int_equal(last.items[j].count, batch);
        }
    }
    serve(); /* the seven before were lost */
    assert_int_equal(tray_count, 5 * batch);
    now_ns += 50 * MS;
    for (size_t i = 0; i < tray_count; i++)
        if (tray[i].number != 100)
            (void)hand(&tray[i]);
    ask_next();
    assert_true(lists(100) && !lists(99)); /* only what is missing, and what follows in its item */
    unsigned repeated = 0;
    for (unsigned i = pull.fresh; i < last.item_count; i++)
        repeated += last.items[i].count;
    assert_int_equal(repeated, 112 - 100 + 1);
}

/* The tail of an item whose first numbers have come, with the right place in the body. */
static void the_rest_of_an_item_is_repeated(void **state)
{
    (void)state;
    begin(1 << 20, 10, 0);
    ask();
    serve();
    now_ns += 20 * MS;
    for (size_t i = 0; i < 4; i++)
        (void)hand(&tray[i]);
    ask_next();
    const struct request_item *again = &last.items[last.item_count - 1];
    assert_true(lists(5) && lists(10) && !lists(4));
    assert_int_equal(again->count, 6);
    assert_false(again->short_first);
    assert_true(again->offset == SHORT + 3 * CHUNK);
}

/* When two homes answer, each would send what the other has sent. */
static void between_two_homes_nothing_is_repeated(void **state)
{
    (void)state;
    begin(1 << 20, 200, 100 * MS);
    for (int turn = 0; turn < 4; turn++) {
        struct transport t = pull.t;
        t.home = 1 + turn % 2;
        pull_adopt(&pull, &t, now_ns);
        ask_next(); /* lost */
        assert_int_equal(last.item_count > (int)pull.fresh, turn == 1);
    }
    now_ns += 2000 * MS; /* they have not taken turns for a while */
    pull.progress_ns = now_ns;
    ask_next();
    assert_true(last.item_count > (int)pull.fresh);
}

/* A fresh continuation every 16th of the window, and when the one at hand gets old. */
static void continuations_are_asked_for_once_in_a_while(void **state)
{
    (void)state;
    begin(50 << 20, 2000, 100 * MS);
    pull.t.threshold = pull.t.window;
    const unsigned batch = 2000 / 100; /* what passes in a millisecond */
    uint64_t since = 0, renewals = 0;
    for (int i = 0; i < 40; i++) {
        ask_next();
        since += batch;
        assert_int_equal(pull.asked, batch * (i + 1));
        if (!(last.flags & REQUEST_RENEW))
            continue;
        assert_true(renewals++ == 0 || (since >= 2000 / 16 && since < 2000 / 16 + batch));
        since = 0;
    }
    assert_true(renewals >= 5);
    while (last.flags & REQUEST_RENEW)
        ask_next();
    now_ns = pull.progress_ns = pull.t_arrived_ns + 2000 * MS;
    ask_next();
    assert_true(last.flags & REQUEST_RENEW);
}

/* Both ends know of the end of slow start at once: what the client then asks for is granted. */
static void slow_start_ends_at_both_ends(void **state)
{
    (void)state;
    begin(50 << 20, 10, 0);
    ask();
    serve();
    now_ns += 50 * MS;
    pull.end_slow_start = true;
    for (size_t i = 0; i < tray_count; i++)
        tray[i].carries = false;
    hand_all();
    assert_true(pull_ready(&pull, 15, pull.next_ns));
    assert_in_range(pull.plan.horizon, 20, 21);
}

static void several_bodies_take_turns(void **state)
{
    (void)state;
    begin(100 * CHUNK, 200, 100 * MS);
    open_body(1, 100 * CHUNK);
    open_body(3, CHUNK);
    const unsigned expected[] = {0, 1, 3, 1, 0, 1, 0};
    for (int i = 0; i < 7; i++) {
        ask_next();
        assert_int_equal(last.items[0].handle, expected[i]);
    }
    begin(100 * CHUNK, 200, 100 * MS);
    open_body(1, 100 * CHUNK);
    for (int i = 0; i < 3; i++) { /* one is not open */
        now_ns = pull_next_ns(&pull, 2) > now_ns ? pull_next_ns(&pull, 2) : now_ns;
        assert_true(pull_ready(&pull, 2, now_ns));
        pull_request(&pull, 2, now_ns, &last);
        assert_int_equal(last.items[0].handle, 1);
    }
    assert_false(pull_ready(&pull, 0, now_ns));
}

/* One request asks for what the server sends at once: 64 packets, and their bytes; but for no more
 * than passes in a millisecond, and of a small window for a quarter, or 16; so also where the round
 * trip is long only by how long the ends take. */
static void a_batch_fits_a_burst(void **state)
{
    (void)state;
    static const struct {
        uint32_t window;
        int64_t least_ns, srtt_ns;
        uint16_t datagram;
        unsigned count;
    } cases[] = {
        {5000, MS, MS, DATAGRAM_BYTES, PULL_BURST},
        {5000, MS, MS, PACKET_MAX, 60000 / PACKET_MAX},
        {5000, 0, 0, DATAGRAM_BYTES, PULL_FRESH},
        {5000, 500 * MS, 500 * MS, DATAGRAM_BYTES, PULL_FRESH},
        {5000, 200 * MS, 200 * MS, DATAGRAM_BYTES, 25},
        {100, MS / 10, MS / 10, DATAGRAM_BYTES, 25},
        {60, MS / 10, MS / 10, DATAGRAM_BYTES, PULL_FRESH},
        {100, MS / 10, 200 * MS, DATAGRAM_BYTES, 25},
        {100, MS, 200 * MS, DATAGRAM_BYTES, PULL_FRESH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(50 << 20, cases[i].window, cases[i].srtt_ns);
        pull.least_ns = cases[i].least_ns;
        struct transport t = values(cases[i].window, 0);
        t.datagram = cases[i].datagram;
        pull_adopt(&pull, &t, now_ns);
        ask_next();
        unsigned count = 0;
        for (unsigned item = 0; item < last.item_count; item++) {
            assert_int_equal(last.items[item].first, 1 + count);
            assert_int_equal(last.items[item].last, DATA_CHUNK(t.datagram));
            assert_true(last.items[item].count <= REQUEST_ITEM_NUMBERS);
            count += last.items[item].count;
        }
        assert_int_equal(last.datagram, t.datagram);
        assert_int_equal(count, cases[i].count);
    }
}

/* Requests leave no faster than 1.25 times the window a round trip, twice as fast in slow start. */
static void requests_are_paced(void **state)
{
    (void)state;
    for (int slow_start = 0; slow_start < 2; slow_start++) {
        begin(50 << 20, 1000, 100 * MS);
        if (!slow_start)
            pull.t.threshold = pull.t.window;
        ask_next();
        const int64_t start = now_ns;
        uint64_t asked = 0;
        while (asked < 500) {
            asked += last.items[0].count;
            ask_next();
        }
        int64_t expected = (int64_t)asked * 100 * MS / 1000;
        expected = slow_start ? expected / 2 : expected * 4 / 5;
        assert_in_range(now_ns - start, expected - 2 * MS, expected + 2 * MS);
        const int64_t late = now_ns + 3 * MS; /* a late wake-up does not earn a burst */
        unsigned burst = 0;
        for (now_ns = late; pull_ready(&pull, 15, now_ns); burst++)
            ask();
        assert_in_range(burst, 1, 3);
    }
}

static void a_rate_is_kept(void **state)
{
    (void)state;
    begin(50 << 20, 1000, MS);
    pull.rate = 1000000;
    ask_next();
    const int64_t start = now_ns;
    uint64_t before = had_bytes[0];
    while (now_ns - start < 2000 * MS) {
        serve();
        now_ns += MS;
        hand_all();
        ask_next();
        assert_false(last.flags & REQUEST_PROBE);
    }
    assert_in_range(had_bytes[0] - before, 1950000, 2060000);
}

/* In the background no more is in flight than LEDBAT allows, and nothing spins meanwhile. */
static void the_background_asks_for_less(void **state)
{
    (void)state;
    begin(50 << 20, 1000, 10 * MS);
    pull.background = true;
    pull.ledbat.window_q8 = 20 << 8;
    while (pull_ready(&pull, 15, now_ns) || pull_next_ns(&pull, 15) < now_ns + 5 * MS)
        ask_next();
    assert_true(pull.in_flight <= ledbat_packets(&pull.ledbat) && pull.in_flight > 0);
    assert_true(pull_next_ns(&pull, 15) > now_ns);
    pull.ledbat.rtt_ns = 10 * MS;
    const uint64_t before = ledbat_packets(&pull.ledbat);
    pull.t.window = 10 * WINDOW_ONE; /* a tolerance of 3 */
    for (uint64_t n = 2; n <= 6; n++) {
        const struct data_body d = {.number = (uint32_t)n, .echo = last.echo};
        unsigned body;
        uint64_t offset;
        size_t len;
        (void)pull_arrival(&pull, &d, now_ns, &body, &offset, &len);
    }
    assert_true(ledbat_packets(&pull.ledbat) < before); /* 1 is lost: that makes way */
}

/* What pull_next_ns says is when pull_ready says yes: no sleep too long, no spinning. */
static void the_clock_is_kept(void **state)
{
    (void)state;
    seed_dice();
    for (int run = 0; run < 40; run++) {
        begin(2 << 20, 4 + (uint32_t)up_to(200), chance(300) ? 0 : (int64_t)up_to(50) * MS);
        pull.rate = chance(300) ? 500000 + up_to(5000000) : 0;
        pull.background = chance(300);
        for (int step = 0; step < 300 && had_bytes[0] < body_size[0]; step++) {
            const int64_t next = pull_next_ns(&pull, 15);
            for (int i = 0; i < 4; i++)
                if (next > now_ns + 1 && pull.plan.valid)
                    assert_false(pull_ready(&pull, 15, now_ns + (int64_t)up_to(next - now_ns - 1)));
            if (next <= now_ns + 100 * MS || tray_count == 0) {
                now_ns = next > now_ns ? next : now_ns;
                bool fresh = !pull.plan.valid;
                if (pull_ready(&pull, 15, now_ns)) {
                    ask();
                    if (chance(900))
                        serve();
                } else {
                    assert_true(fresh && pull.plan.valid); /* it had to look, once */
                }
            }
            if (chance(400)) {
                now_ns += (int64_t)up_to(20 * MS);
                hand_all();
            }
        }
    }
}

/* The first sample, the smoothed ones, and what is none. */
static void round_trips_are_measured_by_echo(void **state)
{
    (void)state;
    begin(1 << 20, 100, 0);
    ask();
    now_ns += 80 * MS;
    pull_heard(&pull, 0, now_ns);
    assert_true(pull.srtt_ns == 80 * MS && pull.least_ns == 80 * MS);
    const int64_t var = pull.rttvar_ns;
    assert_true(pull_timeout_ns(&pull) == 250 * MS + 0 * var || pull_timeout_ns(&pull) > 80 * MS);
    pull_heard(&pull, 1, now_ns); /* never sent */
    pull_heard(&pull, 5000, now_ns);
    pull_heard(&pull, (uint32_t)-1, now_ns);
    assert_true(pull.srtt_ns == 80 * MS && pull.rttvar_ns == var);
    ask_next();
    now_ns += 40 * MS;
    pull_heard(&pull, 1, now_ns);
    assert_true(pull.srtt_ns == 75 * MS && pull.least_ns == 40 * MS);
    for (int i = 0; i < PULL_ECHOES; i++)
        pull_request(&pull, 0, now_ns, &last);
    pull_heard(&pull, 1, now_ns + 100 * MS); /* its place is taken */
    assert_true(pull.srtt_ns == 75 * MS);
}

/* Slow start ends when a round takes longer than the path does: not when one of its packets does
 * not, nor when all come at once, after a stall. */
static void a_slow_round_ends_slow_start(void **state)
{
    (void)state;
    enum { FAST, ONE_FAST, AT_ONCE, SLOW };
    for (int how = FAST; how <= SLOW; how++) {
        begin(50 << 20, 10, 0);
        for (int round = 0; round < 4; round++) {
            tray_count = 0;
            while (pull_ready(&pull, 15, now_ns)) {
                ask();
                serve();
            }
            const bool slow = how != FAST && round > 0;
            now_ns += (how == ONE_FAST || !slow ? 40 : 60) * MS;
            for (size_t i = 0; i < tray_count; i++) {
                tray[i].carries = false;
                (void)hand(&tray[i]);
                now_ns += slow && how != AT_ONCE ? 12 * MS / (int64_t)tray_count + 1 : 0;
                if (how == ONE_FAST && slow && i == 0)
                    now_ns += 20 * MS;
            }
            now_ns = pull.next_ns > now_ns ? pull.next_ns : now_ns;
        }
        ask();
        assert_int_equal(!!(last.flags & REQUEST_END_SLOW_START), how == SLOW);
        struct transport t = pull.t;
        t.threshold = t.window; /* it has */
        pull_adopt(&pull, &t, now_ns);
        now_ns += 100 * MS;
        pull_request(&pull, 15, now_ns, &last);
        assert_false(last.flags & REQUEST_END_SLOW_START);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_request_asks_for_the_window),
        cmocka_unit_test(a_body_comes_whole),
        cmocka_unit_test(a_pause_is_no_timeout),
        cmocka_unit_test(requests_are_repeated),
        cmocka_unit_test(the_rest_of_an_item_is_repeated),
        cmocka_unit_test(between_two_homes_nothing_is_repeated),
        cmocka_unit_test(continuations_are_asked_for_once_in_a_while),
        cmocka_unit_test(slow_start_ends_at_both_ends),
        cmocka_unit_test(several_bodies_take_turns),
        cmocka_unit_test(a_batch_fits_a_burst),
        cmocka_unit_test(requests_are_paced),
        cmocka_unit_test(a_rate_is_kept),
        cmocka_unit_test(the_background_asks_for_less),
        cmocka_unit_test(the_clock_is_kept),
        cmocka_unit_test(round_trips_are_measured_by_echo),
        cmocka_unit_test(a_slow_round_ends_slow_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
