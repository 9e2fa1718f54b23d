/*
 * BLOCK and its answer: the most frequent packets of an exchange, so nothing but fixed fields.
 * A position out of range is malformed here, and no later code needs to ask.
 */
#include "wire/block.h"
#include "base/cursor.h"
#include "lethe/error.h"

int block_decode(struct block *b, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    b->kid = read8(&r);
    b->position = read16(&r);
    b->m = read_span(&r, EXCHANGE_ID_BYTES);
    b->box = read_span(&r, BLOCK_BOX_BYTES);
    if (!reader_done(&r) || kind != KIND_BLOCK || b->kid >= KID_COUNT ||
        b->position >= WIRE_BLOCK_COUNT)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void block_encode(uint8_t out[BLOCK_HEADER_BYTES], const struct block *b)
{
    struct writer w = writer_of(out, BLOCK_HEADER_BYTES);
    write8(&w, KIND_BLOCK);
    write8(&w, b->kid);
    write16(&w, b->position);
    write_bytes(&w, b->m, EXCHANGE_ID_BYTES);
}

int blocked_decode(struct blocked *b, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    b->position = read16(&r);
    b->nonce = read_span(&r, NONCE_BYTES);
    b->box = read_span(&r, BLOCKED_BOX_BYTES);
    if (!reader_done(&r) || kind != KIND_BLOCKED || b->position >= WIRE_BLOCK_COUNT)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void blocked_encode(uint8_t out[BLOCKED_HEADER_BYTES], const struct blocked *b)
{
    struct writer w = writer_of(out, BLOCKED_HEADER_BYTES);
    write8(&w, KIND_BLOCKED);
    write16(&w, b->position);
    write_bytes(&w, b->nonce, NONCE_BYTES);
}
