/*
 * An open hash table from H(key, nonce) to H(plaintext, associated data), that doubles when half full.
 */
#include "sim/audit.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

struct entry {
    uint64_t name[2]; /* 0, 0: empty */
    uint64_t content[2];
};

static struct entry *table;
static size_t room, used;
static uint64_t seals, conflicts, repeats;

void __real_aead_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
                      const uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);
void __wrap_aead_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
                      const uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES]);

void audit_reset(void)
{
    const size_t at_first = 1u << 17;
    if (!table) {
        room = at_first;
        table = calloc(room, sizeof *table);
        if (!table)
            abort();
    } else {
        memset(table, 0, room * sizeof *table);
    }
    used = 0;
    seals = conflicts = repeats = 0;
}

static struct entry *place(struct entry *t, size_t t_room, const struct entry *e)
{
    size_t i = e->name[0] % t_room;
    while (t[i].name[0] && memcmp(t[i].name, e->name, sizeof e->name) != 0)
        i = (i + 1) % t_room;
    return &t[i];
}

static void grow(void)
{
    struct entry *larger = calloc(2 * room, sizeof *larger);
    if (!larger)
        abort();
    for (size_t i = 0; i < room; i++)
        if (table[i].name[0])
            *place(larger, 2 * room, &table[i]) = table[i];
    free(table);
    table = larger;
    room *= 2;
}

static void digest(uint64_t out[2], const void *a, size_t a_len, const void *b, size_t b_len)
{
    struct hash h;
    uint8_t full[HASH_BYTES], length[8];
    store64(length, a_len);
    hash_init(&h, "nonce audit");
    hash_update(&h, length, sizeof length);
    hash_update(&h, a, a_len);
    hash_update(&h, b, b_len);
    hash_final(&h, full);
    memcpy(out, full, 2 * sizeof *out);
}

void __wrap_aead_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
                      const uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t key[AEAD_KEY_BYTES])
{
    struct entry e;
    if (!table)
        audit_reset();
    digest(e.name, key, AEAD_KEY_BYTES, nonce, AEAD_NONCE_BYTES);
    digest(e.content, m, mlen, ad, adlen);
    e.name[0] |= 1;
    struct entry *at = place(table, room, &e);
    seals++;
    if (at->name[0] && memcmp(at->content, e.content, sizeof e.content) == 0)
        repeats++;
    else if (at->name[0])
        conflicts++;
    else if (*at = e, ++used > room / 2)
        grow();
    __real_aead_seal(c, m, mlen, ad, adlen, nonce, key);
}

uint64_t audit_seals(void)
{
    return seals;
}

uint64_t audit_conflicts(void)
{
    return conflicts;
}

uint64_t audit_repeats(void)
{
    return repeats;
}
