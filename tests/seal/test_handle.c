/* seal/handle: opens for its own session, at every size of state, while its key lives. */
#include "seal/test_support.h"

#include <stdlib.h>

#include "seal/handle.h"

static struct rng rng;
static struct ring ring;
static struct handle sealed;
static uint8_t p[HANDLE_BYTES_MAX], m[EXCHANGE_ID_BYTES], nonce[NONCE_BYTES];
static size_t n;

static void seal(size_t state_len, uint8_t kid)
{
    memset(p, 0xee, sizeof p);
    sealed.state_len = state_len;
    n = handle_seal(p, &sealed, m, ring_find(&ring, kid, BORN_MS), nonce);
}

static int seal_one(void **state)
{
    (void)state;
    rng = rng_of(1);
    ring_of(&ring, &rng, 8, 15);
    rng_fill(&rng, m, sizeof m);
    rng_fill(&rng, nonce, sizeof nonce);
    rng_fill(&rng, sealed.state, sizeof sealed.state);
    sealed.size = rng_u64(&rng);
    seal(100, 5);
    return 0;
}

/* Opens len bytes where reading one more is an error. */
static int open_exactly(struct handle *h, const struct ring *r, int64_t now_ms, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memset(copy, 0, len);
    memcpy(copy, p, len < sizeof p ? len : sizeof p);
    memset(h, 0xee, sizeof *h);
    int err = handle_open(h, m, r, now_ms, copy, len);
    free(copy);
    return err;
}

/* Nothing of a handle that does not open reaches the caller. */
static void refused(const struct ring *r, int64_t now_ms, size_t len)
{
    struct handle h, before;
    memset(&before, 0xee, sizeof before);
    assert_int_equal(open_exactly(&h, r, now_ms, len), LETHE_ERR_CRYPTO);
    assert_memory_equal(&h, &before, sizeof h);
}

static void opens(size_t len)
{
    struct handle h;
    assert_int_equal(open_exactly(&h, &ring, BORN_MS, len), LETHE_OK);
    assert_true(h.size == sealed.size);
    assert_int_equal(h.state_len, sealed.state_len);
    if (h.state_len)
        assert_memory_equal(h.state, sealed.state, h.state_len);
}

static void every_size_of_state_opens_as_it_was_sealed(void **state)
{
    (void)state;
    for (size_t len = 0; len <= HANDLE_STATE_MAX; len++) {
        sealed.size = len % 3 ? rng_u64(&rng) : UINT64_MAX;
        rng_fill(&rng, nonce, sizeof nonce);
        seal(len, (uint8_t)(len % KID_COUNT));
        assert_int_equal(n, 1 + 24 + 8 + len + 16);
        assert_int_equal(p[0], len % KID_COUNT);
        assert_memory_equal(p + 1, nonce, sizeof nonce);
        for (size_t at = n; at < sizeof p; at++)
            assert_int_equal(p[at], 0xee);
        opens(n);
    }
}

static void every_other_length_is_refused(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 100, HANDLE_STATE_MAX};
    for (size_t i = 0; i < 4; i++) {
        seal(sizes[i], 5);
        for (size_t len = 0; len <= HANDLE_BYTES_MAX + 64; len++)
            if (len != n)
                refused(&ring, BORN_MS, len);
        opens(n);
    }
}

static void another_session_is_refused(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof m; bit++) {
        m[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused(&ring, BORN_MS, n);
        m[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    opens(n);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * n; bit++) {
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused(&ring, BORN_MS, n);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    opens(n);
}

static void dead_and_other_keys_open_nothing(void **state)
{
    (void)state;
    struct handle h;
    struct ring other;
    int64_t death = ring_find(&ring, 5, BORN_MS)->born_ms + ring.life_ms;
    assert_int_equal(open_exactly(&h, &ring, death - 1, n), LETHE_OK);
    refused(&ring, death, n);
    ring_of(&other, &rng, 8, 15);
    refused(&other, BORN_MS, n);
    ring_init(&other, RING_PERIOD_MS);
    refused(&other, BORN_MS, n);
    for (unsigned kid = 0; kid < 256; kid++) {
        p[0] = (uint8_t)kid;
        if (kid != 5)
            refused(&ring, BORN_MS, n);
    }
}

/* The kid's upper bits name nothing, even where the lower ones name the key. */
static void a_key_has_one_name(void **state)
{
    (void)state;
    struct ring same;
    uint8_t key[COOKIE_KEY_BYTES] = {7};
    ring_init(&same, RING_PERIOD_MS);
    for (uint64_t epoch = 0; epoch < KID_COUNT; epoch++)
        ring_put(&same, epoch, BORN_MS, key); /* all eight are one key */
    n = handle_seal(p, &sealed, m, ring_find(&same, 5, BORN_MS), nonce);
    for (unsigned kid = 0; kid < 256; kid++) {
        p[0] = (uint8_t)kid;
        if (kid != 5)
            refused(&same, BORN_MS, n);
    }
}

static void each_purpose_has_its_own_key(void **state)
{
    (void)state;
    for (int purpose = 0; purpose < RING_PURPOSES; purpose++) {
        struct ring shifted = ring;
        if (purpose == RING_HANDLE)
            continue;
        memcpy(shifted.keys[5].sub[RING_HANDLE], ring.keys[5].sub[purpose], 32);
        refused(&shifted, BORN_MS, n);
    }
}

/* It says so from half its key's life on, so that the body is opened again in time. */
static void a_handle_ages_with_its_key(void **state)
{
    (void)state;
    struct handle h;
    int64_t born = ring_find(&ring, 5, BORN_MS)->born_ms, half = ring.life_ms / 2;
    const int64_t ages[] = {0, 1, half - 1, half, half + 1, ring.life_ms - 1};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(open_exactly(&h, &ring, born + ages[i], n), LETHE_OK);
        assert_int_equal(h.aging, i >= 3);
    }
    assert_int_equal(open_exactly(&h, &ring, born - 1, n), LETHE_OK); /* another server's clock */
    assert_false(h.aging);
}

static void nothing_of_the_state_is_readable(void **state)
{
    (void)state;
    for (size_t i = 0; i + 8 <= n; i++) {
        assert_memory_not_equal(p + i, m, 8);
        assert_memory_not_equal(p + i, &sealed.size, 8);
        for (size_t at = 0; at + 8 <= sealed.state_len; at += 8)
            assert_memory_not_equal(p + i, sealed.state + at, 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_size_of_state_opens_as_it_was_sealed, seal_one),
        cmocka_unit_test_setup(every_other_length_is_refused, seal_one),
        cmocka_unit_test_setup(another_session_is_refused, seal_one),
        cmocka_unit_test_setup(every_flipped_bit_is_refused, seal_one),
        cmocka_unit_test_setup(dead_and_other_keys_open_nothing, seal_one),
        cmocka_unit_test_setup(a_key_has_one_name, seal_one),
        cmocka_unit_test_setup(each_purpose_has_its_own_key, seal_one),
        cmocka_unit_test_setup(a_handle_ages_with_its_key, seal_one),
        cmocka_unit_test_setup(nothing_of_the_state_is_readable, seal_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
