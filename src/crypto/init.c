/*
 * Start-up of libsodium, the only library here that asks for it: libmceliece, libntruprime
 * and lib25519 pick their implementations when they are loaded.
 */
#include "crypto/init.h"

#include <sodium.h>

#include "lethe/error.h"

int crypto_init(void)
{
    return sodium_init() < 0 ? LETHE_ERR_INTERNAL : LETHE_OK;
}
