/*
 * lethe/lethe.h - the whole library.
 */
#ifndef LETHE_LETHE_H
#define LETHE_LETHE_H

#include "lethe/error.h"
#include "lethe/fetch.h"
#include "lethe/identity.h"
#include "lethe/version.h"

#endif
