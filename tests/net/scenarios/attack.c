/*
 * An attacker, for the tests' own namespaces: packets of one kind at a rate, for a time, from one
 * address, from a network of real ones, from many networks, from spoofed ones, or in the name of
 * one. Says what it sent.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "admit/puzzle.h"
#include "attack_packets.h"
#include "craft.h"
#include "crypto/init.h"
#include "idle.h"
#include "lethe/error.h"
#include "net/batch.h"
#include "net/clock.h"
#include "net/outbox.h"
#include "net/udp.h"
#include "raw.h"

#define SECONDS_MOST 60
#define PACKETS_MOST 50000000u
#define AT_ONCE      64
#define GO_MS        60000
#define HOSTS        253 /* .2 to .254 of the network */
#define SPOOFED      10000
#define SOLVE_BITS   8

struct attack {
    const struct attack_kind *kind;
    struct public_identity identity;
    struct address to;
    struct packets packets;
    struct udp udp;
    struct outbox outbox;
    struct batch batch;
    struct raw raw;
    struct address hosts[POOL_MOST];
    uint32_t count; /* of hosts */
    enum { ONE, NETWORK, SPOOF } from;
    uint32_t name; /* whose address it sends from, 0: see send_one */
    uint64_t rate; /* packets a second, 0: all that it can */
    uint64_t end_ns, sent, answers, solved;
};

static void send_one(struct attack *a)
{
    uint8_t packet[DATAGRAM_BYTES];
    if (a->from == SPOOF) {
        const uint32_t i = (uint32_t)(a->sent % SPOOFED);
        const uint32_t source = a->name ? a->name : attack_network(i);
        size_t n = a->kind->make(&a->packets, packet);
        raw_send(&a->raw, source, (uint16_t)(1024 + i % 60000), packet, n);
        return;
    }
    const struct address *local = a->from == NETWORK ? &a->hosts[a->sent % a->count] : NULL;
    uint8_t *out = outbox_reserve(&a->outbox, &a->to, local, DATAGRAM_BYTES);
    if (!out) {
        (void)outbox_flush(&a->outbox, a->udp.fd);
        out = outbox_reserve(&a->outbox, &a->to, local, DATAGRAM_BYTES);
    }
    outbox_commit(&a->outbox, a->kind->make(&a->packets, out));
}

static void flush(struct attack *a)
{
    if (a->from == SPOOF)
        raw_flush(&a->raw);
    else
        (void)outbox_flush(&a->outbox, a->udp.fd);
}

/* An address that is the attacker's own can be proven, and small puzzles are worth solving. */
static void answer_puzzle(struct attack *a, const struct datagram *d)
{
    struct puzzle q;
    uint8_t z[PUZZLE_ANSWER_BYTES], field[PUZZLE_FIELD_BYTES];
    if (puzzle_decode(&q, d->data, d->len) != LETHE_OK || q.bits > SOLVE_BITS ||
        !puzzle_search(z, &q, 0, 1, (uint64_t)1 << q.bits))
        return;
    uint8_t *out = outbox_reserve(&a->outbox, &a->to, d->local, DATAGRAM_BYTES);
    if (!out)
        return;
    puzzle_field_encode(field, &(struct puzzle_field){
                                   .type = PUZZLE_FIELD_SOLUTION, .nonce = q.nonce, .answer = z});
    craft_garbage(out, &a->identity.server, a->packets.client, q.echo, field, &a->packets.rng);
    outbox_commit(&a->outbox, DATAGRAM_BYTES);
    a->solved++;
}

static void take_answers(struct attack *a)
{
    while (a->from != SPOOF && batch_receive(&a->batch, a->udp.fd) == LETHE_OK && a->batch.count) {
        a->answers += a->batch.count;
        for (size_t i = 0; i < a->batch.count && a->from == NETWORK; i++)
            answer_puzzle(a, &a->batch.datagrams[i]);
        (void)outbox_flush(&a->outbox, a->udp.fd);
    }
}

static void run(struct attack *a)
{
    const uint64_t start = clock_monotonic_ns();
    uint64_t now = start;
    while (now < a->end_ns && a->sent < PACKETS_MOST) {
        uint64_t due = a->rate ? (now - start) * a->rate / 1000000000u + 1 : a->sent + AT_ONCE;
        for (int i = 0; i < AT_ONCE && a->sent < due; i++, a->sent++)
            send_one(a);
        flush(a);
        take_answers(a);
        if (a->rate && a->sent >= due)
            nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
        now = clock_monotonic_ns();
    }
}

