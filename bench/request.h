/*
 * Where a server's time for a REQUEST goes that asks for 16 numbers: the whole step, and each of
 * its parts alone.
 */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

#include "bench/measure.h"

/* Measures and prints, in rounds of its own. */
void request_stages(const struct measure *m);

#endif
