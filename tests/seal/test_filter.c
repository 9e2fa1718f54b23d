/* seal/filter: never a false "fresh" until it says that it is full, and nobody fills it for all. */
#include "seal/test_support.h"

#include "seal/filter.h"

static struct rng rng;
static struct filter filter;

static int start(void **state)
{
    (void)state;
    uint8_t key[FILTER_KEY_BYTES];
    rng = rng_of(1);
    rng_fill(&rng, key, sizeof key);
    memset(&filter, 0xee, sizeof filter);
    filter_init(&filter, key);
    return 0;
}

/* 10.a.b.host, port p */
static void v4(uint8_t out[ADDRESS_BYTES], unsigned net, uint8_t host, uint16_t port)
{
    memset(out, 0, ADDRESS_BYTES);
    out[0] = ADDRESS_FAMILY_V4;
    out[11] = out[12] = 0xff;
    out[13] = 10;
    out[14] = (uint8_t)(net >> 8);
    out[15] = (uint8_t)net;
    out[16] = host;
    store16(out + 17, port);
}

static enum strike strike(uint64_t epoch, unsigned net, uint64_t use)
{
    uint8_t address[ADDRESS_BYTES];
    v4(address, net, (uint8_t)rng_u64(&rng), (uint16_t)rng_u64(&rng));
    return filter_strike(&filter, epoch, address, &use, sizeof use);
}

static void fresh_once_then_seen(void **state)
{
    (void)state;
    assert_int_equal(filter_used(&filter), 0);
    for (uint64_t use = 0; use < 100; use++) {
        assert_int_equal(strike(3, 1, use), STRIKE_FRESH);
        assert_int_equal(strike(3, 1, use), STRIKE_SEEN);
        assert_int_equal(filter_used(&filter), use + 1);
    }
    uint8_t address[ADDRESS_BYTES], longer[9] = {0};
    v4(address, 1, 0, 0);
    assert_int_equal(filter_strike(&filter, 3, address, longer, 9), STRIKE_FRESH);
    assert_int_equal(filter_strike(&filter, 3, address, longer, 7), STRIKE_FRESH);
}

/* Fills net 0's shard and says how many strikes that took. */
static unsigned fill_shard(uint64_t epoch)
{
    unsigned taken = 0;
    while (taken < FILTER_SHARD_SLOTS && strike(epoch, 0, 1000 + taken) == STRIKE_FRESH)
        taken++;
    return taken;
}

static void a_full_shard_says_so(void **state)
{
    (void)state;
    assert_int_equal(fill_shard(3), FILTER_SHARD_FULL);
    assert_int_equal(filter_used(&filter), FILTER_SHARD_FULL);
    for (uint64_t use = 0; use < FILTER_SHARD_FULL; use++)
        assert_int_equal(strike(3, 0, 1000 + use), STRIKE_SEEN);
    for (uint64_t use = 0; use < 1000; use++)
        assert_int_equal(strike(3, 0, 5000 + use), STRIKE_FULL);
    assert_int_equal(filter_used(&filter), FILTER_SHARD_FULL);
}

static void one_network_fills_one_shard(void **state)
{
    (void)state;
    fill_shard(3);
    unsigned full = 0, nets = 2000;
    for (unsigned net = 1; net <= nets; net++) {
        enum strike s = strike(3, net, 1000000 + net);
        assert_true(s == STRIKE_FRESH || s == STRIKE_FULL);
        full += s == STRIKE_FULL;
    }
    /* One in FILTER_SHARDS shares the full shard: 31 expected, and 80 is nine deviations off. */
    assert_in_range(full, 1, 80);
}

/* Which networks share a shard is not known to who does not know the key. */
static void another_key_shards_otherwise(void **state)
{
    (void)state;
    static bool with_first[500];
    fill_shard(3);
    for (unsigned net = 1; net < 500; net++)
        with_first[net] = strike(3, net, 9) == STRIKE_FULL;
    uint8_t key[FILTER_KEY_BYTES] = {9};
    filter_init(&filter, key);
    assert_int_equal(filter_used(&filter), 0);
    fill_shard(3);
    unsigned differ = 0;
    for (unsigned net = 1; net < 500; net++)
        differ += with_first[net] != (strike(3, net, 9) == STRIKE_FULL);
    assert_true(differ > 0);
}

