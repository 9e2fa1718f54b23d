/* flow/pull: sizes, counts and rings at their limits. */
#include "flow/pull_support.h"

/* The worst for a request's items: many missing, and what is wanted again in many pieces. */
static void a_request_has_room_for_its_items(void **state)
{
    (void)state;
    begin(4000 * CHUNK, 1000, 20 * MS);
    ask_all();
    assert_true(pull.in_flight >= 500);
    tray_count = 0;
    for (unsigned i = 0; i < 200; i++) /* holes that were found before */
        assert_true(wants_again(&wants[0], (3000 + 2 * i) * CHUNK, CHUNK));
    pull.plan.horizon = pull.asked + 12; /* and numbers to ask for them under */
    now_ns += 1000 * MS;
    ask();
    assert_int_equal(last.item_count, REQUEST_ITEMS_MAX);
    assert_true(pull.fresh <= REQUEST_ITEMS_MAX);
    for (unsigned body = 1; body < PULL_BODIES; body++)
        open_body(body, CHUNK);
    now_ns += 1000 * MS;
    ask();
}

/* What is in flight keeps its places when packets grow, and is asked for anew when they shrink. */
static void packets_change_their_size(void **state)
{
    (void)state;
    begin(400 * CHUNK, 40, 20 * MS);
    ask();
    serve();
    struct transport t = values(40, 0);
    t.datagram = 1452;
    pull_adopt(&pull, &t, now_ns);
    assert_int_equal(pull.in_flight, PULL_FRESH);
    ask_next();
    assert_int_equal(last.datagram, 1452);
    assert_int_equal(last.items[0].last, DATA_CHUNK(1452));
    assert_int_equal(last.item_count, (int)pull.fresh); /* the others' places depend on the size */
    serve();
    now_ns += 1000 * MS; /* silence lists them one by one, with their own lengths */
    tray_count = 0;
    memset(struck, 0, sizeof struck);
    ask();
    serve();
    const struct packet kept = *of_number(3);
    assert_true(kept.len == CHUNK && kept.offset == SHORT + CHUNK);
    pull_limit(&pull, DATAGRAM_BYTES);
    assert_int_equal(pull.in_flight, 0);
    assert_int_equal(hand(&kept), ARRIVAL_BYTES); /* it came after all */
    pull_limit(&pull, DATAGRAM_BYTES);
    tray_count = 0;
    ask_next();
    assert_int_equal(last.datagram, DATAGRAM_BYTES);
    serve();
    finish();
}

/* Every second packet is lost: the runs do not fit, and the shortest are left out. */
static void a_proof_has_64_runs_at_most(void **state)
{
    (void)state;
    begin(4000 * CHUNK, 1000, 20 * MS);
    ask_all();
    for (size_t i = 0; i < tray_count; i++) {
        const uint64_t n = tray[i].number;
        if (n % 2 == 0 || n % 16 == 1)
            (void)hand(&tray[i]);
    }
    tray_count = 0;
    ask_next();
    assert_in_range(last.proof.count, 2, PROOF_RUNS_MAX);
    for (size_t i = 1; i + 1 < last.proof.count; i++) /* 16 k - 1 to 16 k + 1 */
        assert_int_equal(last.proof.runs[i].last - last.proof.runs[i].first, 2);
    const struct run *end = &last.proof.runs[last.proof.count - 1];
    assert_int_equal(end->last + pull.t.base, pull.top);
    serve(); /* checks the proof */
}

/* One run more than fit: what is left out is not the last. */
static void the_end_of_a_proof_stays(void **state)
{
    (void)state;
    begin(4000 * CHUNK, 1000, 20 * MS);
    ask_all();
    for (size_t i = 0; i < tray_count; i++)
        if (tray[i].number % 2 == 0 && tray[i].number <= 2 * (PROOF_RUNS_MAX + 1))
            (void)hand(&tray[i]);
    tray_count = 0;
    ask_next();
    const struct run *end = &last.proof.runs[last.proof.count - 1];
    assert_int_equal(end->last + pull.t.base, pull.top);
    serve();
}

/* More in flight than there are entries, and a continuation that stays away: what is proven stays
 * true. */
static void the_entries_are_enough(void **state)
{
    (void)state;
    begin((uint64_t)BODY_MOST, 60000, 20 * MS);
    pull.t.threshold = pull.t.window = 60000 * WINDOW_ONE;
    wants[0].end = body_size[0] = (uint64_t)1 << 40;
    for (uint64_t round = 0; round < 12; round++) {
        while (pull_ready(&pull, 15, now_ns) || pull_next_ns(&pull, 15) <= now_ns + MS)
            ask_next();
        assert_true(pull.asked - pull.t.base < PULL_NUMBERS);
        struct request_body proven;
        pull_request(&pull, 0, now_ns, &proven);
        last = proven;
        last.flags = round % 3 == 2 ? REQUEST_RENEW : 0;
        serve(); /* checks the proof */
        hand_all();
        now_ns += 20 * MS;
        for (uint64_t n = pull.settled + 1, end = pull.asked; n <= end; n++) {
            const struct data_body d = {.flags = DATA_PULL,
                                        .echo = pull.echo - 1,
                                        .number = (uint32_t)n,
                                        .range_nonce = range_nonce(range_key, n)};
            unsigned body;
            uint64_t offset;
            size_t len;
            assert_int_equal(pull_arrival(&pull, &d, now_ns, &body, &offset, &len), ARRIVAL_BYTES);
        }
    }
    assert_true(pull.asked > 3 * PULL_NUMBERS);
    now_ns = pull.next_ns;
    pull_request(&pull, 15, now_ns, &last);
    pull.t.base = 1; /* of an older one: what is not known any more is not proven */
    pull.plan.valid = false;
    pull_request(&pull, 0, now_ns, &last);
    assert_true(last.proof.runs[0].first + pull.t.base > pull.asked - PULL_NUMBERS);
    const struct data_body ancient = {.number = (uint32_t)(pull.asked - PULL_NUMBERS),
                                      .echo = last.echo};
    unsigned body;
    uint64_t offset;
    size_t len;
    assert_int_equal(pull_arrival(&pull, &ancient, now_ns, &body, &offset, &len), ARRIVAL_OLD);
    assert_int_equal(pull.numbers[pull.asked % PULL_NUMBERS].state, NUMBER_ASKED);
}

/* What a continuation weighs is spread over a small window's packets, and each window has one. */
static void a_small_window_is_renewed_once_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t window = 2; window < 40; window++) {
        begin(1 << 20, window, 20 * MS);
        pull.t.threshold = pull.t.window;
        uint64_t renewed = 0;
        for (int round = 0; had_bytes[0] < body_size[0]; round++) {
            assert_true(round < 1000);
            while (pull_ready(&pull, 15, now_ns)) {
                const uint64_t w = window_packets(&pull.t), between = w < 16 ? w : 16;
                ask();
                serve();
                assert_true(pull.asked < renewed + between + PULL_FRESH);
                if (!(last.flags & REQUEST_RENEW))
                    continue;
                assert_true(renewed == 0 || pull.asked >= renewed + between ||
                            !wants_any(&wants[0]));
                renewed = pull.asked;
            }
            now_ns += 20 * MS;
            hand_all();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_has_room_for_its_items),
        cmocka_unit_test(packets_change_their_size),
        cmocka_unit_test(a_proof_has_64_runs_at_most),
        cmocka_unit_test(the_end_of_a_proof_stays),
        cmocka_unit_test(the_entries_are_enough),
        cmocka_unit_test(a_small_window_is_renewed_once_a_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
