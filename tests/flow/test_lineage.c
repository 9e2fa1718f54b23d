/* flow/lineage and the fallbacks: what cannot be continued is begun anew, and never sent twice. */
#include "flow/test_support.h"

#define CHUNK ((size_t)DATA_CHUNK(DATAGRAM_BYTES))

static struct strikes strikes;
static struct desk desk;
static uint8_t handle_room[HANDLE_BYTES_MAX];

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, &strikes);
    return 0;
}

/* All that one can ask for: a call that opens, items of two handles, a fresh continuation. */
static struct request_body greedy(void)
{
    struct request_body b = desk_body();
    b.flags = REQUEST_CALL | REQUEST_RENEW | REQUEST_PROBE;
    b.call = (const uint8_t *)"open";
    b.call_len = 4;
    b.handle_count = 1;
    b.handles[0] = desk_handle(&desk, handle_room, desk.m);
    b.item_count = 2;
    b.items[0] = item_of(1, 4, 0);
    b.items[1] = item_of(5, 4, 0);
    b.items[1].handle = HANDLE_OPENED;
    desk.shop.has_body = true;
    return b;
}

static void expect_short_answer(enum fallback expected)
{
    assert_int_equal(desk.request.fallback, expected);
    assert_true(desk.burst.used <= desk.packet_len);
    assert_int_equal(desk.request.sent, 0);
    assert_int_equal(desk.shop.reads, 0);
    assert_true(desk_carrier(&desk) >= 0);
}

/* From the first address that is still answered: each has few answers, and some share them. */
static void round_somewhere(const struct request_body *b)
{
    enum verdict v;
    int tries = 0;
    while ((v = desk_round(&desk, b)) == DROP_BARE && tries++ < 127)
        desk.address[5] += 2;
    assert_int_equal(v, ANSWERED);
}

/* Whatever the request asks for and however long it is, the answer is no longer; what it brings can
 * be used. */
static void expect_fallback(enum fallback expected)
{
    const uint8_t here = desk.address[5];
    for (size_t n = 480; n <= DATAGRAM_BYTES; n += 11) {
        struct request_body b = greedy();
        desk.least = n;
        desk.shop.state_len = n % LETHE_STATE_BYTES;
        desk.shop.answer_len = n % 3 * 200;
        desk.shop.rude = n % 2;
        b.handles[0] = desk_handle(&desk, handle_room, desk.m);
        round_somewhere(&b);
        expect_short_answer(expected);
    }
    const struct request_body least = desk_body();
    desk.least = 0;
    round_somewhere(&least);
    expect_short_answer(expected);
    struct request_body probe = least; /* of the path: not padded */
    probe.flags = REQUEST_PATH_PROBE;
    desk.least = PACKET_MAX;
    round_somewhere(&probe);
    expect_short_answer(expected);
    assert_int_equal(desk.burst.used, DATA_BARE_BYTES);
    desk.least = 0;
    desk.address[5] = here;
    desk_wait(&desk, BARE_SLOT_MS); /* it may have few answers again */
    assert_int_equal(desk_round(&desk, &least), ANSWERED);
}

/* The fresh continuation works like any other: its numbers come, once. */
static void expect_use(uint32_t lineage, uint64_t base)
{
    desk_adopt(&desk);
    assert_int_equal(desk.purse.transport.lineage, lineage);
    assert_true(desk.purse.transport.base == base && desk.purse.transport.home == desk.home);
    struct request_body b = greedy();
    b.flags = REQUEST_RENEW;
    b.item_count = 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    assert_int_equal(desk.request.sent, 4);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.sent, 0);
    assert_int_equal(desk.request.struck, 4);
}

/* Begun anew: another number space, its key not the old one, the window less, asked twice the same.
 */
