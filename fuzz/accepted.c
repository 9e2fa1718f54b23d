/*
 * The count of accepted inputs in libFuzzer's programs, where nobody reads it.
 */
#include "target.h"

unsigned long fuzz_accepted;
