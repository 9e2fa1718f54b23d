/*
 * Where a packet comes from: what it brings is found by its decoder, and the mark is looked at.
 */
#include "admit/origin.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/mark.h"
#include "wire/block.h"
#include "wire/finish.h"
#include "wire/leg.h"
#include "wire/request.h"

/* What of a packet is marked; nothing when it is malformed. */
struct token {
    uint8_t kid;
    const uint8_t *value;
    size_t n;
};

static struct token token_of(const uint8_t *p, size_t n)
{
    struct leg l;
    struct block b;
    struct finish f;
    struct request q;
    if (p[0] == KIND_LEG && leg_decode(&l, p, n) == LETHE_OK)
        return (struct token){l.kid, l.m, EXCHANGE_ID_BYTES};
    if (p[0] == KIND_BLOCK && block_decode(&b, p, n) == LETHE_OK)
        return (struct token){b.kid, b.m, EXCHANGE_ID_BYTES};
    if (p[0] == KIND_FINISH && finish_decode(&f, p, n) == LETHE_OK)
        return (struct token){f.kid, f.m, EXCHANGE_ID_BYTES};
    if (p[0] == KIND_REQUEST && request_decode(&q, p, n) == LETHE_OK)
        return (struct token){q.continuation[0], continuation_nonce(q.continuation), NONCE_BYTES};
    return (struct token){0};
}

static bool can_tell(uint8_t kind)
{
    return kind == KIND_LEG || kind == KIND_BLOCK || kind == KIND_FINISH || kind == KIND_REQUEST;
}

enum origin origin_of(const struct step *st, const uint8_t *p, size_t n)
{
    if (n == 0 || !can_tell(p[0]))
        return ORIGIN_UNTOLD;
    const struct token t = token_of(p, n);
    const struct cookie_key *key = t.n ? ring_find(st->ring, t.kid, st->now_ms) : NULL;
    return key && mark_names(t.value, t.n, key, st->address) ? ORIGIN_PROVEN : ORIGIN_FOREIGN;
}
