/*
 * What a cheat sends: requests changed, repeated, or under another continuation.
 */
#include "sim/cheat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lethe/error.h"

#define CARD_GAP_NS (LINEAGE_LIFE_MS * SIM_MS / CARDS)
#define REACH       16
#define MOVE_NS     SIM_SEC
#define SIZE_NS     (100 * SIM_MS)

struct cheat *cheat_new(unsigned kinds)
{
    struct cheat *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->kinds = kinds;
    return c;
}

void cheat_free(struct cheat *c)
{
    free(c);
}

static struct card card_of(const uint8_t *continuation, const uint8_t *z, const struct transport *t,
                           int64_t now_ns)
{
    struct card card = {.t = *t, .at_ns = now_ns};
    memcpy(card.continuation, continuation, CONTINUATION_BYTES);
    memcpy(card.z, z, SESSION_KEY_BYTES);
    return card;
}

static void put_card(struct cheat *c, const struct card *card)
{
    if (c->made == 0) { /* the space's first */
        c->behind = *card;
        c->again = card->t.base;
    }
    c->cards[c->made++ % CARDS] = *card;
}

void cheat_begin(struct contestant *f, const struct client_session *s)
{
    struct cheat *c = f->cheat;
    c->lineage = s->transport.lineage;
    const struct card card = card_of(s->continuation, s->z, &s->transport, f->node.sim->now_ns);
    put_card(c, &card);
}

void cheat_heard(struct contestant *f, uint8_t generation, const struct data_body *b, bool current)
{
    struct cheat *c = f->cheat;
    const int64_t now = f->node.sim->now_ns;
    if (f->pull.t.lineage != c->lineage) {
        c->lineage = f->pull.t.lineage;
        c->made = c->count = 0;
        c->chosen = false;
    }
    if (b->flags & DATA_PULL && current) {
        const uint64_t asked = f->pull.asked;
        const uint64_t number = asked - (uint32_t)((uint32_t)asked - b->number);
        const struct pull_number *n = &f->pull.numbers[number % PULL_NUMBERS];
        if (n->state == NUMBER_RECEIVED && n->value == b->range_nonce)
            cheat_note(c, number);
    }
    const struct card *last = c->made ? &c->cards[(c->made - 1) % CARDS] : NULL;
    struct transport t;
    if (!b->continuation || transport_decode(&t, b->transport) != LETHE_OK ||
        t.lineage != c->lineage)
        return;
    uint8_t z[SESSION_KEY_BYTES];
    memcpy(z, f->caller.generations[generation].z, sizeof z);
    const bool behind = memcmp(z, c->behind.z, sizeof z) == 0;
    session_next(z, b->continuation + 1);
    const struct card card = card_of(b->continuation, z, &t, now);
    if (behind && t.base == c->behind.t.base)
        c->behind = card;
    if (!last || now - last->at_ns >= CARD_GAP_NS)
        put_card(c, &card);
}

void cheat_plan(struct contestant *f)
{
    struct cheat *c = f->cheat;
    if (c->kinds & CHEAT_START) {
        c->acts += f->pull.end_slow_start;
        f->pull.end_slow_start = false;
    }
    if (c->kinds & CHEAT_END_START)
        f->pull.end_slow_start = rng_u64(&f->rng) % 2;
    if (c->kinds & CHEAT_BURST)
        f->pull.next_ns = 0;
    if (f->pull.plan.valid || f->node.sim->now_ns < f->pull.next_ns)
        return;
    cheat_choose(f);
    if (c->kinds & CHEAT_PROBE)
        f->pull.plan.horizon++;
    if (c->kinds & CHEAT_REACH)
        f->pull.plan.horizon += REACH;
}

void cheat_send(struct contestant *f, struct card *card, struct request_body *b, unsigned fresh)
{
    struct caller *c = &f->caller;
    const uint8_t current = c->current;
    uint8_t continuation[CONTINUATION_BYTES];
    struct caller_generation *g = &c->generations[card->name];
    if (!g->live || memcmp(g->z, card->z, SESSION_KEY_BYTES) != 0) {
        if (c->next == current)
            c->next++;
        card->name = c->next++;
        g = &c->generations[card->name];
        *g = (struct caller_generation){
            .live = true, .name = card->name, .legs = c->legs, .lineage_at = c->lineage_at};
        memcpy(g->z, card->z, SESSION_KEY_BYTES);
        keys_split(g->from_client, g->from_server, g->z);
        c->batch_live = false;
        if (card->origin && memcmp(card->origin->z, card->z, SESSION_KEY_BYTES) == 0)
            card->origin->name = card->name;
    }
    memcpy(continuation, c->continuation, sizeof continuation);
    memcpy(c->continuation, card->continuation, sizeof continuation);
    c->current = card->name;
    contestant_send(f, b, fresh);
    c->current = current;
    memcpy(c->continuation, continuation, sizeof continuation);
}

