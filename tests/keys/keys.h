/*
 * McEliece pairs made when the tests were built (make_keys.c), for tests that are not about making
 * them. TEST_KEYS_FILE comes from the build.
 */
#ifndef TESTS_KEYS_H
#define TESTS_KEYS_H

#include <stdio.h>
#include <stdlib.h>

#include "crypto/kem.h"

#define TEST_PAIRS 2

#ifdef TEST_KEYS_FILE
static inline void test_pair(unsigned which, uint8_t pk[MCELIECE_PUBLIC_BYTES],
                             uint8_t sk[MCELIECE_SECRET_BYTES])
{
    FILE *f = fopen(TEST_KEYS_FILE, "rb");
    const long at = (long)which * (MCELIECE_PUBLIC_BYTES + MCELIECE_SECRET_BYTES);
    if (!f || fseek(f, at, SEEK_SET) != 0 || fread(pk, MCELIECE_PUBLIC_BYTES, 1, f) != 1 ||
        fread(sk, MCELIECE_SECRET_BYTES, 1, f) != 1) {
        fprintf(stderr, "cannot read %s\n", TEST_KEYS_FILE);
        abort();
    }
    (void)fclose(f);
}
#endif

#endif
