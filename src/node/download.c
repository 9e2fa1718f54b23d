/*
 * A client with sockets: one of each family, so that any of the server's addresses can be tried.
 * Until the server has answered, each repetition of HELLO goes to the next address.
 */
#include "node/download.h"
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

struct download {
    const struct download_options *options;
    struct client *client;
    struct keymaker keymaker;
    struct channel v4, v6;
    struct batch batch;
    struct loop loop;
    size_t address; /* which one is being tried or answers */
    int level;
    int64_t progress_ns;
};

static struct channel *channel_of(struct download *d, const struct address *a)
{
    return address_family(a) == AF_INET6 ? &d->v6 : &d->v4;
}

static int open_channel(struct download *d, struct channel *c, int family)
{
    const struct udp_options options = {0};
    struct address any = address_any(family, 0);
    int err = udp_open(&c->udp, &any, &options);
    if (err != LETHE_OK)
        return err;
    outbox_prepare(&c->outbox, c->udp.gso);
    return loop_add(&d->loop, c->udp.fd);
}

static int prepare(struct download *d, struct complaint *why)
{
    loop_prepare(&d->loop);
    batch_prepare(&d->batch);
    keymaker_prepare(&d->keymaker);
    d->v4.udp.fd = d->v6.udp.fd = -1;
    int v4 = open_channel(d, &d->v4, AF_INET), v6 = open_channel(d, &d->v6, AF_INET6);
    if (v4 != LETHE_OK && v6 != LETHE_OK)
        return complain(why, v4, "cannot open a UDP socket");
    if (d->options->stop_fd >= 0)
        return loop_add(&d->loop, d->options->stop_fd);
    return LETHE_OK;
}

static void send_all(struct download *d)
{
    struct client *c = d->client;
    for (;;) {
        if (!c->kex.accepted)
            d->address = c->kex.hello_retry.sent % d->options->address_count;
        const struct address *to = &d->options->addresses[d->address];
        struct channel *ch = channel_of(d, to);
        if (ch->udp.fd < 0) { /* a family that this machine lacks */
            d->address = (d->address + 1) % d->options->address_count;
            to = &d->options->addresses[d->address];
            ch = channel_of(d, to);
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
    (void)outbox_flush(&d->v4.outbox, d->v4.udp.fd);
    (void)outbox_flush(&d->v6.outbox, d->v6.udp.fd);
}

/* The address that answered is the one to stay with. */
static void settle_address(struct download *d, const struct address *from)
{
    for (size_t i = 0; i < d->options->address_count; i++)
        if (address_equal(&d->options->addresses[i], from))
            d->address = i;
}

static void receive_all(struct download *d, struct channel *c)
{
    if (c->udp.fd < 0 || !loop_ready(&d->loop, c->udp.fd) ||
        batch_receive(&d->batch, c->udp.fd) != LETHE_OK)
        return;
    int64_t now = (int64_t)clock_monotonic_ns();
    for (size_t i = 0; i < d->batch.count; i++) {
        const struct datagram *g = &d->batch.datagrams[i];
        bool had = d->client->kex.accepted;
        client_input(d->client, now, g->data, g->len);
        if (!had && d->client->kex.accepted)
            settle_address(d, g->from);
    }
}

/* When the McEliece leg is worth its key: at once if data waits for it, else once the transfer
 * turns out to be long. */
static int make_key_when_due(struct download *d, struct complaint *why)
{
    const struct fetch *f = &d->client->fetches[0];
    bool was_started = d->keymaker.started;
    bool is_long = f->known && f->size - f->bytes_done > DOWNLOAD_UPGRADE_BYTES;
    if (!was_started && (d->options->strict || is_long)) {
        int err = keymaker_start(&d->keymaker, why);
        if (err != LETHE_OK)
            return err;
        (void)loop_add(&d->loop, d->keymaker.ready_fd);
    }
    if (keymaker_take(&d->keymaker))
        client_lend_mceliece(d->client, d->keymaker.pk, d->keymaker.sk);
    return LETHE_OK;
}

static void report(struct download *d, int64_t now)
{
    int level = session_level(d->client->caller.legs);
    if (now - d->progress_ns < PROGRESS_NS && level == d->level)
        return;
    d->level = level;
    d->progress_ns = now;
    d->options->progress(d->options->progress_context, d->client, now);
}

static int drive(struct download *d, struct complaint *why)
{
    int err = LETHE_OK;
    while (err == LETHE_OK && !client_done(d->client)) {
        err = make_key_when_due(d, why);
        send_all(d);
        int64_t now = (int64_t)clock_monotonic_ns(), next = client_next_ns(d->client);
        if (next > now + PROGRESS_NS)
            next = now + PROGRESS_NS;
        (void)loop_wait(&d->loop, next > 0 ? (uint64_t)next : 0);
        receive_all(d, &d->v4);
        receive_all(d, &d->v6);
        report(d, now);
        if (d->options->stop_fd >= 0 && loop_ready(&d->loop, d->options->stop_fd))
            err = LETHE_ERR_INTERRUPTED;
    }
    return err == LETHE_OK ? d->client->result : err;
}

static int start_client(struct download *d, struct complaint *why)
{
    uint8_t seed[RNG_SEED_BYTES];
    const struct download_options *o = d->options;
    const uint8_t both = LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE);
    const struct client_options options = {.server = o->server,
                                           .needed = o->strict ? both : LEG_BIT(LEG_SNTRUP),
                                           .wanted = both,
                                           .give_up_ns = o->give_up_ns,
                                           .background = o->background,
                                           .rate = o->rate};
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return complain(why, LETHE_ERR_INTERNAL, "the kernel gives no randomness");
    int err = client_init(d->client, &options, seed, (int64_t)clock_monotonic_ns());
    wipe(seed, sizeof seed);
    if (err != LETHE_OK)
        return complain(why, err, "the server's identity holds keys that cannot be used");
    (void)client_begin(d->client, o->path, &o->store, o->local_size);
    return LETHE_OK;
}

int download_run(const struct download_options *o, struct client *client, struct complaint *why)
{
    struct download *d = calloc(1, sizeof *d);
    if (!d)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    d->options = o;
    d->client = client;
    d->level = 1;
    why->text[0] = 0;
    int err = prepare(d, why);
    if (err == LETHE_OK)
        err = start_client(d, why);
    if (err == LETHE_OK)
        err = drive(d, why);
    if (err == LETHE_OK)
        err = client->fetches[0].result;
    keymaker_end(&d->keymaker);
    udp_close(&d->v4.udp);
    udp_close(&d->v6.udp);
    free(d);
    return err;
}
