/* seal/continuation: what was sealed opens, under its own key, while that lives, and unchanged. */
#include "seal/test_support.h"

#include "seal/continuation.h"

static struct rng rng;
static struct ring ring;
static struct session sealed;
static uint8_t c[CONTINUATION_BYTES], nonce[NONCE_BYTES];

static int seal_one(void **state)
{
    (void)state;
    rng = rng_of(1);
    ring_of(&ring, &rng, 8, 15);
    draw_session(&sealed, &rng);
    sealed.legs = 0xa5;
    sealed.issued_ms = INT64_MIN + 12345;
    rng_fill(&rng, nonce, sizeof nonce);
    continuation_seal(c, &sealed, ring_find(&ring, 3, BORN_MS), nonce);
    return 0;
}

static void refused(const struct ring *r, int64_t now_ms)
{
    struct session s;
    memset(&s, 0xee, sizeof s);
    assert_int_equal(continuation_open(&s, r, now_ms, c), LETHE_ERR_CRYPTO);
    assert_true(bytes_are_zero(&s, sizeof s));
}

static void expect_same(const struct session *a, const struct session *b)
{
    const struct transport *x = &a->transport, *y = &b->transport;
    assert_memory_equal(a->z, b->z, sizeof a->z);
    assert_int_equal(a->legs, b->legs);
    assert_memory_equal(a->m, b->m, sizeof a->m);
    assert_true(a->issued_ms == b->issued_ms && a->begun_ms == b->begun_ms);
    assert_memory_equal(a->address, b->address, sizeof a->address);
    assert_true(x->base == y->base && x->highest == y->highest && x->recovery == y->recovery);
    assert_int_equal(x->window, y->window);
    assert_int_equal(x->threshold, y->threshold);
    assert_int_equal(x->peak, y->peak);
    assert_true(x->square == y->square);
    assert_int_equal(x->virtual_ms, y->virtual_ms);
    assert_int_equal(x->epoch_ms, y->epoch_ms);
    assert_int_equal(x->lineage, y->lineage);
    assert_int_equal(x->datagram, y->datagram);
    assert_int_equal(x->algorithm, y->algorithm);
    assert_int_equal(x->in_recovery, y->in_recovery);
    assert_true(x->home == y->home);
    assert_memory_equal(x->range_key, y->range_key, sizeof x->range_key);
}

static void opens_as_it_was_sealed(void **state)
{
    (void)state;
    struct session s;
    assert_int_equal(c[0], 3);
    assert_ptr_equal(continuation_nonce(c), c + 1);
    assert_memory_equal(continuation_nonce(c), nonce, sizeof nonce);
    assert_int_equal(continuation_open(&s, &ring, BORN_MS, c), LETHE_OK);
    expect_same(&s, &sealed);
}

static void any_session_opens_as_it_was_sealed(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct session s;
        memset(&s, 0xee, sizeof s);
        draw_session(&sealed, &rng);
        rng_fill(&rng, nonce, sizeof nonce);
        continuation_seal(c, &sealed, ring_sealing(&ring, BORN_MS), nonce);
        assert_int_equal(continuation_open(&s, &ring, BORN_MS, c), LETHE_OK);
        expect_same(&s, &sealed);
    }
}

static int reopened(const struct session *from)
{
    struct session s;
    memset(&s, 0xee, sizeof s);
    continuation_seal(c, from, ring_sealing(&ring, BORN_MS), nonce);
    int err = continuation_open(&s, &ring, BORN_MS, c);
    if (err == LETHE_OK)
        expect_same(&s, from);
    else
        assert_true(bytes_are_zero(&s, sizeof s));
    return err;
}

/* A session whose transport was never begun is none, though the seal is ours; nothing of its key
 * stays behind. */
