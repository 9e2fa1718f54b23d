/*
 * The client's core: who speaks next.
 * The exchange goes first, since data waits for it; requests follow as the session allows.
 */
#include "node/client.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "lethe/service.h"
#include "node/client_park.h"
#include "node/client_puzzle.h"
#include "node/client_request.h"
#include <stdio.h>

static int begin_exchange(struct client *c)
{
    int err = kex_client_init(&c->kex, c->options.server, c->options.wanted, &c->rng);
    c->exchanging = err == LETHE_OK;
    c->exchanges++;
    kex_client_lend_mceliece(&c->kex, c->mceliece_pk, c->mceliece_sk);
    return err;
}

int client_init(struct client *c, const struct client_options *options,
                const uint8_t seed[RNG_SEED_BYTES], int64_t now_ns)
{
    memset(c, 0, sizeof *c);
    c->options = *options;
    c->options.resume = NULL; /* read here and not again */
    rng_seed(&c->rng, seed);
    pull_init(&c->pull);
    c->pull.background = options->background;
    c->pull.rate = options->rate;
    c->start_ns = c->heard_ns = c->kex_heard_ns = now_ns;
    const struct parked_session *parked = options->resume;
    if (!parked || (parked->legs & options->needed) != options->needed)
        return begin_exchange(c);
    kex_resume_init(&c->resume, parked, &c->rng);
    c->resuming = true;
    return LETHE_OK;
}

/* Round trips that are known already. */
static void inform(struct pace *p, int64_t srtt_ns, int64_t rttvar_ns)
{
    if (p->srtt_ns)
        return;
    p->srtt_ns = srtt_ns;
    p->rttvar_ns = rttvar_ns;
}

int client_begin(struct client *c, const char *path, const struct fetch_store *store,
                 uint64_t local_size)
{
    for (int i = 0; i < PULL_BODIES; i++) {
        if (c->begun[i])
            continue;
        struct fetch *f = &c->fetches[i];
        const uint64_t calls = f->pace.next;
        fetch_init(f, path, store, local_size);
        /* No call has the id of one that the resource before it here has made: an answer to that
         * may still come. */
        f->pace.next = f->pace.oldest = f->pace.largest = f->first_call = calls;
        inform(&f->pace, c->pull.srtt_ns, c->pull.rttvar_ns);
        c->begun[i] = true;
        c->pull.bodies[i] = &c->fetches[i].wants;
        return i;
    }
    return -1;
}

void client_end(struct client *c, int index)
{
    pull_close(&c->pull, (unsigned)index);
    c->begun[index] = false;
}

void client_put(struct client *c, struct put *put)
{
    c->put = put;
}

void client_lend_mceliece(struct client *c, const uint8_t *pk, const uint8_t *sk)
{
    c->mceliece_pk = pk;
    c->mceliece_sk = sk;
    kex_client_lend_mceliece(&c->kex, pk, sk);
    kex_client_lend_mceliece(&c->spare, pk, sk);
}

bool client_done(const struct client *c)
{
    bool all = !c->put || put_done(c->put);
    for (int i = 0; i < PULL_BODIES; i++)
        all &= !c->begun[i] || fetch_done(&c->fetches[i]);
    return (all && !c->parking.pending) || c->result != LETHE_OK;
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
    if (!client_is_ready(c) && !has_yielded(c))
        return;
    for (uint8_t leg = 0; leg < LEG_COUNT; leg++)
        if (c->kex.yields[leg].ready)
            caller_absorb(&c->caller, &c->kex.yields[leg], c->kex.m);
}

static void open_session(struct client *c, struct client_session *s, int64_t srtt_ns,
                         int64_t rttvar_ns, int64_t now_ns)
{
    for (int i = 0; i < PULL_BODIES; i++) {
        if (c->begun[i] && c->caller.open)
            fetch_ask_again(&c->fetches[i]);
        inform(&c->fetches[i].pace, srtt_ns, rttvar_ns);
    }
    if (c->put && c->caller.open)
        put_ask_again(c->put);
    if (c->put)
        inform(&c->put->pace, srtt_ns, rttvar_ns);
    caller_open(&c->caller, s, now_ns);
    pull_adopt(&c->pull, &c->caller.transport, now_ns);
    wipe(s, sizeof *s);
    c->parking = (struct parking){.legs = 0};
    if (c->pull.srtt_ns == 0) {
        c->pull.srtt_ns = c->pull.least_ns = srtt_ns;
        c->pull.rttvar_ns = rttvar_ns;
        c->pull.guessed = true; /* too long when HELLO was repeated */
    }
    if (c->accepted_ns == 0)
        c->accepted_ns = now_ns;
}

