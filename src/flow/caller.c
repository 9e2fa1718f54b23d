/*
 * A session at the client: generations of keys, and the moves between them.
 * A key moves in two ways: absorbing shares (one request) and following a continuation's nonce.
 */
#include "flow/caller.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/parked.h"

static struct caller_generation *generation(struct caller *c, uint8_t name)
{
    return &c->generations[name];
}

static uint8_t add_generation(struct caller *c, const uint8_t z[SESSION_KEY_BYTES], uint8_t legs)
{
    uint8_t name = c->next++;
    struct caller_generation *g = generation(c, name);
    g->live = true;
    g->name = name;
    g->legs = legs;
    g->lineage_at = c->lineage_at;
    memcpy(g->z, z, SESSION_KEY_BYTES);
    keys_split(g->from_client, g->from_server, z);
    return name;
}

static void make_current(struct caller *c, uint8_t name,
                         const uint8_t continuation[CONTINUATION_BYTES],
                         const struct transport *transport, int64_t now_ns)
{
    memcpy(c->continuation, continuation, CONTINUATION_BYTES);
    c->transport = *transport;
    c->current = name;
    c->legs = generation(c, name)->legs;
    c->renewed_ns = now_ns;
    c->renew_asked_ns = 0;
}

void caller_open(struct caller *c, const struct client_session *s, int64_t now_ns)
{
    caller_wipe(c);
    c->limit = PACKET_MAX;
    memcpy(c->m, s->m, EXCHANGE_ID_BYTES);
    make_current(c, add_generation(c, s->z, s->legs), s->continuation, &s->transport, now_ns);
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
                   int64_t patience_ns, uint8_t needed, uint8_t *out, size_t room, size_t least)
{
    uint8_t nonce[NONCE_BYTES];
    bool upgrading = caller_upgrade_due(c, now_ns, patience_ns) ||
                     (c->upgrade_legs && (c->legs & needed) != needed);
    struct request q = {.continuation = c->continuation,
                        .nonce = nonce,
                        .share_count = upgrading ? c->share_count : 0};
    const size_t header = REQUEST_HEADER_BYTES(q.share_count), around = header + TAG_BYTES;
    memcpy(q.shares, c->shares, sizeof q.shares);
    b->generation = upgrading ? c->upgrade : c->current;
    if (wants_renewal(c, now_ns, patience_ns))
        b->flags |= REQUEST_RENEW;
    if (aead_has_aes())
        b->flags |= REQUEST_AES;
    least = least > REQUEST_MIN_BYTES ? least : REQUEST_MIN_BYTES;
    size_t body_len =
        request_body_encode(out + header, room - around, least > around ? least - around : 0, b);
    if (body_len == 0)
        return 0;
    if (upgrading)
        c->upgrade_sent_ns = now_ns;
    if (b->flags & REQUEST_RENEW)
        c->renew_asked_ns = now_ns;
    rng_fill(rng, nonce, sizeof nonce);
    request_encode(out, &q);
    aead_seal(out + header, out + header, body_len, out, header, nonce,
              generation(c, b->generation)->from_client);
    return header + body_len + TAG_BYTES;
}

/* Shares of legs that the session has by now are not brought again. */
static void drop_absorbed(struct caller *c)
{
    uint8_t kept = 0;
    for (int i = 0; i < c->share_count; i++)
        if (!(c->legs & LEG_BIT(c->yields[i].leg)))
            c->yields[kept++] = c->yields[i];
    for (int i = kept; i < c->share_count; i++)
        wipe(&c->yields[i], sizeof c->yields[i]);
    c->share_count = kept;
    c->upgrade_legs = 0;
}

/* Its request was answered by one that was adopted, or is too long ago to tell. What is longer or
 * proves more comes and goes with `limit`, so that of two old answers each could be of use after
 * the other, and whoever repeats them for ever would pass for a server that answers. */
static bool is_repeated(const struct caller *c, uint32_t echo)
{
    const int32_t before = (int32_t)(c->latest - echo);
    return c->answered && before >= 0 && (before >= 64 || c->adopted >> before & 1);
}

static void note_adopted(struct caller *c, uint32_t echo)
{
    const int32_t after = (int32_t)(echo - c->latest);
    if (!c->answered || after >= 64)
        c->adopted = 0;
    else if (after > 0)
        c->adopted <<= after;
    if (!c->answered || after > 0)
        c->latest = echo;
    if (c->latest - echo < 64)
        c->adopted |= (uint64_t)1 << (c->latest - echo);
    c->echo = echo;
    c->answered = true;
}

