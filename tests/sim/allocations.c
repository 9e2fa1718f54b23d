/*
 * Calls of the allocator while a core has a packet.
 */
#include "sim/allocations.h"

#include "allocator.h"
#include "sim/sim.h"

static volatile uint64_t calls_in_core;

void allocator_called(void)
{
    if (sim_in_core > 0)
        calls_in_core++;
}

int allocations_begin(void **state)
{
    (void)state;
    return allocator_watch() ? 0 : -1;
}

uint64_t allocations_in_core(void)
{
    return calls_in_core;
}
