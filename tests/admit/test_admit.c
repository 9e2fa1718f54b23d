/* admit/admit: what is due, what is enough, and that each solution and each pass counts once. */
#include "admit/test_support.h"

#include "admit/admit.h"
#include "admit/pass.h"

struct scene {
    struct admit admit;
    struct ring ring;
    struct filter filter;
    struct strikes strikes;
    struct rng rng;
    int64_t now_ms, boot_ms;
    uint8_t address[ADDRESS_BYTES];
    uint8_t out[PUZZLE_BYTES], field[PUZZLE_FIELD_BYTES];
};

static struct scene *s;

static int start(void **state)
{
    (void)state;
    const uint8_t key[FILTER_KEY_BYTES] = {1}, seed[RNG_SEED_BYTES] = {2};
    s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->now_ms = NOW_MS;
    ring_of_one(&s->ring);
    filter_init(&s->filter, key);
    strikes_init(&s->strikes, key, NOW_MS);
    rng_seed(&s->rng, seed);
    admit_init(&s->admit, key, NOW_MS);
    memcpy(s->address, home, sizeof home);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(s);
    return 0;
}

static struct step step_now(void)
{
    return (struct step){.ring = &s->ring,
                         .filter = &s->filter,
                         .rng = &s->rng,
                         .strikes = &s->strikes,
                         .now_ms = s->now_ms,
                         .boot_ms = s->boot_ms,
                         .address = s->address};
}

/* A HELLO with the field, from the address; if it comes through, it took `us`. */
static enum admit_result knock(uint32_t us)
{
    struct admission d;
    struct hello h = honest;
    const struct step st = step_now();
    h.puzzle = s->field;
    admit_turn(&s->admit, s->now_ms);
    enum admit_result r = admit_hello(&s->admit, &d, &st, s->now_ms, &h, s->out);
    if (r <= ADMIT_PASSED)
        admit_spent(&s->admit, &d, s->now_ms, us * 1000ull);
    assert_int_equal(d.proven, r == ADMIT_SOLVED || r == ADMIT_PASSED);
    return r;
}

static unsigned bits_asked(void)
{
    struct puzzle q;
    assert_int_equal(puzzle_decode(&q, s->out, sizeof s->out), LETHE_OK);
    return q.bits;
}

static void bring_nothing(void)
{
    memset(s->field, 0, sizeof s->field);
}

static void bring_pass(void)
{
    uint8_t nonce[PASS_NONCE_BYTES];
    rng_fill(&s->rng, nonce, sizeof nonce);
    pass_make(s->field, &s->ring.keys[5], s->now_ms, nonce, s->address);
}

static void at_rest_all_come_through(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++, s->now_ms += 10)
        assert_int_equal(knock(150), ADMIT_FREE);
    bring_pass(); /* and keep what they need not */
    assert_int_equal(knock(150), ADMIT_FREE);
    assert_int_equal(filter_used(&s->filter), 0);
    assert_int_equal(strikes_used(&s->strikes), 0);
    s->field[63] = 1;
    assert_int_equal(knock(150), ADMIT_MALFORMED);
}

static void under_load_a_solution_counts_once(void **state)
{
    (void)state;
    s->admit.control.level = 2;
    assert_int_equal(knock(150), ADMIT_ASKED);
    assert_int_equal(bits_asked(), CONTROL_BITS_FIRST);
    solve(s->field, s->out);
    s->now_ms += 50;
    assert_int_equal(knock(150), ADMIT_SOLVED);
    assert_int_equal(knock(150), ADMIT_STRUCK);
    solve(s->field, s->out); /* what it was struck with is a PUZZLE again */
    assert_int_equal(knock(150), ADMIT_SOLVED);
    s->field[30] ^= 1;
    assert_int_equal(knock(150), ADMIT_WRONG);
}

static void old_solutions_are_asked_anew(void **state)
{
    (void)state;
    s->admit.control.level = 2;
    assert_int_equal(knock(150), ADMIT_ASKED);
    solve(s->field, s->out);
    s->now_ms += 40;
    s->boot_ms = s->now_ms; /* restarted: what was struck is forgotten */
    assert_int_equal(knock(150), ADMIT_LATE);
    solve(s->field, s->out);
    s->now_ms += PUZZLE_LIFE_MS;
    admit_turn(&s->admit, s->now_ms);
    s->admit.control.level = 2;
    assert_int_equal(knock(150), ADMIT_LATE);
}

