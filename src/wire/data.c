/*
 * DATA: the parts that the flags name, in a fixed order, and bytes to the end.
 */
#include "wire/data.h"
#include "base/cursor.h"
#include "lethe/error.h"

int data_decode(struct data *d, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    d->generation = read8(&r);
    d->index = read8(&r);
    d->prefix = read_span(&r, DATA_PREFIX_BYTES);
    d->box = read_rest(&r, &d->box_len);
    d->aes = kind == KIND_DATA_AES;
    if (!reader_done(&r) || (kind != KIND_DATA && !d->aes) || n > PACKET_MAX ||
        d->box_len < TAG_BYTES)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void data_encode(uint8_t out[DATA_HEADER_BYTES], const struct data *d)
{
    struct writer w = writer_of(out, DATA_HEADER_BYTES);
    write8(&w, d->aes ? KIND_DATA_AES : KIND_DATA);
    write8(&w, d->generation);
    write8(&w, d->index);
    write_bytes(&w, d->prefix, DATA_PREFIX_BYTES);
}

/* PULL or CALL or neither, and nothing that belongs to the other. */
static bool makes_sense(uint8_t flags)
{
    uint8_t kind = flags & (DATA_PULL | DATA_CALL);
    if (flags & ~DATA_FLAGS || kind == (DATA_PULL | DATA_CALL))
        return false;
    return (!(flags & DATA_BODY) || kind == DATA_CALL) &&
           (!(flags & (DATA_STATUS | DATA_AGING)) || kind == DATA_PULL);
}

static void read_call(struct reader *r, struct data_body *b)
{
    b->call_id = read64(r);
    b->status = read8(r);
    if (!(b->flags & DATA_BODY))
        return;
    b->size = read64(r);
    b->version = read_span(r, DATA_VERSION_BYTES);
    b->handle_len = read16(r);
    b->handle = read_span(r, b->handle_len);
}

static bool is_sane(const struct data_body *b)
{
    return !(b->flags & DATA_BODY) ||
           (b->size <= BODY_BYTES_MAX && b->handle_len >= HANDLE_BYTES_MIN &&
            b->handle_len <= HANDLE_BYTES_MAX);
}

int data_body_decode(struct data_body *b, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    *b = (struct data_body){.flags = read8(&r)};
    b->echo = read32(&r);
    if (!makes_sense(b->flags))
        return LETHE_ERR_FORMAT;
    if (b->flags & DATA_PULL) {
        b->number = read32(&r);
        b->range_nonce = read64(&r);
        b->status = b->flags & DATA_STATUS ? read8(&r) : 0;
    }
    if (b->flags & DATA_CALL)
        read_call(&r, b);
    if (b->flags & DATA_CONTINUATION) {
        b->continuation = read_span(&r, CONTINUATION_BYTES);
        b->transport = read_span(&r, TRANSPORT_BYTES);
    }
    b->bytes = read_rest(&r, &b->bytes_len);
    return reader_done(&r) && is_sane(b) ? LETHE_OK : LETHE_ERR_FORMAT;
}

size_t data_body_encode(uint8_t *out, size_t room, const struct data_body *b)
{
    struct writer w = writer_of(out, room);
    write8(&w, b->flags);
    write32(&w, b->echo);
    if (b->flags & DATA_PULL) {
        write32(&w, b->number);
        write64(&w, b->range_nonce);
        if (b->flags & DATA_STATUS)
            write8(&w, b->status);
    }
    if (b->flags & DATA_CALL) {
        write64(&w, b->call_id);
        write8(&w, b->status);
    }
    if (b->flags & DATA_BODY) {
        write64(&w, b->size);
        write_bytes(&w, b->version, DATA_VERSION_BYTES);
        write16(&w, b->handle_len);
        write_bytes(&w, b->handle, b->handle_len);
    }
    if (b->flags & DATA_CONTINUATION) {
        write_bytes(&w, b->continuation, CONTINUATION_BYTES);
        write_bytes(&w, b->transport, TRANSPORT_BYTES);
    }
    write_bytes(&w, b->bytes, b->bytes_len);
    return w.bad ? 0 : w.used;
}