static void a_transport_out_of_range_is_refused(void **state)
{
    (void)state;
    struct session s = sealed;
    s.transport = (struct transport){0};
    assert_int_equal(reopened(&s), LETHE_ERR_FORMAT);
    transport_init(&s.transport, ALGORITHM_RENO, 5, 7, nonce);
    assert_int_equal(reopened(&s), LETHE_OK);
    s.transport.datagram = DATAGRAM_BYTES - 1;
    assert_int_equal(reopened(&s), LETHE_ERR_FORMAT);
    s.transport.datagram = PACKET_MAX;
    assert_int_equal(reopened(&s), LETHE_OK);
    s.transport.algorithm = ALGORITHMS;
    assert_int_equal(reopened(&s), LETHE_ERR_FORMAT);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof c; bit++) {
        c[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused(&ring, BORN_MS);
        c[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void every_other_kid_is_refused(void **state)
{
    (void)state;
    for (unsigned kid = 0; kid < 256; kid++) {
        c[0] = (uint8_t)kid;
        if (kid != 3)
            refused(&ring, BORN_MS);
    }
}

static void a_dead_key_opens_nothing(void **state)
{
    (void)state;
    struct session s;
    int64_t death = ring_find(&ring, 3, BORN_MS)->born_ms + ring.life_ms;
    assert_int_equal(continuation_open(&s, &ring, death - 1, c), LETHE_OK);
    refused(&ring, death);
    ring_expire(&ring, death);
    refused(&ring, BORN_MS); /* not even when a clock goes back */
}

static void another_ring_opens_nothing(void **state)
{
    (void)state;
    struct ring other;
    ring_of(&other, &rng, 8, 15);
    refused(&other, BORN_MS);
    ring_init(&other, RING_PERIOD_MS);
    refused(&other, BORN_MS);
    uint8_t key[COOKIE_KEY_BYTES] = {7}; /* its place in the ring was taken */
    ring_put(&ring, 19, BORN_MS, key);
    refused(&ring, BORN_MS);
}

/* Both sides follow the key from the nonces alone. */
static void keys_chain_by_the_nonces(void **state)
{
    (void)state;
    struct session s = sealed;
    uint8_t client[SESSION_KEY_BYTES], seen[20][SESSION_KEY_BYTES];
    memcpy(client, sealed.z, sizeof client);
    for (int i = 0; i < 20; i++) {
        memcpy(seen[i], client, sizeof client);
        rng_fill(&rng, nonce, sizeof nonce);
        session_next(s.z, nonce);
        continuation_seal(c, &s, ring_sealing(&ring, BORN_MS), nonce);
        session_next(client, continuation_nonce(c));
        assert_int_equal(continuation_open(&s, &ring, BORN_MS, c), LETHE_OK);
        assert_memory_equal(s.z, client, sizeof client);
        for (int j = 0; j <= i; j++)
            assert_memory_not_equal(seen[j], client, sizeof client);
    }
}

/* A key of another purpose opens nothing. */
static void each_purpose_has_its_own_key(void **state)
{
    (void)state;
    for (int p = 0; p < RING_PURPOSES; p++) {
        struct ring shifted = ring;
        if (p == RING_SEAL)
            continue;
        memcpy(shifted.keys[3].sub[RING_SEAL], ring.keys[3].sub[p], 32);
        refused(&shifted, BORN_MS);
    }
}

static void nothing_of_the_state_is_readable(void **state)
{
    (void)state;
    for (size_t i = 0; i + 8 <= sizeof c; i++) {
        assert_memory_not_equal(c + i, sealed.z, 8);
        assert_memory_not_equal(c + i, sealed.m, 8);
        assert_memory_not_equal(c + i, sealed.address, 8);
        assert_memory_not_equal(c + i, sealed.transport.range_key, 8);
        assert_memory_not_equal(c + i, &sealed.transport.home, 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(opens_as_it_was_sealed, seal_one),
        cmocka_unit_test_setup(any_session_opens_as_it_was_sealed, seal_one),
        cmocka_unit_test_setup(a_transport_out_of_range_is_refused, seal_one),
        cmocka_unit_test_setup(every_flipped_bit_is_refused, seal_one),
        cmocka_unit_test_setup(every_other_kid_is_refused, seal_one),
        cmocka_unit_test_setup(a_dead_key_opens_nothing, seal_one),
        cmocka_unit_test_setup(another_ring_opens_nothing, seal_one),
        cmocka_unit_test_setup(keys_chain_by_the_nonces, seal_one),
        cmocka_unit_test_setup(each_purpose_has_its_own_key, seal_one),
        cmocka_unit_test_setup(nothing_of_the_state_is_readable, seal_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
