/*
 * What a packet costs that fails one of the first rungs, against a loop that receives and does
 * nothing: both take the same packets, with recvmmsg, from the same socket on the loopback.
 */
#include "bench/local.h"
#include "bench/measure.h"
#include "lethe/error.h"
#include "net/batch.h"
#include "net/udp.h"
#include "wire/resume.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define QUEUED 64  /* in the socket's buffer at a time */
#define FILLS  200 /* of it in a round */

struct bench {
    struct measure m;
    struct local *local;
    struct udp from, to;
    struct batch batch;
    uint8_t packet[DATAGRAM_BYTES];
    size_t len;
};

static void fill(struct bench *b)
{
    for (int i = 0; i < QUEUED; i++)
        if (sendto(b->from.fd, b->packet, b->len, 0, &b->to.self.sock.any, b->to.self.len) !=
            (ssize_t)b->len)
            bench_fail("a packet was not sent");
}

/* Nanoseconds of CPU for each packet; as the worker takes them, or without a look at them. */
static double take_ns(struct bench *b, bool look)
{
    int64_t used = 0;
    for (int i = 0; i < FILLS; i++) {
        int left = QUEUED;
        fill(b);
        int64_t start = cpu_own_ns();
        while (left > 0) {
            if (batch_receive(&b->batch, b->to.fd) != LETHE_OK || b->batch.count == 0)
                bench_fail("%d packets did not arrive", left);
            left -= (int)b->batch.count;
            for (size_t j = 0; look && j < b->batch.count; j++)
                if (local_ask(b->local, b->batch.datagrams[j].data, b->batch.datagrams[j].len) != 0)
                    bench_fail("a packet was answered");
        }
        used += cpu_own_ns() - start;
    }
    return (double)used / FILLS / QUEUED;
}

/* least: of the rate of the bare loop; 0: no target. */
static void compare(struct bench *b, const char *name, enum verdict expected, double least)
{
    struct series ratio = {0}, ours = {0}, bare = {0};
    const uint64_t *count = &b->local->counters.verdicts[expected], before = *count;
    (void)take_ns(b, true); /* warms up */
    for (int i = 0; i < b->m.rounds; i++) {
        double n = i % 2 ? take_ns(b, false) : 0, a = take_ns(b, true);
        if (i % 2 == 0)
            n = take_ns(b, false);
        series_add(&ratio, n / a);
        series_add(&ours, a);
        series_add(&bare, n);
    }
    if (*count - before != (uint64_t)(b->m.rounds + 1) * FILLS * QUEUED)
        bench_fail("%s: another check failed first", name);
    if (least > 0)
        measure_at_least(&b->m, name, &ratio, least);
    else
        measure_tell(&b->m, name, &ratio, "");
    measure_tell(&b->m, "received and rejected", &ours, "ns");
    measure_tell(&b->m, "received", &bare, "ns");
}

static void open_sockets(struct bench *b)
{
    const struct udp_options options = {.plain = true};
    const char *why;
    struct address at;
    if (address_parse(&at, "127.0.0.1:0", 0, &why) != LETHE_OK ||
        udp_open(&b->from, &at, &options) != LETHE_OK ||
        udp_open(&b->to, &at, &options) != LETHE_OK)
        bench_fail("no sockets");
    batch_prepare(&b->batch);
}

static void make_packet(struct bench *b)
{
    struct kex_client *c = calloc(1, sizeof *c);
    if (!c || kex_client_init(c, &b->local->public, 0, &b->local->rng) != LETHE_OK)
        bench_fail("no HELLO");
    memcpy(b->packet, c->hello, DATAGRAM_BYTES);
    free(c);
}

int main(int argc, char **argv)
{
    static struct bench b;
    uint8_t key[COOKIE_KEY_BYTES];
    measure_begin(&b.m, "reject", 31, 1, argc, argv);
    b.local = local_make(&(struct lethe_service){0});
    open_sockets(&b);
    make_packet(&b);
    local_random(key, sizeof key);
    ring_put(&b.local->server.slow, 0, LOCAL_MS - SLOW_PERIOD_MS / 2, key);
    b.len = DATAGRAM_BYTES - 1;
    compare(&b, "HELLO of a wrong length / bare loop", DROP_FORMAT, 0.8);
    b.len = DATAGRAM_BYTES;
    b.packet[2] ^= 1;
    compare(&b, "HELLO for another identity / bare loop", DROP_IDENTITY, 0.8);
    b.packet[2] ^= 1;
    b.packet[HELLO_MAC_AT] ^= 1;
    compare(&b, "HELLO with a wrong mac / bare loop", DROP_MAC, 0.8);
    memset(b.packet, 0, sizeof b.packet); /* a RESUME but for its seal */
    b.packet[0] = KIND_RESUME;
    b.packet[1] = WIRE_VERSION;
    b.len = RESUME_BYTES;
    compare(&b, "RESUME of no session / bare loop", DROP_PARKED, 0);
    udp_close(&b.from);
    udp_close(&b.to);
    free(b.local);
    return measure_end(&b.m);
}
