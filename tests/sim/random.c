/*
 * The KEM libraries draw from librandombytes by this symbol; the program's own is found first.
 */
#include "crypto/rng.h"
#include "sim/sim.h"

#include <string.h>

static struct rng stream;

void sim_seed_libraries(uint64_t seed)
{
    uint8_t bytes[RNG_SEED_BYTES] = {0};
    memcpy(bytes, &seed, sizeof seed);
    rng_seed(&stream, bytes);
}

__attribute__((visibility("default"))) void
randombytes_internal_void_voidstar_longlong(void *p, long long n);
void randombytes_internal_void_voidstar_longlong(void *p, long long n)
{
    rng_fill(&stream, p, (size_t)n);
}