static void expect_fresh_space(enum fallback expected)
{
    struct session before, after;
    const uint8_t *c = desk.purse.continuation;
    assert_int_equal(continuation_open(&before, &desk.ring, desk.now_ms, c), LETHE_OK);
    expect_fallback(expected);
    const struct data_body *d = &desk.got[desk_carrier(&desk)];
    assert_int_equal(continuation_open(&after, &desk.ring, desk.now_ms, d->continuation), LETHE_OK);
    assert_true(after.transport.lineage != before.transport.lineage);
    assert_memory_not_equal(after.transport.range_key, before.transport.range_key, RANGE_KEY_BYTES);
    assert_int_equal(after.transport.window, before.transport.window * 717 / 1024);
    assert_true(after.transport.base == 0 && after.transport.highest == 0);
    assert_true(after.issued_ms == desk.now_ms);
    desk_wait(&desk, 3000);
    const struct purse old = desk.purse;
    const struct request_body b = greedy();
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_use(after.transport.lineage, 0);
    desk.purse = old; /* in use now: there is no second one, nor the first again */
    assert_int_equal(desk_round(&desk, &b), DROP_TWICE);
    assert_int_equal(desk.burst.count, 0);
    desk_wait(&desk, LINEAGE_LIFE_MS - 1);
    assert_int_equal(desk_round(&desk, &b), DROP_TWICE);
    desk_wait(&desk, 8000);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    desk_adopt(&desk);
    assert_true(desk.purse.transport.lineage != after.transport.lineage);
}

static void an_old_continuation_begins_anew(void **state)
{
    (void)state;
    const struct request_body b = desk_body();
    desk_wait(&desk, LINEAGE_LIFE_MS);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    desk_wait(&desk, 1);
    assert_int_equal(desk_round(&desk, &b), DROP_TWICE); /* it was used just now */
    open_desk(NULL);
    desk_wait(&desk, LINEAGE_LIFE_MS + 1);
    expect_fresh_space(FALLBACK_AGE);
}

/* By a clock that was set back nobody knows how old it is. */
static void one_of_the_far_future_begins_anew(void **state)
{
    (void)state;
    struct request_body b = desk_body();
    struct session s = desk_session(&desk);
    s.issued_ms += LINEAGE_LIFE_MS;
    desk_give(&desk, &s);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    open_desk(NULL);
    s = desk_session(&desk);
    s.issued_ms += LINEAGE_LIFE_MS + 1;
    desk_give(&desk, &s);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_short_answer(FALLBACK_AGE);
}

static void one_from_before_this_boot_begins_anew(void **state)
{
    (void)state;
    const struct request_body b = desk_body();
    desk.boot_ms = desk.now_ms; /* what it has sealed itself is no older than it is */
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    desk.home = 6;
    desk.boot_ms = desk.now_ms - 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    open_desk(NULL);
    desk.home = 6;
    desk.boot_ms = desk.now_ms;
    desk_wait(&desk, 10);
    expect_fresh_space(FALLBACK_BOOT);
}

static void one_of_another_home_is_continued_unless_strict(void **state)
{
    (void)state;
    desk.home = 6;
    struct request_body b = greedy();
    b.flags = REQUEST_RENEW;
    b.item_count = 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    assert_int_equal(desk.request.sent, 4);
    desk_adopt(&desk);
    assert_true(desk.purse.transport.home == 6 && desk.purse.transport.lineage == 77);
    open_desk(NULL);
    desk.strict = true;
    assert_int_equal(desk_round(&desk, &b), ANSWERED); /* its own are continued */
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    open_desk(NULL);
    desk.strict = true;
    desk.home = 6;
    expect_fresh_space(FALLBACK_HOME);
}

/* Only the address is new: the number space stays, and nothing is sent or executed. */
static void a_move_costs_a_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < ADDRESS_BYTES; i++) {
        open_desk(NULL);
        desk.address[i] ^= 1;
        expect_fallback(FALLBACK_ADDRESS);
        assert_int_equal(desk.shop.calls, 0);
        assert_int_equal(desk.burst.count, 1);
        expect_use(77, 0);
    }
}

