/*
 * The link emulator's command line: quantities in decimal with a unit, turned
 * into integers; options for both directions or for one of them.
 */
#ifndef NET_LINK_OPTIONS_H
#define NET_LINK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/link/channel.h"

enum { AB, BA, WAYS };

struct options {
    const char *ends[WAYS]; /* NS:IF of a and of b */
    struct channel_options way[WAYS];
    uint64_t seed;
    bool seeded;
    const char *stats; /* NULL: standard output */
};

/* Each parses all of `text`; false, and *out unchanged, when it does not fit. */
bool parse_time(const char *text, uint64_t *ns);    /* "1.5ms"; ns, us, ms, s */
bool parse_rate(const char *text, uint64_t *bps);   /* "100mbit"; bit, kbit, mbit, gbit */
bool parse_chance(const char *text, uint64_t *ppb); /* "0.1%" or "0.001", at most 1 */
bool parse_count(const char *text, uint64_t *count);

/* Parses argv; prints a message and ends the program on an error, and on --help. */
void options_parse(struct options *o, int argc, char **argv);

#endif
