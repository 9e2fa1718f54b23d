/*
 * PUZZLE and HELLO's puzzle field: each read and written in the same order.
 * What is padding must be zero, so that there is one way to write each.
 */
#include "wire/puzzle.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "lethe/error.h"

int puzzle_nonce_decode(struct puzzle_nonce *q, const uint8_t p[PUZZLE_NONCE_BYTES])
{
    struct reader r = reader_of(p, PUZZLE_NONCE_BYTES);
    q->kid = read8(&r);
    uint64_t issued = read64(&r);
    q->issued_ms = (int64_t)(issued & INT64_MAX);
    q->bits = read8(&r);
    q->random = read_span(&r, PUZZLE_RANDOM_BYTES);
    if (!reader_done(&r) || q->kid >= KID_COUNT || issued > INT64_MAX || q->bits > PUZZLE_BITS_MOST)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void puzzle_nonce_encode(uint8_t out[PUZZLE_NONCE_BYTES], const struct puzzle_nonce *q)
{
    struct writer w = writer_of(out, PUZZLE_NONCE_BYTES);
    write8(&w, q->kid);
    write64(&w, (uint64_t)q->issued_ms);
    write8(&w, q->bits);
    write_bytes(&w, q->random, PUZZLE_RANDOM_BYTES);
}

int puzzle_decode(struct puzzle *q, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    struct puzzle_nonce nonce;
    uint8_t kind = read8(&r);
    q->echo = read_span(&r, NONCE_BYTES);
    q->nonce = read_span(&r, PUZZLE_NONCE_BYTES);
    q->hash = read_span(&r, PUZZLE_ANSWER_BYTES);
    q->hint = read_span(&r, PUZZLE_ANSWER_BYTES);
    if (!reader_done(&r) || kind != KIND_PUZZLE ||
        puzzle_nonce_decode(&nonce, q->nonce) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    q->bits = nonce.bits;
    bool zeroed = (load32(q->hint) & (((uint64_t)1 << q->bits) - 1)) == 0;
    return zeroed ? LETHE_OK : LETHE_ERR_FORMAT;
}

void puzzle_encode(uint8_t out[PUZZLE_BYTES], const struct puzzle *q)
{
    struct writer w = writer_of(out, PUZZLE_BYTES);
    write8(&w, KIND_PUZZLE);
    write_bytes(&w, q->echo, NONCE_BYTES);
    write_bytes(&w, q->nonce, PUZZLE_NONCE_BYTES);
    write_bytes(&w, q->hash, PUZZLE_ANSWER_BYTES);
    write_bytes(&w, q->hint, PUZZLE_ANSWER_BYTES);
}

static int decode_solution(struct puzzle_field *f, struct reader *r)
{
    f->nonce = read_span(r, PUZZLE_NONCE_BYTES);
    f->answer = read_span(r, PUZZLE_ANSWER_BYTES);
    return puzzle_nonce_decode(&f->puzzle, f->nonce);
}

static int decode_pass(struct puzzle_field *f, struct reader *r)
{
    f->kid = read8(r);
    f->nonce = read_span(r, PASS_NONCE_BYTES);
    uint64_t expires = read64(r);
    f->expires_ms = (int64_t)(expires & INT64_MAX);
    f->tag = read_span(r, PASS_TAG_BYTES);
    return f->kid < KID_COUNT && expires <= INT64_MAX ? LETHE_OK : LETHE_ERR_FORMAT;
}

int puzzle_field_decode(struct puzzle_field *f, const uint8_t p[PUZZLE_FIELD_BYTES])
{
    struct reader r = reader_of(p, PUZZLE_FIELD_BYTES);
    size_t left;
    int err = LETHE_OK;
    f->type = read8(&r);
    if (f->type == PUZZLE_FIELD_SOLUTION)
        err = decode_solution(f, &r);
    else if (f->type == PUZZLE_FIELD_PASS)
        err = decode_pass(f, &r);
    else if (f->type != PUZZLE_FIELD_NONE)
        return LETHE_ERR_FORMAT;
    const uint8_t *padding = read_rest(&r, &left);
    return err == LETHE_OK && bytes_are_zero(padding, left) ? LETHE_OK : LETHE_ERR_FORMAT;
}

void puzzle_field_encode(uint8_t out[PUZZLE_FIELD_BYTES], const struct puzzle_field *f)
{
    struct writer w = writer_of(out, PUZZLE_FIELD_BYTES);
    write8(&w, f->type);
    if (f->type == PUZZLE_FIELD_SOLUTION) {
        write_bytes(&w, f->nonce, PUZZLE_NONCE_BYTES);
        write_bytes(&w, f->answer, PUZZLE_ANSWER_BYTES);
    } else if (f->type == PUZZLE_FIELD_PASS) {
        write8(&w, f->kid);
        write_bytes(&w, f->nonce, PASS_NONCE_BYTES);
        write64(&w, (uint64_t)f->expires_ms);
        write_bytes(&w, f->tag, PASS_TAG_BYTES);
    }
    write_zeros(&w, PUZZLE_FIELD_BYTES - w.used);
}
