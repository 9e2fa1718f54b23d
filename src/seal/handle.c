/*
 * Handles: the session's id stands in the associated data, so that no other session can use one.
 */
#include "seal/handle.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "lethe/error.h"

#define NONCE_AT   1
#define BOX_AT     (NONCE_AT + NONCE_BYTES)
#define SIZE_BYTES 8
#define AD_BYTES   (BOX_AT + EXCHANGE_ID_BYTES)

static void make_ad(uint8_t ad[AD_BYTES], const uint8_t *handle, const uint8_t *m)
{
    memcpy(ad, handle, BOX_AT);
    memcpy(ad + BOX_AT, m, EXCHANGE_ID_BYTES);
}

size_t handle_seal(uint8_t out[HANDLE_BYTES_MAX], const struct handle *h,
                   const uint8_t m[EXCHANGE_ID_BYTES], const struct cookie_key *key,
                   const uint8_t nonce[NONCE_BYTES])
{
    uint8_t ad[AD_BYTES], plain[SIZE_BYTES + HANDLE_STATE_MAX];
    out[0] = cookie_key_kid(key);
    memcpy(out + NONCE_AT, nonce, NONCE_BYTES);
    make_ad(ad, out, m);
    store64(plain, h->size);
    memcpy(plain + SIZE_BYTES, h->state, h->state_len);
    aead_seal(out + BOX_AT, plain, SIZE_BYTES + h->state_len, ad, sizeof ad, nonce,
              key->sub[RING_HANDLE]);
    wipe(plain, sizeof plain);
    return BOX_AT + SIZE_BYTES + h->state_len + TAG_BYTES;
}

int handle_open(struct handle *h, const uint8_t m[EXCHANGE_ID_BYTES], const struct ring *ring,
                int64_t now_ms, const uint8_t *p, size_t n)
{
    uint8_t ad[AD_BYTES], plain[SIZE_BYTES + HANDLE_STATE_MAX];
    if (n < HANDLE_BYTES_MIN || n > HANDLE_BYTES_MAX)
        return LETHE_ERR_CRYPTO;
    const struct cookie_key *key = p[0] < KID_COUNT ? ring_find(ring, p[0], now_ms) : NULL;
    if (!key)
        return LETHE_ERR_CRYPTO;
    make_ad(ad, p, m);
    if (aead_open(plain, p + BOX_AT, n - BOX_AT, ad, sizeof ad, p + NONCE_AT,
                  key->sub[RING_HANDLE]) != LETHE_OK)
        return LETHE_ERR_CRYPTO;
    h->size = load64(plain);
    h->state_len = n - HANDLE_BYTES_MIN;
    memcpy(h->state, plain + SIZE_BYTES, h->state_len);
    h->aging = now_ms - key->born_ms >= ring->life_ms / 2;
    wipe(plain, sizeof plain);
    return LETHE_OK;
}
