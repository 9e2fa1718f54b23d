/*
 * Named values for people and programs: one list, three ways to print it.
 */
#include "cmd/describe_facts.h"

#include <stdio.h>
#include <string.h>

#define NAME_COLUMNS   20
#define LINE_HEX_BYTES 32
#define ROW_HEX_BYTES  16 /* in a row, longer values show their first half of this */

static void add(struct facts *f, struct fact fact)
{
    if (f->count < FACTS_MAX)
        f->list[f->count++] = fact;
}

void fact_text(struct facts *f, const char *name, const char *text)
{
    add(f, (struct fact){.name = name, .shape = FACT_TEXT, .bytes = text});
}

void fact_number(struct facts *f, const char *name, uint64_t number)
{
    add(f, (struct fact){.name = name, .shape = FACT_NUMBER, .number = number});
}

void fact_size(struct facts *f, const char *name, uint64_t size)
{
    add(f, (struct fact){.name = name, .shape = FACT_SIZE, .number = size});
}

void fact_hex(struct facts *f, const char *name, const uint8_t *bytes, size_t n)
{
    add(f, (struct fact){.name = name, .shape = FACT_HEX, .bytes = bytes, .number = n});
}

static void print_hex(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("%02x", p[i]);
}

/* Everything but FACT_HEX, as people read it. */
static void print_plain(const struct fact *fact)
{
    if (fact->shape == FACT_TEXT)
        printf("%s", (const char *)fact->bytes);
    else
        printf("%llu%s", (unsigned long long)fact->number,
               fact->shape == FACT_SIZE ? " bytes" : "");
}

static void print_wrapped(const uint8_t *p, size_t n)
{
    for (size_t at = 0; at < n; at += LINE_HEX_BYTES) {
        if (at)
            printf("\n%*s", NAME_COLUMNS, "");
        print_hex(p + at, n - at < LINE_HEX_BYTES ? n - at : LINE_HEX_BYTES);
    }
}

void facts_print_lines(const struct facts *f)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct fact *fact = &f->list[i];
        printf("%-*s", NAME_COLUMNS, fact->name);
        if (fact->shape == FACT_HEX)
            print_wrapped(fact->bytes, fact->number);
        else
            print_plain(fact);
        putchar('\n');
    }
}

void facts_print_row(const struct facts *f)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct fact *fact = &f->list[i];
        printf("%s%s ", i ? ", " : "", fact->name);
        if (fact->shape != FACT_HEX) {
            print_plain(fact);
        } else if (fact->number <= ROW_HEX_BYTES) {
            print_hex(fact->bytes, fact->number);
        } else {
            print_hex(fact->bytes, ROW_HEX_BYTES / 2);
            printf("...");
        }
    }
}

void facts_print_json(const struct facts *f)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct fact *fact = &f->list[i];
        printf("%s\"%s%s\":", i ? "," : "", fact->name, fact->shape == FACT_SIZE ? "_bytes" : "");
        if (fact->shape == FACT_NUMBER || fact->shape == FACT_SIZE) {
            printf("%llu", (unsigned long long)fact->number);
            continue;
        }
        putchar('"');
        if (fact->shape == FACT_TEXT)
            print_plain(fact);
        else
            print_hex(fact->bytes, fact->number);
        putchar('"');
    }
}
