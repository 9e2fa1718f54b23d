/*
 * Entropy as a value: a ChaCha20 generator with fast key erasure.
 *
 * Each refill makes one block of stream, its first 32 bytes become the next key and every byte
 * handed out is erased, so that seizing the state reveals nothing drawn before. The step
 * functions draw from the struct that they are given: seeded from the kernel in the program, from
 * a number in the simulator. One struct belongs to one process; fork must reseed.
 */
#ifndef CRYPTO_RNG_H
#define CRYPTO_RNG_H

#include <stddef.h>
#include <stdint.h>

#define RNG_SEED_BYTES 32
#define RNG_POOL_BYTES 768

struct rng {
    uint8_t pool[RNG_POOL_BYTES]; /* the first 32 bytes are the next key */
    size_t used;
};

void rng_seed(struct rng *r, const uint8_t seed[RNG_SEED_BYTES]);
void rng_fill(struct rng *r, void *out, size_t n);
uint64_t rng_u64(struct rng *r);
/* Uniform in [0, bound), bound > 0; not for secrets (rejects, so its time varies). */
uint64_t rng_below(struct rng *r, uint64_t bound);

#endif