/* The same use from two addresses: seen exactly when they are of one network. */
static void same_network(const uint8_t a[ADDRESS_BYTES], const uint8_t b[ADDRESS_BYTES], bool same)
{
    unsigned seen = 0;
    for (uint8_t i = 0; i < 8; i++) {
        uint8_t key[FILTER_KEY_BYTES] = {i};
        filter_init(&filter, key); /* different networks share a shard under some keys */
        assert_int_equal(filter_strike(&filter, 3, a, "use", 3), STRIKE_FRESH);
        seen += filter_strike(&filter, 3, b, "use", 3) == STRIKE_SEEN;
    }
    assert_true(same ? seen == 8 : seen < 8);
}

static void a_network_is_a_24_or_a_56(void **state)
{
    (void)state;
    uint8_t a[ADDRESS_BYTES], b[ADDRESS_BYTES];
    for (int family = 4; family <= 6; family += 2) {
        size_t bits = family == 4 ? 8 * 16 : 8 * 8; /* in the canonical form, with the family */
        for (size_t bit = 8; bit < 8 * sizeof a; bit++) {
            v4(a, 77, 5, 443);
            a[0] = (uint8_t)family;
            memcpy(b, a, sizeof b);
            b[bit / 8] ^= (uint8_t)(1u << bit % 8);
            same_network(a, b, bit >= bits);
        }
    }
}

static void a_new_epoch_empties_and_an_older_is_seen(void **state)
{
    (void)state;
    for (uint64_t e = 8; e < 16; e++)
        assert_int_equal(strike(e, 0, 1), STRIKE_FRESH); /* one generation a key */
    assert_int_equal(filter_used(&filter), 8);
    fill_shard(11);
    assert_int_equal(strike(3, 0, 2), STRIKE_SEEN); /* kid 3 is epoch 11's by now */
    assert_int_equal(strike(3, 1, 2), STRIKE_SEEN);
    assert_int_equal(strike(19, 0, 1), STRIKE_FRESH);
    assert_int_equal(strike(11, 0, 77), STRIKE_SEEN);
    assert_int_equal(strike(19, 0, 1), STRIKE_SEEN);
    assert_int_equal(filter_used(&filter), 8); /* 7 others, and this one */
    for (uint64_t e = 8; e < 16; e++)
        assert_int_equal(strike(e, 0, 1), STRIKE_SEEN);
}

/* Against a plain list: FRESH exactly for what the list lacks, unless the shard is full. */
static void no_false_fresh(void **state)
{
    (void)state;
    enum { NETS = 40, USES = 300 };
    static bool struck[NETS][USES];
    static uint64_t epoch;
    memset(struck, 0, sizeof struck);
    epoch = 5;
    for (int i = 0; i < 40000; i++) {
        unsigned net = (unsigned)rng_below(&rng, NETS), use = (unsigned)rng_below(&rng, USES);
        if (rng_below(&rng, 5000) == 0) {
            epoch += KID_COUNT;
            memset(struck, 0, sizeof struck);
        }
        enum strike s = strike(epoch, net, net * 1000 + use);
        if (struck[net][use])
            assert_int_equal(s, STRIKE_SEEN);
        else
            assert_true(s == STRIKE_FRESH || s == STRIKE_FULL);
        struck[net][use] = struck[net][use] || s == STRIKE_FRESH;
    }
    size_t count = 0;
    for (int net = 0; net < NETS; net++)
        for (int use = 0; use < USES; use++)
            count += struck[net][use];
    assert_int_equal(filter_used(&filter), count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fresh_once_then_seen, start),
        cmocka_unit_test_setup(a_full_shard_says_so, start),
        cmocka_unit_test_setup(one_network_fills_one_shard, start),
        cmocka_unit_test_setup(another_key_shards_otherwise, start),
        cmocka_unit_test_setup(a_network_is_a_24_or_a_56, start),
        cmocka_unit_test_setup(a_new_epoch_empties_and_an_older_is_seen, start),
        cmocka_unit_test_setup(no_false_fresh, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
