/* Known answers: (X)ChaCha20-Poly1305, AES-256-GCM, BLAKE2b, SHAKE256, the generator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "crypto/aead_implementation.h"
#include "crypto/hash.h"
#include "crypto/init.h"
#include "crypto/rng.h"
#include "crypto/tree.h"
#include "kat/hex.h"
#include "kat/vectors.h"
#include "lethe/error.h"

static void count_up(uint8_t *p, size_t n, unsigned start)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(start + i);
}

/* draft-irtf-cfrg-xchacha-03, appendix A.3.1. */
static void xchacha20_poly1305(void **state)
{
    (void)state;
    static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
                               "only one tip for the future, sunscreen would be it.";
    static const char boxed[] = "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
                                "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
                                "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
                                "21f9664c97637da9768812f615c68b13b52e"
                                "c0875924c1c7987947deafd8780acf49"; /* the tag */
    uint8_t key[32], nonce[24], ad[12], c[200], m[200];
    count_up(key, sizeof key, 0x80);
    count_up(nonce, sizeof nonce, 0x40);
    unhex(ad, "50515253c0c1c2c3c4c5c6c7");
    size_t mlen = sizeof text - 1;
    assert_int_equal(strlen(boxed) / 2, mlen + AEAD_TAG_BYTES);
    for (int i = 0; i < AEAD_IMPLEMENTATIONS; i++) {
        assert_true(aead_implementations[i]->ready());
        aead_use(aead_implementations[i]);
        aead_seal(c, (const uint8_t *)text, mlen, ad, sizeof ad, nonce, key);
        assert_hex(c, boxed);
        memset(m, 0, sizeof m);
        assert_int_equal(aead_open(m, c, mlen + 16, ad, sizeof ad, nonce, key), LETHE_OK);
        assert_memory_equal(m, text, mlen);
    }
}

/* RFC 8439, section 2.8.2. */
static void chacha20_poly1305(void **state)
{
    (void)state;
    static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
                               "only one tip for the future, sunscreen would be it.";
    static const char boxed[] = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                                "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                                "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                                "3ff4def08e4b7a9de576d26586cec64b6116"
                                "1ae10b594f09e26a7e902ecbd0600691"; /* the tag */
    uint8_t key[32], nonce[12], ad[12], c[200], m[200];
    count_up(key, sizeof key, 0x80);
    unhex(nonce, "070000004041424344454647");
    unhex(ad, "50515253c0c1c2c3c4c5c6c7");
    size_t mlen = sizeof text - 1;
    for (int i = 0; i < AEAD_IMPLEMENTATIONS; i++) {
        const struct aead_implementation *a = aead_implementations[i];
        assert_true(a->ready());
        a->seal(c, (const uint8_t *)text, mlen, ad, sizeof ad, nonce, key);
        assert_hex(c, boxed);
        memset(m, 0, sizeof m);
        assert_int_equal(a->open(m, c, mlen + 16, ad, sizeof ad, nonce, key), LETHE_OK);
        assert_memory_equal(m, text, mlen);
    }
}

/* McGrew and Viega, The Galois/Counter Mode of Operation (GCM), appendix B, cases 13 to 16. */
static void aes_256_gcm(void **state)
{
    (void)state;
#define GCM_KEY "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define GCM_TEXT                                                                                   \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                             \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define GCM_BOXED                                                                                  \
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"                             \
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const struct {
        const char *key, *nonce, *ad, *text, *boxed;
    } cases[] = {
        {zeros, "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
        {zeros, "000000000000000000000000", "", "00000000000000000000000000000000",
         "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
        {GCM_KEY, "cafebabefacedbaddecaf888", "", GCM_TEXT "1aafd255",
         GCM_BOXED "898015adb094dac5d93471bdec1a502270e3cc6c"},
        {GCM_KEY, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_TEXT,
         GCM_BOXED "76fc6ece0f4e1768cddf8853bb2d551b"},
    };
    if (!aead_has_aes())
        skip(); /* nothing of it is used then */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t key[32], nonce[12], ad[20], m[64], c[80], got[64];
        unhex(key, cases[i].key);
        unhex(nonce, cases[i].nonce);
        const size_t adlen = unhex(ad, cases[i].ad), n = unhex(m, cases[i].text);
        for (int k = 0; aead_aes_implementations[k]; k++) {
            const struct aead_implementation *a = aead_aes_implementations[k];
            if (!a->ready())
                continue;
            a->seal(c, m, n, ad, adlen, nonce, key);
            assert_int_equal(strlen(cases[i].boxed) / 2, n + AEAD_TAG_BYTES);
            assert_hex(c, cases[i].boxed);
            assert_int_equal(a->open(got, c, n + AEAD_TAG_BYTES, ad, adlen, nonce, key), LETHE_OK);
            assert_memory_equal(got, m, n);
        }
    }
}

