/*
 * A client with sockets: sends, sleeps, receives, and makes the ephemeral McEliece key when due.
 * Until the server has answered, each repetition of HELLO goes to the next address.
 */
#include "client/transfer.h"
#include "base/bytes.h"
#include "client/channels.h"
#include "client/keymaker.h"
#include "client/solver.h"
#include "lethe/error.h"
#include "net/clock.h"

#include <stdlib.h>
#include <sys/random.h>

#define PROGRESS_NS  (100 * PACE_MS)
#define ATTACH_AFTER 64 /* numbers: short transfers are not worth a system call */

struct transfer {
    const struct transfer_options *options;
    struct client *client;
    struct keymaker keymaker;
    struct channels channels;
    struct solver solver;
    size_t address; /* which one is being tried or answers */
    size_t puzzler; /* which one asked for a solution */
    int level;
    int64_t progress_ns;
};

/* Room for a packet to the address whose turn it is, or to the next, where this machine lacks its
 * family. */
static uint8_t *reserve(struct transfer *t)
{
    const struct transfer_options *o = t->options;
    for (size_t i = 0; i < o->address_count; i++) {
        uint8_t *out = channels_reserve(&t->channels, &o->addresses[t->address]);
        if (out)
            return out;
        t->address = (t->address + 1) % o->address_count;
    }
    return NULL;
}

/* Each HELLO goes to the next address; but a solution, to where its puzzle was set. */
static size_t next_address(const struct transfer *t)
{
    const struct kex_client *kex = &t->client->kex;
    const uint32_t sent = kex->hello_retry.sent;
    if (kex_client_is_solved(kex))
        return t->puzzler;
    return (kex->puzzle.solved ? sent / 2 : sent) % t->options->address_count;
}

/* A silence may be because this machine, or the server, has another address now. */
static bool is_silent(const struct client *c)
{
    return (int64_t)clock_monotonic_ns() - c->heard_ns > pull_timeout_ns(&c->pull);
}

static void send_all(struct transfer *t)
{
    struct client *c = t->client;
    size_t n;
    if (is_silent(c))
        channels_detach(&t->channels);
    do {
        if (!c->accepted_ns)
            t->address = next_address(t);
        uint8_t *out = reserve(t);
        if (!out)
            return;
        n = client_output(c, (int64_t)clock_monotonic_ns(), out);
        channels_commit(&t->channels, &t->options->addresses[t->address], n);
    } while (n);
    channels_flush(&t->channels);
}

/* What the server answers first is under way before the caller opens files for it. */
static void send_first(struct transfer *t)
{
    uint8_t *out = reserve(t); /* transfer_run has seen that there is one */
    if (out) {
        const size_t n = client_first(t->client, (int64_t)clock_monotonic_ns(), out);
        channels_commit(&t->channels, &t->options->addresses[t->address], n);
    }
    channels_flush(&t->channels);
}

static void find_address(const struct transfer *t, size_t *index, const struct address *from)
{
    for (size_t i = 0; i < t->options->address_count; i++)
        if (address_equal(&t->options->addresses[i], from))
            *index = i;
}

static bool is_puzzled(const struct transfer *t)
{
    return kex_client_puzzle(&t->client->kex) != NULL;
}

/* Whose data flows from where it is asked for has the socket to itself. */
static void attach_when_due(struct transfer *t)
{
    const struct batch *batch = &t->channels.batch;
    const struct address *server = &t->options->addresses[t->address];
    if (batch->count > 0 && t->client->pull.top >= ATTACH_AFTER && !is_silent(t->client) &&
        address_equal(batch->datagrams[batch->count - 1].from, server))
        channels_attach(&t->channels, server);
}

static void receive_all(struct transfer *t, int family)
{
    const struct batch *batch = &t->channels.batch;
    if (!channels_receive(&t->channels, family))
        return;
    int64_t now = (int64_t)clock_monotonic_ns();
    for (size_t i = 0; i < batch->count; i++) {
        const struct datagram *g = &batch->datagrams[i];
        const bool had = t->client->accepted_ns, puzzled = is_puzzled(t);
        const bool had_data = t->client->first_data_ns;
        client_input(t->client, now, g->data, g->len);
        if (!had_data && t->client->first_data_ns) /* opened and stored, not only come */
            t->client->first_data_ns = (int64_t)clock_monotonic_ns();
        if (!had && t->client->accepted_ns) /* the one to stay with */
            find_address(t, &t->address, g->from);
        if (!puzzled && is_puzzled(t))
            find_address(t, &t->puzzler, g->from);
    }
    attach_when_due(t);
}

static uint64_t bytes_left(const struct client *c)
{
    uint64_t left = c->put ? c->put->size - c->put->bytes_done : 0;
    for (int i = 0; i < PULL_BODIES; i++)
        if (c->begun[i] && c->fetches[i].known)
            left += c->fetches[i].size - c->fetches[i].bytes_done;
    return left;
}

/* When the McEliece leg is worth its key: at once if data waits for it, else once the transfer
 * turns out to be long. */
