/*
 * HELLO at the server, in the three parts between which server/hello.c puts what else it costs: the
 * checks for one hash, the two long-term keys with authentication, and the answer. Nothing is kept.
 */
#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/dh.h"
#include "kex/server.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/mark.h"
#include "wire/accept.h"

void kex_identity_name(struct server_identity *id)
{
    schedule_ltid(id->ltid, id->fingerprint);
    schedule_hello_key(id->hello_key, id->fingerprint);
}

enum verdict kex_hello_check(struct hello *h, const struct server_identity *id, const uint8_t *p,
                             size_t n)
{
    uint8_t mac[HELLO_MAC_BYTES];
    if (hello_decode(h, p, n) != LETHE_OK)
        return DROP_FORMAT;
    if (memcmp(h->ltid, id->ltid, HELLO_ID_BYTES) != 0)
        return DROP_IDENTITY;
    schedule_hello_tag(mac, id->hello_key, p);
    return bytes_equal(mac, h->mac, HELLO_MAC_BYTES) ? ANSWERED : DROP_MAC;
}

/* What an early HELLO takes of X25519, all at once: with the long-term key, the short-term key and
 * the exchange's own. */
static int share_together(struct kex_hello *k, const struct server_identity *id,
                          const uint8_t *short_term)
{
    uint8_t *const shared[DH_TOGETHER] = {k->dh, k->early_dh, k->accept_dh};
    const uint8_t *const secrets[DH_TOGETHER] = {id->dh_secret, short_term, k->dh_secret};
    return dh_shared_together(shared, k->client, secrets);
}

static void draw(struct kex_hello *k, const struct step *st)
{
    kex_draw_id(k->session.m, st, k->key);
    schedule_exchange_dh(k->dh_secret, k->key, k->session.m);
}

/* Both long-term keys, then the box: who passes knows the identity and sent this HELLO. */
enum verdict kex_hello_open(struct kex_hello *k, const struct server_identity *id,
                            const struct step *st, const struct hello *h, const uint8_t *p,
                            const uint8_t *short_term)
{
    k->key = ring_sealing(st->ring, st->now_ms);
    k->packet = p;
    k->client = h->client;
    k->is_early = short_term != NULL;
    memset(&k->early_answer, 0, sizeof k->early_answer);
    if (!k->key)
        return DROP_NO_KEY;
    if (k->is_early)
        draw(k, st);
    if ((k->is_early ? share_together(k, id, short_term)
                     : dh_shared(k->dh, h->client, id->dh_secret)) != LETHE_OK)
        return DROP_DH;
    if (mceliece_dec(k->s, h->ct, id->mceliece_secret) != LETHE_OK)
        return DROP_DECAP;
    schedule_hello(k->kh0, id->fingerprint, k->s, k->dh, p);
    schedule_hello_box(k->box_key, k->kh0);
    if (aead_open(k->body, h->box, HELLO_BOX_BYTES, p, HELLO_HEADER_BYTES, h->nonce, k->box_key) !=
        LETHE_OK)
        return DROP_HELLO_BOX;
    if (!k->is_early)
        draw(k, st);
    return ANSWERED;
}

void kex_draw_id(uint8_t m[EXCHANGE_ID_BYTES], const struct step *st, const struct cookie_key *key)
{
    do
        mark_draw(m, EXCHANGE_ID_BYTES, st->rng, key, st->address);
    while (!exchange_usable(key, m));
}

int kex_hello_early(struct kex_hello *k, const struct hello *h, const uint8_t **request,
                    size_t *len)
{
    const uint8_t *box = early_box(k->body);
    if (!box || !k->is_early)
        return LETHE_ERR_CRYPTO;
    schedule_early_box(k->box_key, k->kh0, k->early_dh);
    if (aead_open(k->early, box, EARLY_BOX_BYTES, k->packet, HELLO_HEADER_BYTES, h->nonce,
                  k->box_key) != LETHE_OK)
        return LETHE_ERR_CRYPTO;
    return early_request_decode(request, len, k->early);
}

void kex_first_continuation(uint8_t c[CONTINUATION_BYTES], struct session *s, const struct step *st,
                            const struct cookie_key *key)
{
    uint8_t nonce[NONCE_BYTES], range_key[RANGE_KEY_BYTES];
    s->issued_ms = s->begun_ms = st->now_ms;
    address_hash(s->address, st->address);
    rng_fill(st->rng, range_key, sizeof range_key);
    transport_init(&s->transport, st->algorithm, (uint32_t)rng_u64(st->rng), st->home, range_key);
    wipe(range_key, sizeof range_key);
    mark_draw(nonce, sizeof nonce, st->rng, key, st->address);
    continuation_seal(c, s, key, nonce);
}

enum verdict kex_hello_accept(struct kex_hello *k, const struct step *st, const uint8_t *pass,
                              uint8_t *out, size_t *out_len)
{
    uint8_t server[DH_PUBLIC_BYTES], c[CONTINUATION_BYTES], nonce[NONCE_BYTES];
    uint8_t transport[TRANSPORT_BYTES];
    const uint8_t kid = cookie_key_kid(k->key);
    uint8_t *m = k->session.m;
    dh_public(server, k->dh_secret);
    if (!k->is_early && dh_shared(k->accept_dh, k->client, k->dh_secret) != LETHE_OK)
        return DROP_DH;
    schedule_accept(k->ka, k->kh0, k->accept_dh);
    schedule_session(k->session.z, k->ka, k->packet, kid, m, server);
    k->session.legs = 0;
    kex_first_continuation(c, &k->session, st, k->key);
    schedule_exchange_key(k->k1, k->key, m);

    const struct accept a = {.kid = kid, .m = m, .server = server};
    transport_encode(transport, &k->session.transport);
    const struct accept_body b = {
        .k1 = k->k1, .continuation = c, .transport = transport, .pass = pass};
    accept_encode(out, &a);
    accept_body_encode(k->reply, &b);
    early_answer_encode(k->reply + ACCEPT_EARLY_AT, &k->early_answer);
    schedule_accept_box(k->box_key, k->ka);
    schedule_accept_nonce(nonce, m);
    aead_seal(out + ACCEPT_HEADER_BYTES, k->reply, ACCEPT_BODY_BYTES, out, ACCEPT_HEADER_BYTES,
              nonce, k->box_key);
    *out_len = DATAGRAM_BYTES;
    return ANSWERED;
}
