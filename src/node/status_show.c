/*
 * The status for people, as JSON and for Prometheus.
 * All three go through the counters' rows, so that a new counter appears by itself.
 */
#include "admit/control.h"
#include "node/status.h"

#include <string.h>

/* Per second, over one of the spans. */
static double rate(const struct status *s, size_t counter, int span)
{
    double now = (double)counter_value(&s->now, counter);
    double ago = (double)counter_value(&s->ago[span], counter);
    return s->span_ms[span] ? (now - ago) * 1000 / (double)s->span_ms[span] : 0;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100 * (double)part / (double)whole : 0;
}

/* Counters of time are told as shares of a core, and in seconds. */
static bool is_time(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, "_ns") == 0;
}

static void text_head(FILE *to, const struct status *s)
{
    const unsigned long long seconds = s->uptime_ms / 1000;
    fprintf(to, "up %llu d %02llu:%02llu:%02llu, %llu worker%s, %.1f MiB resident\n\n",
            seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
            (unsigned long long)s->workers, s->workers == 1 ? "" : "s",
            (double)s->resident_bytes / (1 << 20));
}

static void text_share(FILE *to, const char *name, uint64_t used, uint64_t room)
{
    fprintf(to, "%-20s %13llu of %llu places (%.2f %%)\n", name, (unsigned long long)used,
            (unsigned long long)room, percent(used, room));
}

/* How many bits a HELLO has to find, whoever sends it; -1: no puzzle is due. */
static int puzzle_bits(const struct status *s)
{
    return control_bits(&(struct control){.level = (uint8_t)s->now.puzzle_level});
}

/* What never happened is left out. */
static void print_text(FILE *to, const struct status *s)
{
    text_head(to, s);
    fprintf(to, "%-20s %11.1f s %11.1f s %20s\n", "per second, over", (double)s->span_ms[0] / 1000,
            (double)s->span_ms[1] / 1000, "in all");
    for (size_t i = 0; i < COUNTERS; i++) {
        bool gauge;
        const char *name = counter_name(i, &gauge);
        const uint64_t total = counter_value(&s->now, i);
        if (name && !gauge && total && is_time(name))
            fprintf(to, "%-20s %11.2f %% %11.2f %% %18.3f s\n", name, rate(s, i, 0) / 1e7,
                    rate(s, i, 1) / 1e7, (double)total / 1e9);
        else if (name && !gauge && total)
            fprintf(to, "%-20s %13.1f %13.1f %20llu\n", name, rate(s, i, 0), rate(s, i, 1),
                    (unsigned long long)total);
    }
    fprintf(to, "\n%-20s ", "puzzles");
    if (puzzle_bits(s) < 0)
        fprintf(to, "%13s\n", "none due");
    else
        fprintf(to, "%13d bits for everybody\n", puzzle_bits(s));
    text_share(to, "replay filter", s->now.filter_used, s->filter_room);
    text_share(to, "table of numbers", s->now.strikes_used, s->strikes_room);
}

/* One object of all counters: totals for span -1, else rates. */
static void json_counters(FILE *to, const struct status *s, int span)
{
    for (size_t i = 0; i < COUNTERS; i++) {
        bool gauge;
        const char *name = counter_name(i, &gauge);
        if (!name || gauge)
            continue;
        if (span < 0)
            fprintf(to, ",\"%s\":%llu", name, (unsigned long long)counter_value(&s->now, i));
        else
            fprintf(to, ",\"%s\":%.3f", name, rate(s, i, span));
    }
    fprintf(to, "}");
}

static void json_gauges(FILE *to, const struct status *s)
{
    for (size_t i = 0; i < COUNTERS; i++) {
        bool gauge;
        const char *name = counter_name(i, &gauge);
        if (name && gauge)
            fprintf(to, ",\"%s\":%llu", name, (unsigned long long)counter_value(&s->now, i));
    }
    fprintf(to, ",\"puzzle_bits\":%d", puzzle_bits(s));
    fprintf(to, ",\"filter_room\":%llu,\"strikes_room\":%llu", (unsigned long long)s->filter_room,
            (unsigned long long)s->strikes_room);
}

