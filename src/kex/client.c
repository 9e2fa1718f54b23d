/*
 * The client's exchange: what to send next, and when.
 * Single packets are repeated by timer; blocks flow under the pacer.
 */
#include "kex/client.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "wire/block.h"
#include "wire/finish.h"

static bool wants(const struct kex_client *c, uint8_t leg)
{
    return c->wanted & LEG_BIT(leg) && !c->yields[leg].ready;
}

bool kex_client_done(const struct kex_client *c)
{
    bool done = c->accepted;
    for (uint8_t leg = 0; leg < LEG_COUNT; leg++)
        done = done && !wants(c, leg);
    return done;
}

void kex_client_lend_mceliece(struct kex_client *c, const uint8_t *pk, const uint8_t *sk)
{
    c->mceliece_pk = pk;
    c->mceliece_sk = sk;
}

static bool uploading(const struct kex_client *c)
{
    return c->accepted && c->mceliece_pk && wants(c, LEG_MCELIECE) &&
           c->blocks_answered < BLOCK_COUNT;
}

/* Which single packet may be sent or repeated in the present state. */
static void activate(struct kex_client *c)
{
    c->hello_retry.active = !c->accepted;
    c->leg_retry.active = c->accepted && wants(c, LEG_SNTRUP);
    c->finish_retry.active =
        c->accepted && wants(c, LEG_MCELIECE) && c->blocks_answered == BLOCK_COUNT;
}

/* A guess may be what one lost packet has cost: that must not be what the next one costs. */
static int64_t retry_timeout_ns(const struct kex_client *c)
{
    const int64_t timeout = pace_timeout_ns(&c->pace);
    return kex_client_guesses_rtt(c) && timeout > PACE_FIRST_TIMEOUT_NS ? PACE_FIRST_TIMEOUT_NS
                                                                        : timeout;
}

static bool retry_due(struct retry *r, const struct kex_client *c, int64_t now_ns)
{
    if (!r->active || (r->sent > 0 && now_ns < r->next_ns))
        return false;
    int64_t timeout = retry_timeout_ns(c), pause = timeout << (r->sent < 4 ? r->sent : 4);
    int64_t longest = timeout > 2000 * PACE_MS ? timeout : 2000 * PACE_MS;
    if (r->sent++ == 0)
        r->first_ns = now_ns;
    r->next_ns = now_ns + (pause < longest ? pause : longest);
    return true;
}

static void seal(struct kex_client *c, uint8_t *out, size_t header, const uint8_t *body,
                 size_t body_len, uint8_t kind, uint16_t position)
{
    uint8_t nonce[NONCE_BYTES];
    schedule_client_nonce(nonce, kind, position);
    aead_seal(out + header, body, body_len, out, header, nonce, c->from_client);
}

/* A solution that is not answered may have been one to a forged PUZZLE, or too late: every other
 * time HELLO goes without. */
static size_t output_hello(struct kex_client *c, bool solved, int64_t now_ns, uint8_t *out)
{
    int64_t *first_ns = solved ? &c->puzzle.first_ns : &c->hello_first_ns;
    if (*first_ns == 0)
        *first_ns = now_ns;
    memcpy(out, solved ? c->puzzle.hello : c->hello, DATAGRAM_BYTES);
    return DATAGRAM_BYTES;
}

void kex_client_prepare(struct kex_client *c)
{
    if (c->leg_made || !wants(c, LEG_SNTRUP))
        return;
    leg_row(LEG_SNTRUP)->keypair(c->leg_pk, c->leg_sk);
    c->leg_made = true;
}

static size_t output_leg(struct kex_client *c, uint8_t *out)
{
    uint8_t body[LEG_BODY_BYTES] = {0};
    kex_client_prepare(c);
    memcpy(body, c->leg_pk, sizeof c->leg_pk);
    leg_encode(out, &(struct leg){.kid = c->kid, .leg = LEG_SNTRUP, .m = c->m});
    seal(c, out, LEG_HEADER_BYTES, body, sizeof body, KIND_LEG, LEG_SNTRUP);
    return DATAGRAM_BYTES;
}

