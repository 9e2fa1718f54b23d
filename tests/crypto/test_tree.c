/* crypto/tree: a name that independent code computes too; every byte, place and level counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/tree.h"

static uint8_t content[TREE_MOST_BYTES], name[HASH_BYTES], again[HASH_BYTES];
static struct tree tree;

static void make(size_t n, uint8_t out[HASH_BYTES])
{
    tree_build(&tree, content, n);
    tree_name(out, tree.root);
}

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 7 + i / 1024);
    return 0;
}

/* Every hash in the tree is the one that who checks will compute, and the rest is zeros. */
static void parts_fit(void **state)
{
    (void)state;
    const size_t n = 33 * TREE_PIECE_BYTES + 5; /* two middle nodes, the second of two pieces */
    uint8_t hash[HASH_BYTES];
    make(n, name);
    for (unsigned i = 0; i < 34; i++) {
        size_t len = i == 33 ? 5 : TREE_PIECE_BYTES;
        tree_piece_hash(hash, i, content + (size_t)i * TREE_PIECE_BYTES, len);
        assert_memory_equal(hash, tree.middle[i / 32] + (size_t)(i % 32) * HASH_BYTES, HASH_BYTES);
    }
    assert_true(bytes_are_zero(tree.middle[1] + 64, TREE_NODE_BYTES - 64));
    for (unsigned m = 0; m < 2; m++) {
        tree_middle_hash(hash, m, tree.middle[m]);
        assert_memory_equal(hash, tree.root + (size_t)m * HASH_BYTES, HASH_BYTES);
    }
    assert_true(bytes_are_zero(tree.root + 64, TREE_NODE_BYTES - 64));
}

static void every_byte_counts(void **state)
{
    (void)state;
    const size_t n = sizeof content;
    make(n, name);
    const size_t places[] = {0, 1023, 1024, 32 * 1024 - 1, 32 * 1024, 500000, n - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        content[places[i]] ^= 1;
        make(n, again);
        assert_memory_not_equal(again, name, HASH_BYTES);
        content[places[i]] ^= 1;
    }
    make(n - 1, again);
    assert_memory_not_equal(again, name, HASH_BYTES);
}

/* The same bytes as a piece, as a node, or elsewhere have other hashes. */
static void place_and_level_count(void **state)
{
    (void)state;
    uint8_t hashes[5][HASH_BYTES];
    tree_piece_hash(hashes[0], 3, content, TREE_PIECE_BYTES);
    tree_piece_hash(hashes[1], 4, content, TREE_PIECE_BYTES);
    tree_middle_hash(hashes[2], 3, content);
    tree_middle_hash(hashes[3], 4, content);
    tree_name(hashes[4], content);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(hashes[i], hashes[j], HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_fit),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(place_and_level_count),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
