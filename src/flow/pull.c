/*
 * What comes back to a pulling client: numbers, round trips, losses, new continuations.
 */
#include "flow/pull.h"
#include "flow/pull_plan.h"

#define FIRST_TIMEOUT_NS (500 * PULL_MS)
#define SLACK_NS         (10 * PULL_MS)
/* Who waits for a server to come back asks this often. */
#define WAIT_NS (250 * PULL_MS)
/* After so many timeouts in a row; before, it may be back at any moment. */
#define SOON_BACK    64
#define BACKOFF_MOST 5
#define NO_BODY      255

void pull_init(struct pull *p)
{
    p->limit = PACKET_MAX;
    p->background = false;
    p->rate = 0;
    ledbat_init(&p->ledbat);
}

/* Its bytes, if any body still wants them, are asked for again. */
static void give_up(struct pull *p, struct pull_number *n)
{
    struct wants *w = n->body < PULL_BODIES ? p->bodies[n->body] : NULL;
    if (w)
        (void)wants_again(w, n->value, n->len);
    n->state = NUMBER_GIVEN_UP;
    p->in_flight--;
}

void pull_give_up_all(struct pull *p)
{
    for (uint64_t i = p->settled + 1; i <= p->asked; i++)
        if (pull_number(p, i)->state == NUMBER_ASKED)
            give_up(p, pull_number(p, i));
}

bool pull_give_up_oldest(struct pull *p)
{
    for (uint64_t i = p->settled + 1; i <= p->asked; i++) {
        if (pull_number(p, i)->state != NUMBER_ASKED)
            continue;
        give_up(p, pull_number(p, i));
        return true;
    }
    return false;
}

static void forget_recent(struct pull *p)
{
    for (int i = 0; i < PULL_RECENT; i++)
        p->recent[i].count = 0;
}

void pull_take_back(struct pull *p, uint64_t number)
{
    if (p->asked <= number)
        return;
    for (; p->asked > number; p->asked--) {
        struct pull_number *n = pull_number(p, p->asked);
        if (n->state == NUMBER_ASKED)
            give_up(p, n);
        n->state = NUMBER_FREE;
    }
    p->settled = p->settled < p->asked ? p->settled : p->asked;
    forget_recent(p);
}

/* Gives up what has been overtaken by more than the tolerance. */
static void settle(struct pull *p, int64_t now_ns)
{
    const uint64_t tolerance = window_tolerance(&p->t);
    for (; p->settled < p->asked; p->settled++) {
        struct pull_number *n = pull_number(p, p->settled + 1);
        if (n->state != NUMBER_ASKED)
            continue;
        if (p->settled + 1 + tolerance > p->top)
            return;
        give_up(p, n);
        ledbat_loss(&p->ledbat, now_ns);
    }
}

/* The first number whose entry is not a later one's. A table that nothing was asked for is not
 * touched: its first packet would wait for half a millisecond until the kernel has found its pages.
 */
static uint64_t oldest(const struct pull *p)
{
    return p->asked > PULL_NUMBERS ? p->asked - PULL_NUMBERS + 1 : 1;
}

static void begin_lineage(struct pull *p)
{
    pull_give_up_all(p);
    for (uint64_t i = oldest(p); i <= p->asked; i++)
        pull_number(p, i)->state = NUMBER_FREE;
    p->asked = p->top = p->settled = p->renewed = p->round_end = 0;
    p->in_flight = 0;
    p->end_slow_start = false;
    forget_recent(p);
}

uint16_t pull_datagram(const struct pull *p)
{
    return p->t.datagram < p->limit ? p->t.datagram : p->limit;
}

/* Which bytes a number of an item has depends on the size of packets. */
static void resized(struct pull *p, uint16_t before)
{
    if (pull_datagram(p) == before)
        return;
    forget_recent(p);
    if (pull_datagram(p) < before)
        pull_give_up_all(p);
}

void pull_limit(struct pull *p, uint16_t limit)
{
    const uint16_t before = pull_datagram(p);
    p->limit = limit;
    resized(p, before);
}

static void note_home(struct pull *p, uint64_t home, int64_t now_ns)
{
    if (home == p->homes[0])
        return;
    if (home == p->homes[1])
        p->other_home_ns = now_ns;
    p->homes[1] = p->homes[0];
    p->homes[0] = home;
}

void pull_adopt(struct pull *p, const struct transport *t, int64_t now_ns)
{
    if (p->t_arrived_ns == 0 || t->lineage != p->t.lineage)
        begin_lineage(p);
    note_home(p, t->home, now_ns);
    const uint16_t before = pull_datagram(p);
    p->t = *t;
    resized(p, before);
    p->t_arrived_ns = now_ns;
    p->plan.valid = false;
    if (t->threshold <= t->window)
        p->end_slow_start = false;
}

/* The first number that was asked for after the round began, begins the next. */
static void watch_round(struct pull *p, uint64_t number)
{
    if (number <= p->round_end)
        return;
    p->round_end = p->asked;
    p->round_least_ns = 0;
}

/* Slow start ends when a round is slower than the path can be (RFC 9406's idea), for a quarter of a
 * round trip at least: what comes late and all at once tells of a stall at either end, and the line
 * may be empty. */
