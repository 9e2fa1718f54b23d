/*
 * A server's CPU time for a whole exchange, system calls included, against a bare loop that
 * receives the same 887 packets, opens each once and answers each. Both are processes of their own,
 * met over loopback UDP, on the same src/net, by a client that keeps the same number of blocks in
 * flight.
 */
#include "bench/bare.h"
#include "bench/local.h"
#include "bench/measure.h"
#include "bench/served.h"
#include "crypto/init.h"
#include "lethe/error.h"
#include "net/clock.h"

#include <stdlib.h>

#define EXCHANGE_PACKETS (BLOCK_COUNT + 3)
#define EXCHANGE_TARGET  2.5

struct bench {
    struct measure m;
    struct served served;
    pid_t bare;
    struct address bare_at;
    struct bare_packets *packets;
    struct kex_client client;
    struct rng rng;
    uint8_t pk[MCELIECE_PUBLIC_BYTES], sk[MCELIECE_SECRET_BYTES];
};

/* What a round tells of a server, for one exchange. */
struct cost {
    double us;
    double messages; /* in which its answers came: what it could do in batches */
};

/* Sends all that the client gives; false: nothing more now. A window of 0 is the client's own. */
static void output(struct kex_client *c, struct peer *p, int window, int64_t now)
{
    size_t n;
    do {
        uint8_t *out = peer_room(p);
        if (window)
            c->pace.window_q8 = (uint32_t)window << 8;
        n = kex_client_output(c, now, out);
        outbox_commit(&p->outbox, n);
    } while (n);
}

/* With a fixed window the client's time stands still: no timer runs out, nothing is repeated. */
static int64_t now_ns(int window)
{
    return window ? 1 : (int64_t)clock_monotonic_ns();
}

static void real_exchange(struct bench *b, struct peer *p, int window)
{
    struct kex_client *c = &b->client;
    const uint8_t both = LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE);
    if (kex_client_init(c, &b->served.identity.server, both, &b->rng) != LETHE_OK)
        bench_fail("no HELLO");
    kex_client_lend_mceliece(c, b->pk, b->sk);
    while (!kex_client_done(c)) {
        output(c, p, window, now_ns(window));
        peer_turn(p, window ? LOOP_NO_LIMIT : (uint64_t)kex_client_next_ns(c));
        for (size_t i = 0; i < p->batch.count; i++)
            if (kex_client_input(c, now_ns(window), p->batch.datagrams[i].data,
                                 p->batch.datagrams[i].len) != LETHE_OK)
                bench_fail("an answer does not authenticate");
    }
    if (window && c->packets_sent != EXCHANGE_PACKETS)
        bench_fail("%llu packets for one exchange", (unsigned long long)c->packets_sent);
}

/* A round of exchanges with the real server, or with the bare loop. */
static struct cost measure_round(struct bench *b, bool real, int count, int window)
{
    pid_t pid = real ? b->served.worker : b->bare;
    struct peer *p = peer_open(real ? &b->served.address : &b->bare_at);
    int64_t start = cpu_of_ns(pid);
    for (int i = 0; i < count; i++) {
        if (real)
            real_exchange(b, p, window);
        else
            bare_exchange(p, b->packets, window);
    }
    struct cost cost = {.us = (double)(cpu_of_ns(pid) - start) / 1e3 / count,
                        .messages = (double)p->messages / count};
    peer_close(p);
    return cost;
}

static void measure_all(struct bench *b)
{
    struct series ratio = {0}, real_us = {0}, bare_us = {0}, real_messages = {0},
                  bare_messages = {0}, own_us = {0};
    int count = b->m.quick ? 1 : 8, window = b->m.window;
    (void)measure_round(b, true, 1, window); /* warms up */
    (void)measure_round(b, false, 1, window);
    for (int i = 0; i < b->m.rounds; i++) {
        struct cost bare = {0}, real;
        if (i % 2)
            bare = measure_round(b, false, count, window);
        real = measure_round(b, true, count, window);
        if (i % 2 == 0)
            bare = measure_round(b, false, count, window);
        series_add(&ratio, real.us / bare.us);
        series_add(&real_us, real.us);
        series_add(&bare_us, bare.us);
        series_add(&real_messages, real.messages);
        series_add(&bare_messages, bare.messages);
        series_add(&own_us, measure_round(b, true, 1, 0).us);
    }
    measure_at_most(&b->m, "exchange / bare loop", &ratio, EXCHANGE_TARGET);
    measure_tell(&b->m, "whole exchange at the server", &real_us, "us");
    measure_tell(&b->m, "the same packets, bare loop", &bare_us, "us");
    measure_tell(&b->m, "messages its answers came in", &real_messages, "");
    measure_tell(&b->m, "the bare loop's", &bare_messages, "");
    measure_tell(&b->m, "exchange, client's own pacing", &own_us, "us");
}

int main(int argc, char **argv)
{
    static struct bench b;
    uint8_t seed[RNG_SEED_BYTES];
    measure_begin(&b.m, "exchange", 31, 64, argc, argv);
    if (crypto_init() != LETHE_OK)
        bench_fail("no entropy");
    local_random(seed, sizeof seed);
    rng_seed(&b.rng, seed);
    mceliece_keypair(b.pk, b.sk);
    b.packets = bare_packets_make();
    b.bare = bare_start(&b.bare_at);
    served_start(&b.served, b.m.lethe, child_folder());
    measure_all(&b);
    served_stop(&b.served);
    bare_stop(b.bare);
    free(b.packets);
    return measure_end(&b.m);
}
