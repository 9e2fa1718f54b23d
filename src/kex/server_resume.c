/*
 * RESUME at the server (protocol section 3): length and version, a live slow key, the parked value,
 * the packet's box, its strike; only then X25519. Nothing is kept but the strike.
 */
#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/dh.h"
#include "kex/server.h"
#include "lethe/error.h"
#include "seal/parked.h"
#include "wire/resume.h"

struct secrets {
    struct parked parked;
    struct session session;
    uint8_t box_key[32], dh_secret[32], dh[32], k1[32];
    uint8_t body[RESUME_BODY_BYTES], reply[RESUMED_BODY_BYTES];
};

/* Symmetric work alone: who passes holds the key of a session that was parked here, and has not
 * resumed it before as far as is remembered. */
static enum verdict check(struct secrets *k, const struct step *st, const struct resume *q,
                          const uint8_t *p)
{
    if (parked_open(&k->parked, st->slow, st->now_ms, q->parked) != LETHE_OK)
        return DROP_PARKED;
    schedule_resume_box(k->box_key, k->parked.key);
    if (aead_open(k->body, q->box, RESUME_BOX_BYTES, p, RESUME_HEADER_BYTES, q->nonce,
                  k->box_key) != LETHE_OK)
        return DROP_RESUME_BOX;
    return resumed_strike(st->resumed, k->parked.m) ? ANSWERED : DROP_RESUMED;
}

/* A session of the same legs under a key of its own: its id, numbers and window are new. So is its
 * exchange, in which it can absorb the legs that it lacks. */
static enum verdict answer(struct secrets *k, const struct step *st, const struct cookie_key *key,
                           const struct resume *q, const uint8_t *p, uint8_t *out)
{
    uint8_t server[DH_PUBLIC_BYTES], c[CONTINUATION_BYTES], nonce[NONCE_BYTES];
    uint8_t transport[TRANSPORT_BYTES];
    const uint8_t kid = cookie_key_kid(key);
    struct session *s = &k->session;
    kex_draw_id(s->m, st, key);
    schedule_exchange_dh(k->dh_secret, key, s->m);
    dh_public(server, k->dh_secret);
    if (dh_shared(k->dh, q->client, k->dh_secret) != LETHE_OK)
        return DROP_DH;
    schedule_resume(s->z, k->parked.key, k->dh, p, kid, s->m, server);
    s->legs = k->parked.legs;
    kex_first_continuation(c, s, st, key);
    schedule_exchange_key(k->k1, key, s->m);

    transport_encode(transport, &s->transport);
    resumed_encode(out, &(struct resumed_answer){.kid = kid, .m = s->m, .server = server});
    const struct resumed_body b = {.k1 = k->k1, .continuation = c, .transport = transport};
    resumed_body_encode(k->reply, &b);
    schedule_resumed_box(k->box_key, s->z);
    schedule_accept_nonce(nonce, s->m);
    aead_seal(out + RESUMED_HEADER_BYTES, k->reply, RESUMED_BODY_BYTES, out, RESUMED_HEADER_BYTES,
              nonce, k->box_key);
    return ANSWERED;
}

enum verdict kex_resume(const struct step *st, const uint8_t *p, size_t n, uint8_t *out,
                        size_t *out_len)
{
    struct resume q;
    struct secrets k;
    const struct cookie_key *key = ring_sealing(st->ring, st->now_ms);
    if (resume_decode(&q, p, n) != LETHE_OK)
        return DROP_FORMAT;
    if (!key)
        return DROP_NO_KEY;
    enum verdict v = check(&k, st, &q, p);
    if (v == ANSWERED)
        v = answer(&k, st, key, &q, p, out);
    if (v == ANSWERED)
        *out_len = RESUMED_BYTES;
    wipe(&k, sizeof k);
    return v;
}
