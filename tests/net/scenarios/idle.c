/*
 * Valid clients that never go on: a few at a time, each with a socket of its own, so that what
 * comes in finds its client without a search.
 */
#include "idle.h"

#include <err.h>
#include <time.h>

#include "lethe/error.h"
#include "net/batch.h"
#include "net/clock.h"
#include "net/outbox.h"
#include "net/udp.h"

#define CLIENTS 24

struct idle {
    struct kex_client kex;
    struct udp udp;
};

static void begin(struct idle *c, const struct server_public *server, struct rng *rng)
{
    if (kex_client_init(&c->kex, server, LEG_BIT(LEG_SNTRUP), rng) != LETHE_OK)
        errx(1, "the identity is unusable");
}

static struct outbox outbox;
static struct batch batch;

/* True when its exchange is over. */
static bool step(struct idle *c, const struct address *to)
{
    size_t n;
    if (batch_receive(&batch, c->udp.fd) == LETHE_OK)
        for (size_t i = 0; i < batch.count; i++)
            (void)kex_client_input(&c->kex, (int64_t)clock_monotonic_ns(), batch.datagrams[i].data,
                                   batch.datagrams[i].len);
    do {
        uint8_t *out = outbox_reserve(&outbox, to, NULL, DATAGRAM_BYTES);
        n = kex_client_output(&c->kex, (int64_t)clock_monotonic_ns(), out);
        outbox_commit(&outbox, n);
    } while (n);
    (void)outbox_flush(&outbox, c->udp.fd);
    return kex_client_done(&c->kex);
}

uint64_t idle_clients(const struct server_public *server, const struct address *to, struct rng *rng,
                      uint64_t rate, uint64_t end_ns)
{
    static struct idle clients[CLIENTS];
    const struct address any = address_any(AF_INET, 0);
    const uint64_t start = clock_monotonic_ns();
    uint64_t done = 0;
    batch_prepare(&batch);
    outbox_prepare(&outbox, false);
    for (int i = 0; i < CLIENTS; i++) {
        if (udp_open(&clients[i].udp, &any, &(struct udp_options){0}) != LETHE_OK)
            errx(1, "no socket");
        begin(&clients[i], server, rng);
    }
    for (uint64_t now = start; now < end_ns; now = clock_monotonic_ns()) {
        const uint64_t due = rate ? (now - start) * rate / 1000000000u + 1 : UINT64_MAX;
        const uint64_t before = done;
        for (int i = 0; i < CLIENTS && done < due; i++)
            if (step(&clients[i], to)) {
                done++;
                begin(&clients[i], server, rng);
            }
        if (done == before)
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    for (int i = 0; i < CLIENTS; i++) {
        kex_client_wipe(&clients[i].kex);
        udp_close(&clients[i].udp);
    }
    return done;
}
