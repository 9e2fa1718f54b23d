/*
 * Where a client puts the bytes that it does not keep; nothing may be there from before.
 */
#ifndef BENCH_NULL_STORE_H
#define BENCH_NULL_STORE_H

#include "flow/fetch.h"

struct fetch_store null_store(void);

#endif
