/*
 * HELLO at the client: a fresh key, both static legs, the mac, the box; and PUZZLE, which asks for
 * it again with a solution. The packet is made once for each and repeated as it is.
 */
#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/dh.h"
#include "crypto/kem.h"
#include "kex/client.h"
#include "lethe/error.h"
#include "wire/hello.h"

/* The request under the short-term key: the same in each HELLO, under another key. */
static void seal_early(const struct kex_client *c, const uint8_t p[HELLO_HEADER_BYTES],
                       const uint8_t kh0[32], uint8_t body[HELLO_BODY_BYTES])
{
    uint8_t key[32];
    schedule_early_box(key, kh0, c->early_dh);
    aead_seal(early_box_put(body), c->early_body, EARLY_BODY_BYTES, p, HELLO_HEADER_BYTES,
              p + HELLO_NONCE_AT, key);
    wipe(key, sizeof key);
}

/* Makes the rest of a HELLO whose header is there up to the puzzle field, and its kh0. */
static void finish(struct kex_client *c, uint8_t p[DATAGRAM_BYTES], uint8_t kh0[32],
                   const uint8_t field[HELLO_PUZZLE_BYTES])
{
    uint8_t box_key[32], body[HELLO_BODY_BYTES] = {0};
    memcpy(p + HELLO_PUZZLE_AT, field, HELLO_PUZZLE_BYTES);
    schedule_hello_mac(p + HELLO_MAC_AT, c->server->fingerprint, p);
    schedule_hello(kh0, c->server->fingerprint, c->hello_s, c->hello_dh, p);
    if (c->early_asked)
        seal_early(c, p, kh0, body);
    schedule_hello_box(box_key, kh0);
    aead_seal(p + HELLO_HEADER_BYTES, body, sizeof body, p, HELLO_HEADER_BYTES, p + HELLO_NONCE_AT,
              box_key);
    wipe(box_key, sizeof box_key);
}

static void make_header(struct kex_client *c, const struct kex_early *early,
                        const uint8_t nonce[NONCE_BYTES], const uint8_t ct[MCELIECE_CT_BYTES])
{
    static const uint8_t zeros[HELLO_PUZZLE_BYTES];
    uint8_t ltid[HELLO_ID_BYTES], stid[HELLO_ID_BYTES] = {0}, client[DH_PUBLIC_BYTES];
    schedule_ltid(ltid, c->server->fingerprint);
    if (early)
        schedule_stid(stid, early->short_term);
    dh_public(client, c->dh_secret);
    const struct hello h = {.ltid = ltid,
                            .stid = stid,
                            .minute = early ? early->minute : 0,
                            .nonce = nonce,
                            .client = client,
                            .ct = ct,
                            .puzzle = zeros};
    hello_encode(c->hello, &h);
}

/* What each HELLO's inner box is made from. */
static int take_early(struct kex_client *c, const struct kex_early *early)
{
    int err = early_request_encode(c->early_body, early->request, early->len);
    if (err == LETHE_OK && dh_shared(c->early_dh, early->short_term, c->dh_secret) != LETHE_OK)
        err = LETHE_ERR_IDENTITY;
    c->early_asked = err == LETHE_OK;
    return err;
}

int kex_client_init(struct kex_client *c, const struct server_public *server, uint8_t wanted,
                    struct rng *rng)
{
    return kex_client_init_early(c, server, wanted, NULL, rng);
}

int kex_client_init_early(struct kex_client *c, const struct server_public *server, uint8_t wanted,
                          const struct kex_early *early, struct rng *rng)
{
    static const uint8_t no_puzzle[HELLO_PUZZLE_BYTES];
    uint8_t nonce[NONCE_BYTES], ct[MCELIECE_CT_BYTES];
    memset(c, 0, offsetof(struct kex_client, pace));
    c->server = server;
    c->wanted = wanted;
    pace_init(&c->pace);
    rng_fill(rng, c->dh_secret, sizeof c->dh_secret);
    rng_fill(rng, nonce, sizeof nonce);
    if (mceliece_enc(ct, c->hello_s, server->mceliece) != LETHE_OK ||
        dh_shared(c->hello_dh, server->dh, c->dh_secret) != LETHE_OK) {
        kex_client_wipe(c);
        return LETHE_ERR_IDENTITY;
    }
    int err = early ? take_early(c, early) : LETHE_OK;
    if (err != LETHE_OK) {
        kex_client_wipe(c);
        return err;
    }
    make_header(c, early, nonce, ct);
    finish(c, c->hello, c->kh0, no_puzzle);
    return LETHE_OK;
}

void kex_client_show_pass(struct kex_client *c, const uint8_t pass[ACCEPT_PASS_BYTES])
{
    finish(c, c->hello, c->kh0, pass);
}

const uint8_t *kex_client_puzzle(const struct kex_client *c)
{
    return c->puzzle.asked && !c->accepted ? c->puzzle.packet : NULL;
}

bool kex_client_is_solved(const struct kex_client *c)
{
    return c->puzzle.solved && c->hello_retry.sent % 2 == 0;
}

/* While one is being solved another is as good only if it is easier. */
int kex_client_input_puzzle(struct kex_client *c, const uint8_t *p, size_t n)
{
    struct puzzle q, asked;
    if (puzzle_decode(&q, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    if (c->accepted || q.bits > KEX_PUZZLE_BITS_MOST ||
        memcmp(q.echo, c->hello + HELLO_NONCE_AT, NONCE_BYTES) != 0)
        return LETHE_ERR_CRYPTO;
    if (c->puzzle.asked && puzzle_decode(&asked, c->puzzle.packet, PUZZLE_BYTES) == LETHE_OK &&
        q.bits >= asked.bits)
        return LETHE_OK;
    memcpy(c->puzzle.packet, p, PUZZLE_BYTES);
    c->puzzle.asked = true;
    return LETHE_OK;
}

void kex_client_solved(struct kex_client *c, const uint8_t *answer)
{
    struct kex_puzzle *k = &c->puzzle;
    uint8_t field[PUZZLE_FIELD_BYTES];
    struct puzzle q;
    if (!kex_client_puzzle(c))
        return;
    k->asked = false;
    if (!answer || puzzle_decode(&q, k->packet, PUZZLE_BYTES) != LETHE_OK)
        return;
    const struct puzzle_field f = {
        .type = PUZZLE_FIELD_SOLUTION, .nonce = q.nonce, .answer = answer};
    puzzle_field_encode(field, &f);
    memcpy(k->hello, c->hello, HELLO_MAC_AT);
    finish(c, k->hello, k->kh0, field);
    k->solved = true;
    k->first_ns = 0;
    c->hello_retry.sent = 0; /* at once */
}
