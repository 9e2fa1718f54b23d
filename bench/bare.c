/*
 * The loop is node/worker.c's with everything taken out that is not receiving, opening and sending.
 * Both run on src/net, so that what is compared is what stands between its two ends.
 */
#include "bench/bare.h"
#include "bench/measure.h"
#include "crypto/aead.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "wire/block.h"
#include "wire/finish.h"
#include "wire/hello.h"
#include "wire/leg.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_NS     250000000 /* as in node/worker.c */
#define COUNT_KINDS 16

struct bare_loop {
    struct udp udp;
    struct loop loop;
    struct batch batch;
    struct outbox outbox;
};

struct bare_packets {
    uint8_t hello[DATAGRAM_BYTES], leg[DATAGRAM_BYTES], finish[FINISH_PACKET_BYTES];
    uint8_t blocks[WIRE_BLOCK_COUNT][BLOCK_PACKET_BYTES];
};

static const uint8_t fixed_key[AEAD_KEY_BYTES] = {1};

static size_t header_bytes(uint8_t kind)
{
    switch (kind) {
    case KIND_HELLO:
        return HELLO_HEADER_BYTES;
    case KIND_LEG:
        return LEG_HEADER_BYTES;
    case KIND_FINISH:
        return FINISH_HEADER_BYTES;
    default:
        return BLOCK_HEADER_BYTES;
    }
}

static void fixed_nonce(uint8_t nonce[AEAD_NONCE_BYTES], const uint8_t *p, size_t header)
{
    memset(nonce, 0, AEAD_NONCE_BYTES);
    memcpy(nonce, p, header < AEAD_NONCE_BYTES ? header : AEAD_NONCE_BYTES);
}

static void answer(struct bare_loop *b, const struct datagram *d)
{
    uint8_t plain[DATAGRAM_BYTES], nonce[AEAD_NONCE_BYTES];
    size_t header = header_bytes(d->data[0]);
    uint8_t *out = outbox_reserve(&b->outbox, d->from, d->local, DATAGRAM_BYTES);
    if (!out) {
        (void)outbox_flush(&b->outbox, b->udp.fd);
        out = outbox_reserve(&b->outbox, d->from, d->local, DATAGRAM_BYTES);
    }
    fixed_nonce(nonce, d->data, header);
    if (d->len < header || aead_open(plain, d->data + header, d->len - header, d->data, header,
                                     nonce, fixed_key) != LETHE_OK) {
        outbox_commit(&b->outbox, 0);
        return;
    }
    memset(out, 0, BARE_ANSWER_BYTES);
    out[0] = d->data[0];
    outbox_commit(&b->outbox, BARE_ANSWER_BYTES);
}

static void serve(struct bare_loop *b)
{
    for (;;) {
        (void)loop_wait(&b->loop, clock_monotonic_ns() + TICK_NS);
        if (!loop_ready(&b->loop, b->udp.fd))
            continue;
        if (batch_receive(&b->batch, b->udp.fd) != LETHE_OK)
            _exit(1);
        for (size_t i = 0; i < b->batch.count; i++)
            answer(b, &b->batch.datagrams[i]);
        (void)outbox_flush(&b->outbox, b->udp.fd);
    }
}

pid_t bare_start(struct address *at)
{
    const struct udp_options options = {0};
    const char *why;
    struct bare_loop *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (b == MAP_FAILED || address_parse(at, "127.0.0.1:0", 0, &why) != LETHE_OK ||
        udp_open(&b->udp, at, &options) != LETHE_OK)
        bench_fail("no socket for the bare loop");
    *at = b->udp.self;
    pid_t parent = getpid(), pid = fork();
    if (pid != 0) {
        if (pid < 0)
            bench_fail("no process for the bare loop");
        udp_close(&b->udp);
        munmap(b, sizeof *b);
        return pid;
    }
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    (void)madvise(b, sizeof *b, MADV_POPULATE_WRITE); /* the fork made the pages shared */
    batch_prepare(&b->batch);
    outbox_prepare(&b->outbox, b->udp.gso);
    loop_prepare(&b->loop);
    (void)loop_add(&b->loop, b->udp.fd);
    serve(b);
    _exit(0);
}

void bare_stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void seal(uint8_t *p, size_t n, uint8_t kind, unsigned position)
{
    uint8_t nonce[AEAD_NONCE_BYTES];
    static const uint8_t body[DATAGRAM_BYTES];
    size_t header = header_bytes(kind);
    memset(p, 0, header);
    p[0] = kind;
    p[2] = (uint8_t)position;
    p[3] = (uint8_t)(position >> 8);
    fixed_nonce(nonce, p, header);
    aead_seal(p + header, body, n - header - AEAD_TAG_BYTES, p, header, nonce, fixed_key);
}

struct bare_packets *bare_packets_make(void)
{
    struct bare_packets *b = calloc(1, sizeof *b);
    if (!b)
        bench_fail("out of memory");
    seal(b->hello, sizeof b->hello, KIND_HELLO, 0);
    seal(b->leg, sizeof b->leg, KIND_LEG, 0);
    seal(b->finish, sizeof b->finish, KIND_FINISH, 0);
    for (unsigned i = 0; i < WIRE_BLOCK_COUNT; i++)
        seal(b->blocks[i], sizeof b->blocks[i], KIND_BLOCK, i);
    return b;
}

/* Counts the answers of one turn by kind. */
static void count(const struct peer *p, int answered[COUNT_KINDS])
{
    for (size_t i = 0; i < p->batch.count; i++)
        answered[p->batch.datagrams[i].data[0] % COUNT_KINDS]++;
}

void bare_exchange(struct peer *p, const struct bare_packets *packets, int window)
{
    int answered[COUNT_KINDS] = {0}, sent = 0;
    peer_queue(p, packets->hello, sizeof packets->hello);
    while (answered[KIND_HELLO] == 0) {
        peer_turn(p, LOOP_NO_LIMIT);
        count(p, answered);
    }
    peer_queue(p, packets->leg, sizeof packets->leg);
    while (answered[KIND_BLOCK] < WIRE_BLOCK_COUNT) {
        for (; sent < WIRE_BLOCK_COUNT && sent - answered[KIND_BLOCK] < window; sent++)
            peer_queue(p, packets->blocks[sent], sizeof packets->blocks[sent]);
        peer_turn(p, LOOP_NO_LIMIT);
        count(p, answered);
    }
    peer_queue(p, packets->finish, sizeof packets->finish);
    while (answered[KIND_FINISH] == 0 || answered[KIND_LEG] == 0) {
        peer_turn(p, LOOP_NO_LIMIT);
        count(p, answered);
    }
}
