/*
 * Admission: what is due, what was brought, and the PUZZLE when that is not enough.
 */
#include "admit/admit.h"
#include "admit/pass.h"
#include "admit/puzzle.h"
#include "base/bytes.h"
#include "lethe/error.h"

/* What is due from one HELLO: bits, or -1 for nothing. */
struct due {
    int all;     /* by the load, and by what its network took unproven */
    int network; /* by what its network took with proofs */
};

void admit_init(struct admit *a, const uint8_t key[SKETCH_KEY_BYTES], int64_t steady_ms)
{
    control_init(&a->control, steady_ms, 1);
    control_init(&a->marked, steady_ms, ADMIT_PATIENCE);
    control_init(&a->blocks, steady_ms, ADMIT_PATIENCE);
    control_init(&a->untold, steady_ms, ADMIT_PATIENCE);
    sketch_init(&a->sketch, key);
}

void admit_turn(struct admit *a, int64_t steady_ms)
{
    control_turn(&a->control, steady_ms);
    control_turn(&a->marked, steady_ms);
    control_turn(&a->blocks, steady_ms);
    control_turn(&a->untold, steady_ms);
}

static int more(int a, int b)
{
    return a > b ? a : b;
}

/* As hard as any at twice the share, from the first bits on in proportion. */
static int network_bits(uint32_t proven_us)
{
    const int range = CONTROL_BITS_MOST - CONTROL_BITS_FIRST;
    if (proven_us <= ADMIT_SHARE_US)
        return -1;
    if (proven_us >= 2 * ADMIT_SHARE_US)
        return CONTROL_BITS_MOST;
    const uint64_t over = proven_us - ADMIT_SHARE_US;
    return CONTROL_BITS_FIRST + (int)(range * over / ADMIT_SHARE_US);
}

static struct due due_of(struct admit *a, const struct sketch_network *n, int64_t steady_ms)
{
    const uint32_t unproven = sketch_read(&a->sketch, n, SKETCH_UNPROVEN, steady_ms);
    const uint32_t proven = sketch_read(&a->sketch, n, SKETCH_PROVEN, steady_ms);
    const int address = unproven > ADMIT_SHARE_US ? 0 : -1;
    return (struct due){.all = more(control_bits(&a->control), address),
                        .network = network_bits(proven)};
}

/* A solution is named by 16 bytes of its z', which none but who was asked could know. */
static bool strike_solution(const struct step *st, const struct puzzle_field *f)
{
    bool full;
    const uint64_t space = load64(f->answer), group = load64(f->answer + 8);
    return strikes_take(st->strikes, space, group, 1, &full) || full;
}

static enum admit_result judge_solution(const struct step *st, const struct puzzle_field *f,
                                        const struct hello *h, const struct due *due)
{
    enum puzzle_result r = puzzle_check(f, st->ring, st->now_ms, st->boot_ms, st->address, h);
    if (r != PUZZLE_RIGHT)
        return r == PUZZLE_LATE ? ADMIT_LATE : ADMIT_WRONG;
    if (f->puzzle.bits < more(due->all, due->network) &&
        st->now_ms - f->puzzle.issued_ms >= ADMIT_GRACE_MS)
        return ADMIT_WEAK;
    return strike_solution(st, f) ? ADMIT_SOLVED : ADMIT_STRUCK;
}

/* A pass is worth the puzzle that everybody owes, not the one that its own network has earned. */
static enum admit_result judge_pass(const struct step *st, const struct puzzle_field *f,
                                    const struct due *due)
{
    uint8_t use[PASS_USE_BYTES];
    const struct cookie_key *key = pass_check(f, st->ring, st->now_ms, st->boot_ms, st->address);
    if (!key || due->network >= 0)
        return ADMIT_REFUSED;
    pass_use(use, f);
    switch (filter_strike(st->filter, key->epoch, st->address, use, sizeof use)) {
    case STRIKE_FRESH:
        return ADMIT_PASSED;
    case STRIKE_SEEN:
        return ADMIT_STRUCK;
    default:
        return ADMIT_REFUSED;
    }
}

static enum admit_result judge(const struct step *st, const struct hello *h, const struct due *due)
{
    struct puzzle_field f;
    if (puzzle_field_decode(&f, h->puzzle) != LETHE_OK)
        return ADMIT_MALFORMED;
    if (due->all < 0 && due->network < 0)
        return ADMIT_FREE;
    if (f.type == PUZZLE_FIELD_SOLUTION)
        return judge_solution(st, &f, h, due);
    if (f.type == PUZZLE_FIELD_PASS)
        return judge_pass(st, &f, due);
    return ADMIT_ASKED;
}

static enum admit_result ask(const struct step *st, const struct hello *h, int bits,
                             enum admit_result why, uint8_t out[PUZZLE_BYTES])
{
    uint8_t random[PUZZLE_RANDOM_BYTES];
    const struct cookie_key *key = ring_sealing(st->ring, st->now_ms);
    if (!key)
        return ADMIT_NO_KEY;
    rng_fill(st->rng, random, sizeof random);
    puzzle_set(out, key, st->now_ms, (uint8_t)bits, random, st->address, h);
    return why;
}

