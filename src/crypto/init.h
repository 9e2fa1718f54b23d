/*
 * The one start-up call of this layer.
 *
 * crypto_init lets the libraries pick their implementations for this processor, and allocates what
 * the calling thread's seals need. The program calls it once, before any other function of crypto/
 * and before it drops privileges or forks; further calls do nothing but prepare another thread.
 * Opens no file: it also keeps OpenSSL from reading its configuration by itself later, so a program
 * that uses OpenSSL and wants that read does so first (OPENSSL_init_crypto). Returns LETHE_OK, or
 * LETHE_ERR_INTERNAL when the kernel gives no entropy.
 */
#ifndef CRYPTO_INIT_H
#define CRYPTO_INIT_H

int crypto_init(void);

#endif
