/*
 * The nonce audit: every call of aead_seal is seen (the linker wraps it), and a key and nonce that
 * seal a second, different (plaintext, associated data) are a conflict.
 */
#ifndef SIM_AUDIT_H
#define SIM_AUDIT_H

#include <stdint.h>

void audit_reset(void);
uint64_t audit_seals(void);     /* since the reset */
uint64_t audit_conflicts(void);
uint64_t audit_repeats(void);   /* the same (plaintext, associated data) once more: harmless */

#endif