static void easy_solutions_count_for_the_grace(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        s->admit.control.level = 2;
        bring_nothing();
        assert_int_equal(knock(150), ADMIT_ASKED);
        solve(s->field, s->out);
        s->now_ms += ADMIT_GRACE_MS - !late;
        admit_turn(&s->admit, s->now_ms);
        s->admit.control.level = 3;
        assert_int_equal(knock(150), late ? ADMIT_WEAK : ADMIT_SOLVED);
    }
}

static void a_pass_skips_the_puzzle_once(void **state)
{
    (void)state;
    s->admit.control.level = CONTROL_LEVELS;
    bring_pass();
    assert_int_equal(knock(150), ADMIT_PASSED);
    assert_int_equal(knock(150), ADMIT_STRUCK);
    assert_int_equal(bits_asked(), CONTROL_BITS_MOST);
    bring_pass();
    s->address[15] ^= 1; /* another network */
    assert_int_equal(knock(150), ADMIT_REFUSED);
    bring_pass();
    s->filter.generations[5].used = FILTER_FULL;
    assert_int_equal(knock(150), ADMIT_REFUSED);
}

/* Knocks without proof until a puzzle is due; returns how often it came through. */
static int take_share(void)
{
    int through = 0;
    bring_nothing();
    while (knock(150) == ADMIT_FREE)
        assert_true(++through < 10000);
    return through;
}

static void a_network_takes_its_share_and_then_proves_its_address(void **state)
{
    (void)state;
    assert_int_equal(take_share(), ADMIT_SHARE_US / 150 + 1);
    assert_int_equal(bits_asked(), 0);
    s->address[16] ^= 1; /* a neighbour */
    assert_int_equal(knock(150), ADMIT_ASKED);
    solve(s->field, s->out);
    assert_int_equal(knock(150), ADMIT_SOLVED);
    bring_nothing();
    s->address[15] ^= 1; /* somebody else */
    assert_int_equal(knock(150), ADMIT_FREE);
    s->address[15] ^= 1;
    s->now_ms += SKETCH_HALF_MS;
    s->admit.control.level = 0;
    assert_int_equal(knock(150), ADMIT_FREE); /* and it fades */
}

/* What a network takes with proofs makes its own puzzles harder, not those of others. */
static void a_greedy_network_makes_its_own_puzzles_harder(void **state)
{
    (void)state;
    unsigned before = 0, asked = 0;
    take_share();
    for (int i = 0; before < CONTROL_BITS_MOST; i++) {
        bring_nothing();
        assert_int_equal(knock(150), ADMIT_ASKED);
        asked = bits_asked();
        assert_true(asked >= before && asked <= CONTROL_BITS_MOST);
        before = asked;
        s->admit.control.spent_ns = 0; /* the load is not what this is about */
        const struct sketch_network n = sketch_find(&s->admit.sketch, s->address);
        sketch_add(&s->admit.sketch, &n, SKETCH_PROVEN, ADMIT_SHARE_US / 20, s->now_ms);
        assert_true(i < 50);
    }
    bring_pass(); /* it is no use against that */
    assert_int_equal(knock(150), ADMIT_REFUSED);
    bring_nothing();
    s->address[15] ^= 1;
    assert_int_equal(knock(150), ADMIT_FREE);
}

/* Full: better one solution twice than no client at all. */
static void a_full_table_lets_solutions_through(void **state)
{
    (void)state;
    s->admit.control.level = 2;
    assert_int_equal(knock(150), ADMIT_ASKED);
    solve(s->field, s->out);
    s->strikes.tables[s->strikes.newest].used = STRIKES_FULL;
    assert_int_equal(knock(150), ADMIT_SOLVED);
    assert_int_equal(knock(150), ADMIT_SOLVED);
}

static void without_a_cookie_key_no_puzzle_is_set(void **state)
{
    (void)state;
    s->admit.control.level = 1;
    s->ring.keys[5].live = false;
    assert_int_equal(knock(150), ADMIT_NO_KEY);
}

/* One HELLO that was kept waiting for a second is not a flood. */
static void a_cost_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(knock(1000000), ADMIT_FREE);
    s->now_ms += CONTROL_STEP_MS;
    assert_int_equal(knock(150), ADMIT_FREE);
}

