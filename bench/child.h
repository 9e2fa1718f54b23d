/*
 * Processes that a benchmark starts, each of which ends with it.
 */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#define CHILD_TEXT_BYTES 16384

struct child_process {
    pid_t pid;
    int input;                   /* its standard input, held open */
    int output;                  /* its standard output and error */
    char text[CHILD_TEXT_BYTES]; /* what it wrote so far */
    size_t used;
};

/* Starts argv[0] of the PATH. */
void child_start(struct child_process *c, const char *const *argv);

/* Waits at most 20 s until it has written `mark`, and returns what follows the mark there. */
const char *child_await(struct child_process *c, const char *mark);

/* Waits at most limit_s for its end. Fails unless its status is 0. */
void child_finish(struct child_process *c, int limit_s);

/* SIGTERM, then SIGKILL after 5 s. */
void child_stop(struct child_process *c);

/* A new folder, memory-backed where there is one, that is gone when the process ends. */
const char *child_folder(void);

#endif
