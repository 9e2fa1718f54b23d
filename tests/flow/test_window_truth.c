/* flow/window: what a client gains by showing less than the truth. A prefix of the truth is no lie:
 * it is what the client knew a moment ago. */
#include <valgrind/valgrind.h>

#include "flow/window_support.h"

#define TRIALS (RUNNING_ON_VALGRIND ? 5000u : 400000u) /* there for the memory's sake */

/* A value as it is sealed: all granted up to the horizon, and a quarter of a window more where the
 * replay stopped before an undecided gap. */
static struct transport random_state(uint32_t packets_most)
{
    struct transport t = fresh((uint8_t)up_to(ALGORITHMS - 1));
    t.base = 1000 + up_to(1 << 20);
    t.recovery = t.base - up_to(900);
    t.window = (uint32_t)((4 + up_to(up_to(packets_most))) * WINDOW_ONE + up_to(WINDOW_ONE - 1));
    t.threshold = chance(300) ? WINDOW_MOST : (uint32_t)(t.window * (600 + up_to(400)) / 1000);
    t.peak = (uint32_t)(t.window * (800 + up_to(1000)) / 1000);
    t.square = square_of(t.window);
    t.virtual_ms = (uint32_t)roll();
    t.epoch_ms = t.virtual_ms - (uint32_t)up_to(10000);
    if (t.threshold < WINDOW_LEAST)
        t.threshold = WINDOW_LEAST;
    if (chance(300)) {
        t.in_recovery = true;
        t.recovery = t.base + up_to(t.window / WINDOW_ONE);
        t.threshold = t.threshold > t.window ? t.window : t.threshold;
        t.window = (uint32_t)up_to(t.threshold);
        t.square = square_of(t.threshold);
        t.highest = t.recovery + t.window / WINDOW_ONE;
    } else {
        t.highest = t.base + window_packets(&t);
        t.highest += chance(300) ? up_to(window_packets(&t) / 4) : 0;
    }
    return t;
}

/* What a chain of continuations earns in many flights: losses as the window brings them about. */
static bool truth_of_flights(struct truth *truth, const struct transport *t, uint64_t flights)
{
    const uint64_t w = window_packets(t), mean_run = w * w / 2 + 4;
    truth->base = t->base;
    truth->count = flights * w;
    if (truth->count > TRUTH_MOST)
        return false;
    for (uint64_t i = 0; i < truth->count; i++)
        truth->received[i] = up_to(mean_run) != 0;
    truth->received[truth->count - 1] = 1;
    return true;
}

static uint64_t horizon_of(const struct transport *t, const struct proof *p, uint32_t age_ms)
{
    struct transport copy = *t;
    return window_advance(&copy, p, age_ms);
}

static uint64_t best_of_prefixes(const struct transport *t, const struct truth *truth,
                                 uint32_t age_ms)
{
    uint64_t best = 0;
    struct proof p;
    for (uint64_t i = 1; i <= truth->count; i++) {
        if (!truth->received[i - 1] || !prove(&p, truth, t->base, t->base + i))
            continue;
        uint64_t horizon = horizon_of(t, &p, age_ms);
        best = horizon > best ? horizon : best;
    }
    return best;
}

enum { HIDE, TRUNCATE, GAPS, LIES };

static void weaken(struct truth *t, uint64_t lie)
{
    for (uint64_t k = 1 + up_to(2); k; k--) {
        uint64_t at = up_to(t->count - 1), n = lie == GAPS ? 1 + up_to(t->count / 4) : 1;
        for (uint64_t i = at; i < at + n && i < t->count; i++)
            t->received[i] = 0;
    }
    if (lie == TRUNCATE)
        t->count = 1 + up_to(t->count - 1);
}

static bool random_truth(struct truth *truth, const struct transport *t)
{
    static const uint64_t losses[] = {0, 5, 20, 100, 300};
    uint64_t loss = losses[up_to(4)];
    truth->base = t->base;
    truth->count = 1 + up_to(t->highest - t->base - 1);
    if (t->highest == t->base || truth->count > TRUTH_MOST)
        return false;
    for (uint64_t i = 0; i < truth->count; i++)
        truth->received[i] = !chance(loss);
    truth->received[truth->count - 1] = 1;
    return true;
}

/* One state, one truth, one lie about it. True when it could be tried. */
static bool try_a_lie(uint32_t packets_most, uint64_t *above_truth)
{
    static struct truth truth, lie;
    struct transport t = random_state(packets_most);
    struct proof whole, weak;
    if (!random_truth(&truth, &t))
        return false;
    lie = truth;
    weaken(&lie, up_to(LIES - 1));
    if (!prove(&whole, &truth, t.base, t.base + truth.count) ||
        !prove(&weak, &lie, t.base, t.base + lie.count))
        return false;
    uint32_t age_ms = (uint32_t)up_to(100);
    uint64_t lied = horizon_of(&t, &weak, age_ms);
    if (lied <= horizon_of(&t, &whole, age_ms))
        return true;
    (*above_truth)++;
    assert_true(lied <= best_of_prefixes(&t, &truth, age_ms));
    return true;
}

