/* kex/exchange: what is derived is the same in any order and from any state of the struct. */
#include "kex/test_support.h"

#include "crypto/stream.h"

static struct ring ring;
static struct rng rng;

static int start(void **state)
{
    (void)state;
    rng = world_rng(1);
    world_ring(&ring, 1, KID_COUNT);
    return 0;
}

static void draw(uint8_t m[EXCHANGE_ID_BYTES], const struct cookie_key *key)
{
    do
        rng_fill(&rng, m, EXCHANGE_ID_BYTES);
    while (!exchange_usable(key, m));
}

static void derive_all(struct exchange *x, const struct cookie_key *key, const uint8_t *m)
{
    exchange_key(x, key, m);
    exchange_error(x, key);
    for (int j = 0; j < BLOCK_COL_GROUPS; j++)
        exchange_columns(x, j);
}

static void usable_means_that_it_expands(void **state)
{
    (void)state;
    unsigned usable = 0;
    for (int i = 0; i < 300; i++) {
        uint8_t m[EXCHANGE_ID_BYTES], seed[32];
        struct goppa_error e;
        const struct cookie_key *key = &ring.keys[i % KID_COUNT];
        rng_fill(&rng, m, sizeof m);
        schedule_error_seed(seed, key, m);
        assert_true(exchange_usable(key, m) == goppa_error_expand(&e, seed));
        usable += exchange_usable(key, m);
    }
    assert_in_range(usable, 60, 160); /* about 36 % of 300 */
}

static void error_mask_and_columns_belong_together(void **state)
{
    (void)state;
    uint8_t m[EXCHANGE_ID_BYTES], seed[32], stream[BLOCK_COUNT], columns[BLOCK_COL_BYTES];
    const struct cookie_key *key = ring_find(&ring, 4, WORLD_MS);
    struct exchange x = {0};
    struct goppa_error e;
    draw(m, key);
    derive_all(&x, key, m);
    schedule_error_seed(seed, key, m);
    assert_true(goppa_error_expand(&e, seed));
    assert_memory_equal(&x.error, &e, sizeof e);
    schedule_mask_key(seed, key, m);
    stream_fill(stream, sizeof stream, seed);
    for (int i = 0; i < BLOCK_COUNT; i++)
        assert_int_equal(x.mask[i], stream[i] & 0x7f);
    for (int j = 0; j < BLOCK_COL_GROUPS; j++) {
        goppa_error_columns(columns, &e, j);
        assert_memory_equal(exchange_columns(&x, j), columns, sizeof columns);
    }
    uint8_t k1[32], from_client[32], from_server[32];
    schedule_exchange_key(k1, key, m);
    keys_split(from_client, from_server, k1);
    assert_memory_equal(x.from_client, from_client, 32);
    assert_memory_equal(x.from_server, from_server, 32);
}

/* The cache of a batch: packets of several exchanges, in any order, through one struct. */
static void a_shared_struct_gives_what_a_fresh_one_gives(void **state)
{
    (void)state;
    enum { MANY = 6 };
    uint8_t m[MANY][EXCHANGE_ID_BYTES];
    const struct cookie_key *keys[MANY];
    struct exchange shared = {0};
    for (size_t i = 0; i < MANY; i++) {
        keys[i] = &ring.keys[i % 3];
        draw(m[i], keys[i]);
    }
    memcpy(m[5], m[4], sizeof m[5]); /* the same M under another key is another exchange */
    keys[5] = &ring.keys[7];
    for (int i = 0; i < 300; i++) {
        size_t k = (size_t)rng_below(&rng, MANY);
        int group = (int)rng_below(&rng, BLOCK_COL_GROUPS);
        struct exchange fresh = {0};
        exchange_key(&shared, keys[k], m[k]);
        exchange_key(&fresh, keys[k], m[k]);
        assert_memory_equal(shared.from_client, fresh.from_client, 32);
        assert_memory_equal(shared.from_server, fresh.from_server, 32);
        if (rng_below(&rng, 3) == 0)
            continue; /* a packet that did not authenticate */
        exchange_error(&shared, keys[k]);
        exchange_error(&fresh, keys[k]);
        assert_memory_equal(&shared.error, &fresh.error, sizeof fresh.error);
        assert_memory_equal(shared.mask, fresh.mask, sizeof fresh.mask);
        assert_memory_equal(exchange_columns(&shared, group), exchange_columns(&fresh, group),
                            BLOCK_COL_BYTES);
    }
}

static void another_epoch_is_another_exchange(void **state)
{
    (void)state;
    uint8_t m[EXCHANGE_ID_BYTES] = {1};
    struct exchange x = {0};
    struct cookie_key later = ring.keys[4];
    later.epoch += KID_COUNT;
    memset(later.sub, 0x77, sizeof later.sub);
    exchange_key(&x, &ring.keys[4], m);
    struct exchange before = x;
    exchange_key(&x, &later, m);
    assert_memory_not_equal(x.from_client, before.from_client, 32);
    assert_true(x.epoch == later.epoch);
}

static void wiped_is_zero(void **state)
{
    (void)state;
    uint8_t m[EXCHANGE_ID_BYTES];
    struct exchange x = {0};
    draw(m, &ring.keys[2]);
    derive_all(&x, &ring.keys[2], m);
    exchange_wipe(&x);
    assert_true(bytes_are_zero(&x, sizeof x));
    /* Another exchange leaves nothing of the one before either. */
    derive_all(&x, &ring.keys[2], m);
    m[0] ^= 1;
    exchange_key(&x, &ring.keys[2], m);
    assert_true(bytes_are_zero(&x.error, sizeof x.error));
    assert_true(bytes_are_zero(x.mask, sizeof x.mask));
    assert_true(bytes_are_zero(x.columns, sizeof x.columns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(usable_means_that_it_expands, start),
        cmocka_unit_test_setup(error_mask_and_columns_belong_together, start),
        cmocka_unit_test_setup(a_shared_struct_gives_what_a_fresh_one_gives, start),
        cmocka_unit_test_setup(another_epoch_is_another_exchange, start),
        cmocka_unit_test_setup(wiped_is_zero, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
