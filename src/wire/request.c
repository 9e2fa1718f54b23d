/*
 * REQUEST: the header's continuation is opaque here; the body is read with every bound checked.
 * Offsets are limited so that offset + length cannot wrap in anything that adds them.
 */
#include "wire/request.h"
#include "base/cursor.h"
#include "lethe/error.h"

#define OFFSET_MAX ((uint64_t)INT64_MAX - PIECE_BYTES)

int request_decode(struct request *q, const uint8_t *p, size_t n)
{
    if (n < REQUEST_MIN_BYTES || n > DATAGRAM_BYTES)
        return LETHE_ERR_FORMAT;
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    q->continuation = read_span(&r, CONTINUATION_BYTES);
    q->nonce = read_span(&r, NONCE_BYTES);
    q->share_count = read8(&r);
    if (q->share_count > REQUEST_SHARES_MAX)
        return LETHE_ERR_FORMAT;
    for (int i = 0; i < q->share_count; i++) {
        q->shares[i].leg = read8(&r);
        q->shares[i].share = read_span(&r, SHARE_BYTES);
    }
    q->box = read_rest(&r, &q->box_len);
    if (!reader_done(&r) || kind != KIND_REQUEST || q->box_len < TAG_BYTES)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void request_encode(uint8_t *out, const struct request *q)
{
    struct writer w = writer_of(out, REQUEST_HEADER_BYTES(q->share_count));
    write8(&w, KIND_REQUEST);
    write_bytes(&w, q->continuation, CONTINUATION_BYTES);
    write_bytes(&w, q->nonce, NONCE_BYTES);
    write8(&w, q->share_count);
    for (int i = 0; i < q->share_count; i++) {
        write8(&w, q->shares[i].leg);
        write_bytes(&w, q->shares[i].share, SHARE_BYTES);
    }
}

int request_body_decode(struct request_body *b, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t flags = read8(&r);
    b->renew = flags & REQUEST_RENEW;
    b->generation = read8(&r);
    b->id = read64(&r);
    b->op = read8(&r);
    b->version = read_span(&r, REQUEST_VERSION_BYTES);
    b->offset = read64(&r);
    b->length = read32(&r);
    b->path_len = read16(&r);
    b->path = read_span(&r, b->path_len);
    if (r.bad || (flags & ~REQUEST_RENEW) || b->path_len > REQUEST_PATH_MAX ||
        b->offset > OFFSET_MAX || b->length > PIECE_BYTES)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

size_t request_body_encode(uint8_t *out, size_t room, const struct request_body *b)
{
    const size_t least = REQUEST_MIN_BYTES - REQUEST_HEADER_BYTES(0) - TAG_BYTES;
    struct writer w = writer_of(out, room);
    write8(&w, b->renew ? REQUEST_RENEW : 0);
    write8(&w, b->generation);
    write64(&w, b->id);
    write8(&w, b->op);
    write_bytes(&w, b->version, REQUEST_VERSION_BYTES);
    write64(&w, b->offset);
    write32(&w, b->length);
    write16(&w, b->path_len);
    write_bytes(&w, b->path, b->path_len);
    if (w.used < least)
        write_zeros(&w, least - w.used);
    return w.bad ? 0 : w.used;
}
