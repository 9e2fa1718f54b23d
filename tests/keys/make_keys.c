/*
 * Writes the McEliece pairs that the tests share: to make one takes a tenth of a second, and under
 * valgrind ten, in each of forty programs. Always the same ones: all randomness is this stream.
 */
#include <stdbool.h>
#include <stdio.h>

#include "crypto/init.h"
#include "crypto/kem.h"
#include "crypto/rng.h"
#include "keys/keys.h"
#include "lethe/error.h"

static struct rng stream;

__attribute__((visibility("default"))) void
randombytes_internal_void_voidstar_longlong(void *p, long long n);
void randombytes_internal_void_voidstar_longlong(void *p, long long n)
{
    rng_fill(&stream, p, (size_t)n);
}

static bool write_pair(FILE *to)
{
    static uint8_t pk[MCELIECE_PUBLIC_BYTES], sk[MCELIECE_SECRET_BYTES];
    mceliece_keypair(pk, sk);
    return fwrite(pk, sizeof pk, 1, to) == 1 && fwrite(sk, sizeof sk, 1, to) == 1;
}

int main(int argc, char **argv)
{
    static const uint8_t seed[RNG_SEED_BYTES] = "the tests' pairs";
    FILE *to = argc == 2 && crypto_init() == LETHE_OK ? fopen(argv[1], "wb") : NULL;
    rng_seed(&stream, seed);
    for (int i = 0; to && i < TEST_PAIRS; i++)
        if (!write_pair(to))
            return 1;
    return to && fclose(to) == 0 ? 0 : 1;
}
