/*
 * The client's core: who speaks next.
 * The exchange goes first, since data waits for it; requests follow as the session allows.
 */
#include "node/client.h"
#include "base/bytes.h"
#include "crypto/aead.h"
#include "lethe/error.h"
#include "lethe/service.h"
#include "node/client_request.h"
#include <stdio.h>

/* The exchange, with the first resource's opening call if it is to be early. */
static int init_exchange(struct client *c)
{
    const struct client_options *o = &c->options;
    uint8_t call[FILES_REQUEST_MAX];
    struct kex_early early = {.short_term = o->short_term, .minute = o->minute, .request = call};
    early.len = o->early_path ? fetch_open_call(o->early_path, call) : 0;
    return kex_client_init_early(&c->kex, o->server, o->wanted, early.len ? &early : NULL, &c->rng);
}

int client_init(struct client *c, const struct client_options *options,
                const uint8_t seed[RNG_SEED_BYTES], int64_t now_ns)
{
    memset(c, 0, sizeof *c);
    c->options = *options;
    rng_seed(&c->rng, seed);
    pull_init(&c->pull);
    c->pull.background = options->background;
    c->pull.rate = options->rate;
    c->start_ns = c->heard_ns = c->kex_heard_ns = now_ns;
    c->exchanges = 1;
    return init_exchange(c);
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
    kex_client_lend_mceliece(&c->kex, pk, sk);
    kex_client_lend_mceliece(&c->spare, pk, sk);
}