/* Whether a continuation brings the session forward. A smaller packet size is a step back, unless
 * it was asked for; a larger set of legs or size is worth a proof that reaches further back. One
 * that proves as much as the one in use must answer a later request, or whoever repeats an old
 * answer would bring news. */
static bool is_of_use(const struct caller *c, const struct caller_generation *from,
                      const struct transport *t, uint32_t echo)
{
    const struct transport *have = &c->transport;
    const uint16_t limit = c->limit;
    if (from->legs != c->legs || t->lineage != have->lineage)
        return (from->legs & c->legs) == c->legs;
    if (is_repeated(c, echo))
        return false;
    const uint16_t mine = have->datagram < limit ? have->datagram : limit;
    const uint16_t new = t->datagram < limit ? t->datagram : limit;
    if (new != mine)
        return new > mine;
    if (t->base != have->base)
        return t->base > have->base;
    return !c->answered || (int32_t)(echo - c->echo) > 0;
}

static void adopt(struct caller *c, const struct caller_generation *from,
                  const uint8_t continuation[CONTINUATION_BYTES], const struct transport *t,
                  int64_t now_ns)
{
    uint8_t z[SESSION_KEY_BYTES];
    memcpy(z, from->z, sizeof z);
    session_next(z, continuation_nonce(continuation));
    c->lineage_at += t->lineage != c->transport.lineage;
    make_current(c, add_generation(c, z, from->legs), continuation, t, now_ns);
    wipe(z, sizeof z);
    drop_absorbed(c);
    if (c->share_count)
        prepare_upgrade(c);
}

/* The key schedule for an answer's packets, which mostly come one after the other. */
static const struct aead_batch *batch_for(struct caller *c, const struct data *d,
                                          const struct caller_generation *g)
{
    if (!c->batch_live || c->batch_generation != d->generation || c->batch.aes != d->aes ||
        memcmp(c->batch_prefix, d->prefix, DATA_PREFIX_BYTES) != 0) {
        if (d->aes)
            aead_batch_init_aes(&c->batch, g->from_server, d->prefix);
        else
            aead_batch_init(&c->batch, g->from_server, d->prefix);
        memcpy(c->batch_prefix, d->prefix, DATA_PREFIX_BYTES);
        c->batch_generation = d->generation;
        c->batch_live = true;
    }
    return &c->batch;
}

int caller_open_answer(struct caller *c, struct data_body *b, uint8_t *plain, const uint8_t *p,
                       size_t n, int64_t now_ns, bool *adopted)
{
    struct data d;
    struct transport t;
    *adopted = false;
    if (data_decode(&d, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    const struct caller_generation *g = generation(c, d.generation);
    if (!g->live || g->name != d.generation || (d.aes && !aead_has_aes()))
        return LETHE_ERR_CRYPTO;
    if (aead_batch_open(batch_for(c, &d, g), plain, d.box, d.box_len, p, DATA_HEADER_BYTES,
                        d.index) != LETHE_OK)
        return LETHE_ERR_CRYPTO;
    if (data_body_decode(b, plain, d.box_len - TAG_BYTES) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    if (b->continuation && transport_decode(&t, b->transport) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    const bool over = g->lineage_at != c->lineage_at;
    if (b->continuation && !over && is_of_use(c, g, &t, b->echo)) {
        note_adopted(c, b->echo);
        adopt(c, g, b->continuation, &t, now_ns);
        *adopted = true;
    }
    return over ? LETHE_ERR_CHANGED : LETHE_OK;
}

uint8_t caller_legs_of(const struct caller *c, const uint8_t *p)
{
    return c->generations[p[1]].legs;
}

void caller_park(const struct caller *c, const uint8_t *p, uint8_t key[SESSION_KEY_BYTES])
{
    struct parked parked;
    const struct caller_generation *g = &c->generations[p[1]];
    parked_of(&parked, g->z, g->legs, c->m);
    memcpy(key, parked.key, SESSION_KEY_BYTES);
    wipe(&parked, sizeof parked);
}

void caller_wipe(struct caller *c)
{
    wipe(c, sizeof *c);
}
