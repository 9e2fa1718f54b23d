/*
 * LEG, BLOCK and FINISH at the server (McTiny sections 4 and 5): derive, authenticate, answer,
 * forget. An answer's nonce is fresh random, because encapsulation and sealing make a repeated
 * answer a different plaintext.
 */
#include "kex/server.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "kex/legs.h"
#include "lethe/error.h"
#include "seal/share.h"
#include "wire/block.h"
#include "wire/finish.h"
#include "wire/leg.h"

/* Finds the cookie key, derives K1 and opens the packet's box into body. */
static enum verdict open_box(const struct cookie_key **key, const struct step *st,
                             struct exchange *x, uint8_t kid, const uint8_t *m, uint8_t kind,
                             uint16_t position, uint8_t *body, const uint8_t *p, size_t header,
                             size_t n)
{
    uint8_t nonce[NONCE_BYTES];
    *key = ring_find(st->ring, kid, st->now_ms);
    if (!*key)
        return DROP_KID;
    exchange_key(x, *key, m);
    schedule_client_nonce(nonce, kind, position);
    if (aead_open(body, p + header, n - header, p, header, nonce, x->from_client) != LETHE_OK)
        return DROP_EXCHANGE_BOX;
    return ANSWERED;
}

/* Each repetition of an expensive step is a strike of its own; past the limit they all are seen.
 * A full filter lets the step through: strangers must not be able to stop an exchange. */
static bool may_work(const struct step *st, const struct cookie_key *key, const uint8_t *m,
                     uint8_t leg)
{
    uint8_t use[EXCHANGE_ID_BYTES + 2];
    memcpy(use, m, EXCHANGE_ID_BYTES);
    use[EXCHANGE_ID_BYTES] = leg;
    for (uint8_t i = 0; i < EXCHANGE_WORK_LIMIT; i++) {
        use[EXCHANGE_ID_BYTES + 1] = i;
        if (filter_strike(st->filter, key->epoch, st->address, use, sizeof use) != STRIKE_SEEN)
            return true;
    }
    return false;
}

static void make_share(uint8_t share[SHARE_BYTES], const struct step *st,
                       const struct cookie_key *key, const uint8_t *m, uint8_t leg,
                       const uint8_t secret[32], const uint8_t hash[32])
{
    uint8_t nonce[NONCE_BYTES];
    rng_fill(st->rng, nonce, sizeof nonce);
    share_seal(share, key, nonce, m, leg, secret, hash);
}

enum verdict kex_leg(const struct step *st, struct exchange *x, const uint8_t *p, size_t n,
                     uint8_t *out, size_t *out_len)
{
    struct leg l;
    const struct cookie_key *key;
    uint8_t pk[LEG_BODY_BYTES];
    if (leg_decode(&l, p, n) != LETHE_OK)
        return DROP_FORMAT;
    const struct leg_row *row = leg_row_in_one_packet(l.leg);
    if (!row)
        return DROP_LEG;
    enum verdict v = open_box(&key, st, x, l.kid, l.m, KIND_LEG, l.leg, pk, p, LEG_HEADER_BYTES, n);
    if (v != ANSWERED)
        return v;
    if (!may_work(st, key, l.m, l.leg))
        return DROP_METER;

    uint8_t body[LEGGED_BODY_BYTES] = {0}, secret[32], hash[32], nonce[NONCE_BYTES];
    row->enc(body, secret, pk);
    schedule_leg_hash(hash, pk, row->pk_bytes, body, row->ct_bytes);
    make_share(body + LEGGED_CT_BYTES, st, key, l.m, l.leg, secret, hash);
    rng_fill(st->rng, nonce, sizeof nonce);
    legged_encode(out, &(struct legged){.nonce = nonce});
    aead_seal(out + LEGGED_HEADER_BYTES, body, sizeof body, out, LEGGED_HEADER_BYTES, nonce,
              x->from_server);
    wipe(secret, sizeof secret);
    *out_len = LEGGED_BYTES;
    return ANSWERED;
}

enum verdict kex_block(const struct step *st, struct exchange *x, const uint8_t *p, size_t n,
                       uint8_t *out, size_t *out_len)
{
    struct block b;
    const struct cookie_key *key;
    uint8_t rows[BLOCK_BODY_BYTES], nonce[NONCE_BYTES];
    if (block_decode(&b, p, n) != LETHE_OK)
        return DROP_FORMAT;
    enum verdict v =
        open_box(&key, st, x, b.kid, b.m, KIND_BLOCK, b.position, rows, p, BLOCK_HEADER_BYTES, n);
    if (v != ANSWERED)
        return v;
    exchange_error(x, key);
    uint8_t bits = goppa_block_product(rows, exchange_columns(x, b.position % BLOCK_COL_GROUPS));
    bits ^= x->mask[b.position];

    rng_fill(st->rng, nonce, sizeof nonce);
    blocked_encode(out, &(struct blocked){.position = b.position, .nonce = nonce});
    aead_seal(out + BLOCKED_HEADER_BYTES, &bits, 1, out, BLOCKED_HEADER_BYTES, nonce,
              x->from_server);
    *out_len = BLOCKED_BYTES;
    return ANSWERED;
}

/* Takes the masks away and adds the identity part of e: the syndrome of the client's key. */
static void unmask(uint8_t syndrome[GOPPA_SYNDROME_BYTES], const struct exchange *x)
{
    for (int i = 0; i < BLOCK_COUNT; i++)
        goppa_syndrome_add(syndrome, i / BLOCK_COL_GROUPS, x->mask[i]);
    goppa_syndrome_add_identity(syndrome, &x->error);
}

enum verdict kex_finish(const struct step *st, struct exchange *x, const uint8_t *p, size_t n,
                        uint8_t *out, size_t *out_len)
{
    struct finish f;
    const struct cookie_key *key;
    uint8_t syndrome[FINISH_BODY_BYTES];
    if (finish_decode(&f, p, n) != LETHE_OK)
        return DROP_FORMAT;
    enum verdict v =
        open_box(&key, st, x, f.kid, f.m, KIND_FINISH, 0, syndrome, p, FINISH_HEADER_BYTES, n);
    if (v != ANSWERED)
        return v;
    if (!goppa_syndrome_canonical(syndrome))
        return DROP_SYNDROME;
    if (!may_work(st, key, f.m, LEG_MCELIECE))
        return DROP_METER;

    uint8_t body[FINISHED_BODY_BYTES], secret[32], hash[32], nonce[NONCE_BYTES];
    exchange_error(x, key);
    unmask(syndrome, x);
    goppa_session_key(secret, &x->error, syndrome);
    schedule_syndrome_hash(hash, f.m, syndrome, FINISH_SYNDROME_BYTES);
    memcpy(body, syndrome, FINISH_SYNDROME_BYTES);
    make_share(body + FINISH_SYNDROME_BYTES, st, key, f.m, LEG_MCELIECE, secret, hash);
    rng_fill(st->rng, nonce, sizeof nonce);
    finished_encode(out, &(struct finished){.nonce = nonce});
    aead_seal(out + FINISHED_HEADER_BYTES, body, sizeof body, out, FINISHED_HEADER_BYTES, nonce,
              x->from_server);
    wipe(secret, sizeof secret);
    *out_len = FINISHED_BYTES;
    return ANSWERED;
}