bool client_done(const struct client *c)
{
    bool all = !c->put || put_done(c->put);
    for (int i = 0; i < PULL_BODIES; i++)
        all &= !c->begun[i] || fetch_done(&c->fetches[i]);
    return all || c->result != LETHE_OK;
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

static void note_first_data(struct client *c, int64_t now_ns)
{
    if (c->first_data_ns)
        return;
    c->first_data_ns = now_ns;
    c->first_data_legs = c->caller.legs;
}

/* What ACCEPT says of the request in HELLO, and of what the server needs. */
static void take_early(struct client *c, int64_t now_ns)
{
    struct early_answer a;
    struct fetch *f = &c->fetches[0];
    if (early_answer_decode(&a, c->kex.early_reply, sizeof c->kex.early_reply) != LETHE_OK)
        return;
    c->options.needed |= a.least & c->options.wanted;
    if (!c->kex.early_asked)
        return;
    c->early = a.outcome;
    if (a.outcome != EARLY_EXECUTED || !c->begun[0] || f->known ||
        strcmp(f->path, c->options.early_path) != 0)
        return;
    fetch_early(f, now_ns, &a);
    follow(c, 0, false);
    if (f->bytes_received)
        note_first_data(c, now_ns);
}

static void open_session(struct client *c, int64_t now_ns)
{
    for (int i = 0; i < PULL_BODIES; i++) {
        if (c->begun[i] && c->caller.open)
            fetch_ask_again(&c->fetches[i]);
        inform(&c->fetches[i].pace, c->kex.pace.srtt_ns, c->kex.pace.rttvar_ns);
    }
    if (c->put && c->caller.open)
        put_ask_again(c->put);
    if (c->put)
        inform(&c->put->pace, c->kex.pace.srtt_ns, c->kex.pace.rttvar_ns);
    caller_open(&c->caller, &c->kex.session, now_ns);
    pull_adopt(&c->pull, &c->caller.transport, now_ns);
    wipe(&c->kex.session, sizeof c->kex.session);
    if (c->pull.srtt_ns == 0) {
        c->pull.srtt_ns = c->pull.least_ns = c->kex.pace.srtt_ns;
        c->pull.rttvar_ns = c->kex.pace.rttvar_ns;
        c->pull.guessed = true; /* too long when HELLO was repeated */
    }
    if (c->accepted_ns == 0)
        c->accepted_ns = now_ns;
    take_early(c, now_ns);
    if (c->ready_ns == 0 && client_is_ready(c))
        c->ready_ns = now_ns;
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

static bool take_call(struct client *c, int64_t now_ns, struct data_body *b)
{
    const uint64_t index = b->call_id >> CLIENT_CALL_SHIFT;
    b->call_id &= ((uint64_t)1 << CLIENT_CALL_SHIFT) - 1;
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
    bool news = adopted;
    if (b.flags & DATA_CALL)
        news |= take_call(c, now_ns, &b);
    else if (b.flags & DATA_PULL && err == LETHE_OK)
        news |= take_pull(c, now_ns, &b);
    if (!news) /* an old answer, which anyone may have kept */
        return false;
    pull_heard(&c->pull, b.echo, now_ns);
    if (c->ready_ns == 0 && client_is_ready(c))
        c->ready_ns = now_ns;
    if (b.flags & DATA_PULL && !(b.flags & DATA_STATUS))
        note_first_data(c, now_ns);
    heard(c, now_ns);
    return true;
}

/* Whose PUZZLE is to be solved: one that may end a silence goes first. */
static struct kex_client *puzzled(struct client *c)
{
    if (c->spare_running && kex_client_puzzle(&c->spare))
        return &c->spare;
    return kex_client_puzzle(&c->kex) ? &c->kex : NULL;
}

const uint8_t *client_puzzle(const struct client *c)
{
    const uint8_t *spare = c->spare_running ? kex_client_puzzle(&c->spare) : NULL;
    return spare ? spare : kex_client_puzzle(&c->kex);
}

static bool input_puzzle(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct puzzle q;
    const bool waited = client_puzzle(c) != NULL;
    if ((!c->spare_running || kex_client_input(&c->spare, now_ns, p, n) != LETHE_OK) &&
        kex_client_input(&c->kex, now_ns, p, n) != LETHE_OK)
        return false;
    if (!waited)
        c->puzzle_since_ns = now_ns;
    if (puzzle_decode(&q, client_puzzle(c), PUZZLE_BYTES) == LETHE_OK)
        c->puzzle_bits = q.bits;
    return true;
}

void client_solved(struct client *c, int64_t now_ns, const uint8_t puzzle[PUZZLE_BYTES],
                   const uint8_t *answer)
{
    struct kex_client *kex = puzzled(c);
    if (!kex || memcmp(kex_client_puzzle(kex), puzzle, PUZZLE_BYTES) != 0)
        return;
    kex_client_solved(kex, answer);
    c->puzzle_ns += now_ns - c->puzzle_since_ns;
    c->puzzle_since_ns = now_ns;
}

static bool input(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    switch (n ? p[0] : 0) {
    case KIND_DATA:
    case KIND_DATA_AES:
        return input_data(c, now_ns, p, n);
    case KIND_PUZZLE:
        return input_puzzle(c, now_ns, p, n);
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
    if (!c->kex.accepted || c->spare_running || now_ns < stall_ns(c))
        return;
    if (kex_client_init(&c->spare, c->options.server, c->options.wanted, &c->rng) != LETHE_OK)
        return;
    if (c->kex.has_pass) { /* good for one HELLO */
        kex_client_show_pass(&c->spare, c->kex.pass);
        c->kex.has_pass = false;
    }
    kex_client_lend_mceliece(&c->spare, c->kex.mceliece_pk, c->kex.mceliece_sk);
    c->spare_running = true;
    c->exchanges++;
}

size_t client_output(struct client *c, int64_t now_ns, uint8_t out[PACKET_MAX])
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
    int64_t next = earlier(kex_client_next_ns(&c->kex), c->heard_ns + c->options.give_up_ns);
    if (c->spare_running)
        next = earlier(next, kex_client_next_ns(&c->spare));
    else if (c->kex.accepted)
        next = earlier(next, stall_ns(c));
    return earlier(next, client_request_ns(c));
}

void client_wipe(struct client *c)
{
    wipe(c, sizeof *c);
    aead_forget();
}
