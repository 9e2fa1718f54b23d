/*
 * What every fuzz target is made of. A target defines LLVMFuzzerTestOneInput (libFuzzer's name); it
 * is linked with libFuzzer, or with replay.c to run the files of seeds/TARGET in the ordinary
 * tests.
 *
 * A property that does not hold aborts. An input that gets all the way (decodes, opens, is
 * answered) is counted: replay demands one, so that seeds do not outlive the format unnoticed.
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lethe/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern unsigned long
    fuzz_accepted; /* of replay.c; libFuzzer's programs have one that nobody reads */

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
