/* flow/range: what was received can be proven, and nothing else. */
#include "flow/window_support.h"

#include "crypto/short_hash.h"
#include "flow/range.h"

static const uint8_t key[RANGE_KEY_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static uint64_t sum_of(const struct proof *p)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < p->count; i++)
        for (uint64_t n = p->runs[i].first; n <= p->runs[i].last; n++)
            sum ^= range_nonce(key, n);
    return sum;
}

/* The number 0x0706050403020100 is, little-endian, the input of a published value. */
static void a_nonce_is_two_siphashes(void **state)
{
    (void)state;
    static const uint8_t next[8] = {1, 1, 2, 3, 4, 5, 6, 7};
    uint64_t want = 0x93f5f5799a932462 ^ short_hash(key, next, sizeof next);
    assert_true(range_nonce(key, 0x0706050403020100) == want);
}

static void any_runs_are_proven_by_their_sum(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct proof p = {.count = (size_t)up_to(PROOF_RUNS_MAX)};
        uint64_t at = roll() >> (1 + up_to(62));
        for (size_t k = 0; k < p.count; k++) {
            p.runs[k].first = at + 2 + up_to(5);
            p.runs[k].last = at = p.runs[k].first + up_to(20);
        }
        uint64_t sum = sum_of(&p);
        assert_true(range_proven(key, &p, sum));
        for (int bit = 0; bit < 64; bit++)
            assert_false(range_proven(key, &p, sum ^ (uint64_t)1 << bit));
        if (p.count == 0)
            continue;
        struct run *r = &p.runs[up_to(p.count - 1)], kept = *r;
        r->last++; /* one more than was received, at either end */
        assert_false(range_proven(key, &p, sum));
        *r = kept;
        r->first--;
        assert_false(range_proven(key, &p, sum));
        *r = kept;
        r->first++; /* or one less */
        assert_false(range_proven(key, &p, sum));
        *r = kept;
        uint8_t other[RANGE_KEY_BYTES];
        memcpy(other, key, sizeof other);
        other[up_to(15)] ^= 1;
        assert_false(range_proven(other, &p, sum));
    }
}

static void a_proof_of_nothing_is_zero(void **state)
{
    (void)state;
    struct proof p = {.count = 0};
    assert_true(range_proven(key, &p, 0));
    assert_false(range_proven(key, &p, 1));
}

static void nonces_differ(void **state)
{
    (void)state;
    uint64_t seen[256];
    for (uint64_t n = 0; n < 256; n++) {
        seen[n] = range_nonce(key, n);
        for (uint64_t m = 0; m < n; m++)
            assert_true(seen[n] != seen[m]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nonce_is_two_siphashes),
        cmocka_unit_test(any_runs_are_proven_by_their_sum),
        cmocka_unit_test(a_proof_of_nothing_is_zero),
        cmocka_unit_test(nonces_differ),
    };
    seed_dice();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