static void no_lie_beats_the_best_prefix_of_the_truth(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {20, 400, 5000};
    for (size_t i = 0; i < 3; i++) {
        uint64_t tried = 0, above_truth = 0;
        while (tried < (i == 1 ? TRIALS : TRIALS / 8))
            tried += try_a_lie(sizes[i], &above_truth);
        print_message("up to %u packets: %llu lies, %llu above the whole truth\n", sizes[i],
                      (unsigned long long)tried, (unsigned long long)above_truth);
        assert_true(above_truth < tried / 50);
    }
}

/* The least threshold on the way through a proof. */
static uint32_t least_threshold(const struct transport *t, const struct proof *p, uint32_t age_ms)
{
    uint32_t least = t->threshold;
    struct proof part = *p;
    for (part.count = 1; part.count <= p->count; part.count++) {
        struct transport copy = *t;
        (void)window_advance(&copy, &part, age_ms);
        least = copy.threshold < least ? copy.threshold : least;
    }
    return least;
}

/* An old continuation proves more than a flight. Who leaves out what was lost since, and all else,
 * up to the latest, has a loss for each flight of the gap. What a loss leaves of a small window is
 * a short flight, after which it grows again, by more for each number than a larger one. So where
 * the lie's losses have brought the threshold below ten packets - mostly to its floor, where the
 * next one costs nothing - it may have a packet more than any prefix of the truth, seldom two or
 * three. Nowhere else. */
static void a_gap_of_many_flights_is_as_many_losses(void **state)
{
    (void)state;
    static struct truth truth, lie;
    uint64_t tried = 0, above = 0, most = 0;
    while (tried < TRIALS / 8) {
        struct transport t = random_state(tried % 8 ? 40 : 400);
        struct proof whole, weak;
        if (!truth_of_flights(&truth, &t, 2 + up_to(30)) ||
            !prove(&whole, &truth, t.base, t.base + truth.count))
            continue;
        lie = truth;
        const uint64_t latest = 1 + up_to(11);
        for (uint64_t i = up_to(truth.count - 1); i + latest < truth.count; i++)
            lie.received[i] = 0;
        (void)prove(&weak, &lie, t.base, t.base + truth.count);
        tried++;
        const uint64_t lied = horizon_of(&t, &weak, 20);
        if (lied <= horizon_of(&t, &whole, 20))
            continue;
        const uint64_t best = best_of_prefixes(&t, &truth, 20);
        if (lied <= best)
            continue;
        assert_true(least_threshold(&t, &weak, 20) < 10 * WINDOW_ONE);
        above++;
        most = lied - best > most ? lied - best : most;
    }
    print_message("%llu lies, %llu above all prefixes of the truth, by %llu at most\n",
                  (unsigned long long)tried, (unsigned long long)above, (unsigned long long)most);
    assert_true(above < 10 + tried / 100);
    assert_true(most <= 3);
}

/*
 * Whole transfers. A number asked for at a step arrives a round trip later, or is lost, or comes
 * late, whoever asks: losses belong to the number. Each step has one request.
 */
enum { STEPS_A_ROUND = 16, ROUND_MS = 40, STATES = 256, NUMBERS = 1 << 18, OPTIONS = 8 };

struct sealed {
    struct transport t;
    uint32_t step;
};

struct client {
    uint64_t asked, arrived; /* the highest numbers */
    uint32_t asked_at[NUMBERS];
    struct sealed states[STATES]; /* the last that the server sealed, of all that it made */
    uint32_t made, usable;
};

/* Steps past the round trip: within the tolerance, or waiting for what is late would be no lie. */
static uint8_t late[NUMBERS];
enum { LOST = 255 };

static void random_path(uint64_t mean_run)
{
    for (uint64_t n = 0; n < NUMBERS; n++) {
        late[n] = chance(5);
        if (up_to(mean_run - 1) == 0)
            late[n] = LOST;
    }
}

static bool has(const struct client *c, uint64_t n, uint32_t step)
{
    return n <= c->asked && late[n] != LOST && c->asked_at[n] + STEPS_A_ROUND + late[n] <= step;
}

static bool prove_received(struct proof *p, const struct client *c, uint64_t base, uint32_t step)
{
    p->count = 0;
    uint64_t end = base;
    for (uint64_t n = base + 1; n <= c->arrived; n++) {
        if (!has(c, n, step))
            continue;
        if (p->count && end + 1 == n)
            p->runs[p->count - 1].last = n;
        else if (p->count == PROOF_RUNS_MAX)
            return false;
        else
            p->runs[p->count++] = (struct run){n, n};
        end = n;
    }
    return true;
}

