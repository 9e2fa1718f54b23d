/*
 * FINISH and its answer: fixed fields, lengths equal by construction.
 */
#include "wire/finish.h"
#include "base/cursor.h"
#include "lethe/error.h"

int finish_decode(struct finish *f, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    f->kid = read8(&r);
    f->m = read_span(&r, EXCHANGE_ID_BYTES);
    f->box = read_span(&r, FINISH_BOX_BYTES);
    if (!reader_done(&r) || kind != KIND_FINISH || f->kid >= KID_COUNT)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void finish_encode(uint8_t out[FINISH_HEADER_BYTES], const struct finish *f)
{
    struct writer w = writer_of(out, FINISH_HEADER_BYTES);
    write8(&w, KIND_FINISH);
    write8(&w, f->kid);
    write_bytes(&w, f->m, EXCHANGE_ID_BYTES);
}

int finished_decode(struct finished *f, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    f->nonce = read_span(&r, NONCE_BYTES);
    f->box = read_span(&r, FINISHED_BOX_BYTES);
    return reader_done(&r) && kind == KIND_FINISHED ? LETHE_OK : LETHE_ERR_FORMAT;
}

void finished_encode(uint8_t out[FINISHED_HEADER_BYTES], const struct finished *f)
{
    struct writer w = writer_of(out, FINISHED_HEADER_BYTES);
    write8(&w, KIND_FINISHED);
    write_bytes(&w, f->nonce, NONCE_BYTES);
}
