/*
 * The server's core: kind, then the step of that kind, each with its own ladder of checks.
 * Nothing of a client outlives the packet but strikes, and the batch's last exchange.
 */
#include "server/server.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "server/hello.h"

_Static_assert(LOOKUP_SHORT_TERM_BYTES == SHORT_TERM_FILE_BYTES, "what LOOKUP finds is the file");

void server_init(struct server *s, const struct server_options *options, struct counters *counters,
                 int64_t now_ms, const uint8_t seed[RNG_SEED_BYTES])
{
    uint8_t key[FILTER_KEY_BYTES];
    memset(s, 0, offsetof(struct server, strikes));
    s->options = *options;
    s->counters = counters;
    s->boot_ms = s->last_ms = now_ms;
    ring_init(&s->ring, options->period_ms);
    ring_init_slow(&s->slow);
    rng_seed(&s->rng, seed);
    rng_fill(&s->rng, key, sizeof key);
    filter_init(&s->filter, key);
    rng_fill(&s->rng, key, sizeof key);
    strikes_init(&s->strikes, key, s->steady_ms);
    rng_fill(&s->rng, key, sizeof key);
    admit_init(&s->admit, key, s->steady_ms);
    rng_fill(&s->rng, key, sizeof key);
    resumed_init(&s->resumed, key);
    wipe(key, sizeof key);
    s->home = rng_u64(&s->rng);
    rng_fill(&s->rng, s->lineage_key, sizeof s->lineage_key);
}

static void count_request(struct counters *c, const struct flow_request *rq)
{
    c->numbers_sent += rq->sent;
    c->numbers_struck += rq->struck;
    c->numbers_beyond += rq->beyond;
    c->fallbacks[rq->fallback]++;
}

static enum verdict request(struct server *s, const struct step *st, const uint8_t *p, size_t n,
                            struct burst *burst)
{
    struct flow_request *rq = &s->request;
    enum verdict v = flow_open(rq, st, p, n);
    if (v == ANSWERED)
        v = flow_answer(rq, st, &s->options.service, s->options.least_legs, &s->scratch, burst);
    if (v == ANSWERED)
        count_request(s->counters, rq);
    flow_wipe(rq);
    return v;
}

static enum verdict dispatch(struct server *s, const struct step *st, const uint8_t *p, size_t n,
                             struct burst *burst)
{
    size_t len = 0;
    enum verdict v;
    switch (n ? p[0] : 0) {
    case KIND_HELLO:
        v = hello(s, st, p, n, burst->at, &len);
        break;
    case KIND_LEG:
        v = kex_leg(st, &s->exchange, p, n, burst->at, &len);
        break;
    case KIND_BLOCK:
        v = kex_block(st, &s->exchange, p, n, burst->at, &len);
        break;
    case KIND_FINISH:
        v = kex_finish(st, &s->exchange, p, n, burst->at, &len);
        break;
    case KIND_LOOKUP:
        v = kex_lookup(s->options.shelf, s->has_short_term ? s->short_term_file : NULL, p, n,
                       burst->at, &len);
        break;
    case KIND_RESUME:
        v = resume(s, st, p, n, burst->at, &len);
        break;
    case KIND_REQUEST:
        return request(s, st, p, n, burst);
    default:
        return DROP_KIND;
    }
    if (v == ANSWERED && len) {
        burst->len[burst->count++] = (uint16_t)len;
        burst->used = len;
    }
    return v;
}

/* The turns of strikes and of admission follow a clock that never steps back. */
static void pass_time(struct server *s, int64_t now_ms)
{
    if (now_ms > s->last_ms)
        s->steady_ms += now_ms - s->last_ms;
    s->last_ms = now_ms;
    strikes_turn(&s->strikes, s->steady_ms);
    admit_turn(&s->admit, s->steady_ms);
    s->counters->puzzle_level = s->admit.control.level;
}

/* Whether it may be looked at: see admit/admit.h. HELLO has a ladder of its own. */
static bool is_left_out(struct server *s, const struct step *st, const uint8_t *p, size_t n)
{
    return s->crowded && n && p[0] != KIND_HELLO && !s->options.no_puzzles &&
           !admit_other(&s->admit, st, s->steady_ms, p, n);
}

