/*
 * The client's core: who speaks next.
 * The exchange goes first, since data waits for it; requests follow as the session allows.
 */
#include "node/client.h"
#include "base/bytes.h"
#include "lethe/error.h"

int client_init(struct client *c, const struct client_options *options,
                const uint8_t seed[RNG_SEED_BYTES], const char *path,
                const struct fetch_store *store, uint64_t local_size, int64_t now_ns)
{
    memset(c, 0, sizeof *c);
    c->options = *options;
    rng_seed(&c->rng, seed);
    fetch_init(&c->fetch, path, store, local_size);
    c->start_ns = c->heard_ns = c->kex_heard_ns = now_ns;
    c->exchanges = 1;
    return kex_client_init(&c->kex, options->server, options->wanted, &c->rng);
}

void client_lend_mceliece(struct client *c, const uint8_t *pk, const uint8_t *sk)
{
    kex_client_lend_mceliece(&c->kex, pk, sk);
    kex_client_lend_mceliece(&c->spare, pk, sk);
}

bool client_done(const struct client *c)
{
    return c->result != LETHE_OK || fetch_done(&c->fetch);
}

static bool is_ready(const struct client *c)
{
    return (c->caller.legs & c->options.needed) == c->options.needed;
}

static bool has_yielded(const struct client *c)
{
    for (uint8_t leg = 0; leg < LEG_COUNT; leg++)
        if (c->options.needed & LEG_BIT(leg) && !c->kex.yields[leg].ready)
            return false;
    return true;
}

/* Shares go to the session as soon as those that data waits for are complete. */
static void absorb(struct client *c)
{
    if (!is_ready(c) && !has_yielded(c))
        return;
    for (uint8_t leg = 0; leg < LEG_COUNT; leg++)
        if (c->kex.yields[leg].ready)
            caller_absorb(&c->caller, &c->kex.yields[leg], c->kex.m);
}

static void open_session(struct client *c, int64_t now_ns)
{
    if (c->caller.open)
        fetch_ask_again(&c->fetch);
    caller_open(&c->caller, &c->kex.session, now_ns);
    wipe(&c->kex.session, sizeof c->kex.session);
    if (c->fetch.pace.srtt_ns == 0) {
        c->fetch.pace.srtt_ns = c->kex.pace.srtt_ns;
        c->fetch.pace.rttvar_ns = c->kex.pace.rttvar_ns;
    }
    if (c->accepted_ns == 0)
        c->accepted_ns = now_ns;
}

/* When what runs counts as stalled: an upload by its own answers, anything else by any answer. */
static int64_t stall_ns(const struct client *c)
{
    bool uploading = c->kex.accepted && c->kex.mceliece_pk && !kex_client_done(&c->kex);
    return (uploading ? c->kex_heard_ns : c->heard_ns) + CLIENT_STALL_NS;
}

/* The server answers: a spare that was begun while it did not is not needed any more. */
static void heard(struct client *c, int64_t now_ns)
{
    c->heard_ns = now_ns;
    if (!c->spare_running || now_ns >= stall_ns(c))
        return;
    kex_client_wipe(&c->spare);
    c->spare_running = false;
}

/* The spare was answered and the first exchange was not: it takes over. */
static void spare_accepted(struct client *c, int64_t now_ns)
{
    kex_client_wipe(&c->kex);
    c->kex = c->spare;
    c->kex_heard_ns = now_ns;
    open_session(c, now_ns);
    heard(c, now_ns);
}

static bool input_exchange(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    if (c->spare_running && kex_client_input(&c->spare, now_ns, p, n) == LETHE_OK) {
        spare_accepted(c, now_ns);
        return true;
    }
    bool had = c->kex.accepted;
    uint64_t answered = c->kex.packets_answered;
    if (kex_client_input(&c->kex, now_ns, p, n) != LETHE_OK)
        return false;
    if (c->kex.packets_answered == answered) /* an old answer, which anyone may have kept */
        return false;
    if (!had && c->kex.accepted)
        open_session(c, now_ns);
    absorb(c);
    c->kex_heard_ns = now_ns;
    heard(c, now_ns);
    return true;
}

