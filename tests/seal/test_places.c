/* seal/places: where sessions are, how far they had come when strikes were forgotten, and the end
 * of the room. */
#include "base/bytes.h"
#include "seal/places.h"
#include "seal/test_support.h"

static struct places places;
static const uint8_t key[PLACES_KEY_BYTES] = {1, 2, 3};

static int begin(void **state)
{
    (void)state;
    memset(&places, 0, sizeof places);
    return 0;
}

static const uint8_t *session(uint64_t n)
{
    static uint8_t m[EXCHANGE_ID_BYTES];
    store64(m, n);
    return m;
}

static void a_place_lives_three_turns(void **state)
{
    (void)state;
    assert_null(places_find(&places, key, session(1), 0));
    struct place *p = places_take(&places, key, session(1), 100);
    assert_non_null(p);
    place_name(p, 7, 55);
    for (int64_t turn = 100; turn <= 102; turn++)
        assert_ptr_equal(places_find(&places, key, session(1), turn), p);
    assert_null(places_find(&places, key, session(1), 103));
    place_touch(p, 102);
    assert_ptr_equal(places_take(&places, key, session(1), 104), p);
    assert_true(p->lineage == 7 && p->begun_ms == 55);
    assert_null(places_find(&places, key, session(2), 104));
    p = places_take(&places, key, session(1), 105); /* dead: it names nothing any more */
    assert_true(p->lineage == 0 && p->begun_ms == 0);
}

/* Against a plain list of all that was sent, and when. */
static void what_is_forgotten_is_the_highest_of_its_time(void **state)
{
    (void)state;
    struct rng rng;
    const uint8_t seed[RNG_SEED_BYTES] = {3};
    rng_seed(&rng, seed);
    for (int round = 0; round < 200; round++) {
        uint64_t sent[64] = {0};
        int64_t turn = (int64_t)(rng_u64(&rng) % 5);
        struct place *p = places_take(&places, key, session((uint64_t)round + 10), turn);
        const int64_t first = turn;
        while (turn < first + 40) {
            place_touch(p, turn);
            for (uint64_t i = rng_u64(&rng) % 3; i > 0; i--) {
                const uint64_t number = rng_u64(&rng) % 10000;
                place_sent(p, number);
                sent[turn] = sent[turn] > number ? sent[turn] : number;
            }
            const int64_t now = turn + (int64_t)(rng_u64(&rng) % 8);
            uint64_t highest = 0;
            for (int64_t t = 0; t <= now - PLACES_TURNS && t <= turn; t++)
                highest = highest > sent[t] ? highest : sent[t];
            assert_int_equal(place_forgotten(p, now), highest);
            turn += (int64_t)(rng_u64(&rng) % 5);
        }
    }
}

static void another_space_has_sent_nothing(void **state)
{
    (void)state;
    struct place *p = places_take(&places, key, session(1), 5);
    place_sent(p, 1000);
    place_touch(p, 7);
    p->used_ms = 4;
    place_name(p, 9, 77);
    assert_true(p->lineage == 9 && p->begun_ms == 77 && p->used_ms == 0);
    assert_int_equal(place_forgotten(p, 1000), 0);
    assert_ptr_equal(places_find(&places, key, session(1), 9), p);
}

/* No place that lives is taken from its session; when all is dead, there is room again. */
static void a_full_table_says_so(void **state)
{
    (void)state;
    uint64_t refused = 0, lost = 0;
    for (uint64_t i = 0; i < PLACES_LINES; i++)
        refused += places_take(&places, key, session(i), 9) == NULL;
    assert_true(refused > PLACES_LINES / 1000 && refused < PLACES_LINES / 4);
    for (uint64_t i = 0; i < PLACES_LINES; i++)
        lost += places_find(&places, key, session(i), 11) == NULL;
    assert_int_equal(lost, refused);
    for (uint64_t i = 0; i < PLACES_LINES / 16; i++)
        assert_non_null(places_take(&places, key, session(i + PLACES_LINES), 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_place_lives_three_turns, begin),
        cmocka_unit_test_setup(what_is_forgotten_is_the_highest_of_its_time, begin),
        cmocka_unit_test_setup(another_space_has_sent_nothing, begin),
        cmocka_unit_test_setup(a_full_table_says_so, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
