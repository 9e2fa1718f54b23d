/*
 * Solves a client's puzzle beside its loop, in a thread for each core.
 *
 * An easy puzzle is solved at once, without threads. One that has no solution, since it is forged,
 * ends as well, when all values are tried.
 */
#ifndef CLIENT_SOLVER_H
#define CLIENT_SOLVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/puzzle.h"

#define SOLVER_THREADS_MAX 64
#define SOLVER_EASY_BITS   12 /* about a millisecond */

struct solver {
    bool started;
    bool reported;
    int ready_fd; /* readable once it has ended; -1 until prepared */
    int threads;
    pthread_t thread[SOLVER_THREADS_MAX];
    uint8_t packet[PUZZLE_BYTES]; /* what is being solved, or was last */
    uint8_t answer[PUZZLE_ANSWER_BYTES];
    struct puzzle puzzle; /* of packet */
    atomic_bool stop;
    atomic_bool found;
    atomic_int running;
    atomic_uint_fast64_t next; /* the first value that nobody has taken */
};

/* LETHE_ERR_INTERNAL when the kernel gives no descriptor. */
int solver_prepare(struct solver *s);

/* Begins to solve a PUZZLE, in place of what it was solving; the same one again changes nothing. */
void solver_start(struct solver *s, const uint8_t packet[PUZZLE_BYTES]);

/* Drops what is being solved. */
void solver_stop(struct solver *s);

/* True, once, when what was started has ended: *answer is the solution in s->answer, or NULL when
 * there is none. */
bool solver_take(struct solver *s, const uint8_t **answer);

/* Stops and closes. For a solver that was prepared, or is zeros but for ready_fd -1. */
void solver_end(struct solver *s);

#endif
