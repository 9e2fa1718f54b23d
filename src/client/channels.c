/*
 * A client's sockets, with what batches their packets.
 */
#include "client/channels.h"
#include "lethe/error.h"
#include "wire/limits.h"

static struct channel *channel_of(struct channels *c, int family)
{
    return family == AF_INET6 ? &c->v6 : &c->v4;
}

static int open_one(struct channels *c, int family)
{
    const struct udp_options options = {.refusals = true};
    struct channel *ch = channel_of(c, family);
    struct address any = address_any(family, 0);
    int err = udp_open(&ch->udp, &any, &options);
    if (err != LETHE_OK)
        return err;
    outbox_prepare(&ch->outbox, ch->udp.gso);
    return loop_add(&c->loop, ch->udp.fd);
}

int channels_open(struct channels *c, int stop_fd, struct complaint *why)
{
    loop_prepare(&c->loop);
    batch_prepare(&c->batch);
    c->stop_fd = stop_fd;
    c->attached = NULL;
    c->refused_count = 0;
    c->v4.udp.fd = c->v6.udp.fd = -1;
    int v4 = open_one(c, AF_INET), v6 = open_one(c, AF_INET6);
    if (v4 != LETHE_OK && v6 != LETHE_OK)
        return complain(why, v4, "cannot open a UDP socket");
    return stop_fd >= 0 ? loop_add(&c->loop, stop_fd) : LETHE_OK;
}

void channels_close(struct channels *c)
{
    udp_close(&c->v4.udp);
    udp_close(&c->v6.udp);
}

uint8_t *channels_reserve(struct channels *c, const struct address *to)
{
    struct channel *ch = channel_of(c, address_family(to));
    if (ch->udp.fd < 0)
        return NULL;
    uint8_t *out = outbox_reserve(&ch->outbox, to, NULL, PACKET_MAX);
    if (out)
        return out;
    (void)outbox_flush(&ch->outbox, ch->udp.fd);
    return outbox_reserve(&ch->outbox, to, NULL, PACKET_MAX);
}

void channels_commit(struct channels *c, const struct address *to, size_t n)
{
    outbox_commit(&channel_of(c, address_family(to))->outbox, n);
}

void channels_flush(struct channels *c)
{
    (void)outbox_flush(&c->v4.outbox, c->v4.udp.fd);
    (void)outbox_flush(&c->v6.outbox, c->v6.udp.fd);
}

void channels_attach(struct channels *c, const struct address *to)
{
    struct udp *udp = &channel_of(c, address_family(to))->udp;
    if (!c->attached && udp_attach(udp, to))
        c->attached = udp;
}

void channels_detach(struct channels *c)
{
    if (c->attached)
        udp_detach(c->attached);
    c->attached = NULL;
}

bool channels_refused(const struct channels *c, const struct address *at, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < c->refused_count; k++)
            found += address_equal(&at[i], &c->refused[k]);
    return found == count;
}

static void note_refusals(struct channels *c, const struct udp *udp)
{
    struct address at;
    while (udp_refused(udp, &at))
        if (!channels_refused(c, &at, 1) && c->refused_count < CHANNELS_REFUSED_MAX)
            c->refused[c->refused_count++] = at;
}

bool channels_receive(struct channels *c, int family)
{
    struct channel *ch = channel_of(c, family);
    if (ch->udp.fd < 0 || !loop_ready(&c->loop, ch->udp.fd))
        return false;
    if (loop_failed(&c->loop, ch->udp.fd))
        note_refusals(c, &ch->udp);
    if (batch_receive(&c->batch, ch->udp.fd) != LETHE_OK)
        return false;
    if (c->batch.count > 0)
        c->refused_count = 0;
    return true;
}

bool channels_stopped(const struct channels *c)
{
    return c->stop_fd >= 0 && loop_ready(&c->loop, c->stop_fd);
}
