/*
 * What to ask: the proof, the numbers that it earns, and recent requests again.
 */
#include "flow/pull_plan.h"

#define BATCH_BYTES 60000            /* of packets that one request asks for first, at most */
#define BATCH_NS    PULL_MS          /* a request asks for what the window lets pass in this time */
#define CREDIT_NS   (PULL_MS / 4)    /* what a late wake-up may make up for */
#define RENEW_NS    (2000 * PULL_MS) /* a fresh continuation at least this often */
#define RENEW_LEAST 16               /* numbers between two, or a window if that is less */
#define HOMES_NS    (2000 * PULL_MS) /* two homes answer if they took turns this lately */

/* The runs received above the base, of which those shorter than `least` are left out, but for the
 * last; returns how many there are. */
static size_t list_runs(struct pull *p, uint64_t least, struct proof *proof, uint64_t *sum)
{
    const uint64_t known = p->asked < PULL_NUMBERS ? 0 : p->asked - PULL_NUMBERS;
    const uint64_t from = p->t.base > known ? p->t.base : known; /* older entries are taken */
    size_t count = 0;
    *sum = 0;
    for (uint64_t i = from + 1; i <= p->top;) {
        uint64_t first = i, run_sum = 0;
        for (; i <= p->top && pull_number(p, i)->state == NUMBER_RECEIVED; i++)
            run_sum ^= pull_number(p, i)->value;
        bool counts = i > first && (i - first >= least || i > p->top);
        if (counts && count < PROOF_RUNS_MAX) {
            proof->runs[count] = (struct run){first, i - 1};
            *sum ^= run_sum;
        }
        count += counts;
        for (; i <= p->top && pull_number(p, i)->state != NUMBER_RECEIVED; i++)
            ;
    }
    proof->count = count < PROOF_RUNS_MAX ? count : PROOF_RUNS_MAX;
    return count;
}

static uint32_t age_ms(const struct pull *p, int64_t now_ns)
{
    int64_t age = (now_ns - p->t_arrived_ns + p->srtt_ns) / PULL_MS;
    return age < WINDOW_AGE_MOST_MS ? (uint32_t)age : WINDOW_AGE_MOST_MS;
}

static const struct pull_plan *plan(struct pull *p, int64_t now_ns)
{
    struct pull_plan *plan = &p->plan;
    struct transport t = p->t;
    if (plan->valid)
        return plan;
    for (uint64_t least = 1; list_runs(p, least, &plan->proof, &plan->sum) > PROOF_RUNS_MAX;
         least *= 2)
        ;
    if (p->end_slow_start)
        window_end_slow_start(&t);
    plan->horizon = window_advance(&t, &plan->proof, age_ms(p, now_ns));
    plan->valid = true;
    return plan;
}

static bool is_open(const struct pull *p, uint8_t open, unsigned body)
{
    return open >> body & 1 && p->bodies[body];
}

static bool wants_more(const struct pull *p, uint8_t open)
{
    for (unsigned i = 0; i < PULL_BODIES; i++)
        if (is_open(p, open, i) && wants_any(p->bodies[i]))
            return true;
    return false;
}

/* Numbers that may be asked for, as the plan has it, which is valid. */
static uint64_t granted(const struct pull *p)
{
    const uint64_t horizon = p->plan.horizon;
    uint64_t n = horizon > p->asked ? horizon - p->asked : 0;
    /* Entries are needed for what is not settled, and for what is still to be proven. */
    const uint64_t low = p->t.base < p->settled ? p->t.base : p->settled, kept = p->asked - low;
    const uint64_t room = kept < PULL_NUMBERS - 1 ? PULL_NUMBERS - 1 - kept : 0;
    if (p->background) {
        uint64_t most = ledbat_packets(&p->ledbat);
        uint64_t less = most > p->in_flight ? most - p->in_flight : 0;
        n = less < n ? less : n;
    }
    return n < room ? n : room;
}

static uint64_t available(struct pull *p, int64_t now_ns)
{
    (void)plan(p, now_ns);
    return granted(p);
}

