/*
 * The client's core: who speaks next.
 * The exchange goes first, since data waits for it; requests follow as the session allows.
 */
#include "client/client.h"
#include "base/bytes.h"
#include "client/client_exchange.h"
#include "client/client_park.h"
#include "client/client_puzzle.h"
#include "client/client_request.h"
#include "crypto/aead.h"
#include "lethe/error.h"
#include "lethe/service.h"
#include <stdio.h>

int client_init(struct client *c, const struct client_options *options,
                const uint8_t seed[RNG_SEED_BYTES], int64_t now_ns)
{
    c->options = *options;
    c->options.resume = NULL; /* read here and not again */
    rng_seed(&c->rng, seed);
    pull_init(&c->pull);
    c->pull.background = options->background;
    c->pull.rate = options->rate;
    c->start_ns = c->heard_ns = c->kex_heard_ns = now_ns;
    if (!options->resume)
        return client_exchange_begin(c);
    kex_resume_init(&c->resume, options->resume, &c->rng);
    c->resuming = true;
    return LETHE_OK;
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
        client_inform(&f->pace, c->pull.srtt_ns, c->pull.rttvar_ns);
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

bool client_lacks(const struct client *c, uint8_t leg)
{
    const bool waits = c->resuming && !c->exchanging;
    return !((waits ? c->resume.legs : c->caller.legs) & LEG_BIT(leg));
}

bool client_done(const struct client *c)
{
    bool all = !c->put || put_done(c->put);
    for (int i = 0; i < PULL_BODIES; i++)
        all &= !c->begun[i] || fetch_done(&c->fetches[i]);
    return (all && !c->parking.pending) || c->result != LETHE_OK;
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
    client_follow(c, (int)index, knew);
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

/* The server asks for more than this session was resumed with, which no ACCEPT has told. */
static void wait_for_all(struct client *c)
{
    if (c->options.needed == c->options.wanted)
        return;
    c->options.needed = c->options.wanted;
    c->ready_ns = 0;
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
    else if (b.status == LETHE_STATUS_LEVEL && c->resumed_level)
        wait_for_all(c);
    else if (b.status == LETHE_STATUS_LEVEL) /* more than ACCEPT said: the next leg is waited for */
        c->options.needed |= lacks & (uint8_t)-lacks;
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
    if (b.flags & DATA_PULL && !(b.flags & DATA_STATUS))
        client_note_data(c, now_ns);
    client_heard(c, now_ns);
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
        return client_exchange_resumed(c, now_ns, p, n);
    default:
        return client_exchange_input(c, now_ns, p, n);
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
    if (now_ns >= client_resume_ns(c) && c->resume_sent && client_exchange_begin(c) != LETHE_OK)
        c->result = LETHE_ERR_IDENTITY;
    if (c->caller.open && !c->spare_running && now_ns >= client_stall_ns(c))
        client_exchange_spare(c);
}

static size_t output_resume(struct client *c, uint8_t *out)
{
    memcpy(out, c->resume.packet, RESUME_BYTES);
    c->resume_sent = true;
    return RESUME_BYTES;
}

static size_t output_exchange(struct client *c, int64_t now_ns, uint8_t *out)
{
    size_t n = 0;
    if (c->resuming && !c->resume_sent)
        n = output_resume(c, out);
    if (n == 0 && c->spare_running)
        n = kex_client_output(&c->spare, now_ns, out);
    if (n == 0 && c->exchanging)
        n = kex_client_output(&c->kex, now_ns, out);
    return n;
}

size_t client_first(struct client *c, int64_t now_ns, uint8_t out[PACKET_MAX])
{
    c->packets_sent++;
    return output_exchange(c, now_ns, out);
}

bool client_prepare(struct client *c)
{
    if (c->exchanging)
        kex_client_prepare(&c->kex);
    if (c->spare_running)
        kex_client_prepare(&c->spare);
    for (int i = 0; i < PULL_BODIES; i++)
        if (c->begun[i] && fetch_prepare(&c->fetches[i]))
            return true;
    return c->put && put_prepare(c->put);
}

size_t client_output(struct client *c, int64_t now_ns, uint8_t out[PACKET_MAX])
{
    watch(c, now_ns);
    if (client_done(c))
        return 0;
    size_t n = output_exchange(c, now_ns, out);
    if (n == 0)
        n = client_request(c, now_ns, out);
    if (n)
        c->packets_sent++;
    return n;
}

int64_t client_next_ns(const struct client *c)
{
    int64_t next = earlier(client_resume_ns(c), c->heard_ns + c->options.give_up_ns);
    if (c->exchanging)
        next = earlier(next, kex_client_next_ns(&c->kex));
    if (c->spare_running)
        next = earlier(next, kex_client_next_ns(&c->spare));
    else if (c->caller.open)
        next = earlier(next, client_stall_ns(c));
    return earlier(next, client_request_ns(c));
}

/* The wants of a fetch that was never begun are zero, and to write that megabyte would take half a
 * millisecond. */
void client_wipe(struct client *c)
{
    for (int i = 0; i < PULL_BODIES; i++) {
        struct fetch *f = &c->fetches[i];
        wipe(f, f->path ? sizeof *f : offsetof(struct fetch, wants));
    }
    wipe(c, offsetof(struct client, fetches));
    aead_forget();
}