/* The batch is that under HChaCha20's subkey with a constant of its own. */
static void aes_of_a_batch(void **state)
{
    (void)state;
    struct aead_batch b;
    uint8_t key[32], prefix[AEAD_PREFIX_BYTES], c[100 + AEAD_TAG_BYTES], want[sizeof c];
    static const uint8_t m[100] = {1, 2, 3}, nonce[12] = {0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1};
    if (!aead_has_aes())
        skip();
    count_up(key, sizeof key, 0);
    count_up(prefix, sizeof prefix, 32);
    aead_batch_init_aes(&b, key, prefix);
    assert_hex(b.subkey, V_AES_SUBKEY);
    aead_aes_openssl.seal(want, m, sizeof m, key, 5, nonce, b.subkey);
    aead_batch_seal(&b, c, m, sizeof m, key, 5, 0x0102030405060708);
    assert_memory_equal(c, want, sizeof want);
}

static void blake2b(void **state)
{
    (void)state;
    uint8_t in[1000], key[32], out[32];
    count_up(in, sizeof in, 0);
    hash_of(out, "kat", NULL, 0);
    assert_hex(out, V_HASH_EMPTY);
    hash_of(out, "sixteen letters!", in, sizeof in);
    assert_hex(out, V_HASH_LONG);
    count_up(key, sizeof key, 0);
    kdf(out, "kat", key, NULL, 0);
    assert_hex(out, V_KDF_NO_PARTS);
    const struct bytes parts[] = {{"ab", 2}, {NULL, 0}, {in, 200}};
    kdf(out, "kat", key, parts, 3);
    assert_hex(out, V_KDF);
    count_up(key, sizeof key, 1);
    short_mac(out, "hello-mac", key, in, 256);
    assert_hex(out, V_SHORT_MAC);
}

static void tree(void **state)
{
    (void)state;
    static uint8_t content[1047383];
    static struct tree t;
    uint8_t name[HASH_BYTES];
    count_up(content, sizeof content, 0);
    tree_build(&t, content, sizeof content);
    tree_name(name, t.root);
    assert_hex(name, V_TREE_NAME);
}

static void shake(void **state)
{
    (void)state;
    uint8_t in[1000], out[64];
    /* FIPS 202: the SHAKE256 of no bits, as in NIST's example values. */
    count_up(in, sizeof in, 0);
    shake256(out, 64, in, 0);
    assert_hex(out, "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
                    "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be");
    shake256(out, 64, in, sizeof in);
    assert_hex(out, V_SHAKE256_1000);
}

static void generator(void **state)
{
    (void)state;
    uint8_t seed[32], out[2000], digest[32];
    struct rng r;
    count_up(seed, sizeof seed, 0);
    rng_seed(&r, seed);
    rng_fill(&r, out, sizeof out);
    assert_hex(out, V_RNG_FIRST_64);
    assert_hex(out + 704, V_RNG_AT_704);
    crypto_hash_sha256(digest, out, sizeof out);
    assert_hex(digest, V_RNG_2000_SHA256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xchacha20_poly1305),
        cmocka_unit_test(chacha20_poly1305),
        cmocka_unit_test(aes_256_gcm),
        cmocka_unit_test(aes_of_a_batch),
        cmocka_unit_test(blake2b),
        cmocka_unit_test(tree),
        cmocka_unit_test(shake),
        cmocka_unit_test(generator),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