/* Silence tells something when there was something to hear, or when nothing else may be asked. */
static bool is_overdue(struct pull *p, uint8_t open, int64_t now_ns)
{
    return now_ns >= p->progress_ns + pull_timeout_ns(p) &&
           (p->in_flight || (wants_more(p, open) && available(p, now_ns) == 0));
}

static uint64_t least_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Packets that pass in BATCH_NS; of a window that is not much more, a quarter at a time, or the
 * line would be idle between two requests. Where the path takes less than that, longer round trips
 * are the ends' own waiting, and smaller requests would only have them wait longer. */
static uint64_t batch_of(const struct pull *p)
{
    const uint64_t w = window_packets(&p->t), least = w >= 8 ? 2 : 1;
    const uint64_t quarter = w / 4 > PULL_FRESH ? w / 4 : PULL_FRESH;
    const uint64_t most = least_of(BATCH_BYTES / pull_datagram(p), least_of(PULL_BURST, quarter));
    if (p->srtt_ns == 0)
        return least_of(most, PULL_FRESH);
    if (p->least_ns < BATCH_NS)
        return most;
    const uint64_t n = w * (uint64_t)BATCH_NS / (uint64_t)p->srtt_ns;
    return n < least ? least : least_of(n, most);
}

/* What one request asks for first, at most: a client that wakes late makes up for it, but on a slow
 * path not by a burst that a fast one would take. */
static uint64_t batch_most(const struct pull *p)
{
    const uint64_t n = batch_of(p), usual = least_of(BATCH_BYTES / pull_datagram(p), PULL_FRESH);
    return n > usual ? n : usual;
}

static bool is_worth_asking(const struct pull *p, uint64_t n)
{
    return n >= batch_of(p) || (n > 0 && p->in_flight == 0);
}

bool pull_ready(struct pull *p, uint8_t open, int64_t now_ns)
{
    if (is_overdue(p, open, now_ns))
        return true;
    if (!wants_more(p, open) || (p->srtt_ns && now_ns < p->next_ns) ||
        (p->rate && now_ns < p->rate_ns))
        return false;
    return is_worth_asking(p, available(p, now_ns));
}

int64_t pull_next_ns(const struct pull *p, uint8_t open)
{
    bool more = wants_more(p, open);
    bool waits = p->in_flight || (more && p->plan.valid && granted(p) == 0);
    int64_t next = waits ? p->progress_ns + pull_timeout_ns(p) : INT64_MAX;
    if (more && (!p->plan.valid || is_worth_asking(p, granted(p)))) {
        int64_t slot = p->rate && p->rate_ns > p->next_ns ? p->rate_ns : p->next_ns;
        next = slot < next ? slot : next;
    }
    return next;
}

/* Asks for one range of a body under the next numbers, at most `left` of them. */
static unsigned ask(struct pull *p, unsigned body, bool is_short, unsigned left, size_t full,
                    struct request_item *item)
{
    const size_t less = is_short ? DATA_CARRIED_BYTES : 0;
    uint64_t start, len;
    left = left < REQUEST_ITEM_NUMBERS ? left : REQUEST_ITEM_NUMBERS;
    if (!wants_take(p->bodies[body], left * full - less, &start, &len))
        return 0;
    unsigned count = (unsigned)((len + less + full - 1) / full);
    *item = (struct request_item){
        .count = (uint8_t)count, .short_first = is_short, .handle = (uint8_t)body, .offset = start};
    for (unsigned i = 0; i < count; i++) {
        size_t part = full - (i ? 0 : less);
        part = len < part ? (size_t)len : part;
        *pull_number(p, ++p->asked) = (struct pull_number){.state = NUMBER_ASKED,
                                                           .body = (uint8_t)body,
                                                           .len = (uint16_t)part,
                                                           .since = p->echo - 1,
                                                           .value = start};
        start += part;
        len -= part;
        item->last = (uint16_t)part;
    }
    p->in_flight += count;
    return count;
}

