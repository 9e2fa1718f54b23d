/* seal/strikes: a number is fresh once while it is remembered, for two turns at least. */
#include "seal/test_support.h"

#include "seal/strikes.h"

#define ALL     0xffff
#define TURN    STRIKES_TURN_MS
#define BEGIN   (BORN_MS / TURN * TURN) /* of a turn */
#define TAG_ONE ((uint64_t)1 << 16)     /* the tag's lowest bit in a slot */

static struct rng rng;
static struct strikes strikes;

static int start(void **state)
{
    (void)state;
    uint8_t key[STRIKES_KEY_BYTES];
    rng = rng_of(1);
    rng_fill(&rng, key, sizeof key);
    memset(&strikes, 0xee, sizeof strikes);
    strikes_init(&strikes, key, BEGIN);
    return 0;
}

/* Where there is room. */
static uint16_t take(uint64_t space, uint64_t group, uint16_t wanted)
{
    bool full = true;
    uint16_t fresh = strikes_take(&strikes, space, group, wanted, &full);
    assert_false(full);
    return fresh;
}

static uint16_t look(uint64_t space, uint64_t group)
{
    return strikes_look(&strikes, space, group, ALL);
}

static struct strikes_table *newest(void)
{
    return &strikes.tables[strikes.newest];
}

/* The newest table's only entry. */
static size_t only_slot(void)
{
    size_t found = STRIKES_SLOTS;
    for (size_t i = 0; i < STRIKES_SLOTS; i++) {
        if (newest()->slots[i] == 0)
            continue;
        assert_true(found == STRIKES_SLOTS);
        found = i;
    }
    assert_true(found < STRIKES_SLOTS);
    return found;
}

static void fresh_once_then_struck(void **state)
{
    (void)state;
    assert_int_equal(strikes_used(&strikes), 0);
    assert_int_equal(look(1, 5), 0);
    assert_int_equal(take(1, 5, 0x0011), 0x0011);
    assert_int_equal(take(1, 5, 0x0011), 0);
    assert_int_equal(take(1, 5, 0x8013), 0x8002);
    assert_int_equal(take(1, 5, 0x8013), 0);
    assert_int_equal(look(1, 5), 0x8013);
    assert_int_equal(strikes_look(&strikes, 1, 5, 0x8001), 0x8001);
    assert_int_equal(strikes_look(&strikes, 1, 5, 0x0014), 0x0010);
    assert_int_equal(take(1, 5, ALL), (uint16_t)~0x8013);
    assert_int_equal(take(1, 5, ALL), 0);
    assert_int_equal(strikes_used(&strikes), 1);
}

static void looking_does_not_strike(void **state)
{
    (void)state;
    static struct strikes before;
    assert_int_equal(take(1, 5, 0x00f0), 0x00f0);
    before = strikes;
    for (uint64_t group = 0; group < 1000; group++)
        assert_int_equal(look(1, group), group == 5 ? 0x00f0 : 0);
    assert_memory_equal(&before, &strikes, sizeof before);
    assert_int_equal(take(1, 5, ALL), 0xff0f);
    assert_int_equal(take(1, 6, ALL), ALL);
}

/* An entry with an empty mask would look like an empty slot, or pass for one that counts. */
static void striking_nothing_takes_no_room(void **state)
{
    (void)state;
    for (uint64_t group = 0; group < 1000; group++) {
        assert_int_equal(take(1, group, 0), 0);
        assert_int_equal(strikes_look(&strikes, 1, group, 0), 0);
    }
    assert_int_equal(strikes_used(&strikes), 0);
    for (size_t i = 0; i < STRIKES_SLOTS; i++)
        assert_true(newest()->slots[i] == 0);
}

/* All bits of space and group count, and which is which. */
static void spaces_and_groups_are_apart(void **state)
{
    (void)state;
    assert_int_equal(take(3, 7, ALL), ALL);
    assert_int_equal(take(7, 3, ALL), ALL);
    for (unsigned bit = 0; bit < 64; bit++) {
        assert_int_equal(take(3 ^ (uint64_t)1 << bit, 7, ALL), ALL);
        assert_int_equal(take(3, 7 ^ (uint64_t)1 << bit, ALL), ALL);
    }
    assert_int_equal(strikes_used(&strikes), 130);
}

