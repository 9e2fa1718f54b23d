/* seal/filter: a use is found wherever it comes from, and no network fills the filter for all. */
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

static enum strike strike_from(const uint8_t address[ADDRESS_BYTES], uint64_t epoch, uint64_t use)
{
    return filter_strike(&filter, epoch, address, &use, sizeof use);
}

static enum strike strike(uint64_t epoch, unsigned net, uint64_t use)
{
    uint8_t address[ADDRESS_BYTES];
    v4(address, net, (uint8_t)rng_u64(&rng), (uint16_t)rng_u64(&rng));
    return strike_from(address, epoch, use);
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

/* Who captures a use can send it from anywhere. */
static void a_use_is_seen_from_every_other_network(void **state)
{
    (void)state;
    for (uint64_t use = 0; use < 20; use++)
        assert_int_equal(strike(3, (unsigned)use, use), STRIKE_FRESH);
    for (unsigned net = 0; net < 20000; net++)
        assert_int_equal(strike(3, net, net % 20), STRIKE_SEEN);
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t address[ADDRESS_BYTES];
        rng_fill(&rng, address, sizeof address);
        address[0] = 6;
        assert_int_equal(strike_from(address, 3, i % 20), STRIKE_SEEN);
    }
    assert_int_equal(filter_used(&filter), 20);
}

/* Has the network strike uses that begin with `first` until it may add no more; says how many. */
static unsigned use_quota_up(uint64_t epoch, unsigned net, uint64_t first)
{
    unsigned taken = 0;
    while (taken < FILTER_SLOTS && strike(epoch, net, first + taken) == STRIKE_FRESH)
        taken++;
    return taken;
}

static void a_network_has_a_quota(void **state)
{
    (void)state;
    assert_int_equal(FILTER_FULL, 16 * FILTER_QUOTA); /* so one of them cannot fill a generation */
    assert_int_equal(use_quota_up(3, 0, 1000), FILTER_QUOTA);
    assert_int_equal(filter_used(&filter), FILTER_QUOTA);
    for (uint64_t use = 0; use < FILTER_QUOTA; use++)
        assert_int_equal(strike(3, 0, 1000 + use), STRIKE_SEEN);
    for (uint64_t use = 0; use < 1000; use++)
        assert_int_equal(strike(3, 0, 5000 + use), STRIKE_FULL);
    assert_int_equal(filter_used(&filter), FILTER_QUOTA);
    assert_int_equal(use_quota_up(4, 0, 1000), FILTER_QUOTA); /* in each generation */
    assert_int_equal(use_quota_up(11, 0, 1000), FILTER_QUOTA); /* and anew in a new epoch */
    assert_int_equal(filter_used(&filter), 2 * FILTER_QUOTA);
}

static void other_buckets_stay_fresh(void **state)
{
    (void)state;
    use_quota_up(3, 0, 1000);
    unsigned full = 0, nets = 2000;
    for (unsigned net = 1; net <= nets; net++) {
        enum strike s = strike(3, net, 1000000 + net);
        assert_true(s == STRIKE_FRESH || s == STRIKE_FULL);
        full += s == STRIKE_FULL;
        /* What was not remembered for one network is fresh from another, and its own fate stays. */
        assert_int_equal(strike(3, net, 1000000 + net), s == STRIKE_FULL ? s : STRIKE_SEEN);
    }
    /* One in FILTER_BUCKETS shares the bucket: 31 expected, and 80 is nine deviations off. */
    assert_in_range(full, 1, 80);
    assert_int_equal(filter_used(&filter), FILTER_QUOTA + nets - full);
}

static void a_full_generation_says_so(void **state)
{
    (void)state;
    uint64_t use = 0;
    while (filter_used(&filter) < FILTER_FULL) {
        assert_int_equal(strike(3, (unsigned)(use % 5000), use), STRIKE_FRESH);
        use++;
    }
    for (unsigned net = 0; net < 3000; net++)
        assert_int_equal(strike(3, net, use + net), STRIKE_FULL);
    for (uint64_t old = 0; old < use; old++)
        assert_int_equal(strike(3, (unsigned)rng_below(&rng, 65536), old), STRIKE_SEEN);
    assert_int_equal(filter_used(&filter), FILTER_FULL);
    assert_int_equal(strike(4, 0, use), STRIKE_FRESH); /* the others are not */
    assert_int_equal(strike(11, 0, use), STRIKE_FRESH);
    assert_int_equal(filter_used(&filter), 2);
}

/* Who fills with 15 buckets' worth of networks leaves room for the others. */
static void it_takes_sixteen_buckets_to_fill_it(void **state)
{
    (void)state;
    unsigned buckets = 0, net = 0;
    while (filter_used(&filter) < FILTER_FULL) {
        unsigned taken = use_quota_up(3, net, (uint64_t)net << 32);
        net++;
        assert_true(taken == 0 || taken == FILTER_QUOTA);
        buckets += taken == FILTER_QUOTA;
    }
    assert_int_equal(buckets, 16);
    assert_true(net > 16 || buckets == net);
}

/* Which networks share a bucket is not known to who does not know the key. */
static void another_key_makes_other_buckets(void **state)
{
    (void)state;
    static bool with_first[2000];
    unsigned differ = 0, shared[2] = {0};
    for (uint8_t round = 0; round < 2; round++) {
        uint8_t key[FILTER_KEY_BYTES] = {round};
        filter_init(&filter, key);
        assert_int_equal(filter_used(&filter), 0);
        use_quota_up(3, 0, 1000);
        for (unsigned net = 1; net < 2000; net++) {
            bool full = strike(3, net, 1u << 30 | net) == STRIKE_FULL;
            shared[round] += full;
            differ += round == 1 && full != with_first[net];
            with_first[net] = full;
        }
    }
    assert_in_range(shared[0], 1, 80);
    assert_in_range(shared[1], 1, 80);
    /* Of two sets of one in 64, hardly any network is in both. */
    assert_true(differ + 5 >= shared[0] + shared[1]);
}

