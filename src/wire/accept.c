/*
 * ACCEPT: header and body, each read and written in the same order.
 * What follows the continuation in the body is room for the early answer.
 */
#include "wire/accept.h"
#include "base/cursor.h"
#include "lethe/error.h"

int accept_decode(struct accept *a, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    a->kid = read8(&r);
    a->m = read_span(&r, EXCHANGE_ID_BYTES);
    a->server = read_span(&r, ACCEPT_SERVER_BYTES);
    a->box = read_span(&r, ACCEPT_BOX_BYTES);
    if (!reader_done(&r) || kind != KIND_ACCEPT || a->kid >= KID_COUNT)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void accept_encode(uint8_t out[ACCEPT_HEADER_BYTES], const struct accept *a)
{
    struct writer w = writer_of(out, ACCEPT_HEADER_BYTES);
    write8(&w, KIND_ACCEPT);
    write8(&w, a->kid);
    write_bytes(&w, a->m, EXCHANGE_ID_BYTES);
    write_bytes(&w, a->server, ACCEPT_SERVER_BYTES);
}

int accept_body_decode(struct accept_body *b, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    b->k1 = read_span(&r, ACCEPT_KEY_BYTES);
    b->continuation = read_span(&r, CONTINUATION_BYTES);
    b->transport = read_span(&r, TRANSPORT_BYTES);
    b->pass = read_span(&r, ACCEPT_PASS_BYTES);
    return r.bad ? LETHE_ERR_FORMAT : LETHE_OK;
}

void accept_body_encode(uint8_t out[ACCEPT_BODY_BYTES], const struct accept_body *b)
{
    struct writer w = writer_of(out, ACCEPT_BODY_BYTES);
    write_bytes(&w, b->k1, ACCEPT_KEY_BYTES);
    write_bytes(&w, b->continuation, CONTINUATION_BYTES);
    write_bytes(&w, b->transport, TRANSPORT_BYTES);
    write_bytes(&w, b->pass, ACCEPT_PASS_BYTES);
    write_zeros(&w, ACCEPT_BODY_BYTES - w.used);
}