/* Where a number is found is not known to who does not know all of the key. */
static void another_key_makes_other_tags_and_places(void **state)
{
    (void)state;
    uint8_t key[STRIKES_KEY_BYTES] = {0};
    uint64_t tags[STRIKES_KEY_BYTES + 1];
    size_t slots[STRIKES_KEY_BYTES + 1], same = 0;
    for (size_t i = 0; i <= STRIKES_KEY_BYTES; i++) {
        if (i > 0)
            key[i - 1] = 1;
        strikes_init(&strikes, key, BEGIN);
        assert_int_equal(take(1, 1, 1), 1);
        slots[i] = only_slot();
        tags[i] = newest()->slots[slots[i]];
        for (size_t j = 0; j < i; j++) {
            assert_true(tags[j] != tags[i]);
            same += slots[j] == slots[i];
        }
    }
    assert_true(same < 3); /* of 136 pairs, each with 2^-20 */
}

/* At the first millisecond of a turn, the last, and between; and looked for each half second. */
static void remembered_for_its_life_and_then_forgotten(void **state)
{
    (void)state;
    const int64_t at[] = {0, 1, TURN / 2, TURN - 1};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        assert_int_equal(start(NULL), 0);
        strikes_turn(&strikes, BEGIN + at[i]);
        assert_int_equal(take(1, 1, 6), 6);
        for (int64_t age = 0; age <= STRIKES_LIFE_MS; age += 500) {
            strikes_turn(&strikes, BEGIN + at[i] + age);
            assert_int_equal(look(1, 1), 6);
        }
        strikes_turn(&strikes, BEGIN + 3 * TURN - 1);
        assert_int_equal(look(1, 1), 6);
        assert_int_equal(take(1, 1, 6), 0);
        strikes_turn(&strikes, BEGIN + 3 * TURN);
        assert_int_equal(look(1, 1), 0);
        assert_int_equal(strikes_used(&strikes), 0);
        assert_int_equal(take(1, 1, 6), 6);
    }
}

/* Numbers of one group that were struck in different turns are forgotten each in its own. */
static void each_turn_forgets_its_own(void **state)
{
    (void)state;
    for (int turn = 0; turn < 20; turn++) {
        strikes_turn(&strikes, BEGIN + turn * TURN);
        uint16_t bit = (uint16_t)(1u << turn % 16);
        uint16_t last = turn > 0 ? (uint16_t)(1u << (turn - 1) % 16) : 0;
        uint16_t older = turn > 1 ? (uint16_t)(1u << (turn - 2) % 16) : 0;
        assert_int_equal(look(1, 1), last | older);
        assert_int_equal(take(1, 1, bit | last | older), bit);
        assert_int_equal(strikes_used(&strikes), turn > 1 ? 3 : turn + 1);
    }
}

static void a_pause_forgets_as_many_turns(void **state)
{
    (void)state;
    for (int pause = 1; pause <= 10; pause++) {
        assert_int_equal(start(NULL), 0);
        for (int turn = 0; turn < 3; turn++) {
            strikes_turn(&strikes, BEGIN + turn * TURN);
            assert_int_equal(take(1, (uint64_t)turn, 1), 1);
        }
        strikes_turn(&strikes, BEGIN + (2 + pause) * TURN);
        for (int turn = 0; turn < 3; turn++)
            assert_int_equal(look(1, (uint64_t)turn), turn >= pause);
        assert_int_equal(strikes_used(&strikes), pause < 3 ? 3 - pause : 0);
        /* And the count goes on from there. */
        assert_int_equal(take(1, 9, 1), 1);
        strikes_turn(&strikes, BEGIN + (5 + pause) * TURN - 1);
        assert_int_equal(look(1, 9), 1);
        strikes_turn(&strikes, BEGIN + (5 + pause) * TURN);
        assert_int_equal(look(1, 9), 0);
    }
    strikes_turn(&strikes, INT64_MAX - 1000 * (int64_t)TURN); /* in no time */
    assert_int_equal(strikes_used(&strikes), 0);
}