/* BLOCKs that came to somebody in `of`, and LOOKUPs, which show nothing. */
static size_t block(uint8_t p[DATAGRAM_BYTES], uint8_t of)
{
    size_t at;
    uint8_t address[ADDRESS_BYTES];
    memcpy(address, home, sizeof home);
    address[14] = of;
    return marked_packet(p, KIND_BLOCK, &at, &s->ring, &s->rng, address);
}

static size_t leg(uint8_t p[DATAGRAM_BYTES], uint8_t of)
{
    size_t at;
    uint8_t address[ADDRESS_BYTES];
    memcpy(address, home, sizeof home);
    address[14] = of;
    return marked_packet(p, KIND_LEG, &at, &s->ring, &s->rng, address);
}

static size_t lookup(uint8_t p[DATAGRAM_BYTES], uint8_t of)
{
    (void)of;
    p[0] = KIND_LOOKUP;
    return 1;
}

typedef size_t (*packet_fn)(uint8_t p[DATAGRAM_BYTES], uint8_t of);

/* They take `us`, from a network. */
static void take(packet_fn make, uint8_t of, uint8_t from, uint32_t us)
{
    uint8_t p[DATAGRAM_BYTES];
    const size_t n = make(p, of);
    struct step st = step_now();
    s->address[14] = from;
    for (uint32_t spent = 0; spent < us; spent += ADMIT_OTHER_US)
        admit_other_spent(&s->admit, &st, s->now_ms, false, p, n, ADMIT_OTHER_US * 1000);
    memcpy(s->address, home, sizeof home);
}

static bool passes(packet_fn make, uint8_t of, uint8_t from)
{
    uint8_t p[DATAGRAM_BYTES];
    const size_t n = make(p, of);
    const struct step st = step_now();
    s->address[14] = from;
    const bool passed = admit_other(&s->admit, &st, s->now_ms, p, n);
    memcpy(s->address, home, sizeof home);
    return passed;
}

static void others_have_a_share_when_it_is_too_much_in_all(void **state)
{
    (void)state;
    const packet_fn makes[] = {block, lookup};
    for (int i = 0; i < 2; i++) {
        const packet_fn make = makes[i];
        take(make, 100, 100, ADMIT_OTHERS_ALL_US - ADMIT_OTHER_US);
        assert_true(passes(make, 100, 100)); /* one network may take all of it */
        take(make, 101, 101, ADMIT_OTHER_US);
        assert_false(passes(make, 100, 100));
        assert_true(passes(make, 101, 101)); /* far from its share */
        take(make, 101, 101, ADMIT_OTHERS_US - ADMIT_OTHER_US);
        assert_false(passes(make, 101, 101));
        assert_true(passes(make, home[14], home[14]));
        s->now_ms += 4 * SKETCH_HALF_MS;
        assert_true(passes(make, 100, 100));
        assert_int_equal(knock(150), ADMIT_FREE); /* a HELLO is another matter */
        s->now_ms += 40ll * SKETCH_HALF_MS;
    }
}

/* By what they took, from a microsecond on, and no more than one may count that was kept waiting.
 */
static void what_takes_longer_counts_more(void **state)
{
    (void)state;
    static const struct {
        uint64_t ns;
        uint32_t us;
    } cases[] = {{1, 1}, {20000, 20}, {20001, 21}, {10000000, ADMIT_OTHER_MOST_US}};
    uint8_t p[DATAGRAM_BYTES];
    const size_t n = block(p, home[14]);
    const struct step st = step_now();
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        admit_other_spent(&s->admit, &st, s->now_ms, false, p, n, cases[i].ns);
        sum += cases[i].us;
        assert_int_equal(sketch_total(&s->admit.sketch, SKETCH_BLOCKS, s->now_ms), sum);
    }
    assert_true(s->admit.blocks.spent_ns == 0); /* no crowd */
    admit_other_spent(&s->admit, &st, s->now_ms, true, p, n, 20000);
    assert_true(s->admit.blocks.spent_ns == 20000);
}

static void many_networks_each_within_its_share_pass(void **state)
{
    (void)state;
    for (uint8_t i = 100; i < 140; i++)
        take(block, i, i, ADMIT_OTHERS_US / 2);
    for (uint8_t i = 100; i < 140; i++)
        assert_true(passes(block, i, i));
}