static void a_move_keeps_the_proof(void **state)
{
    (void)state;
    struct request_body b = desk_body();
    desk_prove(&desk, &b, desk.range_key, 1, 6);
    desk.address[17] ^= 1;
    b.sum ^= 1;
    assert_int_equal(desk_round(&desk, &b), DROP_PROOF);
    b.sum ^= 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_use(77, 6);
}

/* Of the path from there nothing is known. */
static void a_move_begins_with_a_small_window(void **state)
{
    (void)state;
    const struct request_body b = desk_body();
    desk_widen(&desk, 500, 0);
    desk.address[17] ^= 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    desk_adopt(&desk);
    const struct transport *t = &desk.purse.transport;
    assert_true(t->window == WINDOW_FIRST && t->threshold < 500 * WINDOW_ONE);
    assert_true(t->highest == 500); /* what was granted stays so */
}

/* What else is the matter is answered from the session's own address as from elsewhere, but for the
 * call, which only the former has carried out. */
static void expect_elsewhere(enum fallback expected, unsigned calls)
{
    const struct request_body b = greedy();
    desk.shop.calls = 0;
    desk.least = 700;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_short_answer(expected);
    assert_int_equal(desk.shop.calls, calls);
    assert_int_equal(desk.burst.count, 1);
    assert_int_equal(desk.got[0].flags & DATA_CALL, calls ? DATA_CALL : 0);
}

static void no_call_is_carried_out_elsewhere(void **state)
{
    (void)state;
    for (unsigned moved = 0; moved < 2; moved++) {
        const uint8_t change = (uint8_t)moved;
        open_desk(NULL);
        desk_wait(&desk, LINEAGE_LIFE_MS + 1);
        desk.address[18] ^= change;
        expect_elsewhere(FALLBACK_AGE, 1 - moved);
        open_desk(NULL);
        desk.address[18] ^= change;
        desk.home = 6;
        desk.boot_ms = desk.now_ms;
        expect_elsewhere(FALLBACK_BOOT, 1 - moved);
        open_desk(NULL);
        desk.address[18] ^= change;
        desk.home = 6;
        desk.strict = true;
        expect_elsewhere(FALLBACK_HOME, 1 - moved);
    }
}

/* Who plays a record from elsewhere, before or after the client, takes nothing from it; and one
 * session, from however many addresses, takes few entries of the table. */
static void copies_from_elsewhere_are_harmless(void **state)
{
    (void)state;
    struct request_body b = greedy();
    b.flags = REQUEST_CALL;
    desk_ask(&desk, &b);
    desk.address[18] ^= 1;
    assert_int_equal(desk_serve(&desk), ANSWERED);
    assert_int_equal(desk_serve(&desk), DROP_REPEAT);
    desk.address[18] ^= 1;
    assert_int_equal(desk.shop.calls, 0);
    assert_int_equal(desk_serve(&desk), ANSWERED);
    assert_int_equal(desk.shop.calls, 1);
    assert_int_equal(desk_serve(&desk), DROP_REPEAT);
    const size_t used = strikes_used(&strikes);
    const struct request_body least = desk_body();
    unsigned answered = 0;
    for (unsigned i = 0; i < 1600; i++) {
        const struct desk before = desk;
        store16(desk.address + 17, (uint16_t)(i + 1000));
        answered += desk_round(&desk, &least) == ANSWERED;
        desk.purse = before.purse; /* of the session's own address */
    }
    assert_int_equal(answered, 16 * LINEAGE_BARE - 1); /* one was taken above */
    assert_true(strikes_used(&strikes) - used <= 1600 / 16 + 1 + 16);
}

