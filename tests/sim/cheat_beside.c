/*
 * What a cheat sends beside its requests: to other servers, in others' names, guesses, and to keep
 * an old base alive.
 */
#include "sim/cheat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sim/fixture.h"

#define OTHER_BYTES ((uint64_t)1 << 40)
#define FLOOD       3 /* more requests with each */
#define AGAIN       4 /* numbers at a time */
#define AGAIN_NS    (4 * SIM_SEC)

/* The same numbers at the other servers, for other bytes. */
static void ask_others(struct contestant *f, struct request_body *b)
{
    const int home = f->server, servers = f->contest->plan.servers;
    for (int i = 1; i < servers; i++) {
        for (int k = 0; k < b->item_count; k++)
            b->items[k].offset += OTHER_BYTES;
        f->server = (home + i) % servers;
        contestant_send(f, b, f->pull.fresh);
        f->cheat->acts++;
    }
    f->server = home;
    f->pull.other_home_ns = 0;
}

/* A request of its own that asks for a continuation, and proves what the last one did. */
static struct request_body beside(struct contestant *f)
{
    struct request_body b = {.flags = REQUEST_RENEW,
                             .echo = f->pull.echo++,
                             .datagram = DATAGRAM_BYTES,
                             .proof = f->cheat->proof,
                             .sum = f->cheat->sum,
                             .call_handle = HANDLE_NONE};
    for (size_t i = 0; i < b.proof.count; i++) {
        b.proof.runs[i].first -= f->cheat->card.t.base;
        b.proof.runs[i].last -= f->cheat->card.t.base;
    }
    return b;
}

static void flood(struct contestant *f)
{
    for (int i = 0; i < FLOOD; i++, f->cheat->acts++) {
        struct request_body b = beside(f);
        cheat_send(f, &f->cheat->card, &b, 0);
    }
}

/* One number more than it can prove, with a nonce made up. */
static void guess(struct contestant *f)
{
    struct request_body b = beside(f);
    if (b.proof.count == 0)
        return;
    b.proof.runs[b.proof.count - 1].last++;
    b.sum ^= rng_u64(&f->rng);
    f->cheat->acts++;
    cheat_send(f, &f->cheat->card, &b, 0);
}

/* The same request, in another's name. */
static void spoof(struct contestant *f, const struct request_body *asked)
{
    uint8_t own[ADDRESS_BYTES];
    struct request_body b = *asked;
    memcpy(own, f->address, sizeof own);
    address_make(f->address, CONTEST_VICTIMS, (uint8_t)f->index, 53);
    b.echo = f->pull.echo++;
    f->cheat->acts++;
    cheat_send(f, &f->cheat->card, &b, f->pull.fresh);
    memcpy(f->address, own, sizeof own);
}

/* What came up to that number, below a base that stays where it was. */
static void prove_until(struct contestant *f, uint64_t number, struct request_body *b)
{
    struct cheat *c = f->cheat;
    struct proof *p = &b->proof;
    cheat_prove(c, c->behind.t.base, p);
    while (p->count > 0 && p->runs[p->count - 1].first > number)
        p->count--;
    if (p->count > 0 && p->runs[p->count - 1].last > number)
        p->runs[p->count - 1].last = number;
    b->sum = cheat_sum(f, p);
    for (size_t i = 0; i < p->count; i++) {
        p->runs[i].first -= c->behind.t.base;
        p->runs[i].last -= c->behind.t.base;
    }
}

/* Has the old base renewed now and then, proving nothing, and asks under it for other bytes with
 * numbers that came long ago: all of them, a few at a time. */
static void ask_again(struct contestant *f)
{
    struct cheat *c = f->cheat;
    const int64_t now = f->node.sim->now_ns;
    struct request_body b = beside(f);
    b.proof.count = 0;
    b.sum = 0;
    if (now - c->renewed_ns >= AGAIN_NS) {
        c->renewed_ns = now;
        cheat_send(f, &c->behind, &b, 0);
        return;
    }
    b.flags = 0;
    prove_until(f, c->again, &b);
    b.items[b.item_count++] =
        (struct request_item){.first = (uint32_t)(c->again + 1 - c->behind.t.base),
                              .count = AGAIN,
                              .offset = OTHER_BYTES,
                              .last = (uint16_t)DATA_CHUNK((size_t)b.datagram)};
    c->again = c->again + 2 * AGAIN < f->pull.top ? c->again + AGAIN : c->behind.t.base;
    c->acts++;
    cheat_send(f, &c->behind, &b, 1);
}

void cheat_beside(struct contestant *f, struct request_body *b)
{
    const unsigned kinds = f->cheat->kinds;
    if (kinds & CHEAT_SECOND)
        ask_others(f, b);
    if (kinds & CHEAT_GUESS)
        guess(f);
    if (kinds & CHEAT_FLOOD)
        flood(f);
    if (kinds & CHEAT_SPOOF)
        spoof(f, b);
    if (kinds & CHEAT_BEHIND)
        ask_again(f);
}
