/* What the tests of kex/ share beside the world: cmocka, and answers made by hand. */
#ifndef TESTS_KEX_TEST_SUPPORT_H
#define TESTS_KEX_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "kex/world.h"
#include "lethe/error.h"
#include "seal/share.h"
#include "wire/accept.h"
#include "wire/block.h"
#include "wire/finish.h"
#include "wire/leg.h"

#define BOTH_LEGS (LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE))

static inline int make_world(void **state)
{
    (void)state;
    world_make();
    return 0;
}

/* A LEG, BLOCK or FINISH of c's exchange around any body: what c's owner could send. `which`
 * is the leg or the position. Returns its length. */
static inline size_t make_packet(const struct kex_client *c, uint8_t kind, uint16_t which,
                                 const uint8_t *body, uint8_t out[DATAGRAM_BYTES])
{
    uint8_t nonce[NONCE_BYTES];
    size_t header, n;
    if (kind == KIND_LEG) {
        leg_encode(out, &(struct leg){.kid = c->kid, .leg = (uint8_t)which, .m = c->m});
        header = LEG_HEADER_BYTES, n = DATAGRAM_BYTES;
    } else if (kind == KIND_BLOCK) {
        block_encode(out, &(struct block){.kid = c->kid, .position = which, .m = c->m});
        header = BLOCK_HEADER_BYTES, n = BLOCK_PACKET_BYTES;
    } else {
        finish_encode(out, &(struct finish){.kid = c->kid, .m = c->m});
        header = FINISH_HEADER_BYTES, n = FINISH_PACKET_BYTES, which = 0;
    }
    schedule_client_nonce(nonce, kind, which);
    aead_seal(out + header, body, n - header - TAG_BYTES, out, header, nonce, c->from_client);
    return n;
}

/* What c's owner sends when honest. */
static inline size_t make_leg(const struct kex_client *c, uint8_t out[DATAGRAM_BYTES])
{
    uint8_t body[LEG_BODY_BYTES] = {0};
    memcpy(body, c->leg_pk, sizeof c->leg_pk);
    return make_packet(c, KIND_LEG, LEG_SNTRUP, body, out);
}

static inline size_t make_block(const struct kex_client *c, uint16_t position,
                                uint8_t out[DATAGRAM_BYTES])
{
    uint8_t body[BLOCK_BODY_BYTES];
    goppa_block(body, c->mceliece_pk, position);
    return make_packet(c, KIND_BLOCK, position, body, out);
}

static inline size_t make_finish(const struct kex_client *c,
                                 const uint8_t syndrome[GOPPA_SYNDROME_BYTES],
                                 uint8_t out[DATAGRAM_BYTES])
{
    uint8_t body[FINISH_BODY_BYTES] = {0};
    memcpy(body, syndrome, GOPPA_SYNDROME_BYTES);
    return make_packet(c, KIND_FINISH, 0, body, out);
}

static inline void flip(uint8_t *p, size_t bit)
{
    p[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* The share opens on this ring for c's session, to what c absorbs, or to something else. */
static inline bool share_matches(const struct kex_client *c, const struct ring *ring,
                                 int64_t now_ms, uint8_t leg)
{
    uint8_t secret[32], hash[32];
    const struct leg_yield *y = &c->yields[leg];
    assert_true(y->ready);
    assert_int_equal(y->leg, leg);
    assert_int_equal(share_open(secret, hash, ring, now_ms, c->session.m, leg, y->share), LETHE_OK);
    assert_false(bytes_are_zero(secret, sizeof secret));
    return memcmp(secret, y->secret, 32) == 0 && memcmp(hash, y->hash, 32) == 0;
}

#endif
