/*
 * Many downloads at once, of distinct sessions: each makes its exchange and opens the file, then
 * all of them pull a few packets in turn, round after round, so that every one is under way while
 * the others go on. Once the file GO is there, each pulls once more.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "crypto/init.h"
#include "flow/caller.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "peer.h"
#include "store/identity.h"
#include "wire/files.h"

#define PATIENCE_NS 5000000000u
#define SILENCE_NS  200000000u
#define GO_MS       30000
#define TRIES       10
#define ROUNDS      5
#define NUMBERS     4  /* pulled in a round by each */
#define KEPT        64 /* range nonces: more than are ever above a continuation's base */

struct transfer {
    struct caller caller;
    uint8_t handle[HANDLE_BYTES_MAX];
    uint16_t handle_len;
    uint64_t asked, top; /* nothing is lost on the way: all up to it were received */
    uint64_t nonces[KEPT];
    uint32_t echo;
};

struct crowd {
    struct public_identity identity;
    struct address to;
    struct rng rng;
    struct peer peer;
    const char *path;
    unsigned long count, packets;
    uint64_t bytes;
    struct transfer *transfers;
};

/* Shows the server all that was received above the continuation's base. */
static void prove(const struct transfer *t, struct request_body *b)
{
    const uint64_t base = t->caller.transport.base;
    if (t->top <= base)
        return;
    b->proof.count = 1;
    b->proof.runs[0] = (struct run){1, t->top - base};
    for (uint64_t i = base + 1; i <= t->top; i++)
        b->sum ^= t->nonces[i % KEPT];
}

static void request(struct crowd *c, struct transfer *t, struct request_body *b, size_t least)
{
    uint8_t packet[DATAGRAM_BYTES];
    b->echo = t->echo++;
    b->datagram = DATAGRAM_BYTES;
    b->flags |= REQUEST_RENEW;
    size_t n = caller_seal(&t->caller, b, &c->rng, (int64_t)clock_monotonic_ns(), 0,
                           LEG_BIT(LEG_SNTRUP), packet, sizeof packet, least);
    if (n == 0)
        errx(1, "a request does not fit");
    peer_send(&c->peer, packet, n);
    peer_flush(&c->peer);
}

static void take(struct crowd *c, struct transfer *t, const uint8_t *p, size_t n)
{
    struct data_body b;
    uint8_t plain[DATA_BODY_MAX];
    bool adopted;
    if (caller_open_answer(&t->caller, &b, plain, p, n, (int64_t)clock_monotonic_ns(), &adopted) !=
        LETHE_OK)
        return;
    if (b.flags & DATA_BODY) {
        memcpy(t->handle, b.handle, b.handle_len);
        t->handle_len = b.handle_len;
    }
    if (b.flags & DATA_PULL && b.number == (uint32_t)t->top + 1 && b.bytes_len) {
        t->nonces[++t->top % KEPT] = b.range_nonce;
        c->packets++;
        c->bytes += b.bytes_len;
    }
}

/* True when something came. */
static bool listen_once(struct crowd *c, struct transfer *t)
{
    if (!peer_receive(&c->peer, clock_monotonic_ns() + SILENCE_NS))
        return false;
    for (size_t i = 0; i < c->peer.batch.count; i++)
        take(c, t, c->peer.batch.datagrams[i].data, c->peer.batch.datagrams[i].len);
    return true;
}

static void open_file(struct crowd *c, struct transfer *t)
{
    uint8_t call[FILES_REQUEST_MAX];
    const struct files_request q = {
        .op = FILES_OPEN, .path = (const uint8_t *)c->path, .path_len = strlen(c->path)};
    for (int i = 0; i < TRIES && t->handle_len == 0; i++) {
        struct request_body b = {.flags = REQUEST_CALL, .call_handle = HANDLE_NONE, .call = call};
        b.call_len = (uint16_t)files_request_encode(call, sizeof call, &q);
        request(c, t, &b, DATAGRAM_BYTES);
        while (t->handle_len == 0 && listen_once(c, t))
            ;
    }
    if (t->handle_len == 0)
        errx(1, "the file was not opened");
}

static void pull(struct crowd *c, struct transfer *t)
{
    const size_t full = DATA_CHUNK((size_t)DATAGRAM_BYTES);
    t->asked += NUMBERS;
    for (int i = 0; i < TRIES && t->top < t->asked; i++) {
        struct request_body b = {.call_handle = HANDLE_NONE, .handle_count = 1, .item_count = 1};
        b.handles[0] = (struct request_handle){.p = t->handle, .len = t->handle_len};
        b.items[0] =
            (struct request_item){.first = (uint32_t)(t->top + 1 - t->caller.transport.base),
                                  .count = (uint8_t)(t->asked - t->top),
                                  .short_first = true,
                                  .offset = t->top * full,
                                  .last = (uint16_t)full};
        prove(t, &b);
        request(c, t, &b, 0);
        while (t->top < t->asked && listen_once(c, t))
            ;
    }
    if (t->top < t->asked)
        errx(1, "numbers stayed away");
}

static void begin(struct crowd *c, struct transfer *t)
{
    static struct kex_client kex;
    if (kex_client_init(&kex, &c->identity.server, LEG_BIT(LEG_SNTRUP), &c->rng) != LETHE_OK ||
        !peer_exchange(&c->peer, &kex, PATIENCE_NS))
        errx(1, "an exchange was not finished");
    caller_open(&t->caller, &kex.session, (int64_t)clock_monotonic_ns());
    caller_absorb(&t->caller, &kex.yields[LEG_SNTRUP], kex.m);
    open_file(c, t);
}

static void each(struct crowd *c, void (*act)(struct crowd *, struct transfer *))
{
    for (unsigned long i = 0; i < c->count; i++)
        act(c, &c->transfers[i]);
}

static void set_up(struct crowd *c, char **argv)
{
    uint8_t seed[RNG_SEED_BYTES];
    struct complaint why;
    const char *reason;
    if (crypto_init() != LETHE_OK || getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        errx(1, "no randomness");
    rng_seed(&c->rng, seed);
    if (identity_load_public(&c->identity, argv[1], &why) != LETHE_OK)
        errx(1, "%s", why.text);
    if (address_parse(&c->to, argv[2], 0, &reason) != LETHE_OK)
        errx(1, "%s: %s", argv[2], reason);
    c->path = argv[3];
    c->count = strtoul(argv[4], NULL, 10);
    c->transfers = calloc(c->count, sizeof *c->transfers);
    if (!c->transfers)
        errx(1, "no memory for %lu transfers", c->count);
    peer_open(&c->peer, NULL, &c->to);
}

int main(int argc, char **argv)
{
    static struct crowd c;
    if (argc != 6)
        errx(2, "usage: crowd IDENTITY ADDRESS:PORT PATH COUNT GO");
    set_up(&c, argv);
    each(&c, begin);
    for (int i = 0; i < ROUNDS; i++)
        each(&c, pull);
    printf("%lu transfers under way, %lu packets, %llu bytes\n", c.count, c.packets,
           (unsigned long long)c.bytes);
    fflush(stdout);
    for (int i = 0; i < GO_MS && access(argv[5], F_OK) != 0; i++)
        usleep(1000);
    each(&c, pull);
    printf("%lu transfers went on\n", c.count);
    peer_close(&c.peer);
    identity_free(&c.identity);
    free(c.transfers);
    return 0;
}
