/*
 * A finder with sockets. Until something has come, each packet goes to the next address.
 */
#include "client/find.h"
#include "client/channels.h"
#include "lethe/error.h"
#include "net/clock.h"

#include <stdlib.h>

#define PROGRESS_NS (100 * PACE_MS)

struct finding {
    struct channels channels;
    const struct find_options *options;
    struct finder *finder;
    size_t address; /* which one is being tried or answers */
    int64_t progress_ns;
};

/* Room for a packet to the address whose turn it is, or to the next, where this machine lacks its
 * family. */
static uint8_t *reserve(struct finding *f)
{
    const struct find_options *o = f->options;
    for (size_t i = 0; i < o->address_count; i++) {
        uint8_t *out = channels_reserve(&f->channels, &o->addresses[f->address]);
        if (out)
            return out;
        f->address = (f->address + 1) % o->address_count;
    }
    return NULL;
}

static void send_all(struct finding *f)
{
    size_t n;
    do {
        if (f->finder->packets_received == 0)
            f->address = f->finder->packets_sent % f->options->address_count;
        uint8_t *out = reserve(f);
        if (!out)
            return;
        n = finder_output(f->finder, (int64_t)clock_monotonic_ns(), out);
        channels_commit(&f->channels, &f->options->addresses[f->address], n);
    } while (n);
    channels_flush(&f->channels);
}

/* The address that answered is the one to stay with. */
static void settle_address(struct finding *f, const struct address *from)
{
    for (size_t i = 0; i < f->options->address_count; i++)
        if (address_equal(&f->options->addresses[i], from))
            f->address = i;
}

static void receive_all(struct finding *f, int family)
{
    const struct batch *batch = &f->channels.batch;
    if (!channels_receive(&f->channels, family))
        return;
    int64_t now = (int64_t)clock_monotonic_ns();
    for (size_t i = 0; i < batch->count; i++) {
        const struct datagram *g = &batch->datagrams[i];
        const bool first = f->finder->packets_received == 0;
        finder_input(f->finder, now, g->data, g->len);
        if (first && f->finder->packets_received)
            settle_address(f, g->from);
    }
}

static void report(struct finding *f, int64_t now)
{
    const struct find_options *o = f->options;
    if (!o->progress || now - f->progress_ns < PROGRESS_NS)
        return;
    f->progress_ns = now;
    f->finder->refused = f->finder->packets_received == 0 &&
                         channels_refused(&f->channels, o->addresses, o->address_count);
    o->progress(o->context, f->finder, now);
}

static int drive(struct finding *f)
{
    while (!finder_done(f->finder)) {
        send_all(f);
        int64_t now = (int64_t)clock_monotonic_ns(), next = finder_next_ns(f->finder);
        if (next > now + PROGRESS_NS)
            next = now + PROGRESS_NS;
        (void)loop_wait(&f->channels.loop, next > 0 ? (uint64_t)next : 0);
        receive_all(f, AF_INET);
        receive_all(f, AF_INET6);
        report(f, now);
        if (channels_stopped(&f->channels))
            return LETHE_ERR_INTERRUPTED;
    }
    return f->finder->result;
}

int find_run(const struct find_options *o, struct finder *finder, struct complaint *why)
{
    struct finding *f = calloc(1, sizeof *f);
    if (!f)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    f->options = o;
    f->finder = finder;
    finder_init(finder, &o->finder, (int64_t)clock_monotonic_ns());
    int err = channels_open(&f->channels, o->stop_fd, why);
    if (err == LETHE_OK && !reserve(f))
        err = complain(why, LETHE_ERR_NETWORK, "this machine has no route of the server's family");
    if (err == LETHE_OK)
        err = drive(f);
    if (err == LETHE_ERR_TIMEOUT && channels_refused(&f->channels, o->addresses, o->address_count))
        err = LETHE_ERR_NETWORK;
    channels_close(&f->channels);
    free(f);
    return err;
}
