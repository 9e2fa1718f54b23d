/*
 * RESUME at the client: a fresh X25519 key under the parked one, and the session that answers.
 */
#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/dh.h"
#include "kex/resume.h"
#include "kex/schedule.h"
#include "lethe/error.h"

void kex_resume_init(struct kex_resume *r, const struct parked_session *parked, struct rng *rng)
{
    static const uint8_t body[RESUME_BODY_BYTES];
    uint8_t nonce[NONCE_BYTES], client[DH_PUBLIC_BYTES], box_key[32];
    memcpy(r->key, parked->key, sizeof r->key);
    r->legs = parked->legs;
    rng_fill(rng, r->dh_secret, sizeof r->dh_secret);
    rng_fill(rng, nonce, sizeof nonce);
    dh_public(client, r->dh_secret);
    resume_encode(r->packet,
                  &(struct resume){.parked = parked->value, .client = client, .nonce = nonce});
    schedule_resume_box(box_key, r->key);
    aead_seal(r->packet + RESUME_HEADER_BYTES, body, sizeof body, r->packet, RESUME_HEADER_BYTES,
              nonce, box_key);
    wipe(box_key, sizeof box_key);
}

/* The exchange that RESUMED begins; its session's key is set by the caller. */
static void begin(struct kex_client *c, const struct kex_resume *r, const struct resumed_answer *a,
                  const struct resumed_body *b, const struct transport *transport, uint8_t wanted)
{
    kex_client_wipe(c);
    c->wanted = wanted & (uint8_t)~r->legs;
    c->accepted = true;
    c->kid = a->kid;
    memcpy(c->m, a->m, EXCHANGE_ID_BYTES);
    keys_split(c->from_client, c->from_server, b->k1);
    pace_init(&c->pace);
    c->session.legs = r->legs;
    memcpy(c->session.m, a->m, EXCHANGE_ID_BYTES);
    memcpy(c->session.continuation, b->continuation, CONTINUATION_BYTES);
    c->session.transport = *transport;
}

int kex_resume_input(const struct kex_resume *r, struct kex_client *c,
                     const struct server_public *server, uint8_t wanted, const uint8_t *p, size_t n)
{
    struct resumed_answer a;
    struct resumed_body b;
    struct transport transport;
    uint8_t z[SESSION_KEY_BYTES], dh[32] = {0}, key[32], nonce[NONCE_BYTES];
    uint8_t body[RESUMED_BODY_BYTES];
    if (resumed_decode(&a, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    int err = dh_shared(dh, a.server, r->dh_secret);
    if (err == LETHE_OK) {
        schedule_resume(z, r->key, dh, r->packet, a.kid, a.m, a.server);
        schedule_resumed_box(key, z);
        schedule_accept_nonce(nonce, a.m);
        err = aead_open(body, a.box, RESUMED_BOX_BYTES, p, RESUMED_HEADER_BYTES, nonce, key);
    }
    if (err == LETHE_OK)
        err = resumed_body_decode(&b, body, sizeof body);
    if (err == LETHE_OK)
        err = transport_decode(&transport, b.transport);
    if (err == LETHE_OK) {
        begin(c, r, &a, &b, &transport, wanted);
        c->server = server;
        memcpy(c->session.z, z, sizeof z);
    }
    wipe(z, sizeof z);
    wipe(dh, sizeof dh);
    wipe(key, sizeof key);
    wipe(body, sizeof body);
    return err;
}

void kex_resume_wipe(struct kex_resume *r)
{
    wipe(r, sizeof *r);
}
