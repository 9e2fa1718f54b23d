/*
 * LOOKUP at the server: format, identity, mac, then a copy of what is asked for.
 * All of it is public; the mac is there so that strangers get silence for one hash.
 */
#include "kex/lookup.h"

#include <assert.h>

#include "base/bytes.h"
#include "lethe/error.h"

_Static_assert(LOOKUP_ID_BYTES == HELLO_ID_BYTES, "one name for an identity");
_Static_assert(LOOKUP_PIECE_BYTES == TREE_PIECE_BYTES && LOOKUP_PIECE_BYTES == TREE_NODE_BYTES,
               "one length for nodes and pieces");
_Static_assert(LOOKUP_PIECE - LOOKUP_MIDDLE == TREE_FAN, "the tree's middle nodes");
_Static_assert(LOOKUP_IDENTITY_BYTES <= TREE_MOST_BYTES, "the tree has room");

/* What comes after the head is zeros, which the decoder sees to. */
static void lookup_mac(uint8_t out[LOOKUP_MAC_BYTES], const uint8_t key[SHORT_HASH_KEY_BYTES],
                       const uint8_t head[LOOKUP_HEAD_BYTES])
{
    short_tag(out, key, head, LOOKUP_HEAD_BYTES);
}

void shelf_add(struct shelf *s, const uint8_t *keys, struct tree *tree)
{
    assert(s->count < SHELF_MOST);
    struct shelf_entry *e = &s->entries[s->count++];
    tree_build(tree, keys, LOOKUP_IDENTITY_BYTES);
    tree_name(e->fingerprint, tree->root);
    schedule_ltid(e->ltid, e->fingerprint);
    schedule_lookup_key(e->key, e->fingerprint);
    e->keys = keys;
    e->tree = tree;
}

void lookup_fingerprint(uint8_t out[FINGERPRINT_BYTES], const uint8_t *keys)
{
    struct tree tree;
    tree_build(&tree, keys, LOOKUP_IDENTITY_BYTES);
    tree_name(out, tree.root);
}

void lookup_request(uint8_t out[LOOKUP_BYTES], const uint8_t fingerprint[FINGERPRINT_BYTES],
                    uint16_t index)
{
    uint8_t ltid[LOOKUP_ID_BYTES], key[SHORT_HASH_KEY_BYTES];
    schedule_ltid(ltid, fingerprint);
    lookup_encode(out, &(struct lookup){.ltid = ltid, .index = index});
    schedule_lookup_key(key, fingerprint);
    lookup_mac(out + LOOKUP_MAC_AT, key, out);
}

static const uint8_t *bytes_of(const struct shelf_entry *e, uint16_t index)
{
    if (index == LOOKUP_ROOT)
        return e->tree->root;
    if (index < LOOKUP_PIECE)
        return e->tree->middle[index - LOOKUP_MIDDLE];
    return e->keys + (size_t)(index - LOOKUP_PIECE) * LOOKUP_PIECE_BYTES;
}

static const struct shelf_entry *entry_of(const struct shelf *s, const uint8_t *ltid)
{
    for (int i = 0; s && i < s->count; i++)
        if (memcmp(s->entries[i].ltid, ltid, LOOKUP_ID_BYTES) == 0)
            return &s->entries[i];
    return NULL;
}

enum verdict kex_lookup(const struct shelf *s, const uint8_t *short_term, const uint8_t *p,
                        size_t n, uint8_t *out, size_t *out_len)
{
    struct lookup l;
    uint8_t mac[LOOKUP_MAC_BYTES];
    if (lookup_decode(&l, p, n) != LETHE_OK)
        return DROP_FORMAT;
    const struct shelf_entry *e = entry_of(s, l.ltid);
    if (!e)
        return DROP_IDENTITY;
    lookup_mac(mac, e->key, p);
    if (!bytes_equal(mac, l.mac, LOOKUP_MAC_BYTES))
        return DROP_MAC;
    struct found f = {.ltid = l.ltid, .index = l.index, .len = lookup_length(l.index)};
    if (l.index != LOOKUP_SHORT_TERM)
        f.bytes = bytes_of(e, l.index);
    else if (e == s->entries && short_term)
        f.bytes = short_term;
    else
        f.len = 0;
    *out_len = found_encode(out, &f);
    return ANSWERED;
}
