/* What the tests of admit/ share: a ring of known keys, an address, and a HELLO's fields. */
#ifndef TESTS_ADMIT_TEST_SUPPORT_H
#define TESTS_ADMIT_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "admit/puzzle.h"
#include "base/bytes.h"
#include "kat/hex.h"
#include "lethe/error.h"
#include "seal/mark.h"
#include "wire/block.h"
#include "wire/finish.h"
#include "wire/leg.h"
#include "wire/request.h"

#define NOW_MS ((int64_t)1700000000000)

static const uint8_t home[ADDRESS_BYTES] = {4, 0,    0,    0,   0, 0, 0, 0,    0,   0,
                                            0, 0xff, 0xff, 192, 0, 2, 7, 0x34, 0x12};

static uint8_t client[HELLO_CLIENT_BYTES], client_nonce[NONCE_BYTES], random_part[14];
static const struct hello honest = {.client = client, .nonce = client_nonce};

/* Epoch 5, born a minute ago, of the key 0, 1, 2 ... */
static inline void ring_of_one(struct ring *ring)
{
    uint8_t key[COOKIE_KEY_BYTES];
    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = i;
    for (uint8_t i = 0; i < 32; i++)
        client[i] = 0x40 + i;
    for (uint8_t i = 0; i < 24; i++)
        client_nonce[i] = 0x80 + i;
    for (uint8_t i = 0; i < 14; i++)
        random_part[i] = 0xc0 + i;
    ring_init(ring, RING_PERIOD_MS);
    ring_put(ring, 5, NOW_MS - 60000, key);
}

/* The field that solves a PUZZLE. */
static inline void solve(uint8_t field[PUZZLE_FIELD_BYTES], const uint8_t packet[PUZZLE_BYTES])
{
    struct puzzle q;
    uint8_t z[PUZZLE_ANSWER_BYTES];
    assert_int_equal(puzzle_decode(&q, packet, PUZZLE_BYTES), LETHE_OK);
    assert_true(puzzle_search(z, &q, 0, 1, UINT64_MAX));
    puzzle_field_encode(field, &(struct puzzle_field){
                                   .type = PUZZLE_FIELD_SOLUTION, .nonce = q.nonce, .answer = z});
}

/* A LEG, BLOCK, FINISH or REQUEST that is right but for its box, by what the server gave the client
 * at the address; where that lies in it, in *at. Returns its length. */
static inline size_t marked_packet(uint8_t p[DATAGRAM_BYTES], uint8_t kind, size_t *at,
                                   const struct ring *ring, struct rng *rng,
                                   const uint8_t address[ADDRESS_BYTES])
{
    const struct cookie_key *key = ring_sealing(ring, NOW_MS);
    uint8_t m[EXCHANGE_ID_BYTES];
    memset(p, 0, DATAGRAM_BYTES);
    mark_draw(m, sizeof m, rng, key, address);
    switch (kind) {
    case KIND_LEG:
        leg_encode(p, &(struct leg){.kid = key->kid, .m = m});
        *at = LEG_HEADER_BYTES - sizeof m;
        return DATAGRAM_BYTES;
    case KIND_BLOCK:
        block_encode(p, &(struct block){.kid = key->kid, .m = m});
        *at = BLOCK_HEADER_BYTES - sizeof m;
        return BLOCK_PACKET_BYTES;
    case KIND_FINISH:
        finish_encode(p, &(struct finish){.kid = key->kid, .m = m});
        *at = FINISH_HEADER_BYTES - sizeof m;
        return FINISH_PACKET_BYTES;
    default:
        p[0] = KIND_REQUEST;
        p[1] = key->kid;
        mark_draw(p + 2, NONCE_BYTES, rng, key, address);
        *at = 2;
        return REQUEST_MIN_BYTES;
    }
}

#endif
