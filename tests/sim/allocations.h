/*
 * How often the allocator was called while a core had a packet.
 */
#ifndef TESTS_SIM_ALLOCATIONS_H
#define TESTS_SIM_ALLOCATIONS_H

#include <stdint.h>

/* A group's set-up: counts from here on. */
int allocations_begin(void **state);

/* In cores (sim_in_core), so far. */
uint64_t allocations_in_core(void);

#endif
