/*
 * The server's answers at the client: each is authenticated before it changes anything,
 * and an answer that comes again changes nothing.
 */
#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/dh.h"
#include "crypto/kem.h"
#include "kex/client.h"
#include "lethe/error.h"
#include "wire/accept.h"
#include "wire/block.h"
#include "wire/finish.h"

bool kex_client_guesses_rtt(const struct kex_client *c)
{
    return c->rtt_guessed && c->pace.least_ns == 0; /* no BLOCK has told it since */
}

/* The answer to a packet that was first sent then, and `sent` times in all: it seeds the pacer
 * before the first block. Of several the first may be the one that was answered, on a long path, or
 * the last, on one that loses packets: so the time since the first is no sample, but a bound. It
 * may be too long, never too short, or a long path would look like a lossy one. */
static void answered(struct kex_client *c, int64_t first_ns, uint32_t sent, int64_t now_ns)
{
    const int64_t rtt = now_ns > first_ns ? now_ns - first_ns : 1;
    c->packets_answered++;
    if (c->pace.srtt_ns != 0 && (!kex_client_guesses_rtt(c) || (sent > 1 && rtt > c->pace.srtt_ns)))
        return;
    c->rtt_guessed = sent > 1;
    c->pace.srtt_ns = rtt;
    c->pace.rttvar_ns = c->rtt_guessed ? 0 : rtt / 2;
}

static void take_keys(struct kex_client *c, const uint8_t *hello, const struct accept *a,
                      const struct accept_body *b, const struct transport *transport,
                      const uint8_t ka[32])
{
    c->kid = a->kid;
    memcpy(c->m, a->m, EXCHANGE_ID_BYTES);
    keys_split(c->from_client, c->from_server, b->k1);
    schedule_session(c->session.z, ka, hello, a->kid, a->m, a->server);
    c->session.legs = 0;
    memcpy(c->session.m, a->m, EXCHANGE_ID_BYTES);
    memcpy(c->session.continuation, b->continuation, CONTINUATION_BYTES);
    c->session.transport = *transport;
    c->has_pass = !bytes_are_zero(b->pass, ACCEPT_PASS_BYTES);
    memcpy(c->pass, b->pass, ACCEPT_PASS_BYTES);
    wipe(c->kh0, sizeof c->kh0);
    wipe(c->puzzle.kh0, sizeof c->puzzle.kh0);
    wipe(c->hello_s, sizeof c->hello_s);
    wipe(c->hello_dh, sizeof c->hello_dh);
    wipe(c->early_dh, sizeof c->early_dh);
    wipe(c->early_body, sizeof c->early_body);
    wipe(c->dh_secret, sizeof c->dh_secret);
    c->accepted = true;
}

/* Opens ACCEPT as the answer to the HELLO whose key is kh0. */
static int open_accept(uint8_t body[ACCEPT_BODY_BYTES], uint8_t ka[32], const struct accept *a,
                       const uint8_t *p, const uint8_t kh0[32], const uint8_t dh[32])
{
    uint8_t key[32], nonce[NONCE_BYTES];
    schedule_accept(ka, kh0, dh);
    schedule_accept_box(key, ka);
    schedule_accept_nonce(nonce, a->m);
    int err = aead_open(body, a->box, ACCEPT_BOX_BYTES, p, ACCEPT_HEADER_BYTES, nonce, key);
    wipe(key, sizeof key);
    return err;
}

