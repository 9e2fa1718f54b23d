/*
 * Full handshakes by server CPU time: HELLO to ACCEPT at `lethe serve` against TLS 1.3 at `openssl
 * s_server` (X25519, ECDSA P-256 certificate, no tickets, so nothing is resumed). Both over
 * loopback, both by the CPU clock of the one process that answers.
 */
#include "bench/child.h"
#include "bench/local.h"
#include "bench/measure.h"
#include "bench/peer.h"
#include "bench/served.h"
#include "crypto/init.h"
#include "lethe/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELLOS 400 /* in a round */

struct bench {
    struct measure m;
    struct served served;
    struct child_process tls;
    char connect[32], key[128], cert[128];
    struct rng rng;
    uint8_t (*hellos)[DATAGRAM_BYTES];
};

static void make_hellos(struct bench *b, int count)
{
    struct kex_client *c = calloc(1, sizeof *c);
    b->hellos = calloc((size_t)count, sizeof *b->hellos);
    if (!c || !b->hellos)
        bench_fail("out of memory");
    for (int i = 0; i < count; i++) {
        if (kex_client_init(c, &b->served.identity.server, LEG_BIT(LEG_SNTRUP), &b->rng) !=
            LETHE_OK)
            bench_fail("no HELLO");
        memcpy(b->hellos[i], c->hello, DATAGRAM_BYTES);
    }
    free(c);
}

/* Keeps `window` HELLOs in flight; microseconds of server CPU for each. */
static double lethe_us(const struct bench *b, uint8_t (*hellos)[DATAGRAM_BYTES], int count)
{
    struct peer *p = peer_open(&b->served.address);
    int sent = 0, answered = 0;
    int64_t start = cpu_of_ns(b->served.worker);
    while (answered < count) {
        for (; sent < count && sent - answered < b->m.window; sent++)
            peer_queue(p, hellos[sent], DATAGRAM_BYTES);
        peer_turn(p, LOOP_NO_LIMIT);
        for (size_t i = 0; i < p->batch.count; i++, answered++)
            if (p->batch.datagrams[i].data[0] != KIND_ACCEPT)
                bench_fail("an answer is no ACCEPT");
    }
    double us = (double)(cpu_of_ns(b->served.worker) - start) / 1e3 / count;
    peer_close(p);
    return us;
}

/* A client that connects for a second, each time anew. */
static double tls_us(struct bench *b)
{
    struct child_process client;
    int connections = 0;
    const char *argv[] = {"openssl",  "s_time",   "-new",    "-tls1_3", "-time", "1",
                          "-connect", b->connect, "-CAfile", b->cert,   NULL};
    int64_t start = cpu_of_ns(b->tls.pid);
    child_start(&client, argv);
    const char *total = child_await(&client, "real seconds");
    while (total > client.text && total[-1] != '\n')
        total--;
    child_finish(&client, 20);
    int64_t used = cpu_of_ns(b->tls.pid) - start;
    if (sscanf(total, "%d connections", &connections) != 1 || connections < 1)
        bench_fail("no TLS handshake:\n%s", client.text);
    return (double)used / 1e3 / connections;
}

static void check_tls(struct bench *b)
{
    struct child_process client;
    const char *argv[] = {"openssl",  "s_client", "-brief", "-connect",
                          b->connect, "-CAfile",  b->cert,  NULL};
    child_start(&client, argv);
    child_await(&client, "Protocol version: TLSv1.3\n");
    child_await(&client, " Temp Key: X25519");
    child_stop(&client);
}

static void start_tls(struct bench *b, const char *folder)
{
    struct child_process request;
    snprintf(b->key, sizeof b->key, "%s/key.pem", folder);
    snprintf(b->cert, sizeof b->cert, "%s/cert.pem", folder);
    const char *make[] = {"openssl",
                          "req",
                          "-x509",
                          "-newkey",
                          "ec",
                          "-pkeyopt",
                          "ec_paramgen_curve:P-256",
                          "-nodes",
                          "-subj",
                          "/CN=localhost",
                          "-days",
                          "2",
                          "-keyout",
                          b->key,
                          "-out",
                          b->cert,
                          NULL};
    child_start(&request, make);
    child_finish(&request, 20);
    const char *serve[] = {"openssl",
                           "s_server",
                           "-accept",
                           "127.0.0.1:0",
                           "-key",
                           b->key,
                           "-cert",
                           b->cert,
                           "-tls1_3",
                           "-groups",
                           "X25519",
                           "-ciphersuites",
                           "TLS_AES_128_GCM_SHA256",
                           "-num_tickets",
                           "0",
                           "-no_cache",
                           "-www",
                           NULL};
    child_start(&b->tls, serve);
    if (sscanf(child_await(&b->tls, "ACCEPT "), "%31s", b->connect) != 1)
        bench_fail("openssl s_server does not tell its port");
    check_tls(b);
}

static void measure_all(struct bench *b)
{
    struct series ratio = {0}, lethe = {0}, tls = {0};
    int count = b->m.quick ? 8 : HELLOS;
    make_hellos(b, count * (b->m.rounds + 1));
    (void)lethe_us(b, b->hellos, count); /* warms up */
    (void)tls_us(b);
    for (int i = 1; i <= b->m.rounds; i++) {
        double theirs = i % 2 ? tls_us(b) : 0, ours = lethe_us(b, b->hellos + i * count, count);
        if (i % 2 == 0)
            theirs = tls_us(b);
        series_add(&ratio, theirs / ours);
        series_add(&lethe, 1e6 / ours);
        series_add(&tls, 1e6 / theirs);
    }
    measure_at_least(&b->m, "handshakes / TLS 1.3 handshakes", &ratio, 2);
    measure_tell(&b->m, "HELLO to ACCEPT, one core", &lethe, "/s");
    measure_tell(&b->m, "TLS 1.3, one core", &tls, "/s");
    free(b->hellos);
}

int main(int argc, char **argv)
{
    static struct bench b;
    uint8_t seed[RNG_SEED_BYTES];
    measure_begin(&b.m, "handshakes", 11, 16, argc, argv);
    if (crypto_init() != LETHE_OK)
        bench_fail("no entropy");
    local_random(seed, sizeof seed);
    rng_seed(&b.rng, seed);
    const char *folder = child_folder();
    served_start(&b.served, b.m.lethe, folder);
    start_tls(&b, folder);
    measure_all(&b);
    child_stop(&b.tls);
    served_stop(&b.served);
    return measure_end(&b.m);
}
