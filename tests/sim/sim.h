/*
 * The virtual network's clock: an event queue in integer nanoseconds, and one seed for everything.
 *
 * A node takes packets and hands them, now or later, to the next node. All randomness, the
 * libraries' included (random.c), comes from the seed, so that a run repeats to the last bit.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seal/session.h"
#include "wire/limits.h"

#define SIM_MS  ((int64_t)1000000)
#define SIM_SEC ((int64_t)1000000000)

struct packet {
    uint8_t from[ADDRESS_BYTES], to[ADDRESS_BYTES];
    size_t n;
    uint8_t bytes[PACKET_MAX]; /* n of them; a copy on the way has room for no more */
};

/* Copies what a packet has, and no more. */
void packet_copy(struct packet *to, const struct packet *from);
/* A copy of that packet that the caller frees. */
struct packet *packet_clone(const struct packet *p);

struct sim;

struct node {
    void (*take)(struct node *self, const struct packet *p);
    struct sim *sim;
    struct node *next;
};

struct event {
    int64_t at_ns;
    uint64_t order; /* events of the same time run in the order in which they were made */
    void (*run)(void *context);
    void *context;
    bool owns;             /* free(context) after the run */
    struct packet *packet; /* owned; then context is the node that takes it */
};

struct sim {
    uint64_t seed, random;
    int64_t now_ns;
    uint64_t events_made;
    struct event *heap;
    size_t count, room;
};

void sim_init(struct sim *s, uint64_t seed);
void sim_free(struct sim *s);

uint64_t sim_u64(struct sim *s);
uint64_t sim_below(struct sim *s, uint64_t bound); /* 0 for a bound of 0 */
bool sim_chance(struct sim *s, uint32_t per_mille);
void sim_fill(struct sim *s, void *out, size_t n);

void sim_at(struct sim *s, int64_t at_ns, void (*run)(void *context), void *context);
/* The same, with a copy of the n bytes of context. */
void sim_at_with(struct sim *s, int64_t at_ns, void (*run)(void *context), const void *context,
                 size_t n);
void sim_carry(struct sim *s, int64_t at_ns, struct node *to, const struct packet *p);

/* Runs the next event; false when there is none. */
bool sim_step(struct sim *s);

/* The seeds of a test: first, first + 1 and so on. Under valgrind, which is 20 times slower and
 * looks at how memory is used, it is one for 40. LETHE_SIM_SEED replaces the first (and makes it
 * the only one), LETHE_SIM_RUNS the number. */
struct seeds {
    uint64_t first, count;
};
struct seeds sim_seeds(uint64_t count);

/* `step` of a loop over times or counts; ten times as much under valgrind. */
int64_t sim_step_of(int64_t step);

/* Fails the test and says with which seed. */
#define sim_expect(s, what)                                                                        \
    do {                                                                                           \
        if (!(what))                                                                               \
            sim_failed((s), #what, __FILE__, __LINE__);                                            \
    } while (0)
void sim_failed(const struct sim *s, const char *what, const char *file, int line);

/* Reseeds the stream that the KEM libraries draw from. */
void sim_seed_libraries(uint64_t seed);

/* Above 0 while a core of Lethe runs: what tests/sim/test_memory.c counts allocations by. */
extern volatile int sim_in_core;

#endif
