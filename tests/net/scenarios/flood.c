/*
 * A load generator: exchanges of distinct clients, one after the other, or a flood of HELLOs.
 * Each client has an address of 127/8, an X25519 key and a HELLO of its own; the ephemeral McEliece
 * pair, which takes 60 ms to make, is one for all.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "craft.h"
#include "crypto/init.h"
#include "crypto/kem.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "peer.h"
#include "store/identity.h"

#define PATIENCE_NS 5000000000u
#define AT_ONCE     64  /* HELLOs that wait for their answers */
#define OF_ONE      500 /* HELLOs from one address */
#define SECRETS     256 /* pairs of static secrets that HELLOs are made from */
#define SILENCE_NS  300000000u

struct flood {
    struct public_identity identity;
    struct address to;
    struct rng rng;
    struct peer peer;
    uint8_t pk[MCELIECE_PUBLIC_BYTES], sk[MCELIECE_SECRET_BYTES];
    unsigned long first, count, done;
};

static void open_client(struct flood *f, unsigned long i)
{
    char from[32];
    snprintf(from, sizeof from, "127.%lu.%lu.%lu", 1 + i / 62500 % 250, i / 250 % 250, 1 + i % 250);
    peer_open(&f->peer, from, &f->to);
}

static void exchanges(struct flood *f, uint8_t legs)
{
    static struct kex_client c;
    mceliece_keypair(f->pk, f->sk);
    for (unsigned long i = f->first; i < f->first + f->count; i++) {
        open_client(f, i);
        if (kex_client_init(&c, &f->identity.server, legs, &f->rng) != LETHE_OK)
            errx(1, "the identity is unusable");
        kex_client_lend_mceliece(&c, f->pk, f->sk);
        if (!peer_exchange(&f->peer, &c, PATIENCE_NS))
            errx(1, "exchange %lu was not finished in 5 s", i);
        peer_close(&f->peer);
        f->done++;
    }
}

/* Waits until fewer than `most` HELLOs are unanswered, or for silence. */
static void await_answers(struct flood *f, unsigned long *waiting, unsigned long most)
{
    while (*waiting > most) {
        if (!peer_receive(&f->peer, clock_monotonic_ns() + SILENCE_NS)) {
            *waiting = 0;
            return;
        }
        for (size_t i = 0; i < f->peer.batch.count; i++) {
            bool accept = f->peer.batch.datagrams[i].data[0] == KIND_ACCEPT;
            f->done += accept;
            *waiting -= accept && *waiting > 0;
        }
    }
}

static void hellos(struct flood *f)
{
    static struct secrets secrets[SECRETS];
    uint8_t hello[DATAGRAM_BYTES];
    unsigned long waiting = 0;
    for (int i = 0; i < SECRETS; i++)
        craft_secrets(&secrets[i], &f->identity.server, &f->rng);
    for (unsigned long i = 0; i < f->count; i++) {
        if (i % OF_ONE == 0)
            open_client(f, f->first + i / OF_ONE);
        craft_hello(hello, &secrets[i % SECRETS], &f->identity.server, &f->rng);
        peer_send(&f->peer, hello, sizeof hello);
        waiting++;
        bool last = i % OF_ONE == OF_ONE - 1 || i + 1 == f->count;
        if (last || waiting % (AT_ONCE / 2) == 0) {
            peer_flush(&f->peer);
            await_answers(f, &waiting, last ? 0 : AT_ONCE / 2);
        }
        if (last)
            peer_close(&f->peer);
    }
}

int main(int argc, char **argv)
{
    uint8_t seed[RNG_SEED_BYTES];
    struct complaint why;
    const char *reason;
    struct flood *f = calloc(1, sizeof *f);
    if (argc != 6 || !f)
        errx(2, "usage: flood full|leg|hello IDENTITY ADDRESS:PORT FIRST COUNT");
    if (crypto_init() != LETHE_OK || getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        errx(1, "no randomness");
    rng_seed(&f->rng, seed);
    if (identity_load_public(&f->identity, argv[2], &why) != LETHE_OK)
        errx(1, "%s", why.text);
    if (address_parse(&f->to, argv[3], 0, &reason) != LETHE_OK)
        errx(1, "%s: %s", argv[3], reason);
    f->first = strtoul(argv[4], NULL, 10);
    f->count = strtoul(argv[5], NULL, 10);
    uint64_t start = clock_monotonic_ns();
    if (strcmp(argv[1], "full") == 0)
        exchanges(f, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
    else if (strcmp(argv[1], "leg") == 0)
        exchanges(f, LEG_BIT(LEG_SNTRUP));
    else
        hellos(f);
    printf("%s %lu answered %lu ms %lu\n", argv[1], f->count, f->done,
           (unsigned long)((clock_monotonic_ns() - start) / 1000000));
    identity_free(&f->identity);
    free(f);
    return 0;
}
