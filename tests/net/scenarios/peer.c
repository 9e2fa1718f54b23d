/*
 * A client with a socket: Lethe's own batches and outbox around struct kex_client.
 */
#include "peer.h"

#include <err.h>
#include <string.h>

#include "lethe/error.h"
#include "net/clock.h"
#include "net/loop.h"

void peer_open(struct peer *p, const char *from, const struct address *to)
{
    const struct udp_options options = {0};
    struct address at = address_any(address_family(to), 0);
    const char *why = "";
    if (from && address_parse(&at, from, 0, &why) != LETHE_OK)
        errx(1, "%s: %s", from, why);
    if (udp_open(&p->udp, &at, &options) != LETHE_OK)
        errx(1, "cannot open a socket at %s", from ? from : "any address");
    p->to = *to;
    outbox_prepare(&p->outbox, p->udp.gso);
    batch_prepare(&p->batch);
}

void peer_close(struct peer *p)
{
    udp_close(&p->udp);
}

static uint8_t *reserve(struct peer *p)
{
    uint8_t *out = outbox_reserve(&p->outbox, &p->to, NULL, DATAGRAM_BYTES);
    if (out)
        return out;
    peer_flush(p);
    return outbox_reserve(&p->outbox, &p->to, NULL, DATAGRAM_BYTES);
}

void peer_send(struct peer *p, const uint8_t *packet, size_t n)
{
    memcpy(reserve(p), packet, n);
    outbox_commit(&p->outbox, n);
    if (p->watch)
        p->watch(p->context, true, packet, n);
}

void peer_flush(struct peer *p)
{
    (void)outbox_flush(&p->outbox, p->udp.fd);
}

bool peer_receive(struct peer *p, uint64_t until_ns)
{
    struct loop loop;
    loop_prepare(&loop);
    if (loop_add(&loop, p->udp.fd) != LETHE_OK || loop_wait(&loop, until_ns) != LETHE_OK ||
        !loop_ready(&loop, p->udp.fd) || batch_receive(&p->batch, p->udp.fd) != LETHE_OK)
        return false;
    for (size_t i = 0; i < p->batch.count && p->watch; i++)
        p->watch(p->context, false, p->batch.datagrams[i].data, p->batch.datagrams[i].len);
    return p->batch.count > 0;
}

static void send_due(struct peer *p, struct kex_client *c)
{
    size_t n;
    do {
        uint8_t *out = reserve(p);
        n = kex_client_output(c, (int64_t)clock_monotonic_ns(), out);
        outbox_commit(&p->outbox, n);
        if (n && p->watch)
            p->watch(p->context, true, out, n);
    } while (n);
    peer_flush(p);
}

bool peer_exchange(struct peer *p, struct kex_client *c, uint64_t patience_ns)
{
    uint64_t end = clock_monotonic_ns() + patience_ns;
    while (!kex_client_done(c)) {
        send_due(p, c);
        int64_t next = kex_client_next_ns(c);
        uint64_t until = next < (int64_t)end ? (uint64_t)(next > 0 ? next : 0) : end;
        if (!peer_receive(p, until)) {
            if (clock_monotonic_ns() >= end)
                return false;
            continue;
        }
        int64_t now = (int64_t)clock_monotonic_ns();
        for (size_t i = 0; i < p->batch.count; i++)
            (void)kex_client_input(c, now, p->batch.datagrams[i].data, p->batch.datagrams[i].len);
    }
    return true;
}
