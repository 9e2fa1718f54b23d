/*
 * REQUEST at the server: open the continuation, absorb the shares, open the box; later, seal the
 * answer. Whatever the server learns about the session goes back to the client in a new
 * continuation.
 */
#include "flow/server.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/share.h"

_Static_assert(DATA_BARE_BYTES <= REQUEST_MIN_BYTES, "an unproven address earns no longer answer");

static enum verdict open_body(struct flow_request *rq, const struct request *q, const uint8_t *p)
{
    uint8_t from_client[32];
    key_from_client(from_client, rq->session.z);
    int err =
        aead_open(rq->plain, q->box, q->box_len, p, (size_t)(q->box - p), q->nonce, from_client);
    wipe(from_client, sizeof from_client);
    if (err != LETHE_OK)
        return DROP_REQUEST_BOX;
    if (request_body_decode(&rq->body, rq->plain, q->box_len - TAG_BYTES) != LETHE_OK)
        return DROP_REQUEST_BODY;
    return ANSWERED;
}

/* No leg twice, and none that is not this session's. */
static enum verdict absorb_shares(struct flow_request *rq, const struct request *q,
                                  const struct step *st)
{
    struct session *s = &rq->session;
    for (int i = 0; i < q->share_count; i++) {
        const struct request_share *share = &q->shares[i];
        uint8_t secret[32], hash[32];
        if (share->leg >= LEG_COUNT || s->legs & LEG_BIT(share->leg) ||
            share_open(secret, hash, st->ring, st->now_ms, s->m, share->leg, share->share) !=
                LETHE_OK)
            return DROP_SHARE;
        session_absorb(s->z, &s->legs, share->leg, secret, hash);
        wipe(secret, sizeof secret);
        rq->absorbed = true;
    }
    return ANSWERED;
}

/* A client must have a younger continuation before this one's key dies. */
static bool is_aging(const struct step *st, const uint8_t c[CONTINUATION_BYTES])
{
    const struct cookie_key *key = ring_find(st->ring, c[0], st->now_ms);
    return key && st->now_ms - key->born_ms >= st->ring->life_ms / 2;
}

enum verdict flow_open(struct flow_request *rq, const struct step *st, const uint8_t *p, size_t n)
{
    struct request q;
    uint8_t address[ADDRESS_HASH_BYTES];
    rq->absorbed = false;
    rq->packet_len = n;
    if (request_decode(&q, p, n) != LETHE_OK)
        return DROP_FORMAT;
    if (continuation_open(&rq->session, st->ring, st->now_ms, q.continuation) != LETHE_OK)
        return DROP_CONTINUATION;
    rq->aging = is_aging(st, q.continuation);
    enum verdict v = absorb_shares(rq, &q, st);
    if (v == ANSWERED)
        v = open_body(rq, &q, p);
    address_hash(address, st->address);
    rq->address_known = bytes_equal(address, rq->session.address, sizeof address);
    return v;
}

/* Moves the session to its next key and seals it for the client to bring back. */
static enum verdict renew(uint8_t c[CONTINUATION_BYTES], const struct session *current,
                          const struct step *st)
{
    const struct cookie_key *key = ring_sealing(st->ring, st->now_ms);
    if (!key)
        return DROP_NO_KEY;
    uint8_t nonce[NONCE_BYTES];
    struct session next = *current;
    rng_fill(st->rng, nonce, sizeof nonce);
    session_next(next.z, nonce);
    next.issued_ms = st->now_ms;
    address_hash(next.address, st->address);
    continuation_seal(c, &next, key, nonce);
    wipe(&next, sizeof next);
    return ANSWERED;
}

enum verdict flow_answer(struct flow_request *rq, const struct step *st,
                         const struct flow_reply *reply, uint8_t *out, size_t *out_len)
{
    uint8_t c[CONTINUATION_BYTES], nonce[NONCE_BYTES], from_server[32];
    bool with_c = rq->body.renew || rq->absorbed || rq->aging || !rq->address_known;
    if (with_c && renew(c, &rq->session, st) != ANSWERED)
        return DROP_NO_KEY;

    struct data_body b = {.id = rq->body.id,
                          .status = reply->status,
                          .version = reply->version,
                          .size = reply->size,
                          .offset = rq->body.offset,
                          .continuation = with_c ? c : NULL,
                          .bytes = reply->bytes,
                          .bytes_len = reply->bytes_len};
    if (!rq->address_known) {
        b.status = STATUS_ADDRESS;
        b.bytes_len = 0;
    }
    rng_fill(st->rng, nonce, sizeof nonce);
    data_encode(out, &(struct data){.generation = rq->body.generation, .nonce = nonce});
    size_t body_len = data_body_encode(out + DATA_HEADER_BYTES, DATA_BODY_MAX, &b);
    if (body_len == 0)
        return DROP_REQUEST_BODY;
    key_from_server(from_server, rq->session.z);
    aead_seal(out + DATA_HEADER_BYTES, out + DATA_HEADER_BYTES, body_len, out, DATA_HEADER_BYTES,
              nonce, from_server);
    wipe(from_server, sizeof from_server);
    *out_len = DATA_HEADER_BYTES + body_len + TAG_BYTES;
    return ANSWERED;
}

void flow_wipe(struct flow_request *rq)
{
    wipe(&rq->session, sizeof rq->session);
    wipe(rq->plain, sizeof rq->plain);
}
