/*
 * Continuations: the encoding of a session and its seal.
 * The state is written by cursor in a fixed order; a seal that opens was made by us.
 */
#include "seal/continuation.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "crypto/aead.h"
#include "lethe/error.h"

#define NONCE_AT 1
#define BOX_AT   (NONCE_AT + NONCE_BYTES)

static void encode(uint8_t out[SESSION_BYTES], const struct session *s)
{
    struct writer w = writer_of(out, SESSION_BYTES);
    write_bytes(&w, s->z, SESSION_KEY_BYTES);
    write8(&w, s->legs);
    write_bytes(&w, s->m, EXCHANGE_ID_BYTES);
    write64(&w, (uint64_t)s->issued_ms);
    write64(&w, (uint64_t)s->begun_ms);
    write_bytes(&w, s->address, ADDRESS_HASH_BYTES);
    uint8_t *transport = write_span(&w, TRANSPORT_BYTES);
    if (transport)
        transport_encode(transport, &s->transport);
    write_bytes(&w, s->transport.range_key, RANGE_KEY_BYTES);
}

static int decode(struct session *s, const uint8_t in[SESSION_BYTES])
{
    struct reader r = reader_of(in, SESSION_BYTES);
    read_bytes(&r, s->z, SESSION_KEY_BYTES);
    s->legs = read8(&r);
    read_bytes(&r, s->m, EXCHANGE_ID_BYTES);
    s->issued_ms = (int64_t)read64(&r);
    s->begun_ms = (int64_t)read64(&r);
    read_bytes(&r, s->address, ADDRESS_HASH_BYTES);
    int err = transport_decode(&s->transport, read_span(&r, TRANSPORT_BYTES));
    read_bytes(&r, s->transport.range_key, RANGE_KEY_BYTES);
    return err;
}

void continuation_seal(uint8_t out[CONTINUATION_BYTES], const struct session *s,
                       const struct cookie_key *key, const uint8_t nonce[NONCE_BYTES])
{
    uint8_t state[SESSION_BYTES];
    encode(state, s);
    out[0] = cookie_key_kid(key);
    memcpy(out + NONCE_AT, nonce, NONCE_BYTES);
    aead_seal(out + BOX_AT, state, sizeof state, out, NONCE_AT, nonce, key->sub[RING_SEAL]);
    wipe(state, sizeof state);
}

int continuation_open(struct session *s, const struct ring *ring, int64_t now_ms,
                      const uint8_t c[CONTINUATION_BYTES])
{
    uint8_t state[SESSION_BYTES];
    int err = LETHE_ERR_CRYPTO;
    const struct cookie_key *key = c[0] < KID_COUNT ? ring_find(ring, c[0], now_ms) : NULL;
    if (key)
        err = aead_open(state, c + BOX_AT, CONTINUATION_BYTES - BOX_AT, c, NONCE_AT, c + NONCE_AT,
                        key->sub[RING_SEAL]);
    if (err == LETHE_OK)
        err = decode(s, state);
    if (err != LETHE_OK)
        wipe(s, sizeof *s);
    wipe(state, sizeof state);
    return err;
}

const uint8_t *continuation_nonce(const uint8_t c[CONTINUATION_BYTES])
{
    return c + NONCE_AT;
}