bool admit_is_puzzle(enum admit_result r)
{
    return r >= ADMIT_ASKED && r <= ADMIT_REFUSED;
}

enum admit_result admit_hello(struct admit *a, struct admission *d, const struct step *st,
                              int64_t steady_ms, const struct hello *h, uint8_t out[PUZZLE_BYTES])
{
    d->network = sketch_find(&a->sketch, st->address);
    const struct due due = due_of(a, &d->network, steady_ms);
    enum admit_result r = judge(st, h, &due);
    d->proven = r == ADMIT_SOLVED || r == ADMIT_PASSED;
    if (r != ADMIT_FREE && !d->proven)
        control_asked(&a->control);
    return admit_is_puzzle(r) ? ask(st, h, more(due.all, due.network), r, out) : r;
}

bool admit_resume(struct admit *a, struct admission *d, const struct step *st, int64_t steady_ms)
{
    d->network = sketch_find(&a->sketch, st->address);
    d->proven = false;
    return control_bits(&a->control) <= 0 &&
           sketch_read(&a->sketch, &d->network, SKETCH_UNPROVEN, steady_ms) <= ADMIT_SHARE_US &&
           sketch_read(&a->sketch, &d->network, SKETCH_PROVEN, steady_ms) <= ADMIT_SHARE_US;
}

void admit_spent(struct admit *a, const struct admission *d, int64_t steady_ms, uint64_t ns)
{
    const uint64_t cost = ns < ADMIT_COST_MOST_NS ? ns : ADMIT_COST_MOST_NS;
    control_spent(&a->control, cost);
    sketch_add(&a->sketch, &d->network, d->proven ? SKETCH_PROVEN : SKETCH_UNPROVEN,
               (uint32_t)(cost / 1000), steady_ms);
}

static uint64_t others_us(struct admit *a, int64_t steady_ms)
{
    uint64_t us = 0;
    for (enum sketch_count i = SKETCH_OTHERS; i <= SKETCH_BLOCKS; i++)
        us += sketch_total(&a->sketch, i, steady_ms);
    return us;
}

/* What a packet counts under: of which network, among what, and whose levels make a network's share
 * of that smaller. */
struct other {
    struct sketch_network network;
    enum sketch_count count;
    struct control *control; /* NULL: foreign */
};

/* What is foreign says nothing of the network that its address names: all of it counts for one that
 * nobody has, whose share stays. */
static struct other other_of(struct admit *a, const struct step *st, const uint8_t *p, size_t len)
{
    static const uint8_t nowhere[ADDRESS_BYTES];
    switch (origin_of(st, p, len)) {
    case ORIGIN_PROVEN:
        if (p[0] == KIND_BLOCK)
            return (struct other){sketch_find(&a->sketch, st->address), SKETCH_BLOCKS, &a->blocks};
        return (struct other){sketch_find(&a->sketch, st->address), SKETCH_MARKED, &a->marked};
    case ORIGIN_UNTOLD:
        return (struct other){sketch_find(&a->sketch, st->address), SKETCH_OTHERS, &a->untold};
    default:
        return (struct other){sketch_find(&a->sketch, nowhere), SKETCH_OTHERS, NULL};
    }
}

/* What is left out counts in the total as if it were not, or all would be let in again and again to
 * see that there is too much; and for what is foreign, which has nobody to be fair to. */
static void leave_out(struct admit *a, const struct other *o, int64_t steady_ms)
{
    if (!o->control) {
        sketch_add(&a->sketch, &o->network, o->count, ADMIT_OTHER_US, steady_ms);
        return;
    }
    sketch_add_total(&a->sketch, o->count, ADMIT_OTHER_US, steady_ms);
    control_asked(o->control);
}

bool admit_is_crowd(const struct admit *a, size_t packets)
{
    const int level = more(more(a->marked.level, a->blocks.level), a->untold.level);
    return packets > 0 && packets >= (size_t)ADMIT_CROWD >> level;
}

bool admit_other(struct admit *a, const struct step *st, int64_t steady_ms, const uint8_t *p,
                 size_t len)
{
    const uint64_t all_us = others_us(a, steady_ms);
    if (all_us < ADMIT_OTHERS_US)
        return true;
    const struct other o = other_of(a, st, p, len);
    if (o.control && all_us < ADMIT_OTHERS_ALL_US)
        return true;
    const uint32_t share = ADMIT_OTHERS_US >> (o.control ? o.control->level : 0);
    if (sketch_read(&a->sketch, &o.network, o.count, steady_ms) < share)
        return true;
    leave_out(a, &o, steady_ms);
    return false;
}

void admit_other_spent(struct admit *a, const struct step *st, int64_t steady_ms, bool crowded,
                       const uint8_t *p, size_t len, uint64_t ns)
{
    const uint32_t us =
        ns < ADMIT_OTHER_MOST_US * 1000 ? (uint32_t)((ns + 999) / 1000) : ADMIT_OTHER_MOST_US;
    const struct other o = other_of(a, st, p, len);
    sketch_add(&a->sketch, &o.network, o.count, us, steady_ms);
    if (crowded && o.control)
        control_spent(o.control, us * 1000ull);
}
