/*
 * The generator of NIST's post-quantum known-answer tests: AES-256 CTR_DRBG without a derivation
 * function (SP 800-90A, section 10.2.1). Tests only.
 */
#ifndef KAT_NIST_DRBG_H
#define KAT_NIST_DRBG_H

#include <stddef.h>
#include <stdint.h>

#define NIST_DRBG_SEED_BYTES 48

struct nist_drbg {
    uint8_t key[32];
    uint8_t v[16];
};

void nist_drbg_seed(struct nist_drbg *d, const uint8_t seed[NIST_DRBG_SEED_BYTES]);
void nist_drbg_fill(struct nist_drbg *d, uint8_t *out, size_t n);

#endif