/* The exchange was answered: its session is the one. */
static void open_exchanged(struct client *c, int64_t now_ns)
{
    const struct pace *p = &c->kex.pace;
    open_session(c, &c->kex.session, p->srtt_ns, p->rttvar_ns, now_ns);
    kex_resume_wipe(&c->resume);
    c->resuming = c->resumed = false;
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
    if (!c->spare_running || c->anew || now_ns >= stall_ns(c))
        return;
    kex_client_wipe(&c->spare);
    c->spare_running = false;
}

/* The spare was answered and the first exchange was not: it takes over. */
static void spare_accepted(struct client *c, int64_t now_ns)
{
    kex_client_wipe(&c->kex);
    c->kex = c->spare;
    c->exchanging = true;
    c->anew = false;
    c->kex_heard_ns = now_ns;
    open_exchanged(c, now_ns);
    heard(c, now_ns);
}

static bool input_exchange(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    if (c->spare_running && kex_client_input(&c->spare, now_ns, p, n) == LETHE_OK) {
        spare_accepted(c, now_ns);
        return true;
    }
    if (!c->exchanging)
        return false;
    bool had = c->kex.accepted;
    uint64_t answered = c->kex.packets_answered;
    if (kex_client_input(&c->kex, now_ns, p, n) != LETHE_OK)
        return false;
    if (c->kex.packets_answered == answered) /* an old answer, which anyone may have kept */
        return false;
    if (!had && c->kex.accepted)
        open_exchanged(c, now_ns);
    absorb(c);
    c->kex_heard_ns = now_ns;
    heard(c, now_ns);
    return true;
}

/* What was answered first is the session: an exchange that was begun meanwhile ends. */
static bool input_resumed(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct client_session s;
    if (!c->resuming || kex_resume_input(&c->resume, &s, p, n) != LETHE_OK)
        return false;
    const int64_t srtt_ns = now_ns > c->start_ns ? now_ns - c->start_ns : 1;
    open_session(c, &s, srtt_ns, srtt_ns / 2, now_ns);
    kex_client_wipe(&c->kex);
    kex_resume_wipe(&c->resume);
    c->exchanging = c->resuming = false;
    c->resumed = true;
    c->ready_ns = now_ns;
    heard(c, now_ns);
    return true;
}

/* A resource's size has become known, or it is another than before. */
static void follow(struct client *c, int index, bool knew)
{
    struct fetch *f = &c->fetches[index];
    if (f->moved) {
        pull_close(&c->pull, (unsigned)index);
        c->pull.bodies[index] = &f->wants;
        f->moved = false;
    } else if (!knew && f->known) {
        pull_clip(&c->pull, (unsigned)index, f->size);
    }
}

static bool take_call(struct client *c, int64_t now_ns, const uint8_t *p, struct data_body *b)
{
    const uint64_t index = b->call_id >> CLIENT_CALL_SHIFT;
    b->call_id &= ((uint64_t)1 << CLIENT_CALL_SHIFT) - 1;
    if (index == CLIENT_PARK)
        return client_park_called(c, p, b);
    if (index == CLIENT_PUT)
        return c->put && put_called(c->put, now_ns, b);
    if (index >= PULL_BODIES || !c->begun[index])
        return false;
    struct fetch *f = &c->fetches[index];
    const bool knew = f->known;
    bool news = fetch_called(f, now_ns, b);
    follow(c, (int)index, knew);
    return news;
}

static bool take_pull(struct client *c, int64_t now_ns, const struct data_body *b)
{
    const uint64_t top = c->pull.top, flying = c->pull.in_flight;
    unsigned body;
    uint64_t offset;
    size_t len;
    if (pull_arrival(&c->pull, b, now_ns, &body, &offset, &len) == ARRIVAL_BYTES) {
        fetch_bytes(&c->fetches[body], now_ns, offset, len, b);
        return true;
    }
    return c->pull.top != top || c->pull.in_flight != flying;
}

