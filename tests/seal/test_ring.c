/* seal/ring: names, ages and which key seals, over schedules drawn at random. */
#include "seal/test_support.h"

static void subkeys_differ_by_purpose_and_by_key(void **state)
{
    (void)state;
    struct rng rng = rng_of(1);
    struct ring r;
    ring_of(&r, &rng, 0, KID_COUNT - 1);
    const uint8_t *subs[KID_COUNT * RING_PURPOSES];
    size_t n = 0;
    for (int k = 0; k < KID_COUNT; k++)
        for (int p = 0; p < RING_PURPOSES; p++)
            subs[n++] = r.keys[k].sub[p];
    for (size_t i = 0; i < n; i++) {
        assert_false(bytes_are_zero(subs[i], 32));
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(subs[i], subs[j], 32);
    }
}

/* Two servers that were given the same key agree, and the key itself is nowhere in the ring. */
static void a_key_gives_its_subkeys_and_is_gone(void **state)
{
    (void)state;
    uint8_t key[COOKIE_KEY_BYTES];
    struct ring a, b;
    memset(key, 0x5c, sizeof key);
    ring_init(&a, RING_PERIOD_MS);
    ring_init(&b, RING_PERIOD_MS);
    ring_put(&a, 11, BORN_MS, key);
    ring_put(&b, 11, BORN_MS + 5, key);
    assert_memory_equal(a.keys[3].sub, b.keys[3].sub, sizeof a.keys[3].sub);
    for (size_t i = 0; i + sizeof key <= sizeof a; i++)
        assert_memory_not_equal((const uint8_t *)&a + i, key, sizeof key);
}

static void a_key_is_named_by_its_epoch(void **state)
{
    (void)state;
    struct rng rng = rng_of(2);
    for (int i = 0; i < 100; i++) {
        uint64_t epoch = rng_u64(&rng);
        struct ring r;
        ring_of(&r, &rng, epoch, epoch);
        for (uint8_t kid = 0; kid < KID_COUNT; kid++) {
            const struct cookie_key *k = ring_find(&r, kid, BORN_MS);
            if (kid != epoch % 8) {
                assert_null(k);
                continue;
            }
            assert_non_null(k);
            assert_true(k->epoch == epoch);
            assert_int_equal(cookie_key_kid(k), kid);
        }
    }
}

static void an_older_epoch_is_ignored(void **state)
{
    (void)state;
    struct ring r, before;
    uint8_t key[COOKIE_KEY_BYTES] = {1}, other[COOKIE_KEY_BYTES] = {2};
    ring_init(&r, RING_PERIOD_MS);
    ring_put(&r, 16, BORN_MS, key);
    memcpy(&before, &r, sizeof r);
    ring_put(&r, 8, BORN_MS + 1, other);
    ring_put(&r, 16, BORN_MS, other); /* the same, read again */
    ring_put(&r, 16, BORN_MS - 1, other);
    ring_put(&r, 0, BORN_MS + 1, other);
    assert_memory_equal(&r, &before, sizeof r);
    ring_put(&r, 24, BORN_MS + 1, other);
    assert_true(ring_find(&r, 0, BORN_MS + 1)->epoch == 24);
}

/* A ring that was begun anew counts its epochs from the start: the later birth decides. */
static void of_one_epoch_the_later_born_counts(void **state)
{
    (void)state;
    struct ring r, expected;
    uint8_t key[COOKIE_KEY_BYTES] = {1}, other[COOKIE_KEY_BYTES] = {2};
    ring_init(&r, RING_PERIOD_MS);
    ring_init(&expected, RING_PERIOD_MS);
    ring_put(&r, 16, BORN_MS, key);
    ring_put(&r, 16, BORN_MS + 1, other);
    ring_put(&expected, 16, BORN_MS + 1, other);
    assert_memory_equal(&r, &expected, sizeof r);
}