/* Whether it counts for its network: not what fell before it cost more than looking that up. */
static bool is_counted(const struct server *s, enum verdict v, uint8_t kind,
                       const struct burst *burst)
{
    if (kind == KIND_HELLO)
        return false;
    switch (v) {
    case DROP_KIND:
    case DROP_FORMAT:
    case DROP_CROWD:
    case DROP_RESUME_LOAD:
    case DROP_IDENTITY:
    case DROP_MAC:
        return false;
    case ANSWERED:
        return kind != KIND_REQUEST || s->request.fallback != FALLBACK_NONE || burst->count == 0;
    default:
        return true;
    }
}

/* Looks at it, unless it is left out, and counts for its network what that took. */
static enum verdict take(struct server *s, const struct step *st, const uint8_t *p, size_t n,
                         struct burst *burst)
{
    if (is_left_out(s, st, p, n))
        return DROP_CROWD;
    const uint8_t kind = n ? p[0] : 0;
    const uint64_t start = kind == KIND_HELLO ? 0 : server_clock_ns(s); /* HELLO: in hello.c */
    const enum verdict v = dispatch(s, st, p, n, burst);
    if (!s->options.no_puzzles && is_counted(s, v, kind, burst))
        admit_other_spent(&s->admit, st, s->steady_ms, s->crowded, p, n,
                          server_took_ns(s, start, OTHER_NS));
    return v;
}

/* A HELLO counts as answered when it is accepted. */
static uint8_t answered_kind(const uint8_t *p, const struct burst *burst)
{
    return burst->count && burst->at[0] == KIND_PUZZLE ? KIND_PUZZLE : p[0];
}

size_t server_packet(struct server *s, int64_t now_ms, const uint8_t address[ADDRESS_BYTES],
                     const uint8_t *p, size_t n, struct burst *burst)
{
    const struct step st = {.ring = &s->ring,
                            .slow = &s->slow,
                            .resumed = &s->resumed,
                            .filter = &s->filter,
                            .rng = &s->rng,
                            .strikes = &s->strikes,
                            .now_ms = now_ms,
                            .boot_ms = s->boot_ms,
                            .home = s->home,
                            .lineage_key = s->lineage_key,
                            .strict_home = s->options.strict_home,
                            .algorithm = s->options.algorithm,
                            .address = address};
    burst->used = burst->count = 0;
    if (now_ms != s->last_ms)
        pass_time(s, now_ms);
    const enum verdict v = take(s, &st, p, n, burst);
    s->counters->packets_in++;
    s->counters->bytes_in += n;
    s->counters->verdicts[v]++;
    if (v != ANSWERED)
        return burst->count = 0;
    s->counters->answered[answered_kind(p, burst)]++;
    s->counters->packets_out += burst->count;
    s->counters->bytes_out += burst->used;
    return burst->count;
}

void server_take_short_term(struct server *s, const struct short_term_image *image, int64_t now_ms)
{
    short_term_take_image(&s->short_term, image, now_ms);
    s->has_short_term = !bytes_are_zero(image->file, sizeof image->file);
    memcpy(s->short_term_file, image->file, sizeof s->short_term_file);
}

void server_expire(struct server *s, int64_t now_ms)
{
    ring_expire(&s->ring, now_ms);
    ring_expire(&s->slow, now_ms);
    short_term_expire(&s->short_term, now_ms);
    pass_time(s, now_ms);
}

void server_batch_begin(struct server *s, size_t packets)
{
    s->crowded = admit_is_crowd(&s->admit, packets);
}

void server_batch_end(struct server *s)
{
    exchange_wipe(&s->exchange);
    wipe(&s->scratch.answer, sizeof s->scratch.answer);
    aead_forget();
}

uint64_t server_clock_ns(const struct server *s)
{
    return s->options.clock_ns ? s->options.clock_ns() : 0;
}

uint64_t server_took_ns(const struct server *s, uint64_t start, uint64_t usual)
{
    return s->options.clock_ns ? server_clock_ns(s) - start : usual;
}

void server_wipe(struct server *s)
{
    wipe(s, sizeof *s);
}
