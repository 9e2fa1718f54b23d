/* flow/ledbat: fills an idle line, and makes way for CUBIC in queues long and short. */
#include "flow/window_support.h"

#include "flow/ledbat.h"

#define MS ((int64_t)1000000)

enum { AHEAD = 1 << 16 };

/* A line that sends a packet each slot, with a queue before it; two flows. */
struct flow {
    bool starts;
    int64_t in_flight;
    uint64_t sent, delivered;
    struct transport cubic;
    struct ledbat ledbat;
    int64_t deaf; /* slot until which CUBIC takes losses for the same */
};

struct line {
    int64_t slot_ns, propagation; /* slots, both ways together */
    size_t room, queued, head;
    struct {
        uint8_t flow;
        int64_t entered;
    } queue[4096];
    struct {
        uint8_t flows; /* bit i: flow i's packet is answered then; 4 + i: its loss is known then */
        int64_t entered;
    } due[AHEAD];
    struct flow flows[2]; /* CUBIC, LEDBAT */
    uint64_t delay_sum, delays;
};

static uint64_t window_of(const struct line *l, int i)
{
    const struct flow *f = &l->flows[i];
    return i == 0 ? f->cubic.window / WINDOW_ONE : ledbat_packets(&f->ledbat);
}

static void cubic_lost(struct flow *f, int64_t slot, int64_t propagation)
{
    if (slot < f->deaf)
        return;
    f->deaf = slot + propagation;
    uint32_t old = f->cubic.window;
    f->cubic.threshold = (uint32_t)((uint64_t)old * window_cubic.share_q10 / 1024);
    if (f->cubic.threshold < WINDOW_LEAST)
        f->cubic.threshold = WINDOW_LEAST;
    window_cubic.reduce(&f->cubic, old);
    f->cubic.window = f->cubic.threshold;
}

static void cubic_answered(struct flow *f, int64_t now_ns)
{
    f->cubic.virtual_ms = (uint32_t)(now_ns / MS);
    if (f->cubic.window < f->cubic.threshold)
        f->cubic.window += WINDOW_ONE;
    else
        window_cubic.grow(&f->cubic, 1);
}

static void arrive(struct line *l, int64_t slot)
{
    int64_t now_ns = slot * l->slot_ns;
    for (int i = 0; i < 2; i++) {
        struct flow *f = &l->flows[i];
        uint8_t flows = l->due[slot % AHEAD].flows;
        if (flows & 1 << i) {
            int64_t rtt_ns = (slot - l->due[slot % AHEAD].entered) * l->slot_ns;
            f->in_flight--;
            f->delivered++;
            if (i == 0)
                cubic_answered(f, now_ns);
            else
                ledbat_sample(&f->ledbat, rtt_ns, 1, now_ns);
        }
        if (flows & 4 << i) {
            f->in_flight--;
            if (i == 0)
                cubic_lost(f, slot, l->propagation + (int64_t)l->queued);
            else
                ledbat_loss(&f->ledbat, now_ns);
        }
    }
    l->due[slot % AHEAD].flows = 0;
}

static void send(struct line *l, int i, int64_t slot)
{
    struct flow *f = &l->flows[i];
    if (!f->starts || f->in_flight >= (int64_t)window_of(l, i))
        return;
    f->in_flight++;
    f->sent++;
    if (l->queued == l->room) {
        int64_t known = slot + l->propagation + (int64_t)l->queued;
        l->due[known % AHEAD].flows |= (uint8_t)(4 << i);
        return;
    }
    size_t at = (l->head + l->queued++) % 4096;
    l->queue[at].flow = (uint8_t)i;
    l->queue[at].entered = slot;
}

static void run_line(struct line *l, int64_t from_ms, int64_t to_ms)
{
    for (int64_t slot = from_ms * MS / l->slot_ns; slot < to_ms * MS / l->slot_ns; slot++) {
        arrive(l, slot);
        for (int k = 0; k < 2; k++) { /* an answer lets two leave: windows grow */
            int first = (int)(roll() & 1);
            send(l, first, slot);
            send(l, !first, slot);
        }
        l->delay_sum += l->queued;
        l->delays++;
        if (l->queued == 0)
            continue;
        int64_t due = slot + l->propagation;
        l->due[due % AHEAD].flows |= (uint8_t)(1 << l->queue[l->head].flow);
        l->due[due % AHEAD].entered = l->queue[l->head].entered;
        l->head = (l->head + 1) % 4096;
        l->queued--;
    }
}

/* 50 Mbit/s in packets of 1250 bytes. */
static struct line *line_of(int64_t rtt_ms, int64_t queue_ms)
{
    static struct line l;
    memset(&l, 0, sizeof l);
    l.slot_ns = 200000;
    l.propagation = rtt_ms * MS / l.slot_ns;
    l.room = (size_t)(queue_ms * MS / l.slot_ns);
    l.flows[0].cubic = fresh(ALGORITHM_CUBIC);
    ledbat_init(&l.flows[1].ledbat);
    return &l;
}

static uint64_t percent(const struct line *l, int i, uint64_t before, int64_t ms)
{
    return (l->flows[i].delivered - before) * 100 / (uint64_t)(ms * MS / l->slot_ns);
}

static void fills_an_idle_line_with_a_short_queue(void **state)
{
    (void)state;
    static const int64_t rtts[] = {5, 20, 100};
    for (size_t i = 0; i < 3; i++) {
        struct line *l = line_of(rtts[i], 200);
        l->flows[1].starts = true;
        run_line(l, 0, 20000);
        uint64_t before = l->flows[1].delivered;
        l->delay_sum = l->delays = 0;
        run_line(l, 20000, 80000);
        uint64_t used = percent(l, 1, before, 60000);
        uint64_t delay_us = l->delay_sum * 200 / l->delays;
        print_message("alone, %lld ms: %llu %%, mean queue %llu us\n", (long long)rtts[i],
                      (unsigned long long)used, (unsigned long long)delay_us);
        assert_true(used >= 80);
        assert_true(delay_us <= 12000);
    }
}

static void makes_way_for_cubic(void **state)
{
    (void)state;
    static const int64_t queues[] = {20, 50, 100, 200}, rtts[] = {10, 20, 50};
    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < 4; i++)
            for (int later = 0; later < 2; later++) {
                struct line *l = line_of(rtts[r], queues[i]);
                l->flows[later ? 0 : 1].starts = true;
                run_line(l, 0, 10000);
                l->flows[0].starts = l->flows[1].starts = true;
                run_line(l, 10000, 20000);
                uint64_t a = l->flows[0].delivered, b = l->flows[1].delivered;
                run_line(l, 20000, 80000);
                uint64_t cubic = percent(l, 0, a, 60000), ledbat = percent(l, 1, b, 60000);
                print_message("%lld ms, queue %lld ms, %s first: CUBIC %llu %%, LEDBAT %llu %%\n",
                              (long long)rtts[r], (long long)queues[i], later ? "CUBIC" : "LEDBAT",
                              (unsigned long long)cubic, (unsigned long long)ledbat);
                assert_true(cubic >= 90 && ledbat <= 8);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_an_idle_line_with_a_short_queue),
        cmocka_unit_test(makes_way_for_cubic),
    };
    seed_dice();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
