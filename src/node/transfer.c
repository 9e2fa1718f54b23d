/*
 * A client with sockets: one of each family, so that any of the server's addresses can be tried.
 * Until the server has answered, each repetition of HELLO goes to the next address.
 */
#include "node/transfer.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "net/batch.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/outbox.h"
#include "net/udp.h"
#include "node/keymaker.h"

#include <stdlib.h>
#include <sys/random.h>

#define PROGRESS_NS (100 * PACE_MS)

struct channel {
    struct udp udp;
    struct outbox outbox;
};

struct transfer {
    const struct transfer_options *options;
    struct client *client;
    struct keymaker keymaker;
    struct channel v4, v6;
    struct batch batch;
    struct loop loop;
    size_t address; /* which one is being tried or answers */
    int level;
    int64_t progress_ns;
};

static struct channel *channel_of(struct transfer *t, const struct address *a)
{
    return address_family(a) == AF_INET6 ? &t->v6 : &t->v4;
}

static int open_channel(struct transfer *t, struct channel *c, int family)
{
    const struct udp_options options = {0};
    struct address any = address_any(family, 0);
    int err = udp_open(&c->udp, &any, &options);
    if (err != LETHE_OK)
        return err;
    outbox_prepare(&c->outbox, c->udp.gso);
    return loop_add(&t->loop, c->udp.fd);
}

static int prepare(struct transfer *t, struct complaint *why)
{
    loop_prepare(&t->loop);
    batch_prepare(&t->batch);
    keymaker_prepare(&t->keymaker);
    t->v4.udp.fd = t->v6.udp.fd = -1;
    int v4 = open_channel(t, &t->v4, AF_INET), v6 = open_channel(t, &t->v6, AF_INET6);
    if (v4 != LETHE_OK && v6 != LETHE_OK)
        return complain(why, v4, "cannot open a UDP socket");
    if (t->options->stop_fd >= 0)
        return loop_add(&t->loop, t->options->stop_fd);
    return LETHE_OK;
}

static void send_all(struct transfer *t)
{
    struct client *c = t->client;
    for (;;) {
        if (!c->kex.accepted)
            t->address = c->kex.hello_retry.sent % t->options->address_count;
        const struct address *to = &t->options->addresses[t->address];
        struct channel *ch = channel_of(t, to);
        if (ch->udp.fd < 0) { /* a family that this machine lacks */
            t->address = (t->address + 1) % t->options->address_count;
            to = &t->options->addresses[t->address];
            ch = channel_of(t, to);
        }
        uint8_t *out = outbox_reserve(&ch->outbox, to, NULL, PACKET_MAX);
        if (!out) {
            (void)outbox_flush(&ch->outbox, ch->udp.fd);
            continue;
        }
        size_t n = client_output(c, (int64_t)clock_monotonic_ns(), out);
        outbox_commit(&ch->outbox, n);
        if (n == 0)
            break;
    }
    (void)outbox_flush(&t->v4.outbox, t->v4.udp.fd);
    (void)outbox_flush(&t->v6.outbox, t->v6.udp.fd);
}

/* The address that answered is the one to stay with. */
static void settle_address(struct transfer *t, const struct address *from)
{
    for (size_t i = 0; i < t->options->address_count; i++)
        if (address_equal(&t->options->addresses[i], from))
            t->address = i;
}

static void receive_all(struct transfer *t, struct channel *c)
{
    if (c->udp.fd < 0 || !loop_ready(&t->loop, c->udp.fd) ||
        batch_receive(&t->batch, c->udp.fd) != LETHE_OK)
        return;
    int64_t now = (int64_t)clock_monotonic_ns();
    for (size_t i = 0; i < t->batch.count; i++) {
        const struct datagram *g = &t->batch.datagrams[i];
        bool had = t->client->kex.accepted;
        client_input(t->client, now, g->data, g->len);
        if (!had && t->client->kex.accepted)
            settle_address(t, g->from);
    }
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
    if (!t->keymaker.started && (t->options->strict || is_long)) {
        int err = keymaker_start(&t->keymaker, why);
        if (err != LETHE_OK)
            return err;
        (void)loop_add(&t->loop, t->keymaker.ready_fd);
    }
    if (keymaker_take(&t->keymaker))
        client_lend_mceliece(t->client, t->keymaker.pk, t->keymaker.sk);
    return LETHE_OK;
}

static void report(struct transfer *t, int64_t now)
{
    int level = session_level(t->client->caller.legs);
    if (now - t->progress_ns < PROGRESS_NS && level == t->level)
        return;
    t->level = level;
    t->progress_ns = now;
    t->options->progress(t->options->context, t->client, now);
}

static int step(struct transfer *t)
{
    return t->options->step(t->options->context, t->client);
}

static int drive(struct transfer *t, struct complaint *why)
{
    int err = step(t);
    while (err == LETHE_OK && !client_done(t->client)) {
        err = make_key_when_due(t, why);
        send_all(t);
        int64_t now = (int64_t)clock_monotonic_ns(), next = client_next_ns(t->client);
        if (next > now + PROGRESS_NS)
            next = now + PROGRESS_NS;
        (void)loop_wait(&t->loop, next > 0 ? (uint64_t)next : 0);
        receive_all(t, &t->v4);
        receive_all(t, &t->v6);
        report(t, now);
        if (err == LETHE_OK)
            err = step(t);
        if (t->options->stop_fd >= 0 && loop_ready(&t->loop, t->options->stop_fd))
            err = LETHE_ERR_INTERRUPTED;
    }
    return err == LETHE_OK ? t->client->result : err;
}

static int start_client(struct transfer *t, struct complaint *why)
{
    uint8_t seed[RNG_SEED_BYTES];
    const struct transfer_options *o = t->options;
    const uint8_t both = LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE);
    const struct client_options options = {.server = o->server,
                                           .needed = o->strict ? both : LEG_BIT(LEG_SNTRUP),
                                           .wanted = both,
                                           .give_up_ns = o->give_up_ns,
                                           .background = o->background,
                                           .rate = o->rate};
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return complain(why, LETHE_ERR_INTERNAL, "the kernel gives no randomness");
    int err = client_init(t->client, &options, seed, (int64_t)clock_monotonic_ns());
    wipe(seed, sizeof seed);
    if (err != LETHE_OK)
        return complain(why, err, "the server's identity holds keys that cannot be used");
    return LETHE_OK;
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
    int err = prepare(t, why);
    if (err == LETHE_OK)
        err = start_client(t, why);
    if (err == LETHE_OK)
        err = drive(t, why);
    keymaker_end(&t->keymaker);
    udp_close(&t->v4.udp);
    udp_close(&t->v6.udp);
    free(t);
    return err;
}
