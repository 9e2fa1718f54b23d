/*
 * HELLO at the client: fresh keys, both static legs, the mac, the box.
 * The packet is made once and repeated as it is.
 */
#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/dh.h"
#include "crypto/kem.h"
#include "kex/client.h"
#include "lethe/error.h"
#include "wire/hello.h"

static void make_header(struct kex_client *c, const uint8_t nonce[NONCE_BYTES],
                        const uint8_t ct[MCELIECE_CT_BYTES])
{
    static const uint8_t zeros[HELLO_PUZZLE_BYTES];
    uint8_t ltid[HELLO_ID_BYTES], client[DH_PUBLIC_BYTES];
    schedule_ltid(ltid, c->server->fingerprint);
    dh_public(client, c->dh_secret);
    const struct hello h = {
        .ltid = ltid, .stid = zeros, .nonce = nonce, .client = client, .ct = ct, .puzzle = zeros};
    hello_encode(c->hello, &h);
    schedule_hello_mac(c->hello + HELLO_MAC_AT, c->server->fingerprint, c->hello);
}

int kex_client_init(struct kex_client *c, const struct server_public *server, uint8_t wanted,
                    struct rng *rng)
{
    uint8_t nonce[NONCE_BYTES], ct[MCELIECE_CT_BYTES], s[32] = {0}, dh[32] = {0}, box_key[32] = {0};
    static const uint8_t body[HELLO_BODY_BYTES];
    int err = LETHE_ERR_IDENTITY;
    memset(c, 0, sizeof *c);
    c->server = server;
    c->wanted = wanted;
    pace_init(&c->pace);
    rng_fill(rng, c->dh_secret, sizeof c->dh_secret);
    rng_fill(rng, nonce, sizeof nonce);
    leg_row(LEG_SNTRUP)->keypair(c->leg_pk, c->leg_sk);
    if (mceliece_enc(ct, s, server->mceliece) != LETHE_OK ||
        dh_shared(dh, server->dh, c->dh_secret) != LETHE_OK)
        goto out;

    make_header(c, nonce, ct);
    schedule_hello(c->kh0, server->fingerprint, s, dh, c->hello);
    schedule_hello_box(box_key, c->kh0);
    aead_seal(c->hello + HELLO_HEADER_BYTES, body, sizeof body, c->hello, HELLO_HEADER_BYTES, nonce,
              box_key);
    err = LETHE_OK;
out:
    wipe(s, sizeof s);
    wipe(dh, sizeof dh);
    wipe(box_key, sizeof box_key);
    if (err != LETHE_OK)
        kex_client_wipe(c);
    return err;
}