/* The body whose turn it is, among those that want something. */
static unsigned next_body(struct pull *p, uint8_t open)
{
    for (unsigned i = 0; i < PULL_BODIES; i++) {
        unsigned body = (p->turn + i) % PULL_BODIES;
        if (is_open(p, open, body) && wants_any(p->bodies[body]))
            return body;
    }
    return PULL_BODIES;
}

static uint64_t bytes_of(const struct pull *p, uint64_t first, uint64_t count)
{
    uint64_t sum = 0;
    for (uint64_t i = first; i < first + count; i++)
        sum += p->numbers[i % PULL_NUMBERS].len;
    return sum;
}

static void pace(struct pull *p, uint64_t first, unsigned count, int64_t now_ns)
{
    const int64_t w = (int64_t)window_packets(&p->t);
    const bool slow_start = p->t.window < p->t.threshold && !p->t.in_recovery;
    int64_t interval = p->srtt_ns * count / w;
    interval = slow_start ? interval / 2 : interval - interval / 5; /* 2 and 1.25 times the rate */
    int64_t earliest = now_ns - (interval > CREDIT_NS ? interval : CREDIT_NS);
    p->next_ns = (p->next_ns > earliest ? p->next_ns : earliest) + interval;
    if (!p->rate)
        return;
    p->rate_ns = p->rate_ns > now_ns - PULL_MS * 10 ? p->rate_ns : now_ns - PULL_MS * 10;
    p->rate_ns += (int64_t)(bytes_of(p, first, count) * 1000000000 / p->rate);
}

/* Items for up to n numbers that were not asked for before. */
static void list_fresh(struct pull *p, uint8_t open, uint64_t n, int64_t now_ns,
                       struct request_body *b)
{
    struct pull_recent *recent = &p->recent[p->recent_at % PULL_RECENT];
    const size_t full = DATA_CHUNK((size_t)b->datagram);
    const uint64_t first = p->asked + 1;
    unsigned asked = 0, body;
    recent->count = 0;
    const unsigned room = REQUEST_ITEMS_MAX - b->item_count;
    const unsigned most = room < PULL_FRESH ? room : PULL_FRESH;
    while (asked < n && recent->count < most && (body = next_body(p, open)) != PULL_BODIES) {
        bool is_short = b->flags & REQUEST_RENEW && asked == 0;
        recent->first[recent->count] = p->asked + 1;
        asked += ask(p, body, is_short, (unsigned)n - asked, full, &recent->items[recent->count]);
        recent->count++;
        p->turn = body + 1;
    }
    for (unsigned i = 0; i < recent->count; i++) {
        b->items[b->item_count] = recent->items[i];
        b->items[b->item_count++].first = (uint32_t)(recent->first[i] - p->t.base);
    }
    p->recent_at += recent->count > 0;
    if (asked)
        pace(p, first, asked, now_ns);
}

/* A number may have become another body's since an item asked for it: see pull_clip. */
static bool is_missed(struct pull *p, uint64_t number, unsigned body)
{
    const struct pull_number *n = pull_number(p, number);
    return n->state == NUMBER_ASKED && n->body == body;
}

/* An item of an earlier request again, if any of its numbers is still missed above the base. */
static void list_again(struct pull *p, uint8_t open, const struct request_item *item,
                       uint64_t first, size_t full, struct request_body *b)
{
    unsigned i = first > p->t.base ? 0 : (unsigned)(p->t.base + 1 - first);
    while (i < item->count && !is_missed(p, first + i, item->handle))
        i++;
    if (i >= item->count || b->item_count == REQUEST_ITEMS_MAX || item->handle >= PULL_BODIES ||
        !is_open(p, open, item->handle))
        return;
    struct request_item *again = &b->items[b->item_count++];
    *again = *item;
    again->first = (uint32_t)(first + i - p->t.base);
    if (i > 0) {
        again->count = (uint8_t)(item->count - i);
        again->short_first = false;
        again->offset += i * full - (item->short_first ? DATA_CARRIED_BYTES : 0);
    }
}

