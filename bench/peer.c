/*
 * One turn is: flush, wait, receive. So what one batch of answers permits leaves in one flush.
 */
#include "bench/peer.h"
#include "bench/measure.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

struct peer *peer_open(const struct address *to)
{
    const struct udp_options options = {0};
    struct address any = address_any(address_family(to), 0);
    struct peer *p = aligned_alloc(64, (sizeof *p + 63) / 64 * 64);
    if (!p || udp_open(&p->udp, &any, &options) != LETHE_OK)
        bench_fail("no socket");
    p->to = *to;
    p->messages = 0;
    loop_prepare(&p->loop);
    (void)loop_add(&p->loop, p->udp.fd);
    batch_prepare(&p->batch);
    outbox_prepare(&p->outbox, p->udp.gso);
    return p;
}

void peer_close(struct peer *p)
{
    udp_close(&p->udp);
    free(p);
}

uint8_t *peer_room(struct peer *p)
{
    uint8_t *room = outbox_reserve(&p->outbox, &p->to, NULL, DATAGRAM_BYTES);
    if (!room) {
        (void)outbox_flush(&p->outbox, p->udp.fd);
        room = outbox_reserve(&p->outbox, &p->to, NULL, DATAGRAM_BYTES);
    }
    return room;
}

void peer_queue(struct peer *p, const void *packet, size_t n)
{
    memcpy(peer_room(p), packet, n);
    outbox_commit(&p->outbox, n);
}

void peer_turn(struct peer *p, uint64_t deadline_ns)
{
    uint64_t end = deadline_ns;
    (void)outbox_flush(&p->outbox, p->udp.fd);
    if (end == LOOP_NO_LIMIT)
        end = clock_monotonic_ns() + PEER_SILENCE_NS;
    p->batch.count = 0;
    if (loop_wait(&p->loop, end) == LETHE_OK && batch_receive(&p->batch, p->udp.fd) != LETHE_OK)
        bench_fail("cannot receive");
    for (size_t i = 0; i < p->batch.count; i++)
        p->messages += i == 0 || p->batch.datagrams[i].from != p->batch.datagrams[i - 1].from;
    if (deadline_ns == LOOP_NO_LIMIT && p->batch.count == 0)
        bench_fail("no answer for %d s", (int)(PEER_SILENCE_NS / 1000000000));
}
