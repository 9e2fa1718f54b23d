/*
 * HELLO at the server: the cost ladder, one visible function, cheapest rung first.
 * Length, version, identity, mac; puzzle or pass; the long-term keys; early data; the answer.
 */
#include "server/hello.h"
#include "admit/pass.h"
#include "base/bytes.h"

/* Whether the HELLO may go on; if not, the answer or the reason to drop it. */
static enum verdict admit(struct server *s, struct admission *d, const struct step *st,
                          const struct hello *h, uint8_t *out, size_t *out_len)
{
    const enum admit_result r = admit_hello(&s->admit, d, st, s->steady_ms, h, out);
    s->counters->admissions[r]++;
    if (admit_is_puzzle(r))
        *out_len = PUZZLE_BYTES;
    switch (r) {
    case ADMIT_WRONG:
        return DROP_PUZZLE;
    case ADMIT_MALFORMED:
        return DROP_FORMAT;
    case ADMIT_NO_KEY:
        return DROP_NO_KEY;
    default:
        return ANSWERED;
    }
}

/* The two expensive rungs, and what the HELLO asks. A client that got this far gets a pass for the
 * next time. */
static enum verdict open_and_accept(struct server *s, const struct step *st, const struct hello *h,
                                    const uint8_t *p, uint8_t *out, size_t *out_len)
{
    const struct early_policy policy = {.taken = s->options.early,
                                        .least_legs = s->options.least_legs,
                                        .service = &s->options.service,
                                        .keys = &s->short_term,
                                        .once = s->options.once};
    struct kex_hello k;
    uint8_t nonce[PASS_NONCE_BYTES], pass[ACCEPT_PASS_BYTES], handle[HANDLE_BYTES_MAX];
    enum verdict v =
        kex_hello_open(&k, s->options.identity, st, h, p, early_secret(&policy, h, st->now_ms));
    if (v == ANSWERED) {
        s->counters->early[early_take(&k, h, st, &policy, &s->scratch, handle)]++;
        rng_fill(st->rng, nonce, sizeof nonce);
        pass_make(pass, k.key, st->now_ms, nonce, st->address);
        v = kex_hello_accept(&k, st, pass, out, out_len);
    }
    wipe(&k, sizeof k);
    wipe(pass, sizeof pass);
    return v;
}

enum verdict hello(struct server *s, const struct step *st, const uint8_t *p, size_t n,
                   uint8_t *out, size_t *out_len)
{
    struct hello h;
    struct admission d = {.proven = false};
    *out_len = 0;
    enum verdict v = kex_hello_check(&h, s->options.identity, p, n);
    if (v == ANSWERED && !s->options.no_puzzles)
        v = admit(s, &d, st, &h, out, out_len);
    if (v != ANSWERED || *out_len)
        return v;

    const uint64_t start = server_clock_ns(s);
    v = open_and_accept(s, st, &h, p, out, out_len);
    const uint64_t took = server_took_ns(s, start, HELLO_NS);
    s->counters->hello_ns += took;
    if (!s->options.no_puzzles)
        admit_spent(&s->admit, &d, s->steady_ms, took);
    return v;
}

enum verdict resume(struct server *s, const struct step *st, const uint8_t *p, size_t n,
                    uint8_t *out, size_t *out_len)
{
    struct admission d;
    if (n == RESUME_BYTES && !s->options.no_puzzles &&
        !admit_resume(&s->admit, &d, st, s->steady_ms))
        return DROP_RESUME_LOAD;
    const uint64_t start = server_clock_ns(s);
    enum verdict v = kex_resume(st, p, n, out, out_len);
    if ((v == ANSWERED || v == DROP_DH) && !s->options.no_puzzles)
        admit_spent(&s->admit, &d, s->steady_ms, server_took_ns(s, start, RESUME_NS));
    return v;
}