/* A move must not make a continuation young whose numbers are forgotten. */
static void a_move_does_not_hide_what_else_is_the_matter(void **state)
{
    (void)state;
    struct request_body b = greedy();
    b.flags = REQUEST_RENEW;
    b.item_count = 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.sent, 4);
    desk.shop.reads = 0;
    desk_wait(&desk, LINEAGE_LIFE_MS + 3 * STRIKES_TURN_MS); /* the table has forgotten them */
    desk.address[18] ^= 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_short_answer(FALLBACK_AGE);
    desk_adopt(&desk);
    assert_int_not_equal(desk.purse.transport.lineage, 77);
    open_desk(NULL);
    b = greedy();
    desk.address[18] ^= 1;
    desk.home = 6;
    desk.boot_ms = desk.now_ms;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_short_answer(FALLBACK_BOOT);
    open_desk(NULL);
    desk.address[18] ^= 1;
    desk.home = 6;
    desk.strict = true;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_short_answer(FALLBACK_HOME);
}

/* A table that takes no more: nothing is sent that cannot be remembered, and the client can go on
 * when there is room. */
static void a_full_table_sends_nothing(void **state)
{
    (void)state;
    const uint32_t used = strikes.tables[strikes.newest].used;
    struct request_body b = greedy();
    b.flags = 0;
    b.item_count = 1;
    desk.least = 480;
    strikes.tables[strikes.newest].used = STRIKES_FULL;
    for (int renew = 0; renew < 2; renew++) {
        b.flags = renew ? REQUEST_RENEW : 0;
        assert_int_equal(desk_round(&desk, &b), ANSWERED);
        expect_short_answer(FALLBACK_FULL);
        assert_int_equal(desk.burst.count, 1);
    }
    strikes.tables[strikes.newest].used = used;
    expect_use(77, 0);
}

/* Of an item in two groups, one of which is there already: what can be struck is sent. */
static void a_full_table_sends_what_it_has_room_for(void **state)
{
    (void)state;
    struct request_body b = greedy();
    b.flags = 0;
    b.item_count = 1;
    desk_widen(&desk, 40, 0);
    for (uint32_t there = 15; there <= 16; there++) {
        b.items[0] = item_of(there, 1, 0);
        assert_int_equal(desk_round(&desk, &b), ANSWERED);
        assert_int_equal(desk.request.sent, 1);
        const uint32_t used = strikes.tables[strikes.newest].used;
        strikes.tables[strikes.newest].used = STRIKES_FULL;
        b.items[0] = item_of(there == 15 ? 14 : 31, 3, 0); /* 14, 15 | 16 and 31 | 32, 33 */
        assert_int_equal(desk_round(&desk, &b), ANSWERED);
        assert_int_equal(desk.request.fallback, FALLBACK_FULL);
        assert_int_equal(desk.request.sent, 1);
        assert_true(desk_carrier(&desk) >= 0);
        strikes.tables[strikes.newest].used = used;
    }
}

/* Every line of the table of places is another session's. */
static void fill_places(void)
{
    for (size_t i = 0; i < PLACES_LINES; i++)
        strikes.places.lines[i] =
            (struct place){.session = 2, .turn = (uint32_t)(desk.now_ms / STRIKES_TURN_MS)};
}

/* Strikes alone cover a space as young as that. */
static void without_a_place_a_young_space_goes_on(void **state)
{
    (void)state;
    struct request_body b = greedy();
    b.flags = REQUEST_RENEW;
    b.item_count = 1;
    fill_places();
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    assert_true(desk.request.sent > 0);
    const uint32_t sent = desk.request.sent;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_true(desk.request.sent == 0 && desk.request.struck == sent);
    desk_adopt(&desk);
    desk_wait(&desk, LINEAGE_LIFE_MS + 1);
    fill_places();
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.fallback, FALLBACK_AGE);
}

/* A continuation stays at its base while others of its session go on. Once the table may have
 * forgotten what they were sent it is worth no more than an old one, and they no more than it. */
