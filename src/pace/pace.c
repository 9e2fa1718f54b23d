/*
 * One sender: a window, a pacer and a ring of records.
 * A packet is lost when much younger ones were answered or when nothing was for a timeout; a
 * loss costs the window once for each flight.
 */
#include "pace/pace.h"

#include <stddef.h>
#include <string.h>

#define INITIAL_WINDOW  (20u << 8) /* about McTiny's 24,576 bytes */
#define LEAST_WINDOW    (2u << 8)
#define CALM_WINDOW     (10u << 8) /* what any connection may begin with (RFC 6928) */
#define LEAST_VARIANCE  (10 * PACE_MS)
#define LONGEST_TIMEOUT (2000 * PACE_MS) /* by back-off; a longer path has longer ones */
#define BURST_NS        (1 * PACE_MS)    /* what the pacer lets leave early */
#define REORDER_LEAST   3u

static struct pace_record *record(struct pace *p, uint64_t number)
{
    return &p->records[number % PACE_WINDOW];
}

static const struct pace_record *record_const(const struct pace *p, uint64_t number)
{
    return &p->records[number % PACE_WINDOW];
}

void pace_init(struct pace *p)
{
    memset(p, 0, offsetof(struct pace, records));
    p->window_q8 = INITIAL_WINDOW;
    p->threshold_q8 = UINT32_MAX;
}

static bool has_room(const struct pace *p)
{
    return p->in_flight << 8 < p->window_q8 && p->next - p->oldest < PACE_WINDOW;
}

bool pace_ready(const struct pace *p, int64_t now_ns)
{
    return has_room(p) && now_ns >= p->send_ns - BURST_NS;
}

/* One packet's share of a round trip, sped up so that the window and not the pacer is the limit. */
static int64_t interval(const struct pace *p)
{
    int64_t per_window = (p->srtt_ns << 8) / p->window_q8;
    return p->window_q8 < p->threshold_q8 ? per_window / 2 : per_window * 4 / 5;
}

uint64_t pace_sent(struct pace *p, uint32_t item, bool again, int64_t now_ns)
{
    uint64_t number = p->next++;
    *record(p, number) = (struct pace_record){
        .item = item, .state = PACE_IN_FLIGHT, .again = again, .sent_ns = now_ns};
    if (p->in_flight++ == 0)
        p->progress_ns = now_ns;
    if (p->send_ns < now_ns)
        p->send_ns = now_ns;
    p->send_ns += interval(p);
    return number;
}

static void advance_oldest(struct pace *p)
{
    while (p->oldest < p->next && record(p, p->oldest)->state == PACE_FREE)
        p->oldest++;
}

/* A repeated packet's answer may be to an earlier sending, and its round trip look too short. It
 * counts where it is not shorter than a certain one: after an outage there may be no other samples.
 */
static bool is_credible(struct pace *p, const struct pace_record *r, int64_t rtt)
{
    if (r->again)
        return p->least_ns != 0 && rtt >= p->least_ns;
    if (p->least_ns == 0 || rtt < p->least_ns)
        p->least_ns = rtt;
    return true;
}

static void sample(struct pace *p, int64_t rtt)
{
    if (p->srtt_ns == 0) {
        p->srtt_ns = rtt;
        p->rttvar_ns = rtt / 2;
        return;
    }
    int64_t off = rtt > p->srtt_ns ? rtt - p->srtt_ns : p->srtt_ns - rtt;
    p->rttvar_ns += (off - p->rttvar_ns) / 4;
    p->srtt_ns += (rtt - p->srtt_ns) / 8;
}

/* One packet more for each answer, or above the threshold for each window of answers. A window that
 * is not half used proves nothing about the path, and stays. */
static void grow(struct pace *p)
{
    if ((p->in_flight + 1) << 9 < p->window_q8)
        return;
    p->credit_q8 += 1u << 8;
    if (p->window_q8 >= p->threshold_q8 && p->credit_q8 < p->window_q8)
        return;
    p->credit_q8 = 0;
    p->window_q8 += 1u << 8;
    if (p->window_q8 > (uint32_t)PACE_WINDOW << 8)
        p->window_q8 = (uint32_t)PACE_WINDOW << 8;
}

static void give_up(struct pace *p, struct pace_record *r)
{
    r->state = PACE_LOST;
    p->in_flight--;
    p->unreported++;
    p->lost++;
}

/* Losses without a queue are the path's own, and a smaller window would not make them fewer; unless
 * most of what is sent is lost. */
static uint32_t least_window(const struct pace *p)
{
    const bool queued = p->srtt_ns > p->least_ns + p->least_ns / 8 + 1 * PACE_MS;
    return queued || p->least_ns == 0 || p->lost > p->answered ? LEAST_WINDOW : CALM_WINDOW;
}