/* Lists everything that is missing, as far as there is room. */
static void list_all(const struct contestant *f, struct request_body *b)
{
    const struct pull *p = &f->pull;
    for (uint64_t n = p->t.base + 1; n <= p->asked && b->item_count < REQUEST_ITEMS_MAX; n++) {
        const struct pull_number *at = &p->numbers[n % PULL_NUMBERS];
        if (at->state == NUMBER_ASKED || at->state == NUMBER_GIVEN_UP)
            b->items[b->item_count++] = (struct request_item){.first = (uint32_t)(n - p->t.base),
                                                              .count = 1,
                                                              .offset = at->value,
                                                              .last = at->len};
    }
}

static void change_flags(struct contestant *f, struct request_body *b)
{
    const unsigned kinds = f->cheat->kinds;
    const uint8_t before = b->flags;
    if (kinds & CHEAT_PROBE)
        b->flags |= REQUEST_PROBE;
    if (kinds & CHEAT_END_START && rng_u64(&f->rng) % 2)
        b->flags |= REQUEST_END_SLOW_START;
    if (kinds & CHEAT_RENEW)
        b->flags |= REQUEST_RENEW;
    if (kinds & CHEAT_NO_RENEW && f->pull.in_flight)
        b->flags &= (uint8_t)~REQUEST_RENEW;
    f->cheat->acts += b->flags != before;
}

static void probe_size(struct contestant *f)
{
    uint8_t out[PACKET_MAX];
    struct request_body b = {.flags = REQUEST_RENEW | REQUEST_PATH_PROBE,
                             .echo = f->pull.echo,
                             .datagram = PACKET_MAX,
                             .call_handle = HANDLE_NONE};
    const int64_t now = f->node.sim->now_ns;
    if (now - f->cheat->sized_ns < SIZE_NS)
        return;
    f->cheat->sized_ns = now;
    f->cheat->acts++;
    size_t n = caller_seal(&f->caller, &b, &f->rng, now, SIM_SEC, 0, out, PACKET_MAX, PACKET_MAX);
    contestant_post(f, f->server, out, n);
}

static void move(struct contestant *f)
{
    const int64_t now = f->node.sim->now_ns;
    if (now - f->cheat->moved_ns < MOVE_NS)
        return;
    f->cheat->moved_ns = now;
    f->cheat->acts++;
    f->address[ADDRESS_BYTES - 1] ^= 1; /* the port */
}

void cheat_request(struct contestant *f, struct request_body *b)
{
    struct cheat *c = f->cheat;
    change_flags(f, b);
    const unsigned listed = b->item_count;
    if (c->kinds & CHEAT_NO_RELIST)
        b->item_count = (uint8_t)f->pull.fresh;
    if (c->kinds & CHEAT_RELIST_ALL)
        list_all(f, b);
    c->acts += b->item_count != listed;
    if (c->kinds & CHEAT_SIZE) {
        b->datagram = PACKET_MAX;
        probe_size(f);
    }
    if (c->kinds & CHEAT_MOVE)
        move(f);
    const uint64_t base = f->pull.t.base;
    b->proof = c->proof;
    b->sum = c->sum;
    for (size_t i = 0; i < b->proof.count; i++) {
        b->proof.runs[i].first -= c->card.t.base;
        b->proof.runs[i].last -= c->card.t.base;
    }
    for (int i = 0; i < b->item_count; i++)
        b->items[i].first += (uint32_t)(base - c->card.t.base);
    const bool old = memcmp(c->card.continuation, f->caller.continuation, CONTINUATION_BYTES) != 0;
    c->acts += c->lying || old || c->weak || c->kinds & CHEAT_REACH;
    /* Two packets take twice as long, and pacing leaves most of that. */
    const int64_t packet_ns = f->pull.srtt_ns / (int64_t)window_packets(&f->pull.t);
    c->acts += c->kinds & CHEAT_BURST && f->node.sim->now_ns - c->asked_ns < packet_ns;
    c->asked_ns = f->node.sim->now_ns;
    cheat_send(f, &c->card, b, f->pull.fresh);
    cheat_beside(f, b);
}

void cheat_sent(struct contestant *f, const uint8_t *p, size_t n)
{
    struct cheat *c = f->cheat;
    if (!(c->kinds & CHEAT_REPLAY))
        return;
    const size_t at = c->kept++ % PACKETS;
    memcpy(c->packets[at], p, n);
    c->lengths[at] = n;
    const size_t old = rng_u64(&f->rng) % (c->kept < PACKETS ? c->kept : PACKETS);
    const int servers = f->contest->plan.servers;
    for (int i = 0; i < servers; i++) {
        contestant_post(f, (f->server + i) % servers, p, n);
        contestant_post(f, (f->server + i) % servers, c->packets[old], c->lengths[old]);
        c->acts += 2;
    }
}
