/*
 * What is known of a file or a datagram: a short list of named values, and three ways to print it.
 * The list borrows every name, text and byte that it is given.
 */
#ifndef CMD_DESCRIBE_FACTS_H
#define CMD_DESCRIBE_FACTS_H

#include <stddef.h>
#include <stdint.h>

#define FACTS_MAX 20

enum fact_shape {
    FACT_TEXT,   /* written as it is, in JSON between quotes: only words of our own */
    FACT_NUMBER, /* decimal */
    FACT_SIZE,   /* a number of bytes; in JSON the name ends in _bytes */
    FACT_HEX,    /* bytes in hexadecimal */
};

struct fact {
    const char *name;
    enum fact_shape shape;
    const void *bytes; /* of a text, characters and a NUL */
    uint64_t number;   /* the value, or how many bytes */
};

struct facts {
    size_t count;
    struct fact list[FACTS_MAX];
};

/* What does not fit in FACTS_MAX is left out. */
void fact_text(struct facts *f, const char *name, const char *text);
void fact_number(struct facts *f, const char *name, uint64_t number);
void fact_size(struct facts *f, const char *name, uint64_t size);
void fact_hex(struct facts *f, const char *name, const uint8_t *bytes, size_t n);

/* A line each, values aligned, long ones wrapped. */
void facts_print_lines(const struct facts *f);
/* "name value, name value" without a newline; of more than 16 bytes, the first 8 are shown. */
void facts_print_row(const struct facts *f);
/* The members of a JSON object, without the braces. */
void facts_print_json(const struct facts *f);

#endif