static bool input_data(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct data_body b;
    uint8_t plain[DATA_BODY_MAX];
    if (!c->caller.open || caller_open_answer(&c->caller, &b, plain, p, n, now_ns) != LETHE_OK)
        return false;
    if (c->ready_ns == 0 && is_ready(c))
        c->ready_ns = now_ns;
    if (c->first_data_ns == 0 && b.status == STATUS_OK)
        c->first_data_ns = now_ns;
    if (!fetch_answer(&c->fetch, now_ns, &b)) /* an old answer, which anyone may have kept */
        return false;
    heard(c, now_ns);
    return true;
}

void client_input(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    bool is_data = n && p[0] == KIND_DATA;
    if (is_data ? input_data(c, now_ns, p, n) : input_exchange(c, now_ns, p, n))
        c->packets_received++;
    else
        c->packets_ignored++;
}

static void watch(struct client *c, int64_t now_ns)
{
    if (client_done(c))
        return;
    if (now_ns - c->heard_ns >= c->options.give_up_ns)
        c->result = LETHE_ERR_TIMEOUT;
    if (!c->kex.accepted || c->spare_running || now_ns < stall_ns(c))
        return;
    if (kex_client_init(&c->spare, c->options.server, c->options.wanted, &c->rng) != LETHE_OK)
        return;
    kex_client_lend_mceliece(&c->spare, c->kex.mceliece_pk, c->kex.mceliece_sk);
    c->spare_running = true;
    c->exchanges++;
}

static size_t output_request(struct client *c, int64_t now_ns, uint8_t *out)
{
    struct request_body b;
    int64_t patience = pace_timeout_ns(&c->fetch.pace);
    if (!c->caller.open)
        return 0;
    /* Until an answer confirms the legs that data waits for, only the first requests go, each
     * bringing the shares; later ones would cost the server that work again and again. */
    bool first = c->caller.upgrade_legs && !c->fetch.known;
    if (!is_ready(c) && !first && !caller_upgrade_due(&c->caller, now_ns, patience))
        return 0;
    if (!fetch_next(&c->fetch, now_ns, &b))
        return 0;
    return caller_seal(&c->caller, &b, &c->rng, now_ns, patience, c->options.needed, out);
}

size_t client_output(struct client *c, int64_t now_ns, uint8_t out[DATAGRAM_BYTES])
{
    size_t n = 0;
    watch(c, now_ns);
    if (client_done(c))
        return 0;
    if (c->spare_running)
        n = kex_client_output(&c->spare, now_ns, out);
    if (n == 0)
        n = kex_client_output(&c->kex, now_ns, out);
    if (n == 0)
        n = output_request(c, now_ns, out);
    if (n)
        c->packets_sent++;
    return n;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t request_next_ns(const struct client *c)
{
    int64_t next = fetch_next_ns(&c->fetch);
    if (!c->caller.open || (!is_ready(c) && !c->caller.upgrade_legs))
        return INT64_MAX;
    if (is_ready(c) || !c->fetch.known)
        return next;
    int64_t due = c->caller.upgrade_sent_ns + pace_timeout_ns(&c->fetch.pace);
    return due > next ? due : next;
}

int64_t client_next_ns(const struct client *c)
{
    int64_t next = earlier(kex_client_next_ns(&c->kex), c->heard_ns + c->options.give_up_ns);
    if (c->spare_running)
        next = earlier(next, kex_client_next_ns(&c->spare));
    else if (c->kex.accepted)
        next = earlier(next, stall_ns(c));
    return earlier(next, request_next_ns(c));
}

void client_wipe(struct client *c)
{
    wipe(c, sizeof *c);
}