static void a_step_back_changes_nothing(void **state)
{
    (void)state;
    static struct strikes before;
    for (int turn = 0; turn < 3; turn++) {
        strikes_turn(&strikes, BEGIN + turn * TURN);
        assert_int_equal(take(1, (uint64_t)turn, 1), 1);
    }
    before = strikes;
    for (int64_t back = 1; back <= BEGIN; back *= 7) {
        strikes_turn(&strikes, BEGIN + 2 * TURN - back);
        assert_memory_equal(&before, &strikes, sizeof before);
    }
    strikes_turn(&strikes, BEGIN + 3 * TURN);
    for (int turn = 0; turn < 3; turn++)
        assert_int_equal(look(1, (uint64_t)turn), turn > 0);
}

static void fill_newest(uint64_t space)
{
    for (uint64_t group = 0; newest()->used < STRIKES_FULL; group++)
        assert_int_equal(take(space, group, 1), 1);
}

static void a_full_table_says_so(void **state)
{
    (void)state;
    bool full = true;
    assert_int_equal(take(9, 9, 1), 1);
    strikes_turn(&strikes, BEGIN + TURN);
    fill_newest(1);
    for (uint64_t group = 0; group < 1000; group++) {
        full = false;
        assert_int_equal(strikes_take(&strikes, 2, group, ALL, &full), 0);
        assert_true(full);
        assert_int_equal(look(2, group), 0);
    }
    /* An older table's entry would be forgotten too soon for what is struck now. */
    assert_int_equal(strikes_take(&strikes, 9, 9, 3, &full), 0);
    assert_true(full);
    assert_int_equal(look(9, 9), 1);
    assert_int_equal(take(9, 9, 1), 0); /* struck is struck; it needs no room */
    assert_int_equal(take(2, 1, 0), 0);
    /* What has its entry in the newest needs none either. */
    assert_int_equal(take(1, 5, 3), 2);
    assert_int_equal(look(1, 5), 3);
    assert_int_equal(strikes_used(&strikes), STRIKES_FULL + 1);

    strikes_turn(&strikes, BEGIN + 2 * TURN);
    assert_int_equal(take(2, 5, ALL), ALL);
    assert_int_equal(take(9, 9, 3), 2);
    assert_int_equal(take(1, 5, 7), 4);
    for (uint64_t group = 0; group < STRIKES_FULL; group++)
        assert_int_equal(look(1, group) & 1, 1);
}

static void all_tables_can_be_full(void **state)
{
    (void)state;
    for (uint64_t turn = 0; turn < STRIKES_TABLES; turn++) {
        strikes_turn(&strikes, BEGIN + (int64_t)turn * TURN);
        fill_newest(turn);
    }
    assert_int_equal(strikes_used(&strikes), STRIKES_TABLES * STRIKES_FULL);
    for (uint64_t space = 0; space < STRIKES_TABLES; space++)
        for (uint64_t group = 0; group < STRIKES_FULL; group++)
            assert_int_equal(look(space, group), 1);
    for (uint64_t group = 0; group < 1000000; group++)
        assert_int_equal(look(7, group), 0);
}

/* One empty slot among strangers, whose tags are 0, 1, 2: the probe comes to it from everywhere,
 * past the table's end too, and meets none that it takes for its own. */
static void probes_pass_strangers_and_wrap(void **state)
{
    (void)state;
    const size_t room[] = {0, 1, 77, STRIKES_SLOTS / 2, STRIKES_SLOTS - 1};
    for (size_t r = 0; r < sizeof room / sizeof room[0]; r++)
        for (uint64_t group = 0; group < 20; group++) {
            for (size_t i = 0; i < STRIKES_SLOTS; i++)
                newest()->slots[i] = i % 3 * TAG_ONE | 0x0f0f;
            newest()->slots[room[r]] = 0;
            newest()->used = 0;
            assert_int_equal(take(1, group, 0x0ff0), 0x0ff0);
            assert_int_equal(newest()->slots[room[r]] & ALL, 0x0ff0);
            newest()->slots[(room[r] + 1) % STRIKES_SLOTS] = 0; /* so that others' probes end */
            assert_int_equal(look(1, group), 0x0ff0);
            assert_int_equal(look(2, group), 0);
            assert_int_equal(take(1, group, 0x00ff), 0x000f);
            assert_int_equal(look(1, group), 0x0fff);
            assert_int_equal(newest()->used, 1);
        }
}