static int make_key_when_due(struct transfer *t, struct complaint *why)
{
    const bool is_long = bytes_left(t->client) > TRANSFER_UPGRADE_BYTES;
    const bool is_waited_for = t->client->options.needed & LEG_BIT(LEG_MCELIECE);
    const bool is_lacking = client_lacks(t->client, LEG_MCELIECE);
    if (!t->keymaker.started && is_lacking && (is_waited_for || is_long)) {
        int err = keymaker_start(&t->keymaker, why);
        if (err != LETHE_OK)
            return err;
        (void)loop_add(&t->channels.loop, t->keymaker.ready_fd);
    }
    if (keymaker_take(&t->keymaker))
        client_lend_mceliece(t->client, t->keymaker.pk, t->keymaker.sk);
    return LETHE_OK;
}

/* Solves what the server asks for, and drops what it does not ask for any more. */
static void solve_when_due(struct transfer *t)
{
    const uint8_t *puzzle = client_puzzle(t->client), *answer;
    if (puzzle)
        solver_start(&t->solver, puzzle);
    else if (t->solver.started)
        solver_stop(&t->solver);
    if (solver_take(&t->solver, &answer))
        client_solved(t->client, (int64_t)clock_monotonic_ns(), t->solver.packet, answer);
}

static void report(struct transfer *t, int64_t now)
{
    int level = session_level(t->client->caller.legs);
    if (now - t->progress_ns < PROGRESS_NS && level == t->level)
        return;
    t->level = level;
    t->progress_ns = now;
    t->client->refused =
        !t->client->accepted_ns &&
        channels_refused(&t->channels, t->options->addresses, t->options->address_count);
    t->options->progress(t->options->context, t->client, now);
}

static int step(struct transfer *t)
{
    return t->options->step(t->options->context, t->client);
}

static int drive(struct transfer *t, struct complaint *why)
{
    send_first(t);
    int err = step(t);
    while (err == LETHE_OK && !client_done(t->client)) {
        err = make_key_when_due(t, why);
        solve_when_due(t);
        send_all(t);
        const bool more = client_prepare(t->client);
        int64_t now = (int64_t)clock_monotonic_ns(), next = more ? 0 : client_next_ns(t->client);
        if (next > now + PROGRESS_NS)
            next = now + PROGRESS_NS;
        (void)loop_wait(&t->channels.loop, next > 0 ? (uint64_t)next : 0);
        receive_all(t, AF_INET);
        receive_all(t, AF_INET6);
        report(t, now);
        if (err == LETHE_OK)
            err = step(t);
        if (channels_stopped(&t->channels))
            err = LETHE_ERR_INTERRUPTED;
    }
    return err == LETHE_OK ? t->client->result : err;
}

static int prepare_solver(struct transfer *t, struct complaint *why)
{
    if (solver_prepare(&t->solver) == LETHE_OK &&
        loop_add(&t->channels.loop, t->solver.ready_fd) == LETHE_OK)
        return LETHE_OK;
    return complain(why, LETHE_ERR_INTERNAL, "the kernel gives no event to wait for");
}

static int start_client(struct transfer *t, struct complaint *why)
{
    uint8_t seed[RNG_SEED_BYTES];
    const struct transfer_options *o = t->options;
    const uint8_t both = LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE);
    struct client_options options = {.server = o->server,
                                     .needed = o->at_once ? 0 : LEG_BIT(LEG_SNTRUP),
                                     .wanted = both,
                                     .give_up_ns = o->give_up_ns,
                                     .background = o->background,
                                     .rate = o->rate,
                                     .park = o->park,
                                     .resume = o->resume,
                                     .early_path = o->early_path,
                                     .minute = (uint32_t)(clock_real_ms() / 60000)};
    if (o->strict)
        options.needed = both;
    memcpy(options.short_term, o->short_term, sizeof options.short_term);
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return complain(why, LETHE_ERR_INTERNAL, "the kernel gives no randomness");
    int err = client_init(t->client, &options, seed, (int64_t)clock_monotonic_ns());
    wipe(seed, sizeof seed);
    if (err != LETHE_OK)
        return complain(why, err, "the server's identity holds keys that cannot be used");
    return LETHE_OK;
}

/* A server that is being restarted refuses as well: only the end of the patience is called so. */
static int name_silence(const struct transfer *t, int err)
{
    const struct transfer_options *o = t->options;
    const bool one = t->client->kex.accepted;
    if (err == LETHE_ERR_TIMEOUT &&
        channels_refused(&t->channels, &o->addresses[one ? t->address : 0],
                         one ? 1 : o->address_count))
        return LETHE_ERR_NETWORK;
    return err;
}

int transfer_run(const struct transfer_options *o, struct client *client, struct complaint *why)
{
    struct transfer *t = calloc(1, sizeof *t);
    if (!t)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    t->options = o;
    t->client = client;
    t->level = 1;
    why->text[0] = 0;
    keymaker_prepare(&t->keymaker);
    t->solver.ready_fd = -1;
    int err = channels_open(&t->channels, o->stop_fd, why);
    if (err == LETHE_OK)
        err = prepare_solver(t, why);
    if (err == LETHE_OK && !reserve(t))
        err = complain(why, LETHE_ERR_NETWORK, "this machine has no route of the server's family");
    if (err == LETHE_OK)
        err = start_client(t, why);
    if (err == LETHE_OK)
        err = name_silence(t, drive(t, why));
    keymaker_end(&t->keymaker);
    solver_end(&t->solver);
    channels_close(&t->channels);
    free(t);
    return err;
}
