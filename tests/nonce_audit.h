/*
 * An audit of nonces: every seal of the program is recorded by its key and nonce, and a second
 * one under the same two that is not the same plaintext and associated data is a violation.
 *
 * Link nonce_audit.c in with -Wl,--wrap=aead_batch_seal. Not for several threads. The memory that
 * it takes grows with the number of seals.
 */
#ifndef TESTS_NONCE_AUDIT_H
#define TESTS_NONCE_AUDIT_H

#include <stddef.h>

struct nonce_audit {
    size_t seals;      /* all of them */
    size_t repeats;    /* the same seal made again: a retransmission */
    size_t violations; /* the same key and nonce, and something else inside; told to stderr */
};

/* What was counted since the start or the last reset. */
struct nonce_audit nonce_audit_result(void);

/* Forgets all, so that a run may be repeated from its seed. */
void nonce_audit_reset(void);

#endif
