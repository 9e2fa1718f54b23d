/* flow/pull: what losses, silence, changes of session, size and body do to what was asked. */
#include "flow/pull_support.h"

static void what_is_overtaken_is_asked_again(void **state)
{
    (void)state;
    begin(40 * CHUNK, 10, 0);
    ask();
    serve();
    now_ns += 50 * MS;
    assert_int_equal(hand(of_number(1)), ARRIVAL_BYTES);
    for (uint64_t n = 3; n <= 4; n++)
        assert_int_equal(hand(of_number(n)), ARRIVAL_BYTES);
    assert_true(pull.settled == 1 && wants[0].count == 0); /* may be late */
    assert_int_equal(hand(of_number(5)), ARRIVAL_BYTES);
    assert_true(pull.settled == 5 && wants[0].count == 1);
    assert_true(wants[0].ranges[0].start == SHORT && wants[0].ranges[0].end == SHORT + CHUNK);
    now_ns += 10 * MS;
    const struct packet late = *of_number(2);
    assert_int_equal(hand(&late),
                     ARRIVAL_BYTES); /* it came after all, and is not wanted any more */
    assert_int_equal(wants[0].count, 0);
    assert_int_equal(hand(&late), ARRIVAL_OLD);
    assert_int_equal(pull.in_flight, 5);
    tray_count = 0;
    finish();
}

/* Too late: its bytes are asked for under another number, but it counts as received. */
static void what_comes_too_late_is_proven_and_dropped(void **state)
{
    (void)state;
    begin(40 * CHUNK, 10, 0);
    ask();
    serve();
    const struct packet late = *of_number(2);
    now_ns += 50 * MS;
    for (uint64_t n = 1; n <= 10; n++)
        if (n != 2)
            (void)hand(of_number(n));
    tray_count = 0;
    ask_next();
    assert_true(last.items[0].offset == SHORT && last.items[0].first > 10);
    assert_int_equal(last.proof.count, 2);
    assert_int_equal(hand(&late), ARRIVAL_OLD);
    serve();
    now_ns += 50 * MS;
    hand_all();
    ask_next();
    assert_int_equal(last.proof.runs[0].first, 1); /* above the base nothing is missing */
    assert_true(pull.t.base + last.proof.runs[0].last >= 10);
    serve();
    finish();
}

/* Silence: what is missing, the latest first, a probe, and longer each time. */
static void silence_is_asked_into(void **state)
{
    (void)state;
    begin(1 << 20, 10, 0);
    ask(); /* lost */
    now_ns += 500 * MS - 1;
    assert_false(pull_ready(&pull, 15, now_ns));
    now_ns += 1;
    ask();
    assert_int_equal(last.flags, REQUEST_PROBE | REQUEST_RENEW);
    assert_int_equal(last.item_count, 11);
    assert_true(last.items[0].first == 11 && last.items[0].count == 1 && pull.fresh == 1);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(last.items[1 + i].first, 10 - i);
        assert_int_equal(last.items[1 + i].count, 1);
        assert_int_equal(last.items[1 + i].last, i == 9 ? SHORT : CHUNK);
    }
    assert_int_equal(pull.backoff, 1);
    now_ns += 500 * MS; /* lost as well: nothing of that is waited for any more */
    ask();
    assert_true(last.flags & REQUEST_PROBE);
    assert_true(pull.in_flight == 1 && pull.backoff == 2 && pull.in_vain == 2);
    assert_true(last.items[0].offset == 0);
    now_ns += 20 * MS; /* an answer without numbers is a sign of life */
    pull_heard(&pull, last.echo, now_ns);
    assert_true(pull.backoff == 0 && pull.in_vain == 2);
    serve();
    assert_true(tray_count >= 1);
    now_ns += 20 * MS;
    hand_all();
    assert_int_equal(pull.in_vain, 0);
    finish();
}

/* What does not fit into a packet is left out, from the end: fresh numbers are then free again. */
static void what_is_left_out_is_asked_later(void **state)
{
    (void)state;
    begin(300 * CHUNK, 60, 20 * MS);
    body_size[0] = 400 * CHUNK;
    ask();
    for (unsigned i = 0; i < 5; i++)
        assert_true(wants_again(&wants[0], (300 + 2 * i) * CHUNK, CHUNK));
    ask_next();
    const uint64_t asked = pull.asked, first = asked - listed() + PULL_FRESH + 1;
    assert_true(pull.fresh == 6 && last.item_count == 7);
    pull_leave_out(&pull, &last); /* what was only repeated */
    assert_true(last.item_count == 6 && pull.fresh == 6 && pull.asked == asked);
    pull_leave_out(&pull, &last);
    pull_leave_out(&pull, &last);
    assert_true(last.item_count == 4 && pull.fresh == 4 && pull.asked == first + 4);
    assert_true(pull.in_flight == PULL_FRESH + 5); /* a short one became two */
    serve();
    now_ns += 20 * MS;
    hand_all();
    while (had_bytes[0] < 305 * CHUNK) { /* all of it, once */
        ask_next();
        serve();
        now_ns += 20 * MS;
        hand_all();
    }
    assert_true(pull.in_flight == 0 && !wants_any(&wants[0]));
}

