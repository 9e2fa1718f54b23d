/*
 * The link emulator's command line (options.h). One table names the options of
 * a direction; --NAME sets both directions, --ab-NAME and --ba-NAME one.
 */
#include "net/link/options.h"

#include <err.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: link --a NS:IF --b NS:IF [option value]...\n"
    "\n"
    "Joins two TAP devices, each in a network namespace of ip-netns(8), by an emulated link\n"
    "that ends with SIGTERM. Prints one line when the link is up.\n"
    "\n"
    "  --delay TIME       one-way delay (0); TIME is a number with ns, us, ms or s\n"
    "  --jitter TIME      the delay is uniform in delay +- jitter (0); frames keep their order\n"
    "  --rate RATE        bits a second of whole frames (no limit); bit, kbit, mbit or gbit\n"
    "  --queue N          frames that wait or are being sent before new ones drop (100);\n"
    "                     only with --rate\n"
    "  --loss P           chance that a frame is lost (0); 1% or 0.01\n"
    "  --dup P            chance that a frame arrives twice (0)\n"
    "  --reorder P        chance that a frame is held back (0)\n"
    "  --reorder-by TIME  for how long (5ms)\n"
    "  --corrupt P        chance that one bit of a UDP payload flips, the checksum fixed up so\n"
    "                     that the application sees it (0)\n"
    "  --corrupt-stale P  the same with the checksum left alone, so that the kernel drops it (0)\n"
    "  --seed N           of all chances and of the jitter (random; printed)\n"
    "  --stats FILE       where statistics go, replaced as a whole (standard output)\n"
    "\n"
    "--ab-NAME and --ba-NAME set the frames from a to b, from b to a only: --ab-loss 1%.\n"
    "Multicast and broadcast frames are delayed and spared everything else.\n"
    "SIGUSR1 writes the statistics, SIGTERM and SIGINT write them and end the program:\n"
    "one line of JSON a direction, where\n"
    "  frames + duplicated = delivered + lost + queue_dropped + undelivered + in_flight\n"
    "and `missed` counts what the kernel dropped because the emulator was too slow.\n";

struct unit {
    const char *name;
    uint64_t size;
};

