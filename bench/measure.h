/*
 * What the benchmarks share: their options, CPU clocks, series of paired rounds, and the one way in
 * which a figure is printed and judged. A ratio is taken within a round, between two things that
 * ran next to each other; the figure is the median of the rounds, and its spread is their range.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#define SERIES_MAX 201

struct measure {
    const char *bench;   /* its name */
    bool quick;          /* --quick: shows that it runs; the figures mean nothing */
    bool check;          /* --check: a missed target is exit status 1 */
    int rounds;          /* --rounds N */
    int window;          /* --window N: packets in flight */
    const char *results; /* --results FILE: a line of JSON for every figure is added to it */
    const char *lethe;   /* --lethe FILE: the program; default: the one of this build */
    bool missed;
};

struct series {
    double values[SERIES_MAX];
    int count;
};

/* Reads the options; rounds and window are the defaults. Ends the process on a wrong one. */
void measure_begin(struct measure *m, const char *bench, int rounds, int window, int argc,
                   char **argv);

/* The exit status. */
int measure_end(const struct measure *m);

void series_add(struct series *s, double value);

/* The median; sorts the series. */
double series_median(struct series *s);

/* "NAME  ratio MEDIAN [MIN..MAX]  target <= LIMIT  ok": a figure that has a target. */
void measure_at_most(struct measure *m, const char *name, struct series *ratio, double target);
void measure_at_least(struct measure *m, const char *name, struct series *ratio, double target);

/* "NAME  MEDIAN UNIT [MIN..MAX]": a figure of this machine at this moment, without a target. */
void measure_tell(const struct measure *m, const char *name, struct series *s, const char *unit);

/* CPU time that this process, or another with all its threads, has used, in nanoseconds. */
int64_t cpu_own_ns(void);
int64_t cpu_of_ns(pid_t pid);

/* Ends the process with a message, status 2. */
noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
