/* kex/schedule: every derivation depends on every bit of every input, and no two are the same. */
#include "kex/test_support.h"

#include "crypto/hash.h"

static uint8_t in[6][DATAGRAM_BYTES]; /* inputs, drawn */
static struct cookie_key key;

static int draw(void **state)
{
    (void)state;
    struct rng rng = world_rng(1);
    rng_fill(&rng, in, sizeof in);
    rng_fill(&rng, &key.sub, sizeof key.sub);
    return 0;
}

static void hello(uint8_t out[32])
{
    schedule_hello(out, in[0], in[1], in[2], in[3]);
}

static void hello_mac(uint8_t out[32])
{
    memset(out, 0, 32);
    schedule_hello_mac(out, in[0], in[1]);
}

static void ltid(uint8_t out[32])
{
    memset(out, 0, 32);
    schedule_ltid(out, in[0]);
}

static void hello_box(uint8_t out[32])
{
    schedule_hello_box(out, in[0]);
}

static void accept(uint8_t out[32])
{
    schedule_accept(out, in[0], in[1]);
}

static void accept_box(uint8_t out[32])
{
    schedule_accept_box(out, in[0]);
}

static void session(uint8_t out[32])
{
    schedule_session(out, in[0], in[1], in[2][0], in[3], in[4]);
}

static void leg_hash(uint8_t out[32])
{
    schedule_leg_hash(out, in[0], SNTRUP_PUBLIC_BYTES, in[1], SNTRUP_CT_BYTES);
}

static void syndrome_hash(uint8_t out[32])
{
    schedule_syndrome_hash(out, in[0], in[1], GOPPA_SYNDROME_BYTES);
}

static void accept_nonce(uint8_t out[32])
{
    memset(out, 0, 32);
    schedule_accept_nonce(out, in[0]);
}

static void resume_box(uint8_t out[32])
{
    schedule_resume_box(out, in[0]);
}

static void resume(uint8_t out[32])
{
    schedule_resume(out, in[0], in[1], in[2], in[3][0], in[4], in[5]);
}

static void resumed_box(uint8_t out[32])
{
    schedule_resumed_box(out, in[0]);
}

/* A flip of any bit of the first sizes[i] bytes of in[i] moves the result. */
static void depends_on(void (*derive)(uint8_t out[32]), const size_t sizes[6])
{
    uint8_t first[32], other[32];
    derive(first);
    derive(other);
    assert_memory_equal(first, other, 32);
    for (int i = 0; i < 6; i++)
        for (size_t bit = 0; bit<8 * sizes[i]; bit += sizes[i]> 64 ? 37 : 1) {
            flip(in[i], bit);
            derive(other);
            assert_memory_not_equal(first, other, 32);
            flip(in[i], bit);
        }
}

static void every_input_counts(void **state)
{
    (void)state;
    depends_on(hello, (const size_t[6]){32, 32, 32, HELLO_MAC_AT});
    depends_on(hello_mac, (const size_t[6]){32, HELLO_CT_AT});
    depends_on(ltid, (const size_t[6]){32});
    depends_on(hello_box, (const size_t[6]){32});
    depends_on(accept, (const size_t[6]){32, 32});
    depends_on(accept_box, (const size_t[6]){32});
    depends_on(session, (const size_t[6]){32, DATAGRAM_BYTES, 1, EXCHANGE_ID_BYTES, 32});
    depends_on(leg_hash, (const size_t[6]){SNTRUP_PUBLIC_BYTES, SNTRUP_CT_BYTES});
    depends_on(syndrome_hash, (const size_t[6]){EXCHANGE_ID_BYTES, GOPPA_SYNDROME_BYTES});
    depends_on(accept_nonce, (const size_t[6]){EXCHANGE_ID_BYTES});
    depends_on(resume_box, (const size_t[6]){32});
    depends_on(resume, (const size_t[6]){32, 32, RESUME_BYTES, 1, EXCHANGE_ID_BYTES, 32});
    depends_on(resumed_box, (const size_t[6]){32});
}

static void of_exchange(uint8_t out[4][32])
{
    schedule_exchange_key(out[0], &key, in[0]);
    schedule_exchange_dh(out[1], &key, in[0]);
    schedule_error_seed(out[2], &key, in[0]);
    schedule_mask_key(out[3], &key, in[0]);
}

/* What the server derives from (cookie key, M): four values, of the purposes they should be. */
static void an_exchange_is_its_key_and_id(void **state)
{
    (void)state;
    const enum ring_purpose purposes[] = {RING_EXCHANGE, RING_EXCHANGE, RING_ERROR, RING_MASK};
    uint8_t first[4][32], other[4][32];
    of_exchange(first);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(first[i], first[j], 32);
    for (size_t bit = 0; bit < 8 * EXCHANGE_ID_BYTES; bit++) {
        flip(in[0], bit);
        of_exchange(other);
        for (int i = 0; i < 4; i++)
            assert_memory_not_equal(first[i], other[i], 32);
        flip(in[0], bit);
    }
    for (int p = 0; p < RING_PURPOSES; p++)
        for (size_t bit = 0; bit < 256; bit += 17) {
            flip(key.sub[p], bit);
            of_exchange(other);
            for (int i = 0; i < 4; i++)
                assert_true((memcmp(first[i], other[i], 32) != 0) == (purposes[i] == (unsigned)p));
            flip(key.sub[p], bit);
        }
}

static void one_key_gives_different_ones(void **state)
{
    (void)state;
    uint8_t a[32], b[32], c[32], d[32], e[32], f[32];
    schedule_resume_box(e, in[0]);
    schedule_resumed_box(f, in[0]);
    schedule_hello_box(a, in[0]);
    schedule_accept_box(b, in[0]);
    keys_split(c, d, in[0]);
    const uint8_t *all[] = {in[0], a, b, c, d, e, f};
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(all[i], all[j], 32);
}

/* One key seals LEG, every BLOCK and FINISH: no two of their nonces are the same. */
static void client_nonces_differ(void **state)
{
    (void)state;
    static uint8_t nonces[LEG_COUNT + BLOCK_COUNT + 1][NONCE_BYTES];
    size_t n = 0;
    for (uint8_t leg = 0; leg < LEG_COUNT; leg++)
        schedule_client_nonce(nonces[n++], KIND_LEG, leg);
    for (uint16_t i = 0; i < BLOCK_COUNT; i++)
        schedule_client_nonce(nonces[n++], KIND_BLOCK, i);
    schedule_client_nonce(nonces[n++], KIND_FINISH, 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(memcmp(nonces[i], nonces[j], NONCE_BYTES) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_input_counts, draw),
        cmocka_unit_test_setup(an_exchange_is_its_key_and_id, draw),
        cmocka_unit_test_setup(one_key_gives_different_ones, draw),
        cmocka_unit_test_setup(client_nonces_differ, draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