static bool input_data(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct data_body b;
    uint8_t plain[DATA_BODY_MAX];
    bool adopted;
    if (!c->caller.open)
        return false;
    int err = caller_open_answer(&c->caller, &b, plain, p, n, now_ns, &adopted);
    if (err != LETHE_OK && err != LETHE_ERR_CHANGED)
        return false;
    if (adopted)
        pull_adopt(&c->pull, &c->caller.transport, now_ns);
    const uint8_t lacks = c->options.wanted & (uint8_t)~caller_legs_of(&c->caller, p);
    if (b.status == LETHE_STATUS_LEVEL && !lacks) /* and there will never be more */
        b.status = LETHE_STATUS_FAILED;
    c->anew |= b.status == LETHE_STATUS_LEVEL && c->resumed;
    bool news = adopted;
    if (b.flags & DATA_CALL)
        news |= take_call(c, now_ns, p, &b);
    else if (b.flags & DATA_PULL && err == LETHE_OK)
        news |= take_pull(c, now_ns, &b);
    if (!news) /* an old answer, which anyone may have kept */
        return false;
    pull_heard(&c->pull, b.echo, now_ns);
    if (c->ready_ns == 0 && client_is_ready(c))
        c->ready_ns = now_ns;
    if (c->first_data_ns == 0 && b.flags & DATA_PULL && !(b.flags & DATA_STATUS))
        c->first_data_ns = now_ns;
    heard(c, now_ns);
    return true;
}

static bool input(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    switch (n ? p[0] : 0) {
    case KIND_DATA:
    case KIND_DATA_AES:
        return input_data(c, now_ns, p, n);
    case KIND_PUZZLE:
        return client_input_puzzle(c, now_ns, p, n);
    case KIND_RESUMED:
        return input_resumed(c, now_ns, p, n);
    default:
        return input_exchange(c, now_ns, p, n);
    }
}

void client_input(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    if (input(c, now_ns, p, n))
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
    client_park_tick(c, now_ns);
    if (now_ns >= client_resume_ns(c) && c->resume_sent && begin_exchange(c) != LETHE_OK)
        c->result = LETHE_ERR_IDENTITY;
    if (!c->caller.open || c->spare_running || (now_ns < stall_ns(c) && !c->anew))
        return;
    if (kex_client_init(&c->spare, c->options.server, c->options.wanted, &c->rng) != LETHE_OK)
        return;
    if (c->kex.has_pass) { /* good for one HELLO */
        kex_client_show_pass(&c->spare, c->kex.pass);
        c->kex.has_pass = false;
    }
    kex_client_lend_mceliece(&c->spare, c->mceliece_pk, c->mceliece_sk);
    c->spare_running = true;
    c->exchanges++;
}

static size_t output_resume(struct client *c, uint8_t *out)
{
    memcpy(out, c->resume.packet, RESUME_BYTES);
    c->resume_sent = true;
    return RESUME_BYTES;
}

size_t client_output(struct client *c, int64_t now_ns, uint8_t out[PACKET_MAX])
{
    size_t n = 0;
    watch(c, now_ns);
    if (client_done(c))
        return 0;
    if (c->resuming && !c->resume_sent)
        n = output_resume(c, out);
    if (n == 0 && c->spare_running)
        n = kex_client_output(&c->spare, now_ns, out);
    if (n == 0 && c->exchanging)
        n = kex_client_output(&c->kex, now_ns, out);
    if (n == 0)
        n = client_request(c, now_ns, out);
    if (n)
        c->packets_sent++;
    return n;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t client_next_ns(const struct client *c)
{
    int64_t next = earlier(client_resume_ns(c), c->heard_ns + c->options.give_up_ns);
    if (c->exchanging)
        next = earlier(next, kex_client_next_ns(&c->kex));
    if (c->spare_running)
        next = earlier(next, kex_client_next_ns(&c->spare));
    else if (c->caller.open)
        next = earlier(next, c->anew ? 0 : stall_ns(c));
    return earlier(next, client_request_ns(c));
}

void client_wipe(struct client *c)
{
    wipe(c, sizeof *c);
}
