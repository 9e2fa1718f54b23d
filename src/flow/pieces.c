/*
 * How a resource is cut, and the slots: arithmetic, and which part of a piece is asked, here,
 * checked.
 */
#include "flow/pieces.h"
#include "base/bytes.h"
#include "lethe/error.h"

_Static_assert(CHUNKS == 64, "a slot's chunks are the bits of one word");

uint64_t piece_start(uint64_t piece)
{
    return piece * PIECE_BYTES;
}

uint32_t piece_length(const struct fetch *f, uint64_t piece)
{
    uint64_t left = f->size - piece_start(piece);
    return left < PIECE_BYTES ? (uint32_t)left : PIECE_BYTES;
}

uint32_t chunk_length(const struct fetch *f, uint64_t offset)
{
    uint64_t left = f->size - offset;
    return left < DATA_CHUNK_BYTES ? (uint32_t)left : DATA_CHUNK_BYTES;
}

uint64_t piece_chunks(const struct fetch *f, uint64_t piece)
{
    uint32_t n = (piece_length(f, piece) + DATA_CHUNK_BYTES - 1) / DATA_CHUNK_BYTES;
    return n == 64 ? UINT64_MAX : (1ull << n) - 1;
}

int slot_digest(struct fetch *f, struct fetch_slot *s)
{
    return f->store.digest(f->store.context, piece_start(s->piece), piece_length(f, s->piece),
                           s->local);
}

void slot_start(struct fetch *f, struct fetch_slot *s)
{
    memset(s, 0, sizeof *s);
    s->piece = f->next_piece++;
    s->state = SLOT_READ;
    if (piece_start(s->piece) + piece_length(f, s->piece) > f->local_size)
        return;
    s->state = SLOT_CHECK;
    f->result = slot_digest(f, s);
}

/* Chunks first, then the digest, which need not wait for them to arrive. */
bool slot_wants(const struct fetch *f, const struct fetch_slot *s, uint32_t *item)
{
    uint64_t missing = 0;
    if (s->state == SLOT_FREE)
        return false;
    if (s->state == SLOT_READ)
        missing = piece_chunks(f, s->piece) & ~s->have & ~s->asked;
    *item = missing ? (uint32_t)__builtin_ctzll(missing) : ITEM_DIGEST;
    return missing || !s->digest_asked;
}

struct fetch_slot *slot_of(struct fetch *f, uint64_t piece)
{
    for (int i = 0; i < FETCH_SLOTS; i++)
        if (f->slots[i].state != SLOT_FREE && f->slots[i].piece == piece)
            return &f->slots[i];
    return NULL;
}

void slot_ask_again(struct fetch_slot *s, uint32_t item)
{
    if (item < CHUNKS)
        s->asked &= ~(1ull << item);
    else
        s->digest_asked = false;
}

void fetch_ask_first_again(struct fetch *f, bool digest)
{
    struct fetch_slot *s = f->known ? slot_of(f, 0) : NULL;
    f->first_asked &= digest ? FIRST_CHUNK : FIRST_DIGEST;
    if (s)
        slot_ask_again(s, digest ? ITEM_DIGEST : 0);
}