/* A stranger at home there whose tag differs in any one bit is passed by, and nothing is lost. */
static void all_48_bits_of_a_tag_count(void **state)
{
    (void)state;
    assert_int_equal(take(1, 1, 6), 6);
    size_t slot = only_slot();
    uint64_t entry = newest()->slots[slot];
    for (unsigned bit = 16; bit < 64; bit++) {
        memset(newest(), 0, sizeof *newest());
        newest()->slots[slot] = entry ^ (uint64_t)1 << bit;
        assert_int_equal(look(1, 1), 0);
        assert_int_equal(take(1, 1, 6), 6);
        assert_true(newest()->slots[slot] == (entry ^ (uint64_t)1 << bit));
        assert_true(newest()->slots[(slot + 1) % STRIKES_SLOTS] == entry);
    }
}

/* Entries are at home in every part of the table, and tags have no bit that stands still. */
static void entries_are_spread_evenly(void **state)
{
    (void)state;
    enum { PARTS = 1024, EACH = 256 };
    static unsigned in_part[PARTS];
    unsigned ones[64] = {0}, odd_places[20] = {0};
    memset(in_part, 0, sizeof in_part);
    for (uint64_t group = 0; group < PARTS * EACH; group++)
        assert_int_equal(take(1, group, ALL), ALL);
    for (size_t i = 0; i < STRIKES_SLOTS; i++) {
        if (newest()->slots[i] == 0)
            continue;
        in_part[i / (STRIKES_SLOTS / PARTS)]++;
        for (unsigned bit = 0; bit < 64; bit++)
            ones[bit] += (newest()->slots[i] >> bit & 1) != 0;
        for (unsigned bit = 0; bit < 20; bit++)
            odd_places[bit] += i >> bit & 1;
    }
    for (size_t part = 0; part < PARTS; part++) /* deviation 16: seven of them, and spilling over */
        assert_in_range(in_part[part], EACH - 128, EACH + 128);
    for (unsigned bit = 16; bit < 64; bit++) /* deviation 256: eight of them */
        assert_in_range(ones[bit], PARTS * EACH / 2 - 2048, PARTS * EACH / 2 + 2048);
    for (unsigned bit = 0; bit < 20; bit++)
        assert_in_range(odd_places[bit], PARTS * EACH / 2 - 2048, PARTS * EACH / 2 + 2048);
}

/* A stranger with the same tag is met only by who begins at the same place as well: of the 20 bits
 * of a place, the upper 16 agree with no bit of the tag more often than not. */
static void what_places_an_entry_is_not_in_its_tag(void **state)
{
    (void)state;
    enum { ENTRIES = 16384 };
    unsigned agree[20][64] = {0};
    for (uint64_t group = 0; group < ENTRIES; group++)
        assert_int_equal(take(1, group, ALL), ALL);
    for (size_t i = 0; i < STRIKES_SLOTS; i++)
        for (unsigned place = 4; newest()->slots[i] != 0 && place < 20; place++)
            for (unsigned bit = 16; bit < 64; bit++)
                agree[place][bit] += (newest()->slots[i] >> bit & 1) == (i >> place & 1);
    for (unsigned place = 4; place < 20; place++)
        for (unsigned bit = 16; bit < 64; bit++) /* deviation 64: eight of them */
            assert_in_range(agree[place][bit], ENTRIES / 2 - 512, ENTRIES / 2 + 512);
}

enum { SPACES = 5, GROUPS = 200 };
static int64_t struck_in[SPACES][GROUPS][16]; /* the turn; before all turns: never */

static uint64_t group_of(size_t g)
{
    return g % 2 ? g : (uint64_t)g << 40;
}

static bool remembers(int64_t struck, int64_t turn)
{
    return turn - struck < STRIKES_TABLES;
}

/* Groups times the turns that each was struck in, of those that count. */
static size_t model_used(int64_t turn)
{
    size_t used = 0;
    for (size_t s = 0; s < SPACES; s++)
        for (size_t g = 0; g < GROUPS; g++)
            for (int64_t t = turn - STRIKES_TABLES + 1; t <= turn; t++) {
                bool any = false;
                for (size_t i = 0; i < 16; i++)
                    any = any || struck_in[s][g][i] == t;
                used += any;
            }
    return used;
}

