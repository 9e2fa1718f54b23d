/*
 * HELLOs for load and for attack.
 */
#include "craft.h"

#include <err.h>
#include <string.h>

#include "crypto/aead.h"
#include "crypto/dh.h"
#include "crypto/kem.h"
#include "lethe/error.h"

static const uint8_t zeros[HELLO_BODY_BYTES];

void craft_secrets(struct secrets *k, const struct server_public *server, struct rng *rng)
{
    uint8_t secret[32];
    rng_fill(rng, secret, sizeof secret);
    dh_public(k->client, secret);
    if (mceliece_enc(k->ct, k->s, server->mceliece) != LETHE_OK ||
        dh_shared(k->dh, server->dh, secret) != LETHE_OK)
        errx(1, "the identity is unusable");
}

static void header(uint8_t out[HELLO_HEADER_BYTES], const struct server_public *server,
                   struct hello *h)
{
    uint8_t ltid[HELLO_ID_BYTES];
    schedule_ltid(ltid, server->fingerprint);
    h->ltid = ltid;
    h->stid = zeros;
    hello_encode(out, h);
    schedule_hello_mac(out + HELLO_MAC_AT, server->fingerprint, out);
}

void craft_hello(uint8_t out[DATAGRAM_BYTES], const struct secrets *k,
                 const struct server_public *server, struct rng *rng)
{
    uint8_t nonce[NONCE_BYTES], kh0[32], key[32];
    rng_fill(rng, nonce, sizeof nonce);
    header(out, server,
           &(struct hello){.nonce = nonce, .puzzle = zeros, .client = k->client, .ct = k->ct});
    schedule_hello(kh0, server->fingerprint, k->s, k->dh, out);
    schedule_hello_box(key, kh0);
    aead_seal(out + HELLO_HEADER_BYTES, zeros, HELLO_BODY_BYTES, out, HELLO_HEADER_BYTES, nonce,
              key);
}

void craft_garbage(uint8_t out[DATAGRAM_BYTES], const struct server_public *server,
                   const uint8_t client[32], const uint8_t nonce[NONCE_BYTES],
                   const uint8_t puzzle[HELLO_PUZZLE_BYTES], struct rng *rng)
{
    uint8_t ct[MCELIECE_CT_BYTES];
    rng_fill(rng, ct, sizeof ct);
    ct[sizeof ct - 1] &= 0x07; /* 1547 bits; padding that is set is found at once */
    header(out, server,
           &(struct hello){.nonce = nonce, .puzzle = puzzle, .client = client, .ct = ct});
    /* The box is never the same, and never right: it need not be random. */
    memset(out + HELLO_HEADER_BYTES, nonce[0], HELLO_BOX_BYTES);
}