/* On a short path a server that comes back is found within three round trips or so; one that stays
 * away is asked four times a second. */
static void patience_doubles(void **state)
{
    (void)state;
    begin(1 << 20, 10, 20 * MS);
    pull.rttvar_ns = 5 * MS;
    assert_true(pull_timeout_ns(&pull) == 55 * MS);
    pull.backoff = 1;
    assert_true(pull_timeout_ns(&pull) == 110 * MS);
    pull.backoff = 2;
    assert_true(pull_timeout_ns(&pull) == 110 * MS);
    pull.backoff = 63;
    assert_true(pull_timeout_ns(&pull) == 110 * MS);
    pull.backoff = 64;
    assert_true(pull_timeout_ns(&pull) == 250 * MS);
    pull.srtt_ns = 1000 * MS; /* but never less than what one answer takes */
    assert_true(pull_timeout_ns(&pull) == 1280 * MS);
}

/* The client may take the server to grant more than it does: after silence these numbers are free
 * again, and an answer to the request that asked for them first has other bytes. */
static void what_was_never_granted_is_taken_back(void **state)
{
    (void)state;
    begin(1 << 20, 10, 0);
    ask();
    serve();
    now_ns += 50 * MS;
    hand_all();
    ask_next(); /* for 11.., of which the server sees the request late */
    const struct request_body early = last;
    const uint64_t asked = pull.asked, offset = early.items[0].offset;
    assert_true(asked > 20);
    pull.plan.horizon = 15; /* as things turn out to stand */
    now_ns += 1000 * MS;
    ask();
    assert_true(pull.asked >= 15 && pull.asked < asked);
    assert_false(lists(asked));
    pull.plan.horizon = 100;
    pull.backoff = 0;
    now_ns = pull.next_ns > now_ns ? pull.next_ns : now_ns;
    for (int i = 0; pull.asked < asked; i++) {
        assert_true(i < 10);
        pull_request(&pull, 1, now_ns, &last);
    }
    const struct request_body later = last;
    struct pull_number *n = &pull.numbers[asked % PULL_NUMBERS];
    const uint64_t again = n->value;
    assert_true(n->state == NUMBER_ASKED && n->since == later.echo);
    assert_true(again != offset + (asked - 11) * CHUNK - DATA_CARRIED_BYTES);
    struct packet k = {.number = asked, .offset = again, .len = n->len, .echo = early.echo};
    assert_int_equal(hand(&k), ARRIVAL_OLD); /* would be bytes of another place */
    k.echo = later.echo;
    assert_int_equal(hand(&k), ARRIVAL_BYTES);
}

/* An answer whose numbers were sent and lost: the tail is found by the probe's proof. */
static void a_lost_tail_is_found(void **state)
{
    (void)state;
    begin(SHORT + 9 * CHUNK, 10, 0);
    ask();
    serve();
    now_ns += 50 * MS;
    for (uint64_t n = 1; n <= 7; n++)
        (void)hand(of_number(n));
    tray_count = 0; /* 8, 9, 10 and their place among the strikes are gone */
    int requests = 0;
    while (had_bytes[0] < body_size[0]) {
        assert_true(requests++ < 20);
        ask_next();
        serve();
        now_ns += 50 * MS;
        hand_all();
    }
    assert_true(requests <= 6);
}

/* The end turns out to be near: what was asked for beyond it is free again, but not in the middle.
 */
