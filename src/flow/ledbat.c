/*
 * LEDBAT++ by rounds: within a round trip samples only add up, at its end the window moves once.
 */
#include "flow/ledbat.h"

#include <stddef.h>

#define ONE        256u
#define LEAST_Q8   ((uint64_t)LEDBAT_LEAST * ONE)
#define MOST_Q8    (LEDBAT_MOST * ONE)
#define FIRST_Q8   LEAST_Q8
#define PAUSE      2 /* round trips that a slowdown stays at the least */
#define AWAY       9 /* a slowdown takes one part in ten of the time */
#define GAIN_LEAST 16

void ledbat_init(struct ledbat *l)
{
    *l = (struct ledbat){
        .window_q8 = FIRST_Q8, .threshold_q8 = MOST_Q8, .slowdown_ns = INT64_MAX, .ramping = true};
}

uint64_t ledbat_packets(const struct ledbat *l)
{
    return l->window_q8 / ONE;
}

static int64_t base_ns(const struct ledbat *l)
{
    int64_t base = 0;
    for (size_t i = 0; i < LEDBAT_MINUTES; i++)
        if (l->least_ns[i] && (base == 0 || l->least_ns[i] < base))
            base = l->least_ns[i];
    return base;
}

static void note_base(struct ledbat *l, int64_t rtt_ns, int64_t now_ns)
{
    int64_t minutes = (now_ns - l->minute_ns) / LEDBAT_MINUTE_NS;
    if (minutes > 0)
        l->minute_ns += minutes * LEDBAT_MINUTE_NS;
    for (int64_t k = 0; k < minutes && k < LEDBAT_MINUTES; k++) {
        for (size_t i = LEDBAT_MINUTES - 1; i > 0; i--)
            l->least_ns[i] = l->least_ns[i - 1];
        l->least_ns[0] = 0;
    }
    if (l->least_ns[0] == 0 || rtt_ns < l->least_ns[0])
        l->least_ns[0] = rtt_ns;
}

static void set_window(struct ledbat *l, uint64_t q8)
{
    l->window_q8 = q8 < LEAST_Q8 ? LEAST_Q8 : q8 > MOST_Q8 ? MOST_Q8 : q8;
}

/* On a short path a round passes before the queue shows what the last one did: grow less in each
 * (LEDBAT++). */
static uint64_t gain_divisor(int64_t base)
{
    int64_t divisor = (2 * LEDBAT_TARGET_NS + base - 1) / base;
    return divisor < GAIN_LEAST ? (uint64_t)divisor : GAIN_LEAST;
}

/* The ramp is over: at the threshold, or because a queue has built up. The next slowdown comes no
 * later than the shortest round trip is forgotten. */
static void end_ramp(struct ledbat *l, int64_t now_ns)
{
    int64_t away = PAUSE * l->rtt_ns;
    if (l->slowdown_ns != INT64_MAX)
        away = AWAY * (now_ns - l->slowdown_ns);
    l->slowdown_ns = now_ns + (away < LEDBAT_MINUTE_NS ? away : LEDBAT_MINUTE_NS);
    l->ramping = false;
}

static void ramp(struct ledbat *l, int64_t delay_ns, uint64_t divisor, int64_t now_ns)
{
    if (delay_ns > LEDBAT_TARGET_NS / 4 * 3) {
        end_ramp(l, now_ns);
        return;
    }
    uint64_t grown = l->window_q8 + l->answered * ONE / divisor;
    set_window(l, grown < l->threshold_q8 ? grown : l->threshold_q8);
    if (l->window_q8 == l->threshold_q8)
        end_ramp(l, now_ns);
}

/* Down by the excess over the target in targets, at most by half: all that use the queue in this
 * way end up with equal shares of it (LEDBAT++), while RFC 6817's linear decrease favours who came
 * last. */
static void follow(struct ledbat *l, int64_t delay_ns, uint64_t divisor)
{
    if (delay_ns <= LEDBAT_TARGET_NS) {
        set_window(l, l->window_q8 + ONE / divisor);
        return;
    }
    int64_t excess = delay_ns - LEDBAT_TARGET_NS;
    if (excess > LEDBAT_TARGET_NS / 2)
        excess = LEDBAT_TARGET_NS / 2;
    set_window(l, l->window_q8 - l->window_q8 * (uint64_t)excess / LEDBAT_TARGET_NS);
}

/* Leaves the line for a moment, so that the queue drains as far as it is this flow's own, and the
 * shortest round trip shows. */
static bool slow_down(struct ledbat *l, int64_t now_ns)
{
    if (!l->ramping && now_ns >= l->slowdown_ns) {
        l->ramping = true;
        l->slowdown_ns = now_ns;
        l->resume_ns = now_ns + PAUSE * l->rtt_ns;
        l->threshold_q8 = l->window_q8;
        l->window_q8 = LEAST_Q8;
    }
    return now_ns < l->resume_ns;
}

static void end_round(struct ledbat *l, int64_t now_ns)
{
    l->rtt_ns = l->shortest_ns;
    if (slow_down(l, now_ns))
        return;
    int64_t base = base_ns(l), delay = l->rtt_ns - base;
    /* A window that was not used says nothing about a larger one; a queue always says something. */
    if (l->answered * ONE * 2 < l->window_q8 && delay <= LEDBAT_TARGET_NS)
        return;
    if (l->ramping)
        ramp(l, delay, gain_divisor(base), now_ns);
    else
        follow(l, delay, gain_divisor(base));
}

void ledbat_sample(struct ledbat *l, int64_t rtt_ns, uint64_t answered_packets, int64_t now_ns)
{
    if (rtt_ns < 1)
        rtt_ns = 1;
    if (rtt_ns > LEDBAT_RTT_MOST_NS)
        rtt_ns = LEDBAT_RTT_MOST_NS;
    if (l->minute_ns == 0)
        l->minute_ns = l->round_ns = now_ns;
    note_base(l, rtt_ns, now_ns);
    if (l->shortest_ns == 0 || rtt_ns < l->shortest_ns)
        l->shortest_ns = rtt_ns;
    l->answered += answered_packets < LEDBAT_MOST ? answered_packets : LEDBAT_MOST;
    if (now_ns - l->round_ns < l->shortest_ns)
        return;
    end_round(l, now_ns);
    l->round_ns = now_ns;
    l->shortest_ns = 0;
    l->answered = 0;
}

void ledbat_loss(struct ledbat *l, int64_t now_ns)
{
    if (now_ns < l->deaf_ns || l->rtt_ns == 0)
        return;
    l->deaf_ns = now_ns + l->rtt_ns;
    if (now_ns < l->resume_ns) { /* what was sent before the slowdown is still arriving */
        l->threshold_q8 = l->threshold_q8 / 2 > LEAST_Q8 ? l->threshold_q8 / 2 : LEAST_Q8;
        return;
    }
    set_window(l, l->window_q8 / 2);
    if (l->ramping)
        end_ramp(l, now_ns);
}
