/*
 * The pass: made and judged from a cookie key alone; what was used is for the filter to remember.
 */
#include "admit/pass.h"
#include "base/bytes.h"
#include "crypto/hash.h"

static void tag_of(uint8_t out[HASH_BYTES], const struct cookie_key *key,
                   const struct puzzle_field *f, const uint8_t *address)
{
    uint8_t expires[8];
    store64(expires, (uint64_t)f->expires_ms);
    const struct bytes parts[] = {{address, address_network_bytes(address)},
                                  {f->nonce, PASS_NONCE_BYTES},
                                  {expires, sizeof expires}};
    kdf(out, "pass", key->sub[RING_PASS], parts, 3);
}

void pass_make(uint8_t field[PUZZLE_FIELD_BYTES], const struct cookie_key *key, int64_t now_ms,
               const uint8_t nonce[PASS_NONCE_BYTES], const uint8_t address[ADDRESS_BYTES])
{
    uint8_t tag[HASH_BYTES];
    struct puzzle_field f = {.type = PUZZLE_FIELD_PASS,
                             .kid = cookie_key_kid(key),
                             .nonce = nonce,
                             .expires_ms = now_ms + PASS_LIFE_MS};
    tag_of(tag, key, &f, address);
    f.tag = tag;
    puzzle_field_encode(field, &f);
    wipe(tag, sizeof tag);
}

const struct cookie_key *pass_check(const struct puzzle_field *f, const struct ring *ring,
                                    int64_t now_ms, int64_t since_ms,
                                    const uint8_t address[ADDRESS_BYTES])
{
    uint8_t tag[HASH_BYTES];
    const struct cookie_key *key = ring_find(ring, f->kid, now_ms);
    if (!key || f->expires_ms <= now_ms || f->expires_ms - PASS_LIFE_MS > now_ms ||
        f->expires_ms - PASS_LIFE_MS < since_ms)
        return NULL;
    tag_of(tag, key, f, address);
    bool good = bytes_equal(tag, f->tag, PASS_TAG_BYTES);
    wipe(tag, sizeof tag);
    return good ? key : NULL;
}

void pass_use(uint8_t out[PASS_USE_BYTES], const struct puzzle_field *f)
{
    out[0] = PUZZLE_FIELD_PASS;
    memcpy(out + 1, f->nonce, PASS_NONCE_BYTES);
}