static void list_recent(struct pull *p, uint8_t open, int64_t now_ns, struct request_body *b)
{
    const unsigned newest = p->recent_at - (b->item_count > 0); /* the last is in b already */
    if (p->other_home_ns && now_ns - p->other_home_ns < HOMES_NS)
        return; /* what one home has struck, another would send again */
    for (unsigned age = 1; age <= PULL_RELISTS && age <= newest; age++) {
        const struct pull_recent *r = &p->recent[(newest - age) % PULL_RECENT];
        for (unsigned i = 0; i < r->count; i++)
            list_again(p, open, &r->items[i], r->first[i], DATA_CHUNK((size_t)b->datagram), b);
    }
}

/* After silence: what is missing up to a number, the latest first, for nothing says which requests
 * arrived. */
static void list_missing(struct pull *p, uint8_t open, uint64_t last, struct request_body *b)
{
    for (uint64_t i = last; i > p->settled && i > p->t.base; i--) {
        const struct pull_number *n = pull_number(p, i);
        if (b->item_count == REQUEST_ITEMS_MAX)
            return;
        if (n->state != NUMBER_ASKED || n->body >= PULL_BODIES || !is_open(p, open, n->body))
            continue;
        b->items[b->item_count++] = (struct request_item){.first = (uint32_t)(i - p->t.base),
                                                          .count = 1,
                                                          .handle = n->body,
                                                          .offset = n->value,
                                                          .last = n->len};
    }
}

/* What silence says about what was asked. */
static void take_silence(struct pull *p, uint8_t open, int64_t now_ns)
{
    const uint64_t horizon = p->plan.horizon;
    pull_take_back(p, horizon > p->top ? horizon : p->top);
    if (p->backoff > 0)
        pull_give_up_all(p);
    else if (!wants_more(p, open))
        (void)pull_give_up_oldest(p);
    p->backoff++;
    p->in_vain++;
    p->progress_ns = now_ns;
}

/* A fresh continuation is worth its bytes once in a while: of a small window once a round trip, or
 * it would be much of what the window lets through. */
static bool renews(const struct pull *p, uint64_t n, int64_t now_ns)
{
    const uint64_t w = window_packets(&p->t);
    const uint64_t between = w / 16 > RENEW_LEAST ? w / 16 : least_of(w, RENEW_LEAST);
    return p->asked + n >= p->renewed + between || now_ns - p->t_arrived_ns >= RENEW_NS;
}

void pull_request(struct pull *p, uint8_t open, int64_t now_ns, struct request_body *b)
{
    const bool silent = is_overdue(p, open, now_ns);
    const struct pull_plan *plan_now = plan(p, now_ns);
    uint64_t n = available(p, now_ns);
    *b = (struct request_body){.echo = p->echo++,
                               .datagram = pull_datagram(p),
                               .proof = plan_now->proof,
                               .sum = plan_now->sum,
                               .call_handle = HANDLE_NONE};
    if (p->in_flight == 0 && (p->backoff == 0 || n > 0))
        p->progress_ns = now_ns;
    for (size_t i = 0; i < b->proof.count; i++) {
        b->proof.runs[i].first -= p->t.base;
        b->proof.runs[i].last -= p->t.base;
    }
    if (p->end_slow_start)
        b->flags |= REQUEST_END_SLOW_START;
    n = least_of(n, batch_most(p));
    if (silent || renews(p, n, now_ns)) {
        b->flags |= REQUEST_RENEW;
        p->renewed = p->asked + n;
    }
    if (silent) {
        b->flags |= REQUEST_PROBE;
        take_silence(p, open, now_ns);
    }
    const uint64_t last = p->asked;
    list_fresh(p, open, silent && n == 0 ? 1 : n, now_ns, b);
    p->fresh = b->item_count;
    if (silent)
        list_missing(p, open, last, b);
    else
        list_recent(p, open, now_ns, b);
    p->sent_ns[b->echo % PULL_ECHOES] = now_ns;
}

void pull_leave_out(struct pull *p, struct request_body *b)
{
    const struct request_item *item = &b->items[--b->item_count];
    if (b->item_count >= p->fresh)
        return;
    p->fresh--;
    pull_take_back(p, p->t.base + item->first - 1);
}
