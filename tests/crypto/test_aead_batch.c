/* crypto/aead_batch: a batch is its packets one by one, and both implementations are one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/bytes.h"
#include "crypto/aead_implementation.h"
#include "crypto/init.h"
#include "crypto/rng.h"
#include "lethe/error.h"

#define MOST   9000
#define ROUNDS 600

static const uint8_t key[AEAD_KEY_BYTES] = {1, 2, 3};
static uint8_t m[MOST], ad[300];
static struct rng rng;

static size_t below(size_t n)
{
    return (size_t)(rng_u64(&rng) % n);
}

/* The edges of blocks and of the pieces that a tag is made of, else anything. */
static size_t some_length(size_t most)
{
    static const size_t edges[] = {0,    1,    15,   16,   17,   63,   64,   65,
                                   2031, 2032, 2033, 2047, 2048, 2049, 4096, 8952};
    size_t n = below(3) == 0 ? edges[below(sizeof edges / sizeof *edges)] : below(most + 1);
    return n > most ? most : n;
}

static void each_is_libsodiums_xchacha(void **state)
{
    (void)state;
    static uint8_t want[MOST + 16], got[MOST + 17];
    for (int k = 0; k < ROUNDS; k++) {
        uint8_t nonce[AEAD_NONCE_BYTES];
        struct aead_batch b;
        size_t n = some_length(MOST), adlen = some_length(sizeof ad), shift = below(2);
        rng_fill(&rng, nonce, sizeof nonce);
        crypto_aead_xchacha20poly1305_ietf_encrypt(want, NULL, m, n, ad, adlen, NULL, nonce, key);
        aead_batch_init(&b, key, nonce);
        for (int i = 0; i < AEAD_IMPLEMENTATIONS; i++) {
            aead_use(aead_implementations[i]);
            memset(got, 0xee, sizeof got);
            aead_seal(got + shift, m, n, ad, adlen, nonce, key);
            assert_memory_equal(got + shift, want, n + 16);
            memcpy(got, m, n); /* in place */
            aead_batch_seal(&b, got, got, n, ad, adlen, load64(nonce + 16));
            assert_memory_equal(got, want, n + 16);
            assert_int_equal(aead_batch_open(&b, got, got, n + 16, ad, adlen, load64(nonce + 16)),
                             LETHE_OK);
            assert_memory_equal(got, m, n);
            memset(got, 0xee, sizeof got);
            assert_int_equal(aead_open(got + shift, want, n + 16, ad, adlen, nonce, key), LETHE_OK);
            assert_memory_equal(got + shift, m, n);
            assert_true(got[n + shift] == 0xee);
        }
    }
}

/* The implementations of AES that this machine can use, of two at most. */
static size_t list_aes(const struct aead_implementation *ready[2])
{
    size_t count = 0;
    for (int i = 0; aead_aes_implementations[i]; i++)
        if (aead_aes_implementations[i]->ready())
            ready[count++] = aead_aes_implementations[i];
    return count;
}

/* AES-256-GCM is, under the subkey, what libsodium says it is. */
static void each_is_libsodiums_aes(void **state)
{
    (void)state;
    static uint8_t want[MOST + 16], got[MOST + 16];
    const struct aead_implementation *ready[2];
    const size_t count = list_aes(ready);
    if (count == 0)
        skip(); /* it is not used then */
    assert_true(crypto_aead_aes256gcm_is_available());
    for (int k = 0; k < ROUNDS; k++) {
        uint8_t prefix[AEAD_PREFIX_BYTES], nonce[AEAD_SHORT_NONCE_BYTES] = {0};
        struct aead_batch b;
        const size_t n = some_length(MOST), adlen = some_length(sizeof ad);
        const uint64_t index = below(2) ? rng_u64(&rng) : below(300);
        rng_fill(&rng, prefix, sizeof prefix);
        store64(nonce + 4, index);
        aead_batch_init_aes(&b, key, prefix);
        crypto_aead_aes256gcm_encrypt(want, NULL, m, n, ad, adlen, NULL, nonce, b.subkey);
        aead_use_aes(ready[(size_t)k % count]);
        memcpy(got, m, n); /* in place */
        aead_batch_seal(&b, got, got, n, ad, adlen, index);
        assert_memory_equal(got, want, n + 16);
        assert_int_equal(aead_batch_open(&b, got, got, n + 16, ad, adlen, index), LETHE_OK);
        assert_memory_equal(got, m, n);
        assert_int_equal(aead_batch_open(&b, got, want, n + 16, ad, adlen, index ^ 1),
                         LETHE_ERR_CRYPTO);
        aead_batch_init(&b, key, prefix); /* the other cipher of the same key */
        assert_int_equal(aead_batch_open(&b, got, want, n + 16, ad, adlen, index),
                         LETHE_ERR_CRYPTO);
    }
}

