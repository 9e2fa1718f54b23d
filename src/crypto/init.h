/*
 * The one start-up call of this layer.
 *
 * crypto_init lets the libraries pick their implementations for this processor. The program
 * calls it once, before any other function of crypto/ and before it drops privileges; further
 * calls do nothing. Returns LETHE_OK, or LETHE_ERR_INTERNAL when the kernel gives no entropy.
 */
#ifndef CRYPTO_INIT_H
#define CRYPTO_INIT_H

int crypto_init(void);

#endif