static void print_json(FILE *to, const struct status *s)
{
    static const char *const names[STATUS_SPANS] = {"last_second", "last_10_seconds"};
    fprintf(to, "{\"uptime_seconds\":%.3f,\"workers\":%llu,\"resident_bytes\":%llu",
            (double)s->uptime_ms / 1000, (unsigned long long)s->workers,
            (unsigned long long)s->resident_bytes);
    json_gauges(to, s);
    for (int span = 0; span < STATUS_SPANS; span++) {
        fprintf(to, ",\"%s\":{\"seconds\":%.3f", names[span], (double)s->span_ms[span] / 1000);
        json_counters(to, s, span);
    }
    fprintf(to, ",\"total\":{\"seconds\":%.3f", (double)s->uptime_ms / 1000);
    json_counters(to, s, -1);
    fprintf(to, "}\n");
}

/* Counters whose names begin alike are one metric with a label. */
static const struct family {
    const char *prefix, *metric, *label, *help;
} families[] = {
    {"answered_", "answered", "kind", "Packets that were answered, by their kind."},
    {"fallback_", "fallbacks", "reason", "Requests answered with a fresh continuation only."},
    {"drop_", "dropped", "check", "Packets that were dropped, by the check that they failed."},
};

#define FAMILIES (sizeof families / sizeof families[0])

static const struct family *family_of(const char *name)
{
    for (size_t i = 0; i < FAMILIES; i++)
        if (strncmp(name, families[i].prefix, strlen(families[i].prefix)) == 0)
            return &families[i];
    return NULL;
}

static void describe(FILE *to, const char *metric, const char *help, const char *suffix)
{
    fprintf(to, "# HELP lethe_%s%s %s\n# TYPE lethe_%s%s %s\n", metric, suffix, help, metric,
            suffix, *suffix ? "counter" : "gauge");
}

static void gauge(FILE *to, const char *name, const char *help, double value)
{
    describe(to, name, help, "");
    fprintf(to, "lethe_%s %.15g\n", name, value);
}

/* All of a family stand together, wherever they are among the counters. */
static void print_family(FILE *to, const struct status *s, const struct family *f)
{
    describe(to, f->metric, f->help, "_total");
    for (size_t i = 0; i < COUNTERS; i++) {
        bool is_gauge;
        const char *name = counter_name(i, &is_gauge);
        if (name && family_of(name) == f)
            fprintf(to, "lethe_%s_total{%s=\"%s\"} %llu\n", f->metric, f->label,
                    name + strlen(f->prefix), (unsigned long long)counter_value(&s->now, i));
    }
}

static void print_single(FILE *to, const char *name, const char *help, bool is_gauge,
                         uint64_t value)
{
    char seconds[64];
    const char *suffix = is_gauge ? "" : "_total";
    if (is_time(name)) {
        (void)snprintf(seconds, sizeof seconds, "%.*sseconds", (int)strlen(name) - 2, name);
        describe(to, seconds, help, suffix);
        fprintf(to, "lethe_%s%s %.9f\n", seconds, suffix, (double)value / 1e9);
    } else {
        describe(to, name, help, suffix);
        fprintf(to, "lethe_%s%s %llu\n", name, suffix, (unsigned long long)value);
    }
}

static void print_prometheus(FILE *to, const struct status *s)
{
    gauge(to, "uptime_seconds", "Since the server began.", (double)s->uptime_ms / 1000);
    gauge(to, "workers", "Worker processes.", (double)s->workers);
    gauge(to, "resident_bytes", "Resident memory of the workers.", (double)s->resident_bytes);
    gauge(to, "filter_room", "Strikes that the replay filter takes.", (double)s->filter_room);
    gauge(to, "strikes_room", "Entries that the table of numbers takes.", (double)s->strikes_room);
    for (size_t i = 0; i < FAMILIES; i++)
        print_family(to, s, &families[i]);
    for (size_t i = 0; i < COUNTERS; i++) {
        bool is_gauge;
        const char *name = counter_name(i, &is_gauge);
        if (name && !family_of(name))
            print_single(to, name, counter_help(i), is_gauge, counter_value(&s->now, i));
    }
}

void status_print(FILE *to, const struct status *s, enum status_format format)
{
    if (format == STATUS_JSON)
        print_json(to, s);
    else if (format == STATUS_PROMETHEUS)
        print_prometheus(to, s);
    else
        print_text(to, s);
    fflush(to);
}
