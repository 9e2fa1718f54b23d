/*
 * LEG and its answer: the exchange is named by (kid, M), the KEM by its leg.
 * Whether that leg may come in one packet is the table's business, in kex/.
 */
#include "wire/leg.h"
#include "base/cursor.h"
#include "lethe/error.h"

int leg_decode(struct leg *l, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    l->kid = read8(&r);
    l->leg = read8(&r);
    l->m = read_span(&r, EXCHANGE_ID_BYTES);
    l->box = read_span(&r, LEG_BOX_BYTES);
    if (!reader_done(&r) || kind != KIND_LEG || l->kid >= KID_COUNT)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void leg_encode(uint8_t out[LEG_HEADER_BYTES], const struct leg *l)
{
    struct writer w = writer_of(out, LEG_HEADER_BYTES);
    write8(&w, KIND_LEG);
    write8(&w, l->kid);
    write8(&w, l->leg);
    write_bytes(&w, l->m, EXCHANGE_ID_BYTES);
}

int legged_decode(struct legged *l, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    l->nonce = read_span(&r, NONCE_BYTES);
    l->box = read_span(&r, LEGGED_BOX_BYTES);
    return reader_done(&r) && kind == KIND_LEGGED ? LETHE_OK : LETHE_ERR_FORMAT;
}

void legged_encode(uint8_t out[LEGGED_HEADER_BYTES], const struct legged *l)
{
    struct writer w = writer_of(out, LEGGED_HEADER_BYTES);
    write8(&w, KIND_LEGGED);
    write_bytes(&w, l->nonce, NONCE_BYTES);
}