/* Where a use is found in the table is not known either. */
static void another_key_makes_other_slots(void **state)
{
    (void)state;
    static uint64_t slots[FILTER_SLOTS];
    for (uint8_t round = 0; round < 2; round++) {
        uint8_t key[FILTER_KEY_BYTES] = {round};
        filter_init(&filter, key);
        assert_int_equal(strike(3, 0, 1), STRIKE_FRESH);
        if (round == 0)
            memcpy(slots, filter.generations[3].slots, sizeof slots);
    }
    assert_memory_not_equal(slots, filter.generations[3].slots, sizeof slots);
}

/* Under eight keys: an address with one bit changed always falls into the bucket of the first when
 * it is of its network, and not always when it is not. */
static void a_network_is_a_24_or_a_56(void **state)
{
    (void)state;
    for (int family = 4; family <= 6; family += 2) {
        static unsigned together[8 * ADDRESS_BYTES];
        size_t bits = family == 4 ? 8 * 16 : 8 * 8; /* in the canonical form, with the family */
        uint8_t a[ADDRESS_BYTES], b[ADDRESS_BYTES];
        memset(together, 0, sizeof together);
        v4(a, 77, 5, 443);
        a[0] = (uint8_t)family;
        for (uint8_t i = 0; i < 8; i++) {
            uint8_t key[FILTER_KEY_BYTES] = {i};
            uint64_t use = 0;
            filter_init(&filter, key);
            while (strike_from(a, 3, use) == STRIKE_FRESH)
                use++;
            assert_int_equal(use, FILTER_QUOTA);
            for (size_t bit = 8; bit < 8 * sizeof a; bit++) {
                memcpy(b, a, sizeof b);
                b[bit / 8] ^= (uint8_t)(1u << bit % 8);
                together[bit] += strike_from(b, 3, 1000000 + bit) == STRIKE_FULL;
            }
        }
        for (size_t bit = 8; bit < 8 * sizeof a; bit++)
            assert_true(bit >= bits ? together[bit] == 8 : together[bit] < 8);
    }
}

static void a_new_epoch_empties_and_an_older_is_seen(void **state)
{
    (void)state;
    for (uint64_t e = 8; e < 16; e++)
        assert_int_equal(strike(e, 0, 1), STRIKE_FRESH); /* one generation a key */
    assert_int_equal(filter_used(&filter), 8);
    use_quota_up(11, 0, 1000);
    assert_int_equal(strike(3, 0, 2), STRIKE_SEEN); /* kid 3 is epoch 11's by now */
    assert_int_equal(strike(3, 1, 2), STRIKE_SEEN);
    assert_int_equal(strike(19, 0, 1), STRIKE_FRESH);
    assert_int_equal(strike(11, 0, 77), STRIKE_SEEN);
    assert_int_equal(strike(19, 0, 1), STRIKE_SEEN);
    assert_int_equal(filter_used(&filter), 8); /* 7 others, and this one */
    for (uint64_t e = 8; e < 16; e++)
        assert_int_equal(strike(e, 0, 1), STRIKE_SEEN);
}

/* Against a plain list: FRESH exactly for what the list lacks, unless there may be no room. */
static void no_false_fresh(void **state)
{
    (void)state;
    enum { NETS = 40, USES = 30000 };
    static bool struck[USES];
    static uint64_t epoch;
    size_t count = 0, full = 0;
    memset(struck, 0, sizeof struck);
    epoch = 5;
    for (int i = 0; i < 60000; i++) {
        unsigned net = (unsigned)rng_below(&rng, NETS), use = (unsigned)rng_below(&rng, USES);
        if (rng_below(&rng, 20000) == 0) {
            epoch += KID_COUNT;
            memset(struck, 0, sizeof struck);
            count = 0;
        }
        enum strike s = strike(epoch, net, use);
        if (struck[use])
            assert_int_equal(s, STRIKE_SEEN);
        else
            assert_true(s == STRIKE_FRESH || (s == STRIKE_FULL && count >= FILTER_QUOTA));
        count += s == STRIKE_FRESH;
        full += s == STRIKE_FULL;
        struck[use] = struck[use] || s == STRIKE_FRESH;
        assert_int_equal(filter_used(&filter), count);
    }
    assert_true(full > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fresh_once_then_seen, start),
        cmocka_unit_test_setup(a_use_is_seen_from_every_other_network, start),
        cmocka_unit_test_setup(a_network_has_a_quota, start),
        cmocka_unit_test_setup(other_buckets_stay_fresh, start),
        cmocka_unit_test_setup(a_full_generation_says_so, start),
        cmocka_unit_test_setup(it_takes_sixteen_buckets_to_fill_it, start),
        cmocka_unit_test_setup(another_key_makes_other_buckets, start),
        cmocka_unit_test_setup(another_key_makes_other_slots, start),
        cmocka_unit_test_setup(a_network_is_a_24_or_a_56, start),
        cmocka_unit_test_setup(a_new_epoch_empties_and_an_older_is_seen, start),
        cmocka_unit_test_setup(no_false_fresh, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
