/*
 * A bounds-checked cursor with a latched error.
 *
 * A read past the end returns zeros and latches `bad`; a write past the end
 * writes nothing and latches `bad`. A decoder therefore reads straight through
 * and asks once, at the end, whether everything was there (cursor_done).
 * A cursor borrows its buffer and never owns it.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *at;
    size_t left;
    bool bad;
};

struct writer {
    uint8_t *start;
    size_t used;
    size_t room;
    bool bad;
};

struct reader reader_of(const uint8_t *p, size_t n);
uint8_t read8(struct reader *r);
uint16_t read16(struct reader *r);
uint32_t read32(struct reader *r);
uint64_t read64(struct reader *r);
/* A number below 2^63 in 7 bits a byte, least significant first, in its shortest form; anything
 * else latches. */
uint64_t read_varint(struct reader *r);
/* Copies n bytes to out, or zeros when they are not there. */
void read_bytes(struct reader *r, void *out, size_t n);
/* Borrows the next n bytes; NULL (and latched) when they are not there. */
const uint8_t *read_span(struct reader *r, size_t n);
/* Borrows all that is left. */
const uint8_t *read_rest(struct reader *r, size_t *n);
/* True when nothing failed and nothing is left over. */
bool reader_done(const struct reader *r);

struct writer writer_of(uint8_t *p, size_t room);
void write8(struct writer *w, uint8_t v);
void write16(struct writer *w, uint16_t v);
void write32(struct writer *w, uint32_t v);
void write64(struct writer *w, uint64_t v);
void write_varint(struct writer *w, uint64_t v); /* below 2^63 */
void write_bytes(struct writer *w, const void *p, size_t n);
void write_zeros(struct writer *w, size_t n);
/* Reserves n bytes for the caller to fill; NULL (and latched) when there is no room. */
uint8_t *write_span(struct writer *w, size_t n);

#endif