static size_t output_finish(struct kex_client *c, uint8_t *out)
{
    uint8_t body[FINISH_BODY_BYTES] = {0};
    memcpy(body, c->syndrome, sizeof c->syndrome);
    finish_encode(out, &(struct finish){.kid = c->kid, .m = c->m});
    seal(c, out, FINISH_HEADER_BYTES, body, sizeof body, KIND_FINISH, 0);
    return FINISH_PACKET_BYTES;
}

static size_t output_block(struct kex_client *c, uint16_t position, int64_t now_ns, uint8_t *out)
{
    uint8_t body[BLOCK_BODY_BYTES];
    goppa_block(body, c->mceliece_pk, position);
    block_encode(out, &(struct block){.kid = c->kid, .position = position, .m = c->m});
    seal(c, out, BLOCK_HEADER_BYTES, body, sizeof body, KIND_BLOCK, position);
    c->block_state[position] = BLOCK_IN_FLIGHT;
    c->block_number[position] = pace_sent(&c->pace, position, c->block_again[position], now_ns);
    c->block_again[position] = true;
    return BLOCK_PACKET_BYTES;
}

static void take_back_lost(struct kex_client *c)
{
    uint32_t position;
    while (pace_lost(&c->pace, &position)) {
        if (c->block_state[position] != BLOCK_IN_FLIGHT)
            continue;
        c->block_state[position] = BLOCK_WANTED;
        if (position < c->block_next)
            c->block_next = (uint16_t)position;
    }
}

static uint16_t next_wanted_block(struct kex_client *c)
{
    while (c->block_next < BLOCK_COUNT && c->block_state[c->block_next] != BLOCK_WANTED)
        c->block_next++;
    return c->block_next;
}

static size_t output_upload(struct kex_client *c, int64_t now_ns, uint8_t *out)
{
    pace_tick(&c->pace, now_ns);
    take_back_lost(c);
    uint16_t position = next_wanted_block(c);
    if (position == BLOCK_COUNT || !pace_ready(&c->pace, now_ns))
        return 0;
    return output_block(c, position, now_ns, out);
}

size_t kex_client_output(struct kex_client *c, int64_t now_ns, uint8_t out[DATAGRAM_BYTES])
{
    size_t n = 0;
    const bool solved = kex_client_is_solved(c);
    activate(c);
    if (retry_due(&c->hello_retry, c, now_ns)) {
        n = output_hello(c, solved, now_ns, out);
    } else if (retry_due(&c->leg_retry, c, now_ns)) {
        n = output_leg(c, out);
    } else if (retry_due(&c->finish_retry, c, now_ns)) {
        n = output_finish(c, out);
    } else if (uploading(c)) {
        n = output_upload(c, now_ns, out);
    }
    if (n)
        c->packets_sent++;
    return n;
}

static int64_t retry_next_ns(bool active, const struct retry *r)
{
    if (!active)
        return INT64_MAX;
    return r->sent == 0 ? 0 : r->next_ns;
}

int64_t kex_client_next_ns(const struct kex_client *c)
{
    bool all_sent = c->blocks_answered == BLOCK_COUNT;
    int64_t next = retry_next_ns(!c->accepted, &c->hello_retry);
    next = earlier(next, retry_next_ns(c->accepted && wants(c, LEG_SNTRUP), &c->leg_retry));
    next = earlier(
        next, retry_next_ns(c->accepted && wants(c, LEG_MCELIECE) && all_sent, &c->finish_retry));
    if (uploading(c))
        next = earlier(next, pace_next_ns(&c->pace, c->block_next < BLOCK_COUNT));
    return next;
}

void kex_client_wipe(struct kex_client *c)
{
    wipe(c, sizeof *c);
}
