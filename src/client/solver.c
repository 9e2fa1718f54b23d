/*
 * The solver: threads take the values in pieces, and the last to end rings the bell.
 */
#include "client/solver.h"
#include "admit/puzzle.h"
#include "base/bytes.h"
#include "lethe/error.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define PIECE 8192 /* values, some milliseconds: how soon a thread hears that it may stop */

int solver_prepare(struct solver *s)
{
    memset(s, 0, sizeof *s);
    s->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return s->ready_fd >= 0 ? LETHE_OK : LETHE_ERR_INTERNAL;
}

static void search(struct solver *s)
{
    const uint64_t values = (uint64_t)1 << s->puzzle.bits;
    uint8_t z[PUZZLE_ANSWER_BYTES];
    uint64_t first;
    while (!s->stop && (first = atomic_fetch_add(&s->next, PIECE)) < values) {
        if (!puzzle_search(z, &s->puzzle, first, 1, PIECE))
            continue;
        s->stop = true;
        if (!atomic_exchange(&s->found, true))
            memcpy(s->answer, z, sizeof z);
    }
}

static void leave(struct solver *s)
{
    if (atomic_fetch_sub(&s->running, 1) == 1)
        (void)eventfd_write(s->ready_fd, 1);
}

static void *run(void *context)
{
    struct solver *s = context;
    search(s);
    leave(s);
    return NULL;
}

static int cores(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > SOLVER_THREADS_MAX ? SOLVER_THREADS_MAX : (int)n;
}

/* This thread holds a place among the running, so that the bell rings after the last was started;
 * without any thread it solves the puzzle itself. */
static void search_in_threads(struct solver *s)
{
    const int wanted = s->puzzle.bits <= SOLVER_EASY_BITS ? 0 : cores();
    s->running = 1;
    for (s->threads = 0; s->threads < wanted; s->threads++) {
        atomic_fetch_add(&s->running, 1);
        if (pthread_create(&s->thread[s->threads], NULL, run, s) != 0) {
            atomic_fetch_sub(&s->running, 1);
            break;
        }
    }
    if (s->threads == 0)
        search(s);
    leave(s);
}

void solver_stop(struct solver *s)
{
    eventfd_t ignored;
    s->stop = true;
    for (int i = 0; i < s->threads; i++)
        (void)pthread_join(s->thread[i], NULL);
    s->threads = 0;
    if (s->started)
        (void)eventfd_read(s->ready_fd, &ignored);
    s->started = false;
}

void solver_start(struct solver *s, const uint8_t packet[PUZZLE_BYTES])
{
    if (s->started && memcmp(s->packet, packet, PUZZLE_BYTES) == 0)
        return;
    solver_stop(s);
    memcpy(s->packet, packet, PUZZLE_BYTES);
    if (puzzle_decode(&s->puzzle, s->packet, PUZZLE_BYTES) != LETHE_OK)
        return;
    s->started = true;
    s->reported = false;
    s->stop = false;
    s->found = false;
    s->next = 0;
    search_in_threads(s);
}

bool solver_take(struct solver *s, const uint8_t **answer)
{
    eventfd_t n;
    if (!s->started || s->reported || eventfd_read(s->ready_fd, &n) != 0)
        return false;
    s->reported = true;
    *answer = s->found ? s->answer : NULL;
    return true;
}

void solver_end(struct solver *s)
{
    if (s->ready_fd < 0)
        return;
    solver_stop(s);
    close(s->ready_fd);
    s->ready_fd = -1;
}
