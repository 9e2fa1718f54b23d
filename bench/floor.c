/*
 * The least that a download can cost: a bare loop seals each packet once, from memory, and sends it
 * with GSO; the other side opens each, throws it away or appends it to a file, and says how many it
 * has. No session, no loss: what is in flight always has room in the receiver's socket.
 */
#include "base/bytes.h"
#include "bench/measure.h"
#include "bench/peer.h"
#include "crypto/aead.h"
#include "crypto/init.h"
#include "lethe/error.h"
#include "wire/data.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IN_FLIGHT    1536
#define BURST_MOST   60000 /* bytes, as a client of Lethe asks for them */
#define SOURCE_BYTES (1 << 20)
#define AHEAD_BYTES  (256 << 10) /* written together, as a client of Lethe does */
/* What is asked for: how long packets are, and how many; later: how many came. */
#define ASK_BYTES 16
#define OVERHEAD  (DATA_HEADER_BYTES + AEAD_TAG_BYTES)

struct sender {
    struct peer net; /* to whoever asked last */
    uint64_t datagram, total, sent, came;
    uint8_t source[SOURCE_BYTES];
};

static const uint8_t key[AEAD_KEY_BYTES] = {1};

static void begin(struct aead_batch *b, const uint8_t prefix[DATA_PREFIX_BYTES])
{
    if (aead_has_aes())
        aead_batch_init_aes(b, key, prefix);
    else
        aead_batch_init(b, key, prefix);
}

/* One burst, under a nonce prefix that no other has. */
static void send_burst(struct sender *s, uint64_t count)
{
    struct aead_batch b;
    uint8_t header[DATA_HEADER_BYTES] = {0};
    const size_t n = s->datagram - OVERHEAD;
    store64(header + DATA_HEADER_BYTES - DATA_PREFIX_BYTES, s->sent);
    begin(&b, header + DATA_HEADER_BYTES - DATA_PREFIX_BYTES);
    for (uint64_t i = 0; i < count; i++) {
        uint8_t *out = outbox_reserve(&s->net.outbox, &s->net.to, NULL, s->datagram);
        if (!out)
            bench_fail("no room for a burst");
        header[0] = (uint8_t)i;
        memcpy(out, header, sizeof header);
        aead_batch_seal(&b, out + DATA_HEADER_BYTES, s->source + s->sent * n % (SOURCE_BYTES - n),
                        n, out, DATA_HEADER_BYTES, i);
        outbox_commit(&s->net.outbox, s->datagram);
        s->sent++;
    }
    (void)outbox_flush(&s->net.outbox, s->net.udp.fd);
}

static void take(struct sender *s, const struct datagram *d)
{
    if (d->len == ASK_BYTES) {
        s->net.to = *d->from;
        s->datagram = load64(d->data);
        s->total = load64(d->data + 8);
        s->sent = s->came = 0;
        if (s->datagram <= OVERHEAD || s->datagram > PACKET_MAX)
            bench_fail("packets of %d bytes", (int)s->datagram);
    } else if (d->len == sizeof s->came && load64(d->data) > s->came) {
        s->came = load64(d->data);
    }
}

static void serve(const struct address *at)
{
    struct sender *s = aligned_alloc(64, (sizeof *s + 63) / 64 * 64);
    const struct udp_options options = {0};
    if (!s)
        bench_fail("out of memory");
    memset(s, 1, sizeof *s);
    s->sent = s->total = s->came = 0;
    if (udp_open(&s->net.udp, at, &options) != LETHE_OK)
        bench_fail("no socket");
    batch_prepare(&s->net.batch);
    outbox_prepare(&s->net.outbox, s->net.udp.gso);
    loop_prepare(&s->net.loop);
    (void)loop_add(&s->net.loop, s->net.udp.fd);
    for (;;) {
        (void)loop_wait(&s->net.loop, LOOP_NO_LIMIT);
        if (batch_receive(&s->net.batch, s->net.udp.fd) != LETHE_OK)
            bench_fail("cannot receive");
        for (size_t i = 0; i < s->net.batch.count; i++)
            take(s, &s->net.batch.datagrams[i]);
        while (s->sent < s->total) {
            uint64_t burst = BURST_MOST / s->datagram, left = s->total - s->sent;
            burst = burst < left ? burst : left;
            if (s->sent - s->came + burst > IN_FLIGHT)
                break;
            send_burst(s, burst);
        }
    }
}