static void a_changed_period_changes_lives(void **state)
{
    (void)state;
    struct ring r;
    uint8_t key[COOKIE_KEY_BYTES] = {1};
    ring_init(&r, 60000);
    ring_put(&r, 5, BORN_MS, key);
    ring_set_period(&r, 1000);
    assert_non_null(ring_find(&r, 5, BORN_MS + 8 * 1000 - 1));
    assert_null(ring_find(&r, 5, BORN_MS + 8 * 1000));
    assert_true(r.settle_ms == 250);
    ring_set_period(&r, 60000);
    assert_non_null(ring_find(&r, 5, BORN_MS + 8 * 60000 - 1));
    assert_true(r.settle_ms == RING_SETTLE_MS);
}

/* The clock was set back: a key of before is dead now, and must not live until then. */
static void a_key_of_the_future_is_dead(void **state)
{
    (void)state;
    struct ring r;
    uint8_t key[COOKIE_KEY_BYTES] = {1}, other[COOKIE_KEY_BYTES] = {2};
    for (int64_t period = 1000; period <= 60000; period += 59000) {
        ring_init(&r, period);
        ring_put(&r, 13, BORN_MS, key);
        /* Servers' clocks may differ by less than a period. */
        assert_non_null(ring_find(&r, 5, BORN_MS - period + 1));
        assert_non_null(ring_sealing(&r, BORN_MS - period + 1));
        assert_null(ring_find(&r, 5, BORN_MS - period));
        assert_null(ring_sealing(&r, BORN_MS - period));
        assert_null(ring_find(&r, 5, 0));
        ring_expire(&r, BORN_MS - period + 1);
        assert_false(bytes_are_zero(&r.keys[5], sizeof r.keys[5]));
        ring_expire(&r, BORN_MS - period);
        assert_true(bytes_are_zero(&r.keys[5], sizeof r.keys[5]));
        ring_put(&r, 5, BORN_MS - period, other); /* a younger epoch has no claim any more */
        assert_true(ring_find(&r, 5, BORN_MS - period)->epoch == 5);
    }
}

/* Of a key of the future and an older one of now, the one of now seals, whatever their epochs. */
static void a_key_of_the_future_does_not_seal(void **state)
{
    (void)state;
    struct ring r;
    uint8_t key[COOKIE_KEY_BYTES] = {1};
    ring_init(&r, 60000);
    ring_put(&r, 9, BORN_MS, key);
    ring_put(&r, 10, BORN_MS + 60001, key);
    assert_true(ring_sealing(&r, BORN_MS + 1)->epoch == 9); /* unsettled, and the newest alive */
    assert_true(ring_sealing(&r, BORN_MS + 30000)->epoch == 9);
    assert_null(ring_find(&r, 2, BORN_MS + 1));
    assert_true(ring_find(&r, 2, BORN_MS + 2)->epoch == 10);
}

static void a_key_dies_on_time(void **state)
{
    (void)state;
    struct ring r;
    uint8_t key[COOKIE_KEY_BYTES] = {1};
    ring_init(&r, 60000);
    ring_put(&r, 5, BORN_MS, key);
    assert_non_null(ring_find(&r, 5, BORN_MS + 8 * 60000 - 1));
    assert_null(ring_find(&r, 5, BORN_MS + 8 * 60000));
    assert_non_null(ring_sealing(&r, BORN_MS + 8 * 60000 - 1));
    assert_null(ring_sealing(&r, BORN_MS + 8 * 60000));
}

static void the_newest_settled_key_seals(void **state)
{
    (void)state;
    struct ring r;
    uint8_t key[COOKIE_KEY_BYTES] = {1};
    ring_init(&r, 60000);
    assert_null(ring_sealing(&r, BORN_MS));
    ring_put(&r, 7, BORN_MS, key);
    assert_true(ring_sealing(&r, BORN_MS)->epoch == 7); /* alone, though unsettled */
    ring_put(&r, 8, BORN_MS + 60000, key);
    assert_true(ring_sealing(&r, BORN_MS + 60000)->epoch == 7);
    assert_true(ring_sealing(&r, BORN_MS + 60000 + RING_SETTLE_MS - 1)->epoch == 7);
    assert_true(ring_sealing(&r, BORN_MS + 60000 + RING_SETTLE_MS)->epoch == 8);
    ring_init(&r, 400); /* a ring that turns fast settles in a quarter of its period */
    ring_put(&r, 7, BORN_MS, key);
    ring_put(&r, 8, BORN_MS + 400, key);
    assert_true(ring_sealing(&r, BORN_MS + 499)->epoch == 7);
    assert_true(ring_sealing(&r, BORN_MS + 500)->epoch == 8);
}

