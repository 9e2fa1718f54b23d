/*
 * HELLO: one fixed layout, read and written in the same order.
 * The version is checked here, so that an unknown one is never acted on.
 */
#include "wire/hello.h"
#include "base/cursor.h"
#include "lethe/error.h"

int hello_decode(struct hello *h, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r), version = read8(&r);
    h->ltid = read_span(&r, HELLO_ID_BYTES);
    h->stid = read_span(&r, HELLO_ID_BYTES);
    h->minute = read32(&r);
    h->nonce = read_span(&r, NONCE_BYTES);
    h->client = read_span(&r, HELLO_CLIENT_BYTES);
    h->puzzle = read_span(&r, HELLO_PUZZLE_BYTES);
    h->ct = read_span(&r, HELLO_CT_BYTES);
    h->mac = read_span(&r, HELLO_MAC_BYTES);
    h->box = read_span(&r, HELLO_BOX_BYTES);
    if (!reader_done(&r) || kind != KIND_HELLO || version != WIRE_VERSION)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void hello_encode(uint8_t out[HELLO_MAC_AT], const struct hello *h)
{
    struct writer w = writer_of(out, HELLO_MAC_AT);
    write8(&w, KIND_HELLO);
    write8(&w, WIRE_VERSION);
    write_bytes(&w, h->ltid, HELLO_ID_BYTES);
    write_bytes(&w, h->stid, HELLO_ID_BYTES);
    write32(&w, h->minute);
    write_bytes(&w, h->nonce, NONCE_BYTES);
    write_bytes(&w, h->client, HELLO_CLIENT_BYTES);
    write_bytes(&w, h->puzzle, HELLO_PUZZLE_BYTES);
    write_bytes(&w, h->ct, HELLO_CT_BYTES);
}
