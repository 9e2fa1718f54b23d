/*
 * Which continuation a cheat brings, and with which proof: the best that it finds by asking the
 * window's own function.
 */
#include "sim/cheat.h"

#include <string.h>

#define CARDS_TRIED 12 /* for one request */
#define VARIANTS    3  /* of each proof */
#define LATEST      16 /* numbers that a proof with a wide gap ends with, at most */

/* Adds a number to the receipts, most often to the last run. */
void cheat_note(struct cheat *c, uint64_t number)
{
    size_t i = c->count;
    while (i > 0 && c->runs[i - 1].first > number)
        i--;
    struct run *below = i > 0 ? &c->runs[i - 1] : NULL;
    if (below && number <= below->last)
        return;
    if (below && number == below->last + 1) {
        below->last++;
        if (i < c->count && c->runs[i].first == number + 1) {
            below->last = c->runs[i].last;
            memmove(&c->runs[i], &c->runs[i + 1], (--c->count - i) * sizeof c->runs[0]);
        }
        return;
    }
    if (i < c->count && c->runs[i].first == number + 1) {
        c->runs[i].first--;
        return;
    }
    if (c->count == RUNS) { /* forgets the oldest half */
        memmove(c->runs, &c->runs[RUNS / 2], RUNS / 2 * sizeof c->runs[0]);
        c->count = RUNS / 2;
        i = i > RUNS / 2 ? i - RUNS / 2 : 0;
    }
    memmove(&c->runs[i + 1], &c->runs[i], (c->count++ - i) * sizeof c->runs[0]);
    c->runs[i] = (struct run){number, number};
}

void cheat_prove(const struct cheat *c, uint64_t base, struct proof *p)
{
    size_t from = c->count;
    while (from > 0 && c->runs[from - 1].last > base)
        from--;
    for (uint64_t least = 1;; least *= 2) {
        p->count = 0;
        for (size_t i = from; i < c->count; i++) {
            const struct run r = {c->runs[i].first > base ? c->runs[i].first : base + 1,
                                  c->runs[i].last};
            if (r.last - r.first + 1 < least && i + 1 < c->count)
                continue;
            if (p->count == PROOF_RUNS_MAX)
                break;
            p->runs[p->count++] = r;
            if (i + 1 == c->count)
                return;
        }
        if (p->count < PROOF_RUNS_MAX)
            return;
    }
}

/* Leaves some of the end out. */
static void shorten(struct contestant *f, struct proof *p)
{
    if (p->count == 0)
        return;
    if (rng_u64(&f->rng) % 2)
        p->count = 1 + rng_u64(&f->rng) % p->count;
    struct run *last = &p->runs[p->count - 1];
    last->last -= rng_u64(&f->rng) % (last->last - last->first + 1);
}

/* Leaves some of a run out. */
static void invent_gap(struct contestant *f, struct proof *p)
{
    if (p->count == 0 || p->count == PROOF_RUNS_MAX)
        return;
    const size_t i = rng_u64(&f->rng) % p->count;
    const struct run r = p->runs[i];
    if (r.last - r.first < 2)
        return;
    const uint64_t first = r.first + 1 + rng_u64(&f->rng) % (r.last - r.first - 1);
    const uint64_t most = r.last - first, wide = 1 + rng_u64(&f->rng) % 4;
    memmove(&p->runs[i + 1], &p->runs[i], (p->count++ - i) * sizeof p->runs[0]);
    p->runs[i].last = first - 1;
    p->runs[i + 1].first = first + (wide < most ? wide : most);
}

/* Leaves out all between some number and the latest: what was lost there as well. */
static void leave_most_out(struct contestant *f, struct proof *p)
{
    if (p->count < 2)
        return;
    struct run last = p->runs[p->count - 1];
    const uint64_t few = rng_u64(&f->rng) % LATEST, length = last.last - last.first;
    p->count = 1 + rng_u64(&f->rng) % (p->count - 1);
    struct run *r = &p->runs[p->count - 1];
    r->last -= rng_u64(&f->rng) % (r->last - r->first + 1);
    last.first = few < length ? last.last - few : last.first;
    p->runs[p->count++] = last;
}

static uint64_t horizon_of(const struct contestant *f, const struct card *card,
                           const struct proof *p)
{
    struct transport t = card->t;
    const int64_t age = (f->node.sim->now_ns - card->at_ns + f->pull.srtt_ns) / SIM_MS;
    if (f->pull.end_slow_start)
        window_end_slow_start(&t);
    return window_advance(&t, p, age < WINDOW_AGE_MOST_MS ? (uint32_t)age : WINDOW_AGE_MOST_MS);
}

