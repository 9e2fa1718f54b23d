/*
 * The puzzle: made and judged from a cookie key, a HELLO and an address, and searched.
 * Judging one is one keyed hash of two blocks.
 */
#include "admit/puzzle.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "crypto/hash.h"
#include "lethe/error.h"
#include "seal/strikes.h"

_Static_assert(PUZZLE_LIFE_MS <= STRIKES_LIFE_MS, "a solution is struck as long as it is good");
_Static_assert(PUZZLE_BYTES <= DATAGRAM_BYTES, "PUZZLE is not longer than the HELLO it answers");
_Static_assert(PUZZLE_FIELD_BYTES == HELLO_PUZZLE_BYTES, "one field");

#define BOUND_BYTES (ADDRESS_BYTES + HELLO_CLIENT_BYTES + NONCE_BYTES + PUZZLE_NONCE_BYTES)

void puzzle_answer(uint8_t z[PUZZLE_ANSWER_BYTES], const struct cookie_key *key,
                   const uint8_t address[ADDRESS_BYTES], const struct hello *h,
                   const uint8_t nonce[PUZZLE_NONCE_BYTES])
{
    uint8_t bound[BOUND_BYTES]; /* fixed lengths: one part, one block less to hash */
    struct writer w = writer_of(bound, sizeof bound);
    write_bytes(&w, address, ADDRESS_BYTES);
    write_bytes(&w, h->client, HELLO_CLIENT_BYTES);
    write_bytes(&w, h->nonce, NONCE_BYTES);
    write_bytes(&w, nonce, PUZZLE_NONCE_BYTES);
    const struct bytes part = {bound, sizeof bound};
    kdf(z, "puzzle", key->sub[RING_PUZZLE], &part, 1);
}

static uint32_t low_bits(uint8_t bits)
{
    return (uint32_t)(((uint64_t)1 << bits) - 1);
}

static void hash_answer(uint8_t out[PUZZLE_ANSWER_BYTES], const uint8_t z[PUZZLE_ANSWER_BYTES])
{
    hash_of(out, "puzzle hash", z, PUZZLE_ANSWER_BYTES);
}

void puzzle_set(uint8_t out[PUZZLE_BYTES], const struct cookie_key *key, int64_t now_ms,
                uint8_t bits, const uint8_t *random, const uint8_t address[ADDRESS_BYTES],
                const struct hello *h)
{
    uint8_t nonce[PUZZLE_NONCE_BYTES], z[PUZZLE_ANSWER_BYTES], hash[PUZZLE_ANSWER_BYTES];
    const struct puzzle_nonce n = {
        .kid = cookie_key_kid(key), .issued_ms = now_ms, .bits = bits, .random = random};
    puzzle_nonce_encode(nonce, &n);
    puzzle_answer(z, key, address, h, nonce);
    hash_answer(hash, z);
    store32(z, load32(z) & ~low_bits(bits));
    puzzle_encode(out, &(struct puzzle){.echo = h->nonce, .nonce = nonce, .hash = hash, .hint = z});
    wipe(z, sizeof z);
}

enum puzzle_result puzzle_check(const struct puzzle_field *f, const struct ring *ring,
                                int64_t now_ms, int64_t since_ms,
                                const uint8_t address[ADDRESS_BYTES], const struct hello *h)
{
    const struct cookie_key *key = ring_find(ring, f->puzzle.kid, now_ms);
    const int64_t issued = f->puzzle.issued_ms;
    uint8_t z[PUZZLE_ANSWER_BYTES];
    if (!key || issued < since_ms || issued > now_ms || now_ms - issued >= PUZZLE_LIFE_MS)
        return PUZZLE_LATE;
    puzzle_answer(z, key, address, h, f->nonce);
    bool right = bytes_equal(z, f->answer, sizeof z);
    wipe(z, sizeof z);
    return right ? PUZZLE_RIGHT : PUZZLE_WRONG;
}

bool puzzle_search(uint8_t z[PUZZLE_ANSWER_BYTES], const struct puzzle *q, uint64_t first,
                   uint64_t step, uint64_t count)
{
    const uint32_t base = load32(q->hint);
    uint8_t hash[PUZZLE_ANSWER_BYTES];
    memcpy(z, q->hint, PUZZLE_ANSWER_BYTES);
    for (uint64_t i = 0, low = first; i < count && low <= low_bits(q->bits); i++, low += step) {
        store32(z, base | (uint32_t)low);
        hash_answer(hash, z);
        if (memcmp(hash, q->hash, sizeof hash) == 0)
            return true;
    }
    return false;
}
