/*
 * A binary heap ordered by time and then by age; SplitMix64 for every choice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <valgrind/valgrind.h>

#include "sim/sim.h"

#define LESS 40 /* by which a test has fewer seeds under valgrind */

volatile int sim_in_core;

static uint64_t mix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void sim_init(struct sim *s, uint64_t seed)
{
    memset(s, 0, sizeof *s);
    s->seed = s->random = seed;
    /* Not zero, so that a core that takes a time of zero for "never" is used as in the program. */
    s->now_ns = 1000 * SIM_SEC + (int64_t)sim_below(s, SIM_SEC);
    sim_seed_libraries(sim_u64(s));
}

void sim_free(struct sim *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->heap[i].packet);
        if (s->heap[i].owns)
            free(s->heap[i].context);
    }
    free(s->heap);
    s->heap = NULL;
    s->count = s->room = 0;
}

uint64_t sim_u64(struct sim *s)
{
    return mix(&s->random);
}

uint64_t sim_below(struct sim *s, uint64_t bound)
{
    return bound ? sim_u64(s) % bound : 0;
}

bool sim_chance(struct sim *s, uint32_t per_mille)
{
    return per_mille && sim_below(s, 1000) < per_mille;
}

void sim_fill(struct sim *s, void *out, size_t n)
{
    uint8_t *to = out;
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)sim_u64(s);
}

static bool before(const struct event *a, const struct event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void push(struct sim *s, struct event e)
{
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 1024;
        s->heap = realloc(s->heap, s->room * sizeof *s->heap);
        assert_non_null(s->heap);
    }
    e.order = s->events_made++;
    if (e.at_ns < s->now_ns)
        e.at_ns = s->now_ns;
    size_t i = s->count++;
    for (; i > 0 && before(&e, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
        s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = e;
}

static struct event pop(struct sim *s)
{
    struct event top = s->heap[0], last = s->heap[--s->count];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < s->count; i = child) {
        if (child + 1 < s->count && before(&s->heap[child + 1], &s->heap[child]))
            child++;
        if (!before(&s->heap[child], &last))
            break;
        s->heap[i] = s->heap[child];
    }
    s->heap[i] = last;
    return top;
}

void sim_at(struct sim *s, int64_t at_ns, void (*run)(void *context), void *context)
{
    push(s, (struct event){.at_ns = at_ns, .run = run, .context = context});
}

void sim_at_with(struct sim *s, int64_t at_ns, void (*run)(void *context), const void *context,
                 size_t n)
{
    void *copy = malloc(n);
    assert_non_null(copy);
    memcpy(copy, context, n);
    push(s, (struct event){.at_ns = at_ns, .run = run, .context = copy, .owns = true});
}

void packet_copy(struct packet *to, const struct packet *from)
{
    memcpy(to, from, offsetof(struct packet, bytes) + from->n);
}

struct packet *packet_clone(const struct packet *p)
{
    struct packet *copy = malloc(offsetof(struct packet, bytes) + p->n);
    assert_non_null(copy);
    packet_copy(copy, p);
    return copy;
}

void sim_carry(struct sim *s, int64_t at_ns, struct node *to, const struct packet *p)
{
    push(s, (struct event){.at_ns = at_ns, .context = to, .packet = packet_clone(p)});
}

bool sim_step(struct sim *s)
{
    if (s->count == 0)
        return false;
    struct event e = pop(s);
    s->now_ns = e.at_ns;
    if (e.packet) {
        struct node *to = e.context;
        to->take(to, e.packet);
        free(e.packet);
    } else {
        e.run(e.context);
        if (e.owns)
            free(e.context);
    }
    return true;
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

struct seeds sim_seeds(uint64_t count)
{
    if (getenv("LETHE_SIM_SEED"))
        count = 1;
    else if (RUNNING_ON_VALGRIND)
        count = 1 + count / LESS;
    return (struct seeds){.first = number_from("LETHE_SIM_SEED", 1),
                          .count = number_from("LETHE_SIM_RUNS", count)};
}

int64_t sim_step_of(int64_t step)
{
    return RUNNING_ON_VALGRIND ? 10 * step : step;
}

void sim_failed(const struct sim *s, const char *what, const char *file, int line)
{
    print_error("with LETHE_SIM_SEED=%llu, at virtual %.6f s: %s\n", (unsigned long long)s->seed,
                (double)s->now_ns / (double)SIM_SEC, what);
    _fail(file, line);
}
