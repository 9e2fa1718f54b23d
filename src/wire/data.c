/*
 * DATA: fixed fields, an optional continuation, and bytes to the end.
 */
#include "wire/data.h"
#include "base/cursor.h"
#include "lethe/error.h"

#define FLAG_CONTINUATION 1

int data_decode(struct data *d, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    d->generation = read8(&r);
    d->nonce = read_span(&r, NONCE_BYTES);
    d->box = read_rest(&r, &d->box_len);
    if (!reader_done(&r) || kind != KIND_DATA || n > DATAGRAM_BYTES || d->box_len < TAG_BYTES)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void data_encode(uint8_t out[DATA_HEADER_BYTES], const struct data *d)
{
    struct writer w = writer_of(out, DATA_HEADER_BYTES);
    write8(&w, KIND_DATA);
    write8(&w, d->generation);
    write_bytes(&w, d->nonce, NONCE_BYTES);
}

int data_body_decode(struct data_body *b, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    b->id = read64(&r);
    b->status = read8(&r);
    uint8_t flags = read8(&r);
    b->version = read_span(&r, REQUEST_VERSION_BYTES);
    b->size = read64(&r);
    b->offset = read64(&r);
    b->continuation = flags & FLAG_CONTINUATION ? read_span(&r, CONTINUATION_BYTES) : NULL;
    b->bytes = read_rest(&r, &b->bytes_len);
    return reader_done(&r) && !(flags & ~FLAG_CONTINUATION) ? LETHE_OK : LETHE_ERR_FORMAT;
}

size_t data_body_encode(uint8_t *out, size_t room, const struct data_body *b)
{
    struct writer w = writer_of(out, room);
    write64(&w, b->id);
    write8(&w, b->status);
    write8(&w, b->continuation ? FLAG_CONTINUATION : 0);
    write_bytes(&w, b->version, REQUEST_VERSION_BYTES);
    write64(&w, b->size);
    write64(&w, b->offset);
    if (b->continuation)
        write_bytes(&w, b->continuation, CONTINUATION_BYTES);
    write_bytes(&w, b->bytes, b->bytes_len);
    return w.bad ? 0 : w.used;
}
