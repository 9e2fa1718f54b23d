/*
 * A session at the client: generations of keys, and the moves between them.
 * A key moves in two ways: absorbing shares (one request) and following a continuation's nonce.
 */
#include "flow/caller.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "lethe/error.h"
#include "seal/continuation.h"

static struct caller_generation *generation(struct caller *c, uint8_t name)
{
    return &c->generations[name % CALLER_GENERATIONS];
}

static uint8_t add_generation(struct caller *c, const uint8_t z[SESSION_KEY_BYTES], uint8_t legs)
{
    uint8_t name = c->next++;
    struct caller_generation *g = generation(c, name);
    g->live = true;
    g->name = name;
    g->legs = legs;
    memcpy(g->z, z, SESSION_KEY_BYTES);
    keys_split(g->from_client, g->from_server, z);
    return name;
}

static void make_current(struct caller *c, uint8_t name,
                         const uint8_t continuation[CONTINUATION_BYTES], int64_t now_ns)
{
    memcpy(c->continuation, continuation, CONTINUATION_BYTES);
    c->current = name;
    c->legs = generation(c, name)->legs;
    c->renewed_ns = now_ns;
    c->renew_asked_ns = 0;
}

void caller_open(struct caller *c, const struct client_session *s, int64_t now_ns)
{
    caller_wipe(c);
    memcpy(c->m, s->m, EXCHANGE_ID_BYTES);
    make_current(c, add_generation(c, s->z, s->legs), s->continuation, now_ns);
    c->open = true;
}

/* The generation that the pending shares lead to, from the current one. */
static void prepare_upgrade(struct caller *c)
{
    uint8_t z[SESSION_KEY_BYTES], legs = c->legs;
    memcpy(z, generation(c, c->current)->z, sizeof z);
    for (int i = 0; i < c->share_count; i++) {
        const struct leg_yield *y = &c->yields[i];
        c->shares[i] = (struct request_share){.leg = y->leg, .share = y->share};
        session_absorb(z, &legs, y->leg, y->secret, y->hash);
    }
    c->upgrade = add_generation(c, z, legs);
    c->upgrade_legs = legs;
    c->upgrade_sent_ns = 0;
    wipe(z, sizeof z);
}

void caller_absorb(struct caller *c, const struct leg_yield *y, const uint8_t m[EXCHANGE_ID_BYTES])
{
    uint8_t had = c->legs | c->upgrade_legs;
    if (!c->open || had & LEG_BIT(y->leg) || memcmp(c->m, m, EXCHANGE_ID_BYTES) != 0)
        return;
    c->yields[c->share_count++] = *y;
    prepare_upgrade(c);
}

static bool wants_renewal(const struct caller *c, int64_t now_ns, int64_t patience_ns)
{
    return now_ns - c->renewed_ns >= CALLER_RENEW_NS &&
           (c->renew_asked_ns == 0 || now_ns - c->renew_asked_ns >= patience_ns);
}

bool caller_upgrade_due(const struct caller *c, int64_t now_ns, int64_t patience_ns)
{
    return c->upgrade_legs &&
           (c->upgrade_sent_ns == 0 || now_ns - c->upgrade_sent_ns >= patience_ns);
}

size_t caller_seal(struct caller *c, struct request_body *b, struct rng *rng, int64_t now_ns,
                   int64_t patience_ns, uint8_t needed, uint8_t *out)
{
    uint8_t nonce[NONCE_BYTES];
    bool upgrading = caller_upgrade_due(c, now_ns, patience_ns) ||
                     (c->upgrade_legs && (c->legs & needed) != needed);
    struct request q = {.continuation = c->continuation,
                        .nonce = nonce,
                        .share_count = upgrading ? c->share_count : 0};
    size_t header = REQUEST_HEADER_BYTES(q.share_count);
    memcpy(q.shares, c->shares, sizeof q.shares);
    b->generation = upgrading ? c->upgrade : c->current;
    b->renew = wants_renewal(c, now_ns, patience_ns);
    size_t body_len = request_body_encode(out + header, DATAGRAM_BYTES - header - TAG_BYTES, b);
    if (body_len == 0)
        return 0;
    if (upgrading)
        c->upgrade_sent_ns = now_ns;
    if (b->renew)
        c->renew_asked_ns = now_ns;
    rng_fill(rng, nonce, sizeof nonce);
    request_encode(out, &q);
    aead_seal(out + header, out + header, body_len, out, header, nonce,
              generation(c, b->generation)->from_client);
    return header + body_len + TAG_BYTES;
}

static bool is_upgrade(const struct caller *c, uint8_t name)
{
    return c->upgrade_legs && name == c->upgrade;
}

static void adopt(struct caller *c, const struct caller_generation *from,
                  const uint8_t continuation[CONTINUATION_BYTES], int64_t now_ns)
{
    uint8_t z[SESSION_KEY_BYTES];
    bool upgraded = is_upgrade(c, from->name);
    memcpy(z, from->z, sizeof z);
    session_next(z, continuation_nonce(continuation));
    make_current(c, add_generation(c, z, from->legs), continuation, now_ns);
    wipe(z, sizeof z);
    if (upgraded) {
        wipe(c->yields, sizeof c->yields);
        c->share_count = 0;
        c->upgrade_legs = 0;
    } else if (c->upgrade_legs) {
        prepare_upgrade(c);
    }
}

int caller_open_answer(struct caller *c, struct data_body *b, uint8_t *plain, const uint8_t *p,
                       size_t n, int64_t now_ns)
{
    struct data d;
    if (data_decode(&d, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    const struct caller_generation *g = generation(c, d.generation);
    if (!g->live || g->name != d.generation)
        return LETHE_ERR_CRYPTO;
    if (aead_open(plain, d.box, d.box_len, p, DATA_HEADER_BYTES, d.nonce, g->from_server) !=
        LETHE_OK)
        return LETHE_ERR_CRYPTO;
    if (data_body_decode(b, plain, d.box_len - TAG_BYTES) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    if (b->continuation && (g->name == c->current || is_upgrade(c, g->name)))
        adopt(c, g, b->continuation, now_ns);
    return LETHE_OK;
}

void caller_wipe(struct caller *c)
{
    wipe(c, sizeof *c);
}