static const struct unit times[] = {
    {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {NULL, 0}};
static const struct unit rates[] = {
    {"bit", 1}, {"kbit", 1000}, {"mbit", 1000000}, {"gbit", 1000000000}, {NULL, 0}};
static const struct unit chances[] = {{"", CHANNEL_PPB}, {"%", CHANNEL_PPB / 100}, {NULL, 0}};
static const struct unit counts[] = {{"", 1}, {NULL, 0}};

/* Up to nine digits before the point and up to nine after it, so that nothing overflows. */
static bool parse_scaled(const char *text, const struct unit *units, uint64_t *out)
{
    uint64_t whole = 0, part = 0, parts = 1;
    size_t digits = strspn(text, "0123456789"), fraction = 0;
    if (digits == 0 || digits > 9)
        return false;
    for (size_t i = 0; i < digits; i++)
        whole = whole * 10 + (uint64_t)(text[i] - '0');
    text += digits;
    if (*text == '.') {
        text++;
        fraction = strspn(text, "0123456789");
        if (fraction == 0 || fraction > 9)
            return false;
    }
    for (size_t i = 0; i < fraction; i++, parts *= 10)
        part = part * 10 + (uint64_t)(text[i] - '0');
    text += fraction;
    for (; units->name; units++) {
        if (strcmp(text, units->name) != 0)
            continue;
        if (part * units->size % parts != 0)
            return false; /* finer than the integer that holds it */
        *out = whole * units->size + part * units->size / parts;
        return true;
    }
    return false;
}

bool parse_time(const char *text, uint64_t *ns)
{
    return parse_scaled(text, times, ns);
}

bool parse_rate(const char *text, uint64_t *bps)
{
    return parse_scaled(text, rates, bps);
}

bool parse_chance(const char *text, uint64_t *ppb)
{
    uint64_t v;
    if (!parse_scaled(text, chances, &v) || v > CHANNEL_PPB)
        return false;
    *ppb = v;
    return true;
}

bool parse_count(const char *text, uint64_t *count)
{
    return parse_scaled(text, counts, count);
}

static const struct {
    const char *name;
    bool (*parse)(const char *, uint64_t *);
    size_t at;
} way_options[] = {
    {"delay", parse_time, offsetof(struct channel_options, delay_ns)},
    {"jitter", parse_time, offsetof(struct channel_options, jitter_ns)},
    {"rate", parse_rate, offsetof(struct channel_options, rate_bps)},
    {"queue", parse_count, offsetof(struct channel_options, queue)},
    {"loss", parse_chance, offsetof(struct channel_options, loss_ppb)},
    {"dup", parse_chance, offsetof(struct channel_options, dup_ppb)},
    {"reorder", parse_chance, offsetof(struct channel_options, reorder_ppb)},
    {"reorder-by", parse_time, offsetof(struct channel_options, reorder_by_ns)},
    {"corrupt", parse_chance, offsetof(struct channel_options, corrupt_ppb)},
    {"corrupt-stale", parse_chance, offsetof(struct channel_options, stale_ppb)},
};

/* True when `name` is an option of a direction; its value is then set where it applies. */
static bool set_way(struct options *o, const char *name, const char *value)
{
    bool ab = strncmp(name, "ba-", 3) != 0, ba = strncmp(name, "ab-", 3) != 0;
    const char *bare = ab && ba ? name : name + 3;
    for (size_t i = 0; i < sizeof way_options / sizeof way_options[0]; i++) {
        if (strcmp(bare, way_options[i].name) != 0)
            continue;
        uint64_t v;
        if (!way_options[i].parse(value, &v))
            errx(2, "--%s: %s is not a value for it", name, value);
        for (int way = 0; way < WAYS; way++)
            if (way == AB ? ab : ba)
                *(uint64_t *)(void *)((char *)&o->way[way] + way_options[i].at) = v;
        return true;
    }
    return false;
}

static void set(struct options *o, const char *name, const char *value)
{
    if (strcmp(name, "a") == 0) {
        o->ends[0] = value;
    } else if (strcmp(name, "b") == 0) {
        o->ends[1] = value;
    } else if (strcmp(name, "stats") == 0) {
        o->stats = value;
    } else if (strcmp(name, "seed") == 0) {
        if (!parse_count(value, &o->seed))
            errx(2, "--seed: %s is not a number of at most nine digits", value);
        o->seeded = true;
    } else if (!set_way(o, name, value)) {
        errx(2, "--%s: no such option; see --help", name);
    }
}

static void check_way(struct channel_options *how)
{
    if (how->jitter_ns > how->delay_ns)
        errx(2, "the jitter is larger than the delay");
    if (how->rate_bps != 0 && how->rate_bps < 1000)
        errx(2, "the rate is at least 1kbit");
    if (how->queue != 0 && how->rate_bps == 0)
        errx(2, "a queue needs a rate");
    if (how->queue == 0)
        how->queue = 100;
    if (how->queue > CHANNEL_QUEUE_MAX)
        errx(2, "the queue holds at most %u frames", CHANNEL_QUEUE_MAX);
}

void options_parse(struct options *o, int argc, char **argv)
{
    *o = (struct options){0};
    for (int way = 0; way < WAYS; way++)
        o->way[way].reorder_by_ns = 5000000;
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            exit(0);
        }
        if (strncmp(argv[i], "--", 2) != 0)
            errx(2, "%s: not an option; see --help", argv[i]);
        if (i + 1 == argc)
            errx(2, "%s: no value", argv[i]);
        set(o, argv[i] + 2, argv[i + 1]);
    }
    if (o->ends[0] == NULL || o->ends[1] == NULL)
        errx(2, "--a and --b are needed; see --help");
    for (int way = 0; way < WAYS; way++)
        check_way(&o->way[way]);
}