static void sample_round(struct pull *p, int64_t rtt, int64_t now_ns)
{
    int64_t most = p->least_ns / 8;
    most = most < 4 * PULL_MS ? 4 * PULL_MS : most > 16 * PULL_MS ? 16 * PULL_MS : most;
    if (p->round_least_ns == 0)
        p->round_since_ns = now_ns;
    if (p->round_least_ns == 0 || rtt < p->round_least_ns)
        p->round_least_ns = rtt;
    if (p->round_least_ns > p->least_ns + most && now_ns - p->round_since_ns >= p->least_ns / 4 &&
        p->t.window < p->t.threshold)
        p->end_slow_start = true;
}

static int64_t difference(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

void pull_heard(struct pull *p, uint32_t echo, int64_t now_ns)
{
    int64_t sent = p->sent_ns[echo % PULL_ECHOES];
    int64_t rtt = now_ns - sent;
    p->progress_ns = now_ns;
    p->backoff = 0;
    if (sent == 0 || rtt <= 0 || p->echo - echo - 1 >= PULL_ECHOES)
        return;
    if (p->srtt_ns == 0 || p->guessed) {
        p->srtt_ns = p->least_ns = rtt;
        p->rttvar_ns = rtt / 2;
        p->guessed = false;
    }
    p->rttvar_ns += (difference(p->srtt_ns, rtt) - p->rttvar_ns) / 4;
    p->srtt_ns += (rtt - p->srtt_ns) / 8;
    if (rtt < p->least_ns)
        p->least_ns = rtt;
    sample_round(p, rtt, now_ns);
    ledbat_sample(&p->ledbat, rtt, 1, now_ns);
}

/* The number whose low 32 bits these are; 0: none that was asked for lately. */
static uint64_t expand(const struct pull *p, uint32_t low)
{
    uint64_t number = p->asked - (uint32_t)((uint32_t)p->asked - low);
    bool known = number <= p->asked && number > 0 && p->asked - number < PULL_NUMBERS;
    return known ? number : 0;
}

enum arrival pull_arrival(struct pull *p, const struct data_body *d, int64_t now_ns, unsigned *body,
                          uint64_t *offset, size_t *len)
{
    const uint64_t number = expand(p, d->number);
    struct pull_number *n = pull_number(p, number);
    if (number == 0 || n->state == NUMBER_FREE || n->state == NUMBER_RECEIVED ||
        (int32_t)(d->echo - n->since) < 0)
        return ARRIVAL_OLD;
    struct wants *w = n->body < PULL_BODIES ? p->bodies[n->body] : NULL;
    bool wanted = w && (n->state == NUMBER_ASKED || wants_cancel(w, n->value, n->len));
    *body = n->body;
    *offset = n->value;
    *len = n->len;
    p->in_flight -= n->state == NUMBER_ASKED;
    n->state = NUMBER_RECEIVED;
    p->in_vain = 0;
    n->value = d->range_nonce;
    if (number > p->top)
        p->top = number;
    p->plan.valid = false;
    watch_round(p, number);
    settle(p, now_ns);
    return wanted ? ARRIVAL_BYTES : ARRIVAL_OLD;
}

void pull_clip(struct pull *p, unsigned body, uint64_t size)
{
    wants_clip(p->bodies[body], size);
    for (uint64_t i = p->settled + 1; i <= p->asked; i++) {
        struct pull_number *n = pull_number(p, i);
        if (n->state != NUMBER_ASKED || n->body != body)
            continue;
        if (n->value >= size)
            n->body = NO_BODY;
        else if (size - n->value < n->len)
            n->len = (uint16_t)(size - n->value);
    }
    while (p->asked > p->settled) {
        struct pull_number *n = pull_number(p, p->asked);
        if (n->state != NUMBER_ASKED || n->body != NO_BODY)
            break;
        n->state = NUMBER_FREE;
        p->asked--;
        p->in_flight--;
    }
    p->plan.valid = false;
}

void pull_close(struct pull *p, unsigned body)
{
    p->bodies[body] = NULL;
    for (uint64_t i = oldest(p); i <= p->asked; i++) {
        struct pull_number *n = pull_number(p, i);
        if (n->state != NUMBER_RECEIVED && n->body == body)
            n->body = NO_BODY;
    }
    for (int i = 0; i < PULL_RECENT; i++)
        for (int j = 0; j < p->recent[i].count; j++)
            if (p->recent[i].items[j].handle == body)
                p->recent[i].items[j].handle = NO_BODY;
}

int64_t pull_timeout_ns(const struct pull *p)
{
    int64_t once =
        p->srtt_ns ? p->srtt_ns + p->srtt_ns / 4 + 4 * p->rttvar_ns + SLACK_NS : FIRST_TIMEOUT_NS;
    int64_t most = once > WAIT_NS ? once : WAIT_NS;
    if (p->backoff < SOON_BACK && 2 * once < most)
        most = 2 * once;
    uint32_t shift = p->backoff < BACKOFF_MOST ? p->backoff : BACKOFF_MOST;
    return once << shift < most ? once << shift : most;
}
