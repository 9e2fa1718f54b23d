/*
 * RESUME and RESUMED: fixed fields, and an answer no longer than the packet by construction.
 */
#include "wire/resume.h"
#include "base/cursor.h"
#include "lethe/error.h"

int resume_decode(struct resume *q, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r), version = read8(&r);
    q->parked = read_span(&r, PARKED_BYTES);
    q->client = read_span(&r, RESUME_DH_BYTES);
    q->nonce = read_span(&r, NONCE_BYTES);
    q->box = read_span(&r, RESUME_BOX_BYTES);
    if (!reader_done(&r) || kind != KIND_RESUME || version != WIRE_VERSION ||
        q->parked[0] >= SLOW_KID_COUNT)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void resume_encode(uint8_t out[RESUME_HEADER_BYTES], const struct resume *q)
{
    struct writer w = writer_of(out, RESUME_HEADER_BYTES);
    write8(&w, KIND_RESUME);
    write8(&w, WIRE_VERSION);
    write_bytes(&w, q->parked, PARKED_BYTES);
    write_bytes(&w, q->client, RESUME_DH_BYTES);
    write_bytes(&w, q->nonce, NONCE_BYTES);
}

int resumed_decode(struct resumed_answer *a, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    a->kid = read8(&r);
    a->m = read_span(&r, EXCHANGE_ID_BYTES);
    a->server = read_span(&r, RESUME_DH_BYTES);
    a->box = read_span(&r, RESUMED_BOX_BYTES);
    if (!reader_done(&r) || kind != KIND_RESUMED || a->kid >= KID_COUNT)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void resumed_encode(uint8_t out[RESUMED_HEADER_BYTES], const struct resumed_answer *a)
{
    struct writer w = writer_of(out, RESUMED_HEADER_BYTES);
    write8(&w, KIND_RESUMED);
    write8(&w, a->kid);
    write_bytes(&w, a->m, EXCHANGE_ID_BYTES);
    write_bytes(&w, a->server, RESUME_DH_BYTES);
}

int resumed_body_decode(struct resumed_body *b, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    b->k1 = read_span(&r, RESUMED_K1_BYTES);
    b->continuation = read_span(&r, CONTINUATION_BYTES);
    b->transport = read_span(&r, TRANSPORT_BYTES);
    return reader_done(&r) ? LETHE_OK : LETHE_ERR_FORMAT;
}

void resumed_body_encode(uint8_t out[RESUMED_BODY_BYTES], const struct resumed_body *b)
{
    struct writer w = writer_of(out, RESUMED_BODY_BYTES);
    write_bytes(&w, b->k1, RESUMED_K1_BYTES);
    write_bytes(&w, b->continuation, CONTINUATION_BYTES);
    write_bytes(&w, b->transport, TRANSPORT_BYTES);
}