/* What is left out is too much too: one half of the time would not do. */
static void a_flood_is_left_out_while_it_lasts(void **state)
{
    (void)state;
    take(block, 100, 100, ADMIT_OTHERS_ALL_US);
    for (int tick = 0; tick < 10; tick++) {
        for (uint32_t us = 0; us < ADMIT_OTHERS_ALL_US; us += ADMIT_OTHER_US)
            (void)passes(block, 100, 100);
        s->now_ms += SKETCH_HALF_MS;
        take(block, 100, 100, ADMIT_OTHERS_US);
        assert_false(passes(block, 100, 100));
    }
    s->now_ms += 4 * SKETCH_HALF_MS;
    assert_true(passes(block, 100, 100));
}

/* However many networks it names, what was sent to none of them has a share of one together; and it
 * is held against nobody. */
static void what_is_foreign_has_one_share(void **state)
{
    (void)state;
    uint64_t passed = 0;
    for (int tick = 0; tick < 4; tick++) {
        for (unsigned i = 0; i < 40000; i++) {
            const uint8_t from = (uint8_t)(100 + i % 100);
            if (!passes(block, 99, from))
                continue;
            passed++;
            take(block, 99, from, ADMIT_OTHER_US);
        }
        s->now_ms += SKETCH_HALF_MS;
    }
    assert_int_equal(passed, ADMIT_OTHERS_US / ADMIT_OTHER_US);
    for (uint8_t i = 100; i < 200; i++)
        assert_true(passes(block, i, i) && passes(lookup, i, i));
    s->now_ms += 4 * SKETCH_HALF_MS;
    assert_true(passes(block, 99, 100));
}

/* Nor what shows nothing, in a network's name. */
static void what_shows_nothing_takes_no_share_of_what_does(void **state)
{
    (void)state;
    take(lookup, 100, 100, ADMIT_OTHERS_ALL_US);
    assert_false(passes(lookup, 100, 100));
    assert_true(passes(block, 100, 100));
    take(block, 101, 101, ADMIT_OTHERS_US);
    assert_false(passes(block, 101, 101));
    assert_true(passes(lookup, 101, 101));
}

#define NETWORKS 40
#define RUN      5 /* packets that come in a row */

/* Each millisecond two runs of every network wait in a crowd, three times what their shares allow
 * together; and now and then a packet of one that is quiet. Returns what was taken of the worker's
 * time in the last half of it, in per cent. */
static unsigned crowd_of_networks(packet_fn make, int64_t ms)
{
    static uint8_t p[NETWORKS + 1][DATAGRAM_BYTES];
    size_t n[NETWORKS + 1];
    unsigned us = 0;
    for (unsigned i = 0; i <= NETWORKS; i++)
        n[i] = make(p[i], (uint8_t)(100 + i));
    for (int64_t t = 0; t < ms; t++, s->now_ms++) {
        const struct step st = step_now();
        admit_turn(&s->admit, s->now_ms);
        for (unsigned i = 0; i < 2 * NETWORKS; i++) {
            const unsigned of = i % NETWORKS;
            s->address[14] = (uint8_t)(100 + of);
            if (!admit_other(&s->admit, &st, s->now_ms, p[of], n[of]))
                continue;
            for (int k = 0; k < RUN; k++)
                admit_other_spent(&s->admit, &st, s->now_ms, true, p[of], n[of],
                                  ADMIT_OTHER_US * 1000);
            us += t >= ms / 2 ? RUN * ADMIT_OTHER_US : 0;
        }
        s->address[14] = 100 + NETWORKS;
        if (t % 50 == 0) {
            assert_true(admit_other(&s->admit, &st, s->now_ms, p[NETWORKS], n[NETWORKS]));
            admit_other_spent(&s->admit, &st, s->now_ms, true, p[NETWORKS], n[NETWORKS],
                              ADMIT_OTHER_US * 1000);
        }
    }
    memcpy(s->address, home, sizeof home);
    return us / (unsigned)(ms * 1000 / 2 / 100);
}

/* However many they are, they leave the half of a worker; who takes little is let in; and when it
 * is over, a network has its share. What shows its network and what does not are apart. */
