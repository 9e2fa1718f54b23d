/*
 * The replay of a proof: what receipts and losses do to a session's transport values.
 *
 * Nothing here overflows for any value that transport_decode lets through: numbers stay below 2^63
 * + 2^33; a proof has fewer than 2^32 of them, and they are multiplied by less than 2^18; windows
 * of less than 2^32 by one another, by a share below 2^10, or, in packets, by an age below 2^11.
 */
#include "flow/window.h"

#include "base/bytes.h"

static const struct window_algorithm *const algorithms[ALGORITHMS] = {
    [ALGORITHM_CUBIC] = &window_cubic,
    [ALGORITHM_RENO] = &window_reno,
};

const struct window_algorithm *window_algorithm(const struct transport *t)
{
    return algorithms[t->algorithm];
}

uint64_t window_packets(const struct transport *t)
{
    uint64_t packets = (t->in_recovery ? t->threshold : t->window) / WINDOW_ONE;
    return packets ? packets : 1;
}

uint64_t window_tolerance(const struct transport *t)
{
    uint64_t quarter = window_packets(t) / 4;
    return quarter > WINDOW_REORDER_LEAST ? quarter : WINDOW_REORDER_LEAST;
}

/* How far numbers may go when all up to `end` are accounted for but `missing` of them. */
static uint64_t horizon(const struct transport *t, uint64_t end, uint64_t missing)
{
    if (t->in_recovery)
        return t->recovery + t->window / WINDOW_ONE;
    uint64_t packets = window_packets(t);
    return packets > missing ? end + packets - missing : end;
}

static void raise_highest(struct transport *t, uint64_t number)
{
    if (t->highest < number)
        t->highest = number;
}

/* The threshold after a loss at this window, and what the algorithm makes of it. */
static void reduce(struct transport *t, uint32_t old)
{
    const struct window_algorithm *a = window_algorithm(t);
    uint32_t share = (uint32_t)((uint64_t)old * a->share_q10 / 1024);
    t->threshold = share > WINDOW_LEAST ? share : WINDOW_LEAST;
    a->reduce(t, old);
}

/* What a replay knows besides the values. */
struct replay {
    uint32_t start_ms, age_ms; /* virtual time where it began */
    uint64_t packets;          /* the window there */
    uint64_t received;         /* numbers since */
    uint64_t early;            /* numbers that were granted for receipts that came after a loss */
};

/* A flight answers for what was granted when it had its loss. Of a gap that reaches beyond, each
 * further flight is a loss of its own: or who goes back to an old continuation could leave all out
 * that it lost since, and pay once. */
static void lose_flights(struct transport *t, uint64_t last)
{
    while (t->recovery < last && t->threshold > WINDOW_LEAST) {
        t->recovery += t->threshold / WINDOW_ONE;
        reduce(t, t->threshold);
    }
    if (t->recovery < last)
        t->recovery = last;
}

/* The numbers first..last were lost. What had been granted until then stays granted, and is the
 * flight that this loss answers for: a loss among it is the same one. A gap that reaches beyond is
 * another, or hiding the receipts between two losses would join them into one. */
static void lose(struct replay *r, struct transport *t, uint64_t first, uint64_t last)
{
    if (last <= t->recovery)
        return;
    uint64_t here = horizon(t, first - 1, 0);
    raise_highest(t, here);
    r->early = t->highest - here;
    reduce(t, t->window);
    t->recovery = t->highest;
    lose_flights(t, last);
    t->window = 0;
    t->in_recovery = true;
}

/* n numbers of the flight that had the loss arrived: its share of them may follow. The first two
 * count whole, or a small window would starve. */
static void recover(struct replay *r, struct transport *t, uint64_t n)
{
    uint64_t paid = n < r->early ? n : r->early;
    r->early -= paid;
    n -= paid;
    for (; n && t->window < WINDOW_LEAST; n--)
        t->window += WINDOW_ONE;
    uint64_t grown = t->window + n * window_algorithm(t)->share_q10 * WINDOW_ONE / 1024;
    t->window = grown < t->threshold ? (uint32_t)grown : t->threshold;
}

