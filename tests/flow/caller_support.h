/* A session at the client, and a server that answers its calls, with nothing between them. */
#ifndef FLOW_CALLER_SUPPORT_H
#define FLOW_CALLER_SUPPORT_H

#include "flow/test_support.h"

#define PATIENCE (100 * MS)

static struct strikes strikes;
static struct desk desk;
static struct caller caller;
static struct client_session opened; /* what caller_open was given */
static int64_t now_ns;
static uint8_t needed;
static uint32_t echo;

static inline int open_all(void **state)
{
    (void)state;
    desk_open(&desk, &strikes);
    now_ns = 5000 * MS;
    needed = 0;
    memcpy(opened.z, desk.purse.z, sizeof opened.z);
    memcpy(opened.m, desk.m, sizeof opened.m);
    memcpy(opened.continuation, desk.purse.continuation, CONTINUATION_BYTES);
    opened.transport = desk.purse.transport;
    caller_open(&caller, &opened, now_ns);
    return 0;
}

struct kept {
    uint8_t bytes[PACKET_MAX];
    size_t n;
    uint32_t echo;
};

static inline void seal(uint8_t flags, uint16_t datagram)
{
    struct request_body b = desk_body();
    b.echo = echo;
    b.flags = flags;
    b.datagram = datagram;
    desk.packet_len =
        caller_seal(&caller, &b, &desk.rng, now_ns, PATIENCE, needed, desk.packet, PACKET_MAX, 400);
    assert_true(desk.packet_len >= 400);
}

/* What the server answers to the packet at hand: its only one, or none (n 0). */
static inline struct kept answer(void)
{
    struct kept k = {.echo = echo++};
    const struct step st = desk_step(&desk);
    const struct lethe_service service = {
        .context = &desk.shop, .call = shop_call, .read = shop_read};
    desk.burst = (struct burst){.at = desk.at, .room = sizeof desk.at};
    assert_int_equal(flow_open(&desk.request, &st, desk.packet, desk.packet_len), ANSWERED);
    assert_int_equal(flow_answer(&desk.request, &st, &service, 0, &desk.scratch, &desk.burst),
                     ANSWERED);
    flow_wipe(&desk.request);
    assert_true(desk.burst.count <= 1);
    k.n = desk.burst.used;
    memcpy(k.bytes, desk.at, k.n);
    return k;
}

/* The answer, a call's, to a request made now, kept back. */
static inline struct kept keep(uint8_t flags)
{
    seal(flags | REQUEST_CALL, DATAGRAM_BYTES);
    struct kept k = answer();
    assert_true(k.n > 0);
    return k;
}

/* Its answer opens; true when it brought the session forward. */
static inline bool take(const struct kept *k)
{
    static uint8_t plain[DATA_BODY_MAX];
    struct data_body b;
    bool adopted;
    assert_int_equal(caller_open_answer(&caller, &b, plain, k->bytes, k->n, now_ns, &adopted),
                     LETHE_OK);
    assert_true(b.echo == k->echo);
    return adopted;
}

static inline int open_result(const struct kept *k)
{
    static uint8_t plain[DATA_BODY_MAX];
    struct data_body b;
    bool adopted;
    int err = caller_open_answer(&caller, &b, plain, k->bytes, k->n, now_ns, &adopted);
    assert_true(err == LETHE_OK || !adopted);
    return err;
}

static inline bool turn(uint8_t flags)
{
    const struct kept k = keep(flags);
    return take(&k);
}

static inline void absorb(uint8_t leg)
{
    const struct leg_yield y = desk_yield(&desk, leg, caller.m);
    caller_absorb(&caller, &y, caller.m);
}

/* How many shares the last request brought. */
static inline uint8_t shares(void)
{
    return desk.packet[REQUEST_HEADER_BYTES(0) - 1];
}

/* A server of now under which the session's continuation is replaced by this one, for what only
 * another server could have sealed. */
static inline void give(const struct session *s)
{
    desk_give(&desk, s);
    memcpy(opened.continuation, desk.purse.continuation, CONTINUATION_BYTES);
    opened.transport = desk.purse.transport;
    caller_open(&caller, &opened, now_ns);
}

#endif