static void a_body_is_clipped(void **state)
{
    (void)state;
    begin(40 * CHUNK, 10, 0);
    ask();
    body_size[0] = SHORT + 2 * CHUNK + 7;
    serve();
    assert_int_equal(tray_count, 4);
    pull_clip(&pull, 0, body_size[0]);
    assert_true(pull.asked == 4 && pull.in_flight == 4);
    assert_false(wants_any(&wants[0]));
    now_ns += 50 * MS;
    hand_all();
    assert_true(had_bytes[0] == body_size[0] && pull.in_flight == 0);
    assert_true(pull_next_ns(&pull, 15) == INT64_MAX);
    open_body(1, 3 * CHUNK);
    ask_next();
    assert_int_equal(pull.t.base + last.items[0].first, 5);
    begin(3 * CHUNK, 20, 0); /* and with another body's numbers above */
    ask();
    open_body(1, 8 * CHUNK);
    ask_next();
    const uint64_t flying = pull.in_flight;
    pull_clip(&pull, 0, 5);
    assert_true(pull.in_flight == flying && pull.asked == flying);
    pull_clip(&pull, 1, 5);
    assert_int_equal(pull.asked, 4 + 1); /* 4 asked of the first, one left of the second */
}

/* A body goes: its numbers still count, its bytes do not, and another takes its place. */
static void a_body_is_closed(void **state)
{
    (void)state;
    begin(40 * CHUNK, 10, 0);
    ask();
    serve();
    pull_close(&pull, 0);
    open_body(0, 30 * CHUNK);
    now_ns += 50 * MS;
    for (size_t i = 0; i < tray_count; i++)
        assert_int_equal(hand(&tray[i]), ARRIVAL_OLD);
    tray_count = 0;
    assert_true(pull.in_flight == 0 && wants[0].next == 0 && wants[0].count == 0);
    ask_next();
    assert_true(last.proof.runs[0].last == 10 && last.items[0].first == 11);
    assert_int_equal(last.item_count, (int)pull.fresh);
    serve();
    pull_close(&pull, 0); /* and with nothing in its place: no request repeats it */
    now_ns += 1000 * MS;
    tray_count = 0;
    ask();
    assert_int_equal(last.item_count, 0);
    now_ns += 1000 * MS;
    ask();
    assert_int_equal(pull.in_flight, 0);
    assert_true(pull_next_ns(&pull, 15) == INT64_MAX);
}

/* What was given up for a body that is gone must not be taken for its successor's. */
static void a_late_packet_of_a_closed_body(void **state)
{
    (void)state;
    begin(40 * CHUNK, 60, 0);
    ask();
    serve();
    now_ns += 50 * MS;
    pull.t.window = pull.t.threshold = 10 * WINDOW_ONE;
    const struct packet late = *of_number(2);
    for (uint64_t n = 3; n <= 10; n++)
        (void)hand(of_number(n));
    assert_true(wants[0].count == 1 && pull.in_flight == 6);
    pull_close(&pull, 0);
    open_body(0, 40 * CHUNK);
    assert_true(wants_again(&wants[0], late.offset, late.len));
    assert_int_equal(hand(&late), ARRIVAL_OLD);
    assert_int_equal(wants[0].count, 1);
    pull.t.window = pull.t.threshold = 60 * WINDOW_ONE;
    now_ns = pull.next_ns;
    ask(); /* and what is on its way for the old one is not repeated for the new one */
    assert_int_equal(last.item_count, (int)pull.fresh);
}

static void another_number_space_begins_at_one(void **state)
{
    (void)state;
    begin(40 * CHUNK, 20, 0);
    ask();
    serve();
    now_ns += 50 * MS;
    for (uint64_t n = 1; n <= 5; n++)
        (void)hand(of_number(n));
    const struct packet old = *of_number(6);
    tray_count = 0;
    pull.renewed = 1000; /* in the old one's numbers */
    struct transport t = values(40, 0);
    t.lineage = 2;
    range_key[3]++;
    memset(struck, 0, sizeof struck);
    pull_adopt(&pull, &t, now_ns);
    assert_true(pull.in_flight == 0 && pull.asked == 0 && pull.top == 0);
    assert_int_equal(hand(&old), ARRIVAL_OLD);
    ask_next();
    assert_int_equal(last.proof.count, 0);
    assert_true(last.flags & REQUEST_RENEW);
    assert_true(last.items[0].first == 1 && last.items[0].offset == SHORT + 4 * CHUNK);
    serve();
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_overtaken_is_asked_again),
        cmocka_unit_test(what_comes_too_late_is_proven_and_dropped),
        cmocka_unit_test(silence_is_asked_into),
        cmocka_unit_test(what_is_left_out_is_asked_later),
        cmocka_unit_test(patience_doubles),
        cmocka_unit_test(what_was_never_granted_is_taken_back),
        cmocka_unit_test(a_lost_tail_is_found),
        cmocka_unit_test(a_body_is_clipped),
        cmocka_unit_test(a_body_is_closed),
        cmocka_unit_test(a_late_packet_of_a_closed_body),
        cmocka_unit_test(another_number_space_begins_at_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
