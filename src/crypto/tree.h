/*
 * A hash tree over at most 1 MiB, whose name is 32 bytes: who knows the name can check every part
 * of the content as it arrives, alone and in any order that goes downwards.
 *
 *   piece i    1024 bytes of the content, the last one shorter
 *   middle m   the hashes of pieces 32 m to 32 m + 31, H("identity piece", i 2 | piece)
 *   root       the hashes of middle nodes 0 to 31, H("identity node", m 2 | node)
 *   name       H("identity root", root)
 *
 * A hash of what is not there is zeros. Each level has a label of its own and the number is hashed
 * too, so that no node passes for a piece and nothing passes for what stands elsewhere.
 */
#ifndef CRYPTO_TREE_H
#define CRYPTO_TREE_H

#include "crypto/hash.h"

#define TREE_FAN         32
#define TREE_PIECE_BYTES 1024
#define TREE_NODE_BYTES  (TREE_FAN * HASH_BYTES)
#define TREE_MOST_BYTES  (TREE_FAN * TREE_FAN * TREE_PIECE_BYTES)

struct tree {
    uint8_t root[TREE_NODE_BYTES];
    uint8_t middle[TREE_FAN][TREE_NODE_BYTES];
};

/* n is at most TREE_MOST_BYTES. */
void tree_build(struct tree *t, const uint8_t *content, size_t n);

void tree_name(uint8_t name[HASH_BYTES], const uint8_t root[TREE_NODE_BYTES]);

/* What the root must hold for a middle node, at m * HASH_BYTES. */
void tree_middle_hash(uint8_t out[HASH_BYTES], unsigned m, const uint8_t node[TREE_NODE_BYTES]);

/* What middle node i / 32 must hold for a piece of n bytes, at i % 32 * HASH_BYTES. */
void tree_piece_hash(uint8_t out[HASH_BYTES], unsigned i, const uint8_t *piece, size_t n);

#endif
