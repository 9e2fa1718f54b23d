/*
 * Early data: three layouts, each read and written in the same order.
 * What is zero after the last field is not looked at, so that there is room for more.
 */
#include "wire/early.h"
#include "base/cursor.h"
#include "lethe/error.h"

#include <string.h>

#define MODE_SEALED 1 /* under the short-term key */

enum { FLAG_BODY = 1 };

const uint8_t *early_box(const uint8_t body[HELLO_BODY_BYTES])
{
    return body[0] == MODE_SEALED ? body + 1 : NULL;
}

uint8_t *early_box_put(uint8_t body[HELLO_BODY_BYTES])
{
    body[0] = MODE_SEALED;
    return body + 1;
}

int early_request_encode(uint8_t out[EARLY_BODY_BYTES], const uint8_t *request, size_t n)
{
    if (n > EARLY_REQUEST_MAX)
        return LETHE_ERR_USAGE;
    struct writer w = writer_of(out, EARLY_BODY_BYTES);
    write16(&w, (uint16_t)n);
    write_bytes(&w, request, n);
    write_zeros(&w, EARLY_BODY_BYTES - w.used);
    return LETHE_OK;
}

int early_request_decode(const uint8_t **request, size_t *n, const uint8_t p[EARLY_BODY_BYTES])
{
    struct reader r = reader_of(p, EARLY_BODY_BYTES);
    *n = read16(&r);
    *request = read_span(&r, *n);
    return r.bad || *n == 0 ? LETHE_ERR_FORMAT : LETHE_OK;
}

size_t early_first_room(const struct early_answer *a)
{
    const size_t used = EARLY_OVERHEAD + a->bytes_len + EARLY_BODY_FIELDS + a->handle_len;
    return used < ACCEPT_EARLY_BYTES ? ACCEPT_EARLY_BYTES - used : 0;
}

static void write_body(struct writer *w, const struct early_answer *a)
{
    write64(w, a->size);
    write_bytes(w, a->version, DATA_VERSION_BYTES);
    write16(w, a->handle_len);
    write_bytes(w, a->handle, a->handle_len);
    write16(w, (uint16_t)a->first_len);
    write_bytes(w, a->first, a->first_len);
}

void early_answer_encode(uint8_t out[ACCEPT_EARLY_BYTES], const struct early_answer *a)
{
    struct writer w = writer_of(out, ACCEPT_EARLY_BYTES);
    write8(&w, a->outcome);
    write8(&w, a->least);
    if (a->outcome == EARLY_EXECUTED) {
        write8(&w, a->status);
        write8(&w, a->has_body ? FLAG_BODY : 0);
        write16(&w, (uint16_t)a->bytes_len);
        write_bytes(&w, a->bytes, a->bytes_len);
        if (a->has_body)
            write_body(&w, a);
    }
    if (w.bad)
        w = writer_of(out, ACCEPT_EARLY_BYTES);
    write_zeros(&w, ACCEPT_EARLY_BYTES - w.used);
}

static void read_body(struct reader *r, struct early_answer *a)
{
    a->has_body = true;
    a->size = read64(r);
    a->version = read_span(r, DATA_VERSION_BYTES);
    a->handle_len = read16(r);
    a->handle = read_span(r, a->handle_len);
    a->first_len = read16(r);
    a->first = read_span(r, a->first_len);
    r->bad |= a->size > BODY_BYTES_MAX || a->first_len > a->size ||
              a->handle_len < HANDLE_BYTES_MIN || a->handle_len > HANDLE_BYTES_MAX;
}

int early_answer_decode(struct early_answer *a, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    memset(a, 0, sizeof *a);
    a->outcome = read8(&r);
    a->least = read8(&r);
    if (a->outcome == EARLY_EXECUTED) {
        a->status = read8(&r);
        const uint8_t flags = read8(&r);
        a->bytes_len = read16(&r);
        a->bytes = read_span(&r, a->bytes_len);
        r.bad |= flags > FLAG_BODY;
        if (flags == FLAG_BODY)
            read_body(&r, a);
    }
    return r.bad || a->outcome > EARLY_UNKNOWN ? LETHE_ERR_FORMAT : LETHE_OK;
}