static void choose_sources(struct attack *a, const char *from)
{
    const char *reason;
    const unsigned long networks = strtoul(from, NULL, 10);
    if (strstr(from, "-networks") && networks <= POOL_MOST)
        a->packets.networks = (uint32_t)networks;
    const struct address any = address_any(AF_INET, 0);
    struct in_addr name;
    a->from = strcmp(from, "spoof") == 0 ? SPOOF : strcmp(from, "one") == 0 ? ONE : NETWORK;
    if (inet_pton(AF_INET, from, &name) == 1) {
        a->from = SPOOF;
        a->name = ntohl(name.s_addr);
    }
    if (a->from == SPOOF)
        raw_open(&a->raw, &a->to.sock.v4);
    a->count = a->packets.networks ? a->packets.networks : HOSTS;
    for (uint32_t i = 0; a->from == NETWORK && i < a->count; i++) {
        char text[64];
        const struct in_addr in = {.s_addr = htonl(attack_network(i))};
        if (a->packets.networks)
            (void)inet_ntop(AF_INET, &in, text, sizeof text);
        else
            (void)snprintf(text, sizeof text, "%s.%d", from, i + 2);
        if (address_parse(&a->hosts[i], text, 0, &reason) != LETHE_OK)
            errx(2, "%s: %s", text, reason);
    }
    if (udp_open(&a->udp, &any, &(struct udp_options){0}) != LETHE_OK)
        errx(1, "no socket");
    outbox_prepare(&a->outbox, a->udp.gso);
    batch_prepare(&a->batch);
}

static void await_go(const char *path)
{
    printf("ready\n");
    fflush(stdout);
    for (int i = 0; i < GO_MS && access(path, F_OK) != 0; i++)
        usleep(1000);
}

static void set_up(struct attack *a, char **argv)
{
    uint8_t seed[RNG_SEED_BYTES];
    struct complaint why;
    const char *reason;
    if (crypto_init() != LETHE_OK || getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        errx(1, "no randomness");
    rng_seed(&a->packets.rng, seed);
    if (identity_load_public(&a->identity, argv[2], &why) != LETHE_OK)
        errx(1, "%s", why.text);
    if (address_parse(&a->to, argv[3], 0, &reason) != LETHE_OK || address_family(&a->to) != AF_INET)
        errx(1, "%s is no IPv4 address", argv[3]);
    a->rate = strtoul(argv[4], NULL, 10);
    a->packets.identity = &a->identity;
    a->packets.to = &a->to;
    a->packets.victim = getenv("ATTACK_VICTIM");
    rng_fill(&a->packets.rng, a->packets.client, sizeof a->packets.client);
}

int main(int argc, char **argv)
{
    static struct attack a;
    const unsigned long milliseconds = argc > 5 ? strtoul(argv[5], NULL, 10) : 0;
    if (argc < 7 || argc > 8 || milliseconds == 0 || milliseconds > SECONDS_MOST * 1000)
        errx(2, "usage: attack KIND IDENTITY ADDRESS:PORT RATE MILLISECONDS "
                "one|spoof|ADDRESS|NETWORK|N-networks [GO]");
    set_up(&a, argv);
    choose_sources(&a, argv[6]);
    const bool idle = strcmp(argv[1], "idle") == 0;
    a.kind = attack_kind(argv[1]);
    if (!a.kind && !idle)
        errx(2, "no attack '%s'", argv[1]);
    if (a.kind && a.kind->prepare)
        a.kind->prepare(&a.packets);
    if (argc == 8)
        await_go(argv[7]);
    const uint64_t start = clock_monotonic_ns();
    a.end_ns = start + milliseconds * 1000000u;
    if (idle)
        a.sent = idle_clients(&a.identity.server, &a.to, &a.packets.rng, a.rate, a.end_ns);
    else
        run(&a);
    printf("sent %llu in %llu ms, %llu answers, %llu puzzles solved\n", (unsigned long long)a.sent,
           (unsigned long long)((clock_monotonic_ns() - start) / 1000000),
           (unsigned long long)a.answers, (unsigned long long)a.solved);
    udp_close(&a.udp);
    identity_free(&a.identity);
    return 0;
}