static int input_accept(struct kex_client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct accept a;
    struct accept_body b;
    struct early_answer early;
    struct transport transport;
    uint8_t dh[32], ka[32] = {0}, body[ACCEPT_BODY_BYTES];
    bool solved = false;
    if (accept_decode(&a, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    if (c->accepted) /* the keys that would authenticate it are gone */
        return LETHE_ERR_CRYPTO;
    int err = dh_shared(dh, a.server, c->dh_secret);
    if (err == LETHE_OK) {
        err = open_accept(body, ka, &a, p, c->kh0, dh);
        solved = err != LETHE_OK && c->puzzle.solved;
    }
    if (solved)
        err = open_accept(body, ka, &a, p, c->puzzle.kh0, dh);
    if (err == LETHE_OK)
        err = accept_body_decode(&b, body, sizeof body);
    if (err == LETHE_OK)
        err = transport_decode(&transport, b.transport);
    if (err == LETHE_OK)
        err = early_answer_decode(&early, body + ACCEPT_EARLY_AT, ACCEPT_EARLY_BYTES);
    if (err == LETHE_OK) {
        answered(c, solved ? c->puzzle.first_ns : c->hello_first_ns, c->hello_retry.sent, now_ns);
        take_keys(c, solved ? c->puzzle.hello : c->hello, &a, &b, &transport, ka);
        memcpy(c->early_reply, body + ACCEPT_EARLY_AT, ACCEPT_EARLY_BYTES);
    }
    wipe(dh, sizeof dh);
    wipe(ka, sizeof ka);
    wipe(body, sizeof body);
    return err;
}

static int open_answer(const struct kex_client *c, uint8_t *body, const uint8_t *p, size_t header,
                       size_t n, const uint8_t *nonce)
{
    if (!c->accepted)
        return LETHE_ERR_CRYPTO;
    return aead_open(body, p + header, n - header, p, header, nonce, c->from_server);
}

static int input_legged(struct kex_client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct legged l;
    uint8_t body[LEGGED_BODY_BYTES];
    struct leg_yield *y = &c->yields[LEG_SNTRUP];
    const struct leg_row *row = leg_row(LEG_SNTRUP);
    if (legged_decode(&l, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    int err = open_answer(c, body, p, LEGGED_HEADER_BYTES, n, l.nonce);
    if (err != LETHE_OK || y->ready)
        return err;
    answered(c, c->leg_retry.first_ns, c->leg_retry.sent, now_ns);
    row->dec(y->secret, body, c->leg_sk);
    schedule_leg_hash(y->hash, c->leg_pk, row->pk_bytes, body, row->ct_bytes);
    memcpy(y->share, body + LEGGED_CT_BYTES, SHARE_BYTES);
    y->leg = LEG_SNTRUP;
    y->ready = true;
    wipe(c->leg_sk, sizeof c->leg_sk);
    return LETHE_OK;
}

static int input_blocked(struct kex_client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct blocked b;
    uint8_t bits;
    if (blocked_decode(&b, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    int err = open_answer(c, &bits, p, BLOCKED_HEADER_BYTES, n, b.nonce);
    if (err != LETHE_OK)
        return err;
    if (c->block_state[b.position] == BLOCK_ANSWERED || !c->block_again[b.position])
        return LETHE_OK;
    pace_answered(&c->pace, c->block_number[b.position], now_ns);
    c->block_state[b.position] = BLOCK_ANSWERED;
    goppa_syndrome_add(c->syndrome, b.position / BLOCK_COL_GROUPS, bits & ((1u << BLOCK_ROWS) - 1));
    c->blocks_answered++;
    c->packets_answered++;
    return LETHE_OK;
}

static int input_finished(struct kex_client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct finished f;
    uint8_t body[FINISHED_BODY_BYTES];
    struct leg_yield *y = &c->yields[LEG_MCELIECE];
    if (finished_decode(&f, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    int err = open_answer(c, body, p, FINISHED_HEADER_BYTES, n, f.nonce);
    if (err != LETHE_OK || y->ready || !c->mceliece_sk)
        return err;
    err = mceliece_dec(y->secret, body, c->mceliece_sk);
    if (err != LETHE_OK)
        return err;
    answered(c, c->finish_retry.first_ns, c->finish_retry.sent, now_ns);
    schedule_syndrome_hash(y->hash, c->m, body, FINISH_SYNDROME_BYTES);
    memcpy(y->share, body + FINISH_SYNDROME_BYTES, SHARE_BYTES);
    y->leg = LEG_MCELIECE;
    y->ready = true;
    return LETHE_OK;
}

int kex_client_input(struct kex_client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    switch (n ? p[0] : 0) {
    case KIND_ACCEPT:
        return input_accept(c, now_ns, p, n);
    case KIND_PUZZLE:
        return kex_client_input_puzzle(c, p, n);
    case KIND_LEGGED:
        return input_legged(c, now_ns, p, n);
    case KIND_BLOCKED:
        return input_blocked(c, now_ns, p, n);
    case KIND_FINISHED:
        return input_finished(c, now_ns, p, n);
    default:
        return LETHE_ERR_FORMAT;
    }
}
