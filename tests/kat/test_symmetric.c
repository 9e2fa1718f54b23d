/* Known answers: (X)ChaCha20-Poly1305, BLAKE2b under labels, SHAKE256, the generator. */
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
        cmocka_unit_test(blake2b),
        cmocka_unit_test(tree),
        cmocka_unit_test(shake),
        cmocka_unit_test(generator),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
