/* crypto/hash: labels, keys and lengths separate; pieces add up to the whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/init.h"
#include "lethe/error.h"

static const uint8_t key[KDF_KEY_BYTES] = {1, 2, 3};

static void labels_separate(void **state)
{
    (void)state;
    static const char *const labels[] = {
        "", "a", "b", "ab", "sixteen letters!", "sixteen letters?"};
    uint8_t h[6][HASH_BYTES], k[6][HASH_BYTES], s[6][SHORT_MAC_BYTES];
    for (size_t i = 0; i < 6; i++) {
        hash_of(h[i], labels[i], "x", 1);
        kdf(k[i], labels[i], key, NULL, 0);
        short_mac(s[i], labels[i], key, "x", 1);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(h[i], h[j], HASH_BYTES);
            assert_memory_not_equal(k[i], k[j], HASH_BYTES);
            assert_memory_not_equal(s[i], s[j], SHORT_MAC_BYTES);
        }
    }
}

static void pieces_add_up(void **state)
{
    (void)state;
    uint8_t in[500], whole[HASH_BYTES], got[HASH_BYTES];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7);
    hash_of(whole, "pieces", in, sizeof in);
    for (size_t cut = 0; cut <= sizeof in; cut++) {
        struct hash h;
        hash_init(&h, "pieces");
        hash_update(&h, in, cut);
        hash_update(&h, in + cut, sizeof in - cut);
        hash_final(&h, got);
        assert_memory_equal(got, whole, HASH_BYTES);
        assert_true(bytes_are_zero(&h, sizeof h)); /* nothing of the input stays behind */
    }
}

static void lists_of_parts_do_not_collide(void **state)
{
    (void)state;
    const struct {
        struct bytes parts[3];
        size_t count;
    } lists[] = {
        {{{"ab", 2}, {"c", 1}}, 2},
        {{{"a", 1}, {"bc", 2}}, 2},
        {{{"abc", 3}}, 1},
        {{{"abc", 3}, {NULL, 0}}, 2},
        {{{NULL, 0}, {"abc", 3}}, 2},
        {{{"a", 1}, {"b", 1}, {"c", 1}}, 3},
        {{{NULL, 0}}, 0},
        {{{NULL, 0}}, 1},
    };
    enum { COUNT = sizeof lists / sizeof lists[0] };
    uint8_t out[COUNT][HASH_BYTES];
    for (size_t i = 0; i < COUNT; i++) {
        kdf(out[i], "parts", key, lists[i].parts, lists[i].count);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(out[i], out[j], HASH_BYTES);
    }
}

static void every_bit_of_the_key_counts(void **state)
{
    (void)state;
    uint8_t k[KDF_KEY_BYTES], want[HASH_BYTES], got[HASH_BYTES];
    uint8_t want_mac[SHORT_MAC_BYTES], got_mac[SHORT_MAC_BYTES];
    memcpy(k, key, sizeof k);
    kdf(want, "key", k, NULL, 0);
    short_mac(want_mac, "key", k, "x", 1);
    for (size_t bit = 0; bit < sizeof k * 8; bit++) {
        k[bit / 8] ^= (uint8_t)(1u << bit % 8);
        kdf(got, "key", k, NULL, 0);
        short_mac(got_mac, "key", k, "x", 1);
        assert_memory_not_equal(got, want, sizeof got);
        assert_memory_not_equal(got_mac, want_mac, sizeof got_mac);
        k[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_separate),
        cmocka_unit_test(pieces_add_up),
        cmocka_unit_test(lists_of_parts_do_not_collide),
        cmocka_unit_test(every_bit_of_the_key_counts),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
