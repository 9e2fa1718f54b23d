/*
 * HELLO at the server: the cost ladder, one visible function, cheapest rung first.
 * Length, version, identity, mac; then the long-term keys and authentication; then the answer.
 */
#include "node/hello.h"
#include "base/bytes.h"

enum verdict hello(const struct server_identity *id, const struct step *st, const uint8_t *p,
                   size_t n, uint8_t *out, size_t *out_len)
{
    struct hello h;
    enum verdict v = kex_hello_check(&h, id, p, n);
    if (v != ANSWERED)
        return v;

    struct kex_hello k;
    v = kex_hello_open(&k, id, st, &h, p);
    if (v == ANSWERED)
        v = kex_hello_accept(&k, st, out, out_len);
    wipe(&k, sizeof k);
    return v;
}
