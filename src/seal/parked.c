/*
 * Parked continuations: three fields and their seal.
 */
#include "seal/parked.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "lethe/error.h"

#define NONCE_AT 1
#define BOX_AT   (NONCE_AT + NONCE_BYTES)

_Static_assert(PARKED_STATE_BYTES == SESSION_KEY_BYTES + 1 + EXCHANGE_ID_BYTES, "P, legs, M");

void parked_of(struct parked *p, const uint8_t z[SESSION_KEY_BYTES], uint8_t legs,
               const uint8_t m[EXCHANGE_ID_BYTES])
{
    kdf(p->key, "park", z, NULL, 0);
    p->legs = legs;
    memcpy(p->m, m, EXCHANGE_ID_BYTES);
}

void parked_seal(uint8_t out[PARKED_BYTES], const struct parked *p, const struct cookie_key *key,
                 const uint8_t nonce[NONCE_BYTES])
{
    uint8_t state[PARKED_STATE_BYTES];
    struct writer w = writer_of(state, sizeof state);
    write_bytes(&w, p->key, SESSION_KEY_BYTES);
    write8(&w, p->legs);
    write_bytes(&w, p->m, EXCHANGE_ID_BYTES);
    out[0] = cookie_key_kid(key);
    memcpy(out + NONCE_AT, nonce, NONCE_BYTES);
    aead_seal(out + BOX_AT, state, sizeof state, out, NONCE_AT, nonce, key->sub[RING_PARK]);
    wipe(state, sizeof state);
}

int parked_open(struct parked *p, const struct ring *slow, int64_t now_ms,
                const uint8_t in[PARKED_BYTES])
{
    uint8_t state[PARKED_STATE_BYTES] = {0};
    int err = LETHE_ERR_CRYPTO;
    const struct cookie_key *key = ring_find(slow, in[0], now_ms);
    if (key)
        err = aead_open(state, in + BOX_AT, PARKED_BYTES - BOX_AT, in, NONCE_AT, in + NONCE_AT,
                        key->sub[RING_PARK]);
    struct reader r = reader_of(state, sizeof state);
    read_bytes(&r, p->key, SESSION_KEY_BYTES);
    p->legs = read8(&r);
    read_bytes(&r, p->m, EXCHANGE_ID_BYTES);
    if (err != LETHE_OK)
        wipe(p, sizeof *p);
    wipe(state, sizeof state);
    return err;
}