/* Cuts the proof short, or hides a few of some run. */
static void shorten(struct proof *p)
{
    if (p->count == 0)
        return;
    size_t at = (size_t)up_to(p->count - 1);
    struct run *r = &p->runs[at];
    uint64_t length = r->last - r->first;
    if (chance(400)) {
        p->count = at + 1;
        r->last -= up_to(length);
    } else if (length >= 2 && p->count < PROOF_RUNS_MAX) {
        uint64_t from = r->first + 1 + up_to(length - 2), most = r->last - from - 1;
        memmove(r + 1, r, (p->count++ - at) * sizeof *r);
        r[0].last = from - 1;
        r[1].first = from + 1 + (chance(500) ? 0 : up_to(most));
    }
}

/* What a request with this state, and this proof or less, would get. */
struct option {
    struct transport t;
    uint64_t horizon;
    uint32_t step;
};

static bool consider(struct option *o, const struct client *c, const struct sealed *s,
                     uint32_t step, bool lie)
{
    struct proof p;
    if (!prove_received(&p, c, s->t.base, step))
        return false;
    if (lie)
        shorten(&p);
    o->t = s->t;
    o->step = step;
    o->horizon = window_advance(&o->t, &p, (step - s->step) * ROUND_MS / STEPS_A_ROUND);
    return true;
}

static const struct sealed *newest(const struct client *c)
{
    const struct sealed *best = NULL;
    uint32_t first = c->usable > STATES / 2 ? c->usable - STATES / 2 : 0;
    for (uint32_t i = first; i < c->usable; i++) {
        const struct sealed *s = &c->states[i % STATES];
        if (!best || s->t.base >= best->t.base)
            best = s;
    }
    return best;
}

static const struct sealed *any_state(const struct client *c)
{
    uint32_t back = (uint32_t)up_to(up_to(STATES / 2 - 1));
    return &c->states[(back < c->usable ? c->usable - 1 - back : 0) % STATES];
}

/* The honest client paces what it may ask for, the other has no patience. */
static void request(struct client *c, uint32_t step, unsigned greed)
{
    struct option best = {0}, o;
    if (!consider(&best, c, newest(c), step, false))
        return;
    for (int i = 0; greed && i < OPTIONS; i++) {
        const struct sealed *s = chance(500) ? newest(c) : any_state(c);
        bool take = !chance(greed); /* now and then whatever comes: it may pay later */
        if (consider(&o, c, s, step, chance(700)) && (take || o.horizon > best.horizon))
            best = o;
    }
    uint64_t most = c->asked + window_packets(&best.t) * 5 / 4 / STEPS_A_ROUND + 1;
    if (greed || best.horizon < most)
        most = best.horizon;
    for (; c->asked < most && c->asked + 1 < NUMBERS; c->asked_at[c->asked] = step)
        c->asked++;
    c->states[c->made++ % STATES] = (struct sealed){best.t, step};
}

/* How many numbers are pulled in so many steps. */
static uint64_t transfer(const struct transport *start, uint32_t steps, unsigned greed)
{
    static struct client c;
    memset(&c, 0, sizeof c);
    c.states[c.made++] = (struct sealed){*start, 0};
    for (uint32_t step = 0; step < steps; step++) {
        while (c.usable < c.made &&
               (!c.usable || c.states[c.usable % STATES].step + STEPS_A_ROUND <= step))
            c.usable++;
        while (c.arrived < c.asked && c.asked_at[c.arrived + 1] + STEPS_A_ROUND <= step)
            c.arrived++;
        request(&c, step, greed);
    }
    return c.asked;
}

struct gain {
    uint64_t honest, cheat;
};

static struct gain cheats(uint8_t algorithm, uint64_t mean_run, uint32_t steps, int transfers,
                          unsigned greed)
{
    struct gain g = {0, 0};
    for (int i = 0; i < transfers; i++) {
        struct transport t = steady(algorithm, 0, 32 * WINDOW_ONE);
        random_path(mean_run);
        g.honest += transfer(&t, steps, 0);
        g.cheat += transfer(&t, steps, greed);
    }
    return g;
}

static void a_transfer_of_lies_gains_little(void **state)
{
    (void)state;
    static const struct {
        uint64_t mean_run, percent;
        const char *windows;
    } paths[] = {{6000, 105, "above 50"}, {400, 110, "below 50"}};
    static const unsigned greeds[] = {1000, 995, 900};
    for (uint8_t a = 0; a < ALGORITHMS; a++)
        for (size_t i = 0; i < 2; i++)
            for (size_t j = 0; j < (RUNNING_ON_VALGRIND ? 1 : 3); j++) {
                struct gain g = cheats(a, paths[i].mean_run, 8000, 12, greeds[j]);
                print_message("%s, windows %s, greed %u: %llu packets a round, %.4f of honest\n",
                              a == ALGORITHM_RENO ? "Reno" : "CUBIC", paths[i].windows, greeds[j],
                              (unsigned long long)(g.honest * STEPS_A_ROUND / 8000 / 12),
                              (double)g.cheat / (double)g.honest);
                assert_true(g.cheat * 100 <= g.honest * paths[i].percent);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_lie_beats_the_best_prefix_of_the_truth),
        cmocka_unit_test(a_gap_of_many_flights_is_as_many_losses),
        cmocka_unit_test(a_transfer_of_lies_gains_little),
    };
    seed_dice();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
