/*
 * The hash tree: pieces, middle nodes, root, name, from below to above.
 * Nothing in it is secret.
 */
#include "crypto/tree.h"

#include <assert.h>

#include "base/bytes.h"

static void numbered_hash(uint8_t out[HASH_BYTES], const char *label, unsigned number,
                          const uint8_t *p, size_t n)
{
    struct hash h;
    uint8_t place[2];
    store16(place, (uint16_t)number);
    hash_init(&h, label);
    hash_update(&h, place, sizeof place);
    hash_update(&h, p, n);
    hash_final(&h, out);
}

void tree_name(uint8_t name[HASH_BYTES], const uint8_t root[TREE_NODE_BYTES])
{
    hash_of(name, "identity root", root, TREE_NODE_BYTES);
}

void tree_middle_hash(uint8_t out[HASH_BYTES], unsigned m, const uint8_t node[TREE_NODE_BYTES])
{
    numbered_hash(out, "identity node", m, node, TREE_NODE_BYTES);
}

void tree_piece_hash(uint8_t out[HASH_BYTES], unsigned i, const uint8_t *piece, size_t n)
{
    numbered_hash(out, "identity piece", i, piece, n);
}

void tree_build(struct tree *t, const uint8_t *content, size_t n)
{
    assert(n <= TREE_MOST_BYTES);
    memset(t, 0, sizeof *t);
    for (unsigned i = 0; i * TREE_PIECE_BYTES < n; i++) {
        const size_t at = (size_t)i * TREE_PIECE_BYTES, left = n - at;
        const size_t len = left < TREE_PIECE_BYTES ? left : TREE_PIECE_BYTES;
        uint8_t *place = t->middle[i / TREE_FAN] + (size_t)(i % TREE_FAN) * HASH_BYTES;
        tree_piece_hash(place, i, content + at, len);
    }
    for (unsigned m = 0; (size_t)m * TREE_FAN * TREE_PIECE_BYTES < n; m++)
        tree_middle_hash(t->root + (size_t)m * HASH_BYTES, m, t->middle[m]);
}
