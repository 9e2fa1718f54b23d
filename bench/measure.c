/*
 * Options, clocks, medians and their printing.
 * Exit status: 0, 1 for a missed target under --check, 2 when a benchmark could not run.
 */
#include "bench/measure.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct option options[] = {
    {"quick", no_argument, NULL, 'q'},
    {"check", no_argument, NULL, 'c'},
    {"rounds", required_argument, NULL, 'n'},
    {"window", required_argument, NULL, 'w'},
    {"results", required_argument, NULL, 'r'},
    {"lethe", required_argument, NULL, 'l'},
    {0},
};

noreturn void bench_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "bench: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(2);
}

static int number(const char *text, int most)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno || *end || end == text || n < 1 || n > most)
        bench_fail("%s is not a number from 1 to %d", text, most);
    return (int)n;
}

/* The program that was built beside this one. */
static const char *beside(void)
{
    static char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
    for (int up = 0; up < 2 && n > 0; up++)
        while (n > 0 && path[--n] != '/')
            ;
    if (n <= 0)
        bench_fail("cannot tell where the program lethe is; use --lethe");
    memcpy(path + n, "/cmd/lethe", sizeof "/cmd/lethe");
    return path;
}

void measure_begin(struct measure *m, const char *bench, int rounds, int window, int argc,
                   char **argv)
{
    int c;
    *m = (struct measure){.bench = bench, .rounds = rounds, .window = window};
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'q':
            m->quick = true;
            m->rounds = 1;
            break;
        case 'c':
            m->check = true;
            break;
        case 'n':
            m->rounds = number(optarg, SERIES_MAX);
            break;
        case 'w':
            m->window = number(optarg, 1024);
            break;
        case 'r':
            m->results = optarg;
            break;
        case 'l':
            m->lethe = optarg;
            break;
        default:
            exit(2);
        }
    }
    if (optind != argc)
        bench_fail("%s takes no argument %s", bench, argv[optind]);
    if (!m->lethe)
        m->lethe = beside();
}

int measure_end(const struct measure *m)
{
    if (m->quick)
        printf("%s: --quick shows only that it runs\n", m->bench);
    return fflush(stdout) != 0 ? 2 : m->check && m->missed;
}

void series_add(struct series *s, double value)
{
    if (s->count == SERIES_MAX)
        bench_fail("too many rounds");
    s->values[s->count++] = value;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double series_median(struct series *s)
{
    if (s->count == 0)
        bench_fail("no round was measured");
    qsort(s->values, (size_t)s->count, sizeof s->values[0], compare);
    int half = s->count / 2;
    return s->count % 2 ? s->values[half] : (s->values[half - 1] + s->values[half]) / 2;
}

static void keep(const struct measure *m, const char *name, const struct series *s, double median,
                 const char *unit, const char *target)
{
    FILE *f = m->results ? fopen(m->results, "a") : NULL;
    if (m->results && !f)
        bench_fail("%s: %s", m->results, strerror(errno));
    if (!f)
        return;
    fprintf(f,
            "{\"bench\":\"%s\",\"figure\":\"%s\",\"unit\":\"%s\",\"median\":%.6g,\"min\":%.6g,"
            "\"max\":%.6g,\"rounds\":%d%s,\"quick\":%s}\n",
            m->bench, name, unit, median, s->values[0], s->values[s->count - 1], s->count, target,
            m->quick ? "true" : "false");
    fclose(f);
}

static void judge(struct measure *m, const char *name, struct series *ratio, double target,
                  bool at_most)
{
    double median = series_median(ratio);
    bool met = at_most ? median <= target : median >= target;
    char kept[64];
    printf("%-34s ratio %.2f [%.2f..%.2f]  target %s %.2f  %s\n", name, median, ratio->values[0],
           ratio->values[ratio->count - 1], at_most ? "<=" : ">=", target, met ? "met" : "MISSED");
    snprintf(kept, sizeof kept, ",\"%s\":%g,\"met\":%s", at_most ? "at_most" : "at_least", target,
             met ? "true" : "false");
    keep(m, name, ratio, median, "ratio", kept);
    m->missed = m->missed || !met;
}

void measure_at_most(struct measure *m, const char *name, struct series *ratio, double target)
{
    judge(m, name, ratio, target, true);
}

void measure_at_least(struct measure *m, const char *name, struct series *ratio, double target)
{
    judge(m, name, ratio, target, false);
}

void measure_tell(const struct measure *m, const char *name, struct series *s, const char *unit)
{
    double median = series_median(s);
    printf("  %-38s %10.2f %-4s [%.2f..%.2f]\n", name, median, unit, s->values[0],
           s->values[s->count - 1]);
    keep(m, name, s, median, unit, "");
}

static int64_t cpu_ns(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0)
        bench_fail("cannot read a CPU clock: %s", strerror(errno));
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t cpu_own_ns(void)
{
    return cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t cpu_of_ns(pid_t pid)
{
    clockid_t clock;
    int err = clock_getcpuclockid(pid, &clock);
    if (err != 0)
        bench_fail("no CPU clock of process %d: %s", (int)pid, strerror(err));
    return cpu_ns(clock);
}