static void shrink(struct pace *p, uint64_t lost)
{
    if (lost < p->recovery)
        return;
    const uint32_t least = least_window(p), reduced = p->window_q8 - p->window_q8 * 3 / 10;
    p->recovery = p->next;
    p->lost -= p->lost / 4;
    p->answered -= p->answered / 4;
    if (p->window_q8 > least)
        p->window_q8 = reduced > least ? reduced : least;
    p->threshold_q8 = p->window_q8;
}

/* Everything that was sent long enough before the largest answered number is lost. */
static void detect(struct pace *p, int64_t now_ns)
{
    uint64_t tolerance = p->window_q8 >> 10; /* a quarter of the window */
    if (tolerance < REORDER_LEAST)
        tolerance = REORDER_LEAST;
    int64_t patience = p->srtt_ns + p->srtt_ns / 4 + 1 * PACE_MS;
    for (uint64_t i = p->oldest; i < p->largest; i++) {
        struct pace_record *r = record(p, i);
        if (r->state != PACE_IN_FLIGHT)
            continue;
        if (p->largest - i <= tolerance && now_ns - r->sent_ns < patience)
            break;
        give_up(p, r);
        shrink(p, i);
    }
}

bool pace_answered(struct pace *p, uint64_t number, int64_t now_ns)
{
    if (number < p->oldest || number >= p->next || p->next - number > PACE_WINDOW)
        return false;
    struct pace_record *r = record(p, number);
    if (r->state != PACE_IN_FLIGHT)
        return false;
    int64_t rtt = now_ns > r->sent_ns ? now_ns - r->sent_ns : 1;
    bool credible = is_credible(p, r, rtt);
    if (credible)
        sample(p, rtt);
    if (number >= p->recovery)
        grow(p);
    r->state = PACE_FREE;
    p->in_flight--;
    p->answered++;
    p->progress_ns = now_ns;
    if (credible)
        p->backoff = 0;
    if (number >= p->largest)
        p->largest = number + 1;
    detect(p, now_ns);
    advance_oldest(p);
    return true;
}

bool pace_lost(struct pace *p, uint32_t *item)
{
    if (p->unreported == 0)
        return false;
    for (uint64_t i = p->oldest; i < p->next; i++) {
        struct pace_record *r = record(p, i);
        if (r->state != PACE_LOST)
            continue;
        *item = r->item;
        r->state = PACE_FREE;
        p->unreported--;
        advance_oldest(p);
        return true;
    }
    return false;
}

int64_t pace_timeout_ns(const struct pace *p)
{
    int64_t var = 4 * p->rttvar_ns > LEAST_VARIANCE ? 4 * p->rttvar_ns : LEAST_VARIANCE;
    int64_t least = p->srtt_ns == 0 ? PACE_FIRST_TIMEOUT_NS : p->srtt_ns + p->srtt_ns / 4 + var;
    int64_t most = least < LONGEST_TIMEOUT ? LONGEST_TIMEOUT : least, t = least;
    for (uint32_t i = 0; i < p->backoff && t < most; i++)
        t *= 2;
    return t < most ? t : most;
}

void pace_abandon(struct pace *p)
{
    for (uint64_t i = p->oldest; i < p->next; i++)
        if (record(p, i)->state == PACE_IN_FLIGHT)
            give_up(p, record(p, i));
    p->recovery = p->next;
}

void pace_tick(struct pace *p, int64_t now_ns)
{
    if (p->in_flight == 0)
        return;
    if (now_ns - p->progress_ns < pace_timeout_ns(p)) {
        detect(p, now_ns);
        return;
    }
    pace_abandon(p);
    if (p->backoff == 0) /* further timeouts tell of the same outage */
        p->threshold_q8 = p->window_q8 / 2 > LEAST_WINDOW ? p->window_q8 / 2 : LEAST_WINDOW;
    p->window_q8 = LEAST_WINDOW;
    p->backoff++;
    p->progress_ns = now_ns;
}

int64_t pace_next_ns(const struct pace *p, bool wanting)
{
    int64_t next = INT64_MAX;
    if (p->unreported)
        return p->progress_ns;
    if (wanting && has_room(p))
        next = p->send_ns - BURST_NS;
    if (p->in_flight == 0)
        return next;
    int64_t deadline = p->progress_ns + pace_timeout_ns(p);
    if (p->oldest < p->largest) {
        int64_t overdue =
            record_const(p, p->oldest)->sent_ns + p->srtt_ns + p->srtt_ns / 4 + 1 * PACE_MS;
        deadline = overdue < deadline ? overdue : deadline;
    }
    return deadline < next ? deadline : next;
}
