/*
 * LOOKUP and FOUND: layouts, read and written in the same order.
 * The index decides the length of an answer, so that none is taken for another's.
 */
#include "wire/lookup.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "lethe/error.h"

#define LAST_PIECE_BYTES (LOOKUP_IDENTITY_BYTES - (LOOKUP_PIECES - 1) * LOOKUP_PIECE_BYTES)
#define PADDING_BYTES    (LOOKUP_MAC_AT - LOOKUP_HEAD_BYTES)

size_t lookup_length(uint16_t index)
{
    if (index == LOOKUP_SHORT_TERM)
        return LOOKUP_SHORT_TERM_BYTES;
    if (index >= LOOKUP_END)
        return 0;
    return index == LOOKUP_END - 1 ? LAST_PIECE_BYTES : LOOKUP_PIECE_BYTES;
}

int lookup_decode(struct lookup *l, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r), version = read8(&r);
    l->ltid = read_span(&r, LOOKUP_ID_BYTES);
    l->index = read16(&r);
    const uint8_t *padding = read_span(&r, PADDING_BYTES);
    l->mac = read_span(&r, LOOKUP_MAC_BYTES);
    if (!reader_done(&r) || kind != KIND_LOOKUP || version != WIRE_VERSION ||
        lookup_length(l->index) == 0 || !bytes_are_zero(padding, PADDING_BYTES))
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void lookup_encode(uint8_t out[LOOKUP_MAC_AT], const struct lookup *l)
{
    struct writer w = writer_of(out, LOOKUP_MAC_AT);
    write8(&w, KIND_LOOKUP);
    write8(&w, WIRE_VERSION);
    write_bytes(&w, l->ltid, LOOKUP_ID_BYTES);
    write16(&w, l->index);
    write_zeros(&w, PADDING_BYTES);
}

int found_decode(struct found *f, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    f->ltid = read_span(&r, LOOKUP_ID_BYTES);
    f->index = read16(&r);
    f->bytes = read_rest(&r, &f->len);
    const bool none = f->index == LOOKUP_SHORT_TERM && f->len == 0;
    if (!reader_done(&r) || kind != KIND_FOUND || lookup_length(f->index) == 0 ||
        (f->len != lookup_length(f->index) && !none))
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

size_t found_encode(uint8_t out[FOUND_MAX_BYTES], const struct found *f)
{
    struct writer w = writer_of(out, FOUND_MAX_BYTES);
    write8(&w, KIND_FOUND);
    write_bytes(&w, f->ltid, LOOKUP_ID_BYTES);
    write16(&w, f->index);
    write_bytes(&w, f->bytes, f->len);
    return w.used;
}
