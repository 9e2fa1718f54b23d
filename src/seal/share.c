/*
 * Shares: secret and hash in a box that only the same exchange, the same leg and a live
 * cookie key open.
 */
#include "seal/share.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "lethe/error.h"

#define NONCE_AT 1
#define BOX_AT   (NONCE_AT + NONCE_BYTES)
#define AD_BYTES (1 + EXCHANGE_ID_BYTES + 1)

static void associated_data(uint8_t ad[AD_BYTES], uint8_t kid, const uint8_t m[EXCHANGE_ID_BYTES],
                            uint8_t leg)
{
    ad[0] = kid;
    memcpy(ad + 1, m, EXCHANGE_ID_BYTES);
    ad[1 + EXCHANGE_ID_BYTES] = leg;
}

void share_seal(uint8_t out[SHARE_BYTES], const struct cookie_key *key,
                const uint8_t nonce[NONCE_BYTES], const uint8_t m[EXCHANGE_ID_BYTES], uint8_t leg,
                const uint8_t secret[32], const uint8_t hash[32])
{
    uint8_t ad[AD_BYTES], body[64];
    out[0] = cookie_key_kid(key);
    memcpy(out + NONCE_AT, nonce, NONCE_BYTES);
    associated_data(ad, out[0], m, leg);
    memcpy(body, secret, 32);
    memcpy(body + 32, hash, 32);
    aead_seal(out + BOX_AT, body, sizeof body, ad, sizeof ad, nonce, key->sub[RING_SHARE]);
    wipe(body, sizeof body);
}

int share_open(uint8_t secret[32], uint8_t hash[32], const struct ring *ring, int64_t now_ms,
               const uint8_t m[EXCHANGE_ID_BYTES], uint8_t leg, const uint8_t share[SHARE_BYTES])
{
    uint8_t ad[AD_BYTES], body[64] = {0};
    int err = LETHE_ERR_CRYPTO;
    const struct cookie_key *key = share[0] < KID_COUNT ? ring_find(ring, share[0], now_ms) : NULL;
    associated_data(ad, share[0], m, leg);
    if (key)
        err = aead_open(body, share + BOX_AT, SHARE_BYTES - BOX_AT, ad, sizeof ad, share + NONCE_AT,
                        key->sub[RING_SHARE]);
    if (err != LETHE_OK)
        wipe(body, sizeof body);
    memcpy(secret, body, 32);
    memcpy(hash, body + 32, 32);
    wipe(body, sizeof body);
    return err;
}
