/*
 * The latched-error cursor: every access goes through one bounds check,
 * and a failed one leaves the cursor empty so that later ones fail too.
 */
#include "base/cursor.h"
#include "base/bytes.h"

struct reader reader_of(const uint8_t *p, size_t n)
{
    return (struct reader){.at = p, .left = n, .bad = false};
}

const uint8_t *read_span(struct reader *r, size_t n)
{
    if (r->bad || n > r->left) {
        r->bad = true;
        r->left = 0;
        return NULL;
    }
    const uint8_t *p = r->at;
    r->at += n;
    r->left -= n;
    return p;
}

void read_bytes(struct reader *r, void *out, size_t n)
{
    const uint8_t *p = read_span(r, n);
    if (p)
        memcpy(out, p, n);
    else
        memset(out, 0, n);
}

uint8_t read8(struct reader *r)
{
    const uint8_t *p = read_span(r, 1);
    return p ? *p : 0;
}

uint16_t read16(struct reader *r)
{
    const uint8_t *p = read_span(r, 2);
    return p ? load16(p) : 0;
}

uint32_t read32(struct reader *r)
{
    const uint8_t *p = read_span(r, 4);
    return p ? load32(p) : 0;
}

uint64_t read64(struct reader *r)
{
    const uint8_t *p = read_span(r, 8);
    return p ? load64(p) : 0;
}

uint64_t read_varint(struct reader *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        uint8_t byte = read8(r);
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte == 0 && shift > 0)
            break;
        if (byte < 0x80)
            return v;
    }
    (void)read_span(r, SIZE_MAX); /* endless, or longer than it need be */
    return 0;
}

const uint8_t *read_rest(struct reader *r, size_t *n)
{
    *n = r->left;
    return read_span(r, r->left);
}

bool reader_done(const struct reader *r)
{
    return !r->bad && r->left == 0;
}

struct writer writer_of(uint8_t *p, size_t room)
{
    return (struct writer){.start = p, .used = 0, .room = room, .bad = false};
}

uint8_t *write_span(struct writer *w, size_t n)
{
    if (w->bad || n > w->room - w->used) {
        w->bad = true;
        return NULL;
    }
    uint8_t *p = w->start + w->used;
    w->used += n;
    return p;
}

void write_bytes(struct writer *w, const void *p, size_t n)
{
    uint8_t *to = write_span(w, n);
    if (to && n)
        memcpy(to, p, n);
}

void write_zeros(struct writer *w, size_t n)
{
    uint8_t *to = write_span(w, n);
    if (to)
        memset(to, 0, n);
}

void write8(struct writer *w, uint8_t v)
{
    uint8_t *to = write_span(w, 1);
    if (to)
        *to = v;
}

void write16(struct writer *w, uint16_t v)
{
    uint8_t *to = write_span(w, 2);
    if (to)
        store16(to, v);
}

void write32(struct writer *w, uint32_t v)
{
    uint8_t *to = write_span(w, 4);
    if (to)
        store32(to, v);
}

void write64(struct writer *w, uint64_t v)
{
    uint8_t *to = write_span(w, 8);
    if (to)
        store64(to, v);
}

void write_varint(struct writer *w, uint64_t v)
{
    uint8_t bytes[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (uint8_t)(v | 0x80);
    bytes[n++] = (uint8_t)v;
    write_bytes(w, bytes, n);
}