static void wiped_is_zero(void **state)
{
    (void)state;
    struct rng rng = rng_of(3);
    struct ring r;
    ring_of(&r, &rng, 8, 15);
    ring_expire(&r, BORN_MS - 60000 + r.life_ms); /* the last is alive, the one before just died */
    for (int kid = 0; kid < KID_COUNT - 1; kid++)
        assert_true(bytes_are_zero(&r.keys[kid], sizeof r.keys[kid]));
    assert_non_null(ring_find(&r, 7, BORN_MS));
    ring_wipe(&r);
    assert_true(bytes_are_zero(&r, sizeof r));
}

/* What the ring should hold, by another way of reckoning: a list of all keys ever put. */
struct birth {
    uint64_t epoch;
    int64_t born_ms;
};

static struct birth births[200];
static size_t birth_count;

static const struct birth *expected(uint8_t kid, int64_t now_ms, int64_t life_ms)
{
    const struct birth *last = NULL;
    for (size_t i = 0; i < birth_count; i++)
        if (births[i].epoch % KID_COUNT == kid && (!last || births[i].epoch > last->epoch))
            last = &births[i];
    return last && now_ms - last->born_ms < life_ms ? last : NULL;
}

static uint64_t expected_sealing(const struct ring *r, int64_t now_ms)
{
    uint64_t newest = 0, settled = 0;
    for (uint8_t kid = 0; kid < KID_COUNT; kid++) {
        const struct birth *b = expected(kid, now_ms, r->life_ms);
        if (b && b->epoch > newest)
            newest = b->epoch;
        if (b && b->epoch > settled && now_ms - b->born_ms >= r->settle_ms)
            settled = b->epoch;
    }
    return settled ? settled : newest;
}

static void one_schedule(struct rng *rng)
{
    struct ring r;
    int64_t now = BORN_MS, period = (int64_t)(1 + rng_below(rng, 60000));
    uint64_t epoch = 1 + rng_below(rng, 1000);
    birth_count = 0;
    ring_init(&r, period);
    for (int i = 0; i < 200; i++) {
        uint8_t key[COOKIE_KEY_BYTES];
        rng_fill(rng, key, sizeof key);
        births[birth_count++] = (struct birth){epoch, now};
        ring_put(&r, epoch, now, key);
        now += (int64_t)rng_below(rng, rng_below(rng, 20) ? 2 * (uint64_t)period : 9000000);
        if (rng_below(rng, 3) == 0)
            ring_expire(&r, now);
        for (uint8_t kid = 0; kid < KID_COUNT; kid++) {
            const struct birth *want = expected(kid, now, r.life_ms);
            const struct cookie_key *k = ring_find(&r, kid, now);
            assert_int_equal(k != NULL, want != NULL);
            if (k)
                assert_true(k->epoch == want->epoch && k->born_ms == want->born_ms);
        }
        const struct cookie_key *sealing = ring_sealing(&r, now);
        assert_true((sealing ? sealing->epoch : 0) == expected_sealing(&r, now));
        epoch += 1 + rng_below(rng, 4); /* a rotator may skip some */
    }
}

static void a_dead_key_is_never_found(void **state)
{
    (void)state;
    struct rng rng = rng_of(4);
    for (int i = 0; i < 40; i++)
        one_schedule(&rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subkeys_differ_by_purpose_and_by_key),
        cmocka_unit_test(a_key_gives_its_subkeys_and_is_gone),
        cmocka_unit_test(a_key_is_named_by_its_epoch),
        cmocka_unit_test(an_older_epoch_is_ignored),
        cmocka_unit_test(of_one_epoch_the_later_born_counts),
        cmocka_unit_test(a_changed_period_changes_lives),
        cmocka_unit_test(a_key_of_the_future_is_dead),
        cmocka_unit_test(a_key_of_the_future_does_not_seal),
        cmocka_unit_test(a_key_dies_on_time),
        cmocka_unit_test(the_newest_settled_key_seals),
        cmocka_unit_test(wiped_is_zero),
        cmocka_unit_test(a_dead_key_is_never_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
