/*
 * Start-up of libsodium, OpenSSL and ipsec-mb, the only libraries here that ask for it:
 * libmceliece, libntruprime and lib25519 pick their implementations when they are loaded.
 */
#include "crypto/init.h"

#include <pthread.h>
#include <sodium.h>

#include "crypto/aead_implementation.h"
#include "lethe/error.h"

static void choose_aead(void)
{
    for (int i = 0; i < AEAD_IMPLEMENTATIONS; i++)
        if (aead_implementations[i]->ready()) {
            aead_use(aead_implementations[i]);
            break;
        }
    for (int i = 0; aead_aes_implementations[i]; i++)
        if (aead_aes_implementations[i]->ready()) {
            aead_use_aes(aead_aes_implementations[i]);
            break;
        }
}

int crypto_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (sodium_init() < 0 || pthread_once(&once, choose_aead) != 0)
        return LETHE_ERR_INTERNAL;
    (void)aead_has_aes();
    (void)aead_openssl.ready(); /* for the calling thread; without it, libsodium seals there */
    return LETHE_OK;
}