static void who_stays_behind_begins_anew(void **state)
{
    (void)state;
    struct request_body b = greedy();
    b.flags = REQUEST_RENEW;
    b.item_count = 1;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.request.sent, 4);
    struct request_body idle = desk_body();
    idle.flags = REQUEST_RENEW;
    for (int i = 0; i < 2; i++) {
        desk_wait(&desk, STRIKES_TURN_MS);
        assert_int_equal(desk_round(&desk, &idle), ANSWERED);
        assert_int_equal(desk.request.fallback, FALLBACK_NONE);
        desk_adopt(&desk);
    }
    const struct purse behind = desk.purse;
    struct request_body all = idle;
    desk_prove(&desk, &all, desk.range_key, 1, 4);
    assert_int_equal(desk_round(&desk, &all), ANSWERED);
    desk_adopt(&desk);
    const struct purse ahead = desk.purse;
    desk_wait(&desk, STRIKES_TURN_MS);
    assert_int_equal(desk_round(&desk, &idle), ANSWERED); /* it has nothing to fear */
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    desk.purse = behind;
    desk.address[18] ^= 1; /* a record of it, played elsewhere, does not end the space in use */
    assert_int_equal(desk_round(&desk, &b), DROP_TWICE);
    desk.address[18] ^= 1;
    desk.shop.reads = 0;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_short_answer(FALLBACK_AGE);
    desk_adopt(&desk);
    const uint32_t lineage = desk.purse.transport.lineage;
    desk.purse = ahead; /* the same space for all */
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    expect_short_answer(FALLBACK_AGE);
    expect_use(lineage, 0);
    desk.purse = ahead;
    assert_int_equal(desk_round(&desk, &b), DROP_TWICE);
    desk.purse = behind;
    assert_int_equal(desk_round(&desk, &b), DROP_TWICE);
}

/* What other servers began: the younger counts, and the older only if nothing of it is forgotten;
 * then it counts for as long as nothing of it can be. */
static void of_two_spaces_the_younger_counts(void **state)
{
    (void)state;
    struct request_body idle = desk_body();
    idle.flags = REQUEST_RENEW;
    struct session older = desk_session(&desk), younger = older;
    older.transport.home = younger.transport.home = 6;
    younger.transport.lineage = 78;
    older.begun_ms -= LINEAGE_LIFE_MS + 1;
    desk_give(&desk, &older);
    const struct purse old = desk.purse;
    desk_give(&desk, &younger);
    assert_int_equal(desk_round(&desk, &idle), ANSWERED);
    expect_use(78, 0);
    desk.shop.reads = 0;
    desk.purse = old;
    assert_int_equal(desk_round(&desk, &idle), DROP_TWICE);
    older.begun_ms++;
    desk_give(&desk, &older);
    for (int turns = 0; turns < STRIKES_TABLES; turns++) {
        assert_int_equal(desk_round(&desk, &idle), ANSWERED);
        assert_int_equal(desk.request.fallback, FALLBACK_NONE);
        desk_adopt(&desk);
        desk_wait(&desk, STRIKES_TURN_MS);
    }
    assert_int_equal(desk_round(&desk, &idle), ANSWERED);
    expect_short_answer(FALLBACK_AGE);
}

/* Nobody here knows what was sent in it once, and by whom. */
static void an_old_space_without_a_place_begins_anew(void **state)
{
    (void)state;
    const struct request_body idle = desk_body();
    struct session s = desk_session(&desk);
    s.begun_ms -= LINEAGE_LIFE_MS;
    desk_give(&desk, &s);
    assert_int_equal(desk_round(&desk, &idle), ANSWERED);
    assert_int_equal(desk.request.fallback, FALLBACK_NONE);
    open_desk(NULL);
    s = desk_session(&desk);
    s.begun_ms -= LINEAGE_LIFE_MS + 1;
    desk_give(&desk, &s);
    expect_fresh_space(FALLBACK_AGE);
}

/* Where neither table has room a session gets the same space whenever it asks, until both of its
 * numbers' strikes and the space are too old. */