static void where_many_networks_crowd_shares_shrink(void **state)
{
    (void)state;
    const packet_fn makes[] = {block, lookup};
    for (int i = 0; i < 2; i++) {
        const struct control *mine = i ? &s->admit.untold : &s->admit.blocks;
        const struct control *other = i ? &s->admit.blocks : &s->admit.untold;
        const unsigned percent = crowd_of_networks(makes[i], 800);
        assert_in_range(percent, CONTROL_LOW / 2, CONTROL_HIGH);
        assert_true(mine->level > 0 && other->level == 0 && s->admit.marked.level == 0);
        for (uint8_t of = 100; of < 100 + NETWORKS; of++)
            assert_true(passes(leg, of, of)); /* they can still begin an exchange */
        s->now_ms += 2000;
        admit_turn(&s->admit, s->now_ms);
        assert_int_equal(mine->level, 0);
        take(makes[1 - i], 90, 90, ADMIT_OTHERS_ALL_US); /* too much in all */
        take(makes[i], 91, 91, ADMIT_OTHERS_US - 2 * ADMIT_OTHER_US);
        assert_true(passes(makes[i], 91, 91));
        s->now_ms += 40ll * SKETCH_HALF_MS;
    }
}

static void fewer_are_a_crowd_while_shares_are_smaller(void **state)
{
    (void)state;
    assert_false(admit_is_crowd(&s->admit, ADMIT_CROWD - 1));
    assert_true(admit_is_crowd(&s->admit, ADMIT_CROWD));
    s->admit.untold.level = 3;
    assert_false(admit_is_crowd(&s->admit, ADMIT_CROWD / 8 - 1));
    assert_true(admit_is_crowd(&s->admit, ADMIT_CROWD / 8));
    s->admit.marked.level = CONTROL_LEVELS;
    assert_true(admit_is_crowd(&s->admit, 1));
    assert_false(admit_is_crowd(&s->admit, 0));
}

static bool resume(void)
{
    struct admission d;
    const struct step st = step_now();
    admit_turn(&s->admit, s->now_ms);
    return admit_resume(&s->admit, &d, &st, s->now_ms);
}

/* RESUME can bring no solution: where one is due, from all or from its network, it is not opened.
 */
static void a_resume_goes_through_while_nothing_is_due(void **state)
{
    (void)state;
    assert_true(resume());
    s->admit.control.level = 1; /* the proof of an address */
    assert_true(resume());
    s->admit.control.level = 2;
    assert_false(resume());
    s->admit.control.level = 0;
    const struct sketch_network n = sketch_find(&s->admit.sketch, s->address);
    for (int which = 0; which <= SKETCH_PROVEN; which++) {
        assert_true(resume());
        sketch_add(&s->admit.sketch, &n, (enum sketch_count)which, ADMIT_SHARE_US + 1, s->now_ms);
        assert_false(resume());
        s->address[14] ^= 1;
        assert_true(resume());
        s->address[14] ^= 1;
        s->now_ms += 2 * SKETCH_HALF_MS;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_rest_all_come_through, start, end),
        cmocka_unit_test_setup_teardown(under_load_a_solution_counts_once, start, end),
        cmocka_unit_test_setup_teardown(old_solutions_are_asked_anew, start, end),
        cmocka_unit_test_setup_teardown(easy_solutions_count_for_the_grace, start, end),
        cmocka_unit_test_setup_teardown(a_pass_skips_the_puzzle_once, start, end),
        cmocka_unit_test_setup_teardown(a_network_takes_its_share_and_then_proves_its_address,
                                        start, end),
        cmocka_unit_test_setup_teardown(a_greedy_network_makes_its_own_puzzles_harder, start, end),
        cmocka_unit_test_setup_teardown(a_full_table_lets_solutions_through, start, end),
        cmocka_unit_test_setup_teardown(without_a_cookie_key_no_puzzle_is_set, start, end),
        cmocka_unit_test_setup_teardown(a_cost_is_bounded, start, end),
        cmocka_unit_test_setup_teardown(others_have_a_share_when_it_is_too_much_in_all, start, end),
        cmocka_unit_test_setup_teardown(many_networks_each_within_its_share_pass, start, end),
        cmocka_unit_test_setup_teardown(a_flood_is_left_out_while_it_lasts, start, end),
        cmocka_unit_test_setup_teardown(what_is_foreign_has_one_share, start, end),
        cmocka_unit_test_setup_teardown(what_shows_nothing_takes_no_share_of_what_does, start, end),
        cmocka_unit_test_setup_teardown(where_many_networks_crowd_shares_shrink, start, end),
        cmocka_unit_test_setup_teardown(what_takes_longer_counts_more, start, end),
        cmocka_unit_test_setup_teardown(fewer_are_a_crowd_while_shares_are_smaller, start, end),
        cmocka_unit_test_setup_teardown(a_resume_goes_through_while_nothing_is_due, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