static void choose(struct contestant *f, const struct card *card, const struct proof *p, bool weak)
{
    const uint64_t horizon = horizon_of(f, card, p);
    struct cheat *c = f->cheat;
    const bool whatever = weak && c->kinds & CHEAT_WEAK && rng_u64(&f->rng) % 4 == 0;
    if (c->chosen && horizon <= f->pull.plan.horizon && !whatever)
        return;
    c->chosen = true;
    c->weak = weak;
    c->card = *card;
    c->proof = *p;
    f->pull.plan.horizon = horizon;
}

/* One continuation with all the proofs that this cheat thinks of. */
static void try_card(struct contestant *f, const struct card *card)
{
    struct cheat *c = f->cheat;
    struct proof all, less;
    cheat_prove(c, card->t.base, &all);
    choose(f, card, &all, false);
    for (int i = 0; i < VARIANTS && c->kinds & (CHEAT_SHORT | CHEAT_GAPS); i++) {
        less = all;
        if (c->kinds & CHEAT_SHORT && (!(c->kinds & CHEAT_GAPS) || i % 2))
            shorten(f, &less);
        if (c->kinds & CHEAT_GAPS)
            invent_gap(f, &less);
        choose(f, card, &less, true);
    }
    for (int i = 0; i < VARIANTS && c->kinds & CHEAT_WIDE; i++) {
        less = all;
        leave_most_out(f, &less);
        choose(f, card, &less, true);
    }
}

static void try_old(struct contestant *f)
{
    struct cheat *c = f->cheat;
    const size_t have = c->made < CARDS ? c->made : CARDS;
    const size_t step = have / CARDS_TRIED + 1;
    const size_t skew = rng_u64(&f->rng) % step;
    for (size_t i = skew; i < have; i += step) {
        struct card *card = &c->cards[(c->made - 1 - i) % CARDS];
        card->origin = card;
        const int64_t age = f->node.sim->now_ns - card->at_ns + f->pull.srtt_ns;
        if (age < (LINEAGE_LIFE_MS - 100) * SIM_MS && f->pull.top - card->t.base < PULL_NUMBERS / 2)
            try_card(f, card);
    }
}

/* Claims what is missing: with nonces made up, or put together of those that are there. */
static void lie(struct contestant *f)
{
    struct cheat *c = f->cheat;
    struct proof *p = &c->proof;
    c->lying = false;
    if (!(c->kinds & (CHEAT_HIDE | CHEAT_AHEAD)) || p->count == 0 || rng_u64(&f->rng) % 8)
        return;
    struct run *last = &p->runs[p->count - 1];
    if (c->kinds & CHEAT_AHEAD && f->pull.asked > last->last) {
        last->last = f->pull.asked;
        c->lying = true;
    }
    if (c->kinds & CHEAT_HIDE && p->runs[0].first < last->first) {
        p->runs[0].last = last->last;
        p->count = 1;
        c->lying = true;
    }
    if (!c->lying)
        return;
    f->pull.plan.horizon = horizon_of(f, &c->card, p);
}

uint64_t cheat_sum(struct contestant *f, const struct proof *p)
{
    const struct cheat *c = f->cheat;
    uint64_t sum = 0, before = 0;
    for (size_t i = 0; i < p->count; i++)
        for (uint64_t n = p->runs[i].first; n <= p->runs[i].last; n++) {
            const struct pull_number *at = &f->pull.numbers[n % PULL_NUMBERS];
            const bool have = at->state == NUMBER_RECEIVED;
            if (have)
                before = at->value;
            else if (c->lying && rng_u64(&f->rng) % 2)
                before = rng_u64(&f->rng);
            sum ^= before;
        }
    return sum;
}

/* The caller's own continuation as a card. */
static struct card present(const struct contestant *f)
{
    struct card card = {.t = f->pull.t, .at_ns = f->pull.t_arrived_ns, .name = f->caller.current};
    memcpy(card.continuation, f->caller.continuation, CONTINUATION_BYTES);
    memcpy(card.z, f->caller.generations[card.name].z, SESSION_KEY_BYTES);
    return card;
}

void cheat_choose(struct contestant *f)
{
    struct cheat *c = f->cheat;
    struct pull_plan *plan = &f->pull.plan;
    const struct card card = present(f);
    c->chosen = false;
    try_card(f, &card);
    if (c->kinds & CHEAT_OLD)
        try_old(f);
    lie(f);
    c->sum = cheat_sum(f, &c->proof);
    plan->proof.count = 0; /* the request gets the cheat's */
    plan->sum = 0;
    plan->valid = true;
}
