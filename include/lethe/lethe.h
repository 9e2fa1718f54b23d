/*
 * lethe/lethe.h - the whole library.
 */
#ifndef LETHE_LETHE_H
#define LETHE_LETHE_H

#include "lethe/error.h"
#include "lethe/fetch.h"
#include "lethe/identity.h"
#include "lethe/put.h"
#include "lethe/serve.h"
#include "lethe/service.h"
#include "lethe/session.h"
#include "lethe/version.h"

#endif