/* What is kept of the packets; fd -1: nothing. */
struct keeper {
    int fd;
    size_t len;
    uint8_t ahead[AHEAD_BYTES];
};

static void open_packet(const struct datagram *d)
{
    static uint8_t prefix[DATA_PREFIX_BYTES];
    static struct aead_batch b;
    static bool begun;
    const uint8_t *its = d->data + DATA_HEADER_BYTES - DATA_PREFIX_BYTES;
    if (d->len <= OVERHEAD)
        bench_fail("a packet is too short");
    if (!begun || memcmp(prefix, its, sizeof prefix) != 0) {
        memcpy(prefix, its, sizeof prefix);
        begin(&b, prefix);
        begun = true;
    }
    if (aead_batch_open(&b, d->data + DATA_HEADER_BYTES, d->data + DATA_HEADER_BYTES,
                        d->len - DATA_HEADER_BYTES, d->data, DATA_HEADER_BYTES,
                        d->data[0]) != LETHE_OK)
        bench_fail("a packet does not open");
}

static void write_out(struct keeper *k)
{
    if (k->fd >= 0 && write(k->fd, k->ahead, k->len) != (ssize_t)k->len)
        bench_fail("cannot write the file");
    k->len = 0;
}

static void keep(struct keeper *k, const struct datagram *d)
{
    const size_t n = d->len - OVERHEAD;
    if (k->fd < 0)
        return;
    if (n > sizeof k->ahead - k->len)
        write_out(k);
    memcpy(k->ahead + k->len, d->data + DATA_HEADER_BYTES, n);
    k->len += n;
}

static void fetch(const struct address *from, uint64_t datagram, uint64_t bytes, int fd)
{
    static struct keeper k;
    struct peer *p = peer_open(from);
    const uint64_t total = (bytes + datagram - OVERHEAD - 1) / (datagram - OVERHEAD);
    uint64_t came = 0;
    uint8_t ask[ASK_BYTES], progress[sizeof came];
    k.fd = fd;
    if (!udp_attach(&p->udp, from))
        bench_fail("no route");
    store64(ask, datagram);
    store64(ask + 8, total);
    peer_queue(p, ask, sizeof ask);
    while (came < total) {
        peer_turn(p, LOOP_NO_LIMIT); /* fails after a silence: one that was lost never comes */
        for (size_t i = 0; i < p->batch.count; i++) {
            open_packet(&p->batch.datagrams[i]);
            keep(&k, &p->batch.datagrams[i]);
        }
        came += p->batch.count;
        store64(progress, came);
        peer_queue(p, progress, sizeof progress);
    }
    write_out(&k);
    peer_close(p);
}

int main(int argc, char **argv)
{
    struct address a;
    const char *why =
        "usage: bench_floor serve ADDRESS:PORT | fetch ADDRESS:PORT DATAGRAM BYTES [FILE]";
    if ((argc != 3 && argc != 5 && argc != 6) || address_parse(&a, argv[2], 0, &why) != LETHE_OK)
        bench_fail("%s", why);
    if (crypto_init() != LETHE_OK)
        bench_fail("no cryptography");
    if (argc == 3)
        serve(&a);
    uint64_t datagram = strtoull(argv[3], NULL, 10);
    if (datagram <= OVERHEAD || datagram > PACKET_MAX)
        bench_fail("packets of %s bytes", argv[3]);
    const int fd = argc == 6 ? open(argv[5], O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    if (argc == 6 && fd < 0)
        bench_fail("cannot make %s", argv[5]);
    fetch(&a, datagram, strtoull(argv[4], NULL, 10), fd);
    return 0;
}