/* Returns how many of n numbers are left once the threshold is reached. */
static uint64_t slow_start(struct transport *t, uint64_t n)
{
    uint64_t room = ((uint64_t)t->threshold - t->window + WINDOW_ONE - 1) / WINDOW_ONE;
    if (n < room) {
        t->window += (uint32_t)n * WINDOW_ONE;
        return 0;
    }
    t->window = t->threshold;
    window_algorithm(t)->begin(t);
    return n - room;
}

static void receive(struct replay *r, struct transport *t, const struct run *run)
{
    uint64_t n = run->last - run->first + 1;
    if (t->in_recovery && run->first <= t->recovery) {
        uint64_t end = run->last < t->recovery ? run->last : t->recovery;
        recover(r, t, end - run->first + 1);
        n = run->last - end;
    }
    if (n == 0)
        return;
    t->in_recovery = false;
    if (t->window < t->threshold)
        n = slow_start(t, n);
    if (n)
        window_algorithm(t)->grow(t, n);
}

/* Virtual time passes with what is received, all of the age with a window of it, so that idling
 * earns nothing. The window is that of the start: time never goes back when it grows. */
static void replay_run(struct replay *r, struct transport *t, const struct run *run)
{
    r->received += run->last - run->first + 1;
    uint64_t part = r->received < r->packets ? r->received : r->packets;
    t->virtual_ms = r->start_ms + (uint32_t)(r->age_ms * part / r->packets);
    receive(r, t, run);
    t->base = run->last;
}

/* How many of the numbers missing before `first` may still be a loss of their own. */
static uint64_t beyond_recovery(const struct transport *t, uint64_t first)
{
    uint64_t from = t->base > t->recovery ? t->base : t->recovery;
    return first > from ? first - from - 1 : 0;
}

uint64_t window_advance(struct transport *t, const struct proof *p, uint32_t age_ms)
{
    struct replay r = {.start_ms = t->virtual_ms,
                       .age_ms = age_ms < WINDOW_AGE_MOST_MS ? age_ms : WINDOW_AGE_MOST_MS,
                       .packets = window_packets(t)};
    uint64_t tolerance = window_tolerance(t);
    uint64_t end = p->count ? p->runs[p->count - 1].last : t->base;
    size_t i = 0;
    for (; i < p->count; i++) {
        const struct run *run = &p->runs[i];
        uint64_t next = t->base + 1;
        if (run->first > next) {
            if (end - next < tolerance)
                break;
            lose(&r, t, next, run->first - 1);
        }
        replay_run(&r, t, run);
    }
    /* What follows an undecided gap counts for now only: the gap may close, or be a loss. */
    struct transport ahead = *t;
    uint64_t missing = 0;
    for (; i < p->count; i++) {
        missing += beyond_recovery(&ahead, p->runs[i].first);
        replay_run(&r, &ahead, &p->runs[i]);
    }
    raise_highest(t, horizon(&ahead, end, missing));
    return t->highest;
}

void window_end_slow_start(struct transport *t)
{
    if (t->in_recovery || t->window >= t->threshold)
        return;
    t->threshold = t->window > WINDOW_LEAST ? t->window : WINDOW_LEAST;
    window_algorithm(t)->begin(t);
}

void window_move(struct transport *t)
{
    reduce(t, t->in_recovery ? t->threshold : t->window);
    t->window = t->threshold < WINDOW_FIRST ? t->threshold : WINDOW_FIRST;
    t->in_recovery = false;
    t->recovery = t->highest;
}

void window_restart(struct transport *t, uint32_t lineage, uint64_t home,
                    const uint8_t range_key[RANGE_KEY_BYTES])
{
    reduce(t, t->in_recovery ? t->threshold : t->window);
    t->window = t->threshold;
    t->in_recovery = false;
    t->base = t->highest = t->recovery = 0;
    t->lineage = lineage;
    t->home = home;
    memcpy(t->range_key, range_key, RANGE_KEY_BYTES);
}