static void check_against_model(int64_t turn, uint16_t wanted)
{
    size_t s = (size_t)rng_below(&rng, SPACES), g = (size_t)rng_below(&rng, GROUPS);
    uint16_t known = 0;
    for (size_t i = 0; i < 16; i++)
        known |= (uint16_t)(remembers(struck_in[s][g][i], turn) << i);
    assert_int_equal(strikes_look(&strikes, s, group_of(g), wanted), known & wanted);
    if (rng_below(&rng, 4) == 0)
        return;
    assert_int_equal(take(s, group_of(g), wanted), wanted & ~known);
    for (size_t i = 0; i < 16; i++)
        if ((wanted & ~known) >> i & 1)
            struck_in[s][g][i] = turn;
}

static void exactly_once_against_a_plain_set(void **state)
{
    (void)state;
    int64_t now = BEGIN, turn = BEGIN / TURN;
    for (size_t s = 0; s < SPACES; s++)
        for (size_t g = 0; g < GROUPS; g++)
            for (size_t i = 0; i < 16; i++)
                struck_in[s][g][i] = INT64_MIN / 2;
    for (int i = 0; i < 400000; i++) {
        if (rng_below(&rng, 1000) == 0) {
            now += (int64_t)rng_below(&rng, rng_below(&rng, 10) == 0 ? 5 * TURN : TURN);
            turn = now / TURN;
            strikes_turn(&strikes, now);
            strikes_turn(&strikes, now - (int64_t)rng_below(&rng, 10 * TURN));
            assert_int_equal(strikes_used(&strikes), model_used(turn));
        }
        uint16_t wanted = (uint16_t)rng_u64(&rng);
        check_against_model(turn, rng_below(&rng, 2) ? wanted & (wanted >> 5) : wanted);
    }
}

/* Half a million in each of two turns: every one fresh, then every one struck, and no other. */
static void a_million_strikes(void **state)
{
    (void)state;
    enum { MILLION = 1000000 };
    for (uint64_t n = 0; n < MILLION; n++) {
        if (n == MILLION / 2)
            strikes_turn(&strikes, BEGIN + TURN);
        assert_int_equal(take(n % 97, n, (uint16_t)(1u << n % 16)), 1u << n % 16);
    }
    assert_int_equal(strikes_used(&strikes), MILLION);
    assert_int_equal(newest()->used, MILLION / 2);
    for (uint64_t n = 0; n < MILLION; n++)
        assert_int_equal(look(n % 97, n), 1u << n % 16);
    for (uint64_t n = 0; n < 2 * MILLION; n++)
        assert_int_equal(look(97 + n % 97, n), 0);
    for (uint64_t n = 0; n < MILLION; n += 97)
        assert_int_equal(take(n % 97, n, (uint16_t)(1u << n % 16)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fresh_once_then_struck, start),
        cmocka_unit_test_setup(looking_does_not_strike, start),
        cmocka_unit_test_setup(striking_nothing_takes_no_room, start),
        cmocka_unit_test_setup(spaces_and_groups_are_apart, start),
        cmocka_unit_test_setup(another_key_makes_other_tags_and_places, start),
        cmocka_unit_test_setup(remembered_for_its_life_and_then_forgotten, start),
        cmocka_unit_test_setup(each_turn_forgets_its_own, start),
        cmocka_unit_test_setup(a_pause_forgets_as_many_turns, start),
        cmocka_unit_test_setup(a_step_back_changes_nothing, start),
        cmocka_unit_test_setup(a_full_table_says_so, start),
        cmocka_unit_test_setup(all_tables_can_be_full, start),
        cmocka_unit_test_setup(probes_pass_strangers_and_wrap, start),
        cmocka_unit_test_setup(all_48_bits_of_a_tag_count, start),
        cmocka_unit_test_setup(entries_are_spread_evenly, start),
        cmocka_unit_test_setup(what_places_an_entry_is_not_in_its_tag, start),
        cmocka_unit_test_setup(exactly_once_against_a_plain_set, start),
        cmocka_unit_test_setup(a_million_strikes, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