static void the_index_is_the_nonces_end(void **state)
{
    (void)state;
    uint8_t nonce[AEAD_NONCE_BYTES] = {9}, want[4 + 16], got[4 + 16];
    static const uint64_t indices[] = {0, 1, 255, 256, 0x0102030405060708, UINT64_MAX};
    struct aead_batch b;
    aead_batch_init(&b, key, nonce);
    for (int i = 0; i < AEAD_IMPLEMENTATIONS; i++)
        for (size_t k = 0; k < sizeof indices / sizeof *indices; k++) {
            aead_use(aead_implementations[i]);
            for (int at = 0; at < 8; at++)
                nonce[16 + at] = (uint8_t)(indices[k] >> 8 * at);
            aead_seal(want, m, 4, ad, 3, nonce, key);
            aead_batch_seal(&b, got, m, 4, ad, 3, indices[k]);
            assert_memory_equal(got, want, sizeof want);
            assert_int_equal(aead_batch_open(&b, got, want, 20, ad, 3, indices[k]), LETHE_OK);
            assert_int_equal(aead_batch_open(&b, got, want, 20, ad, 3, indices[k] ^ 1u << 9),
                             LETHE_ERR_CRYPTO);
        }
}

static void batches_take_turns(void **state)
{
    (void)state;
    static uint8_t c[4][100];
    uint8_t prefix[AEAD_PREFIX_BYTES] = {0}, other[AEAD_KEY_BYTES] = {4}, got[84];
    struct aead_batch b[4];
    for (int i = 0; i < 4; i++) {
        prefix[15] = (uint8_t)(i & 1);
        aead_batch_init(&b[i], i < 2 ? key : other, prefix);
    }
    for (int i = 0; i < AEAD_IMPLEMENTATIONS; i++) {
        aead_use(aead_implementations[i]);
        for (int k = 0; k < 4; k++)
            aead_batch_seal(&b[k], c[k], m, 84, NULL, 0, 7);
        for (int k = 0; k < 16; k++)
            assert_int_equal(aead_batch_open(&b[k / 4], got, c[k % 4], 100, NULL, 0, 7),
                             k / 4 == k % 4 ? LETHE_OK : LETHE_ERR_CRYPTO);
    }
}

/* One bit of a long packet, its associated data, its index or its length. */
static void expect_no_forgery(const struct aead_batch *b)
{
    static uint8_t c[MOST + 16], got[MOST];
    for (int k = 0; k < ROUNDS; k++) {
        size_t n = 64 + some_length(MOST - 64), adlen = 1 + some_length(sizeof ad - 1);
        aead_use(aead_implementations[k % AEAD_IMPLEMENTATIONS]);
        aead_batch_seal(b, c, m, n, ad, adlen, 5);
        size_t short_by = below(3) == 0 ? 1 + below(n + 16) : 0;
        uint8_t *flipped = below(2) ? &c[below(n + 16)] : &ad[below(adlen)];
        *flipped ^= (uint8_t)(1 << below(8));
        memset(got, 0, n);
        assert_int_equal(aead_batch_open(b, got, c, n + 16 - short_by, ad, adlen, 5),
                         LETHE_ERR_CRYPTO);
        for (size_t at = 0; at + 64 <= n; at += 64)
            assert_memory_not_equal(got + at, m + at, 64);
        if (flipped >= ad && flipped < ad + sizeof ad)
            rng_fill(&rng, ad, sizeof ad);
    }
}

static void a_forgery_gives_nothing(void **state)
{
    (void)state;
    struct aead_batch b;
    aead_batch_init(&b, key, m);
    expect_no_forgery(&b);
}

static void nor_does_one_of_aes(void **state)
{
    (void)state;
    struct aead_batch b;
    const struct aead_implementation *ready[2];
    const size_t count = list_aes(ready);
    for (size_t i = 0; i < count; i++) {
        aead_use_aes(ready[i]);
        aead_batch_init_aes(&b, key, m);
        expect_no_forgery(&b);
    }
    if (count == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_libsodiums_xchacha),  cmocka_unit_test(each_is_libsodiums_aes),
        cmocka_unit_test(the_index_is_the_nonces_end), cmocka_unit_test(batches_take_turns),
        cmocka_unit_test(a_forgery_gives_nothing),     cmocka_unit_test(nor_does_one_of_aes),
    };
    if (crypto_init() != LETHE_OK || !aead_openssl.ready() || !aead_sodium.ready())
        return 1;
    rng_seed(&rng, key);
    rng_fill(&rng, m, sizeof m);
    rng_fill(&rng, ad, sizeof ad);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