static void full_tables_begin_one_space_at_a_time(void **state)
{
    (void)state;
    struct session first = desk_session(&desk), again = first, later = first;
    desk_wait(&desk, 2 * LINEAGE_LIFE_MS - desk.now_ms % LINEAGE_LIFE_MS);
    struct step st = desk_step(&desk);
    strikes.tables[strikes.newest].used = STRIKES_FULL;
    fill_places();
    assert_false(lineage_probe(&first, &st));
    assert_true(lineage_begin(&first, &st));
    st.now_ms += LINEAGE_LIFE_MS - 1;
    assert_true(lineage_stands(&first, &st) && !lineage_use(&first, &st));
    assert_true(lineage_begin(&again, &st));
    assert_int_equal(again.transport.lineage, first.transport.lineage);
    assert_memory_equal(again.transport.range_key, first.transport.range_key, RANGE_KEY_BYTES);
    st.now_ms += 2;
    assert_false(lineage_stands(&first, &st));
    assert_true(lineage_begin(&later, &st));
    assert_true(later.transport.lineage != first.transport.lineage);
}

/* Another session, boot or slot of time gives another space. */
static void spaces_differ(void **state)
{
    (void)state;
    struct session s[4];
    desk_wait(&desk, LINEAGE_LIFE_MS + 1);
    for (int i = 0; i < 4; i++) {
        open_desk(NULL);
        s[i] = desk_session(&desk);
        struct step st = desk_step(&desk);
        s[i].m[15] ^= i == 1;
        desk.lineage_key[31] ^= i == 2;
        st.now_ms += i == 3 ? 4000 : 0;
        assert_true(lineage_begin(&s[i], &st));
        for (int j = 0; j < i; j++) {
            assert_true(s[i].transport.lineage != s[j].transport.lineage);
            assert_memory_not_equal(s[i].transport.range_key, s[j].transport.range_key,
                                    RANGE_KEY_BYTES);
            assert_true(lineage_space(&s[i]) != lineage_space(&s[j]));
        }
    }
}

/* A probe is one session's affair. */
static void probes_are_counted_by_space(void **state)
{
    (void)state;
    const struct session a = desk_session(&desk);
    struct session b = a, c = a;
    const struct step st = desk_step(&desk);
    b.m[3] ^= 1;
    c.transport.lineage++;
    assert_true(lineage_probe(&a, &st) && lineage_probe(&b, &st) && lineage_probe(&c, &st));
    assert_false(lineage_probe(&a, &st) || lineage_probe(&b, &st) || lineage_probe(&c, &st));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_old_continuation_begins_anew, open_desk),
        cmocka_unit_test_setup(one_of_the_far_future_begins_anew, open_desk),
        cmocka_unit_test_setup(one_from_before_this_boot_begins_anew, open_desk),
        cmocka_unit_test_setup(one_of_another_home_is_continued_unless_strict, open_desk),
        cmocka_unit_test_setup(a_move_costs_a_round_trip, open_desk),
        cmocka_unit_test_setup(a_move_keeps_the_proof, open_desk),
        cmocka_unit_test_setup(a_move_begins_with_a_small_window, open_desk),
        cmocka_unit_test_setup(no_call_is_carried_out_elsewhere, open_desk),
        cmocka_unit_test_setup(copies_from_elsewhere_are_harmless, open_desk),
        cmocka_unit_test_setup(a_move_does_not_hide_what_else_is_the_matter, open_desk),
        cmocka_unit_test_setup(a_full_table_sends_nothing, open_desk),
        cmocka_unit_test_setup(a_full_table_sends_what_it_has_room_for, open_desk),
        cmocka_unit_test_setup(without_a_place_a_young_space_goes_on, open_desk),
        cmocka_unit_test_setup(who_stays_behind_begins_anew, open_desk),
        cmocka_unit_test_setup(of_two_spaces_the_younger_counts, open_desk),
        cmocka_unit_test_setup(an_old_space_without_a_place_begins_anew, open_desk),
        cmocka_unit_test_setup(full_tables_begin_one_space_at_a_time, open_desk),
        cmocka_unit_test_setup(spaces_differ, open_desk),
        cmocka_unit_test_setup(probes_are_counted_by_space, open_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
