/*
 * What an attacker sends. Counters of the server that each kind shows up in are in under-attack.sh.
 */
#include "attack_packets.h"

#include <arpa/inet.h>
#include <err.h>
#include <string.h>
#include <unistd.h>

#include "craft.h"
#include "flow/caller.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "peer.h"
#include "wire/files.h"
#include "wire/puzzle.h"

#define PATIENCE_NS 5000000000u
#define SECRETS     256 /* of which valid HELLOs are made */
#define EXCHANGES   2   /* whose blocks are sent */
#define REQUESTS    64
#define WRONG_BITS  10
#define ANSWER_NS   200000000u

/* -------- bytes and HELLOs */

#define RUN 64 /* packets of one length, which the kernel takes faster than all different ones */

static void prepare_random(struct packets *a)
{
    rng_fill(&a->rng, a->pool[0], sizeof a->pool);
}

static size_t make_random(struct packets *a, uint8_t out[DATAGRAM_BYTES])
{
    if (a->next % RUN == 0)
        a->lens[0] = (uint16_t)(1 + rng_u64(&a->rng) % DATAGRAM_BYTES);
    memcpy(out, a->pool[a->next++ % POOL_MOST], a->lens[0]);
    return a->lens[0];
}

static const uint8_t no_puzzle[HELLO_PUZZLE_BYTES];

static size_t make_garbage(struct packets *a, uint8_t out[DATAGRAM_BYTES])
{
    uint8_t nonce[NONCE_BYTES];
    rng_fill(&a->rng, nonce, sizeof nonce);
    craft_garbage(out, &a->identity->server, a->client, nonce, no_puzzle, &a->rng);
    return DATAGRAM_BYTES;
}

static size_t from_pool(struct packets *a, uint8_t out[DATAGRAM_BYTES])
{
    size_t i = a->next++ % a->pooled;
    memcpy(out, a->pool[i], a->lens[i]);
    return a->lens[i];
}

static void prepare_hellos(struct packets *a)
{
    struct secrets k;
    for (a->pooled = 0; a->pooled < SECRETS; a->pooled++) {
        craft_secrets(&k, &a->identity->server, &a->rng);
        craft_hello(a->pool[a->pooled], &k, &a->identity->server, &a->rng);
        a->lens[a->pooled] = DATAGRAM_BYTES;
    }
}

static void prepare_replay(struct packets *a)
{
    prepare_hellos(a);
    a->pooled = 1;
}

/* -------- exchanges of our own, or of a victim, whose packets are kept */

static void keep(struct packets *a, const uint8_t *p, size_t n)
{
    if (a->pooled == POOL_MOST)
        return;
    memcpy(a->pool[a->pooled], p, n);
    a->lens[a->pooled++] = (uint16_t)n;
}

static void watch(void *context, bool sent, const uint8_t *p, size_t n)
{
    struct packets *a = context;
    if (!sent && p[0] == KIND_ACCEPT)
        a->kid = p[1];
    if (sent && p[0] == KIND_BLOCK)
        keep(a, p, n);
}

static void exchange(struct packets *a, struct peer *peer, struct kex_client *c, uint8_t legs)
{
    static uint8_t pk[MCELIECE_PUBLIC_BYTES], sk[MCELIECE_SECRET_BYTES];
    if (kex_client_init(c, &a->identity->server, legs, &a->rng) != LETHE_OK)
        errx(1, "the identity is unusable");
    if (legs & LEG_BIT(LEG_MCELIECE)) {
        mceliece_keypair(pk, sk);
        kex_client_lend_mceliece(c, pk, sk);
    }
    peer->watch = watch;
    peer->context = a;
    peer_open(peer, a->victim, a->to);
    if (!peer_exchange(peer, c, PATIENCE_NS))
        errx(1, "an exchange was not finished");
}

static struct peer peer;
static struct kex_client kex;

/* A solution to a puzzle that the server might have set: the kid and the time are right. */
static void prepare_wrong(struct packets *a)
{
    exchange(a, &peer, &kex, LEG_BIT(LEG_SNTRUP));
    peer_close(&peer);
}

static size_t make_wrong(struct packets *a, uint8_t out[DATAGRAM_BYTES])
{
    uint8_t random[PUZZLE_RANDOM_BYTES], nonce[NONCE_BYTES], set[PUZZLE_NONCE_BYTES],
        answer[PUZZLE_ANSWER_BYTES], field[PUZZLE_FIELD_BYTES];
    rng_fill(&a->rng, random, sizeof random);
    rng_fill(&a->rng, nonce, sizeof nonce);
    rng_fill(&a->rng, answer, sizeof answer);
    puzzle_nonce_encode(set, &(struct puzzle_nonce){.kid = a->kid,
                                                    .issued_ms = (int64_t)clock_real_ms(),
                                                    .bits = WRONG_BITS,
                                                    .random = random});
    puzzle_field_encode(field, &(struct puzzle_field){
                                   .type = PUZZLE_FIELD_SOLUTION, .nonce = set, .answer = answer});
    craft_garbage(out, &a->identity->server, a->client, nonce, field, &a->rng);
    return DATAGRAM_BYTES;
}

static void prepare_blocks(struct packets *a)
{
    for (int i = 0; i < EXCHANGES; i++) {
        exchange(a, &peer, &kex, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE));
        peer_close(&peer);
    }
    for (size_t i = a->pooled; i > 1; i--) { /* shuffled, so that none follows the one before */
        size_t j = rng_u64(&a->rng) % i, n = a->lens[i - 1];
        uint8_t packet[DATAGRAM_BYTES];
        memcpy(packet, a->pool[i - 1], n);
        memcpy(a->pool[i - 1], a->pool[j], a->lens[j]);
        a->lens[i - 1] = a->lens[j];
        memcpy(a->pool[j], packet, n);
        a->lens[j] = (uint16_t)n;
    }
}

/* The first BLOCK of an exchange from each of the networks. */
static bool begin_exchange(struct packets *a, uint32_t source)
{
    static uint8_t pk[MCELIECE_PUBLIC_BYTES], sk[MCELIECE_SECRET_BYTES]; /* zeros will do */
    uint8_t packet[DATAGRAM_BYTES] = {0};
    char from[INET_ADDRSTRLEN];
    bool kept = false;
    source = htonl(source);
    if (kex_client_init(&kex, &a->identity->server, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE),
                        &a->rng) != LETHE_OK)
        errx(1, "the identity is unusable");
    kex_client_lend_mceliece(&kex, pk, sk);
    peer_open(&peer, inet_ntop(AF_INET, &source, from, sizeof from), a->to);
    peer_send(&peer, packet, kex_client_output(&kex, (int64_t)clock_monotonic_ns(), packet));
    peer_flush(&peer);
    if (peer_receive(&peer, clock_monotonic_ns() + ANSWER_NS) &&
        kex_client_input(&kex, (int64_t)clock_monotonic_ns(), peer.batch.datagrams[0].data,
                         peer.batch.datagrams[0].len) == LETHE_OK)
        for (size_t n;
             !kept && (n = kex_client_output(&kex, (int64_t)clock_monotonic_ns(), packet));)
            if (packet[0] == KIND_BLOCK) {
                keep(a, packet, n);
                kept = true;
            }
    peer_close(&peer);
    return kept;
}

static void prepare_botnet(struct packets *a)
{
    for (uint32_t i = 0, tries = 0; i < a->networks && tries < 2 * a->networks; tries++) {
        if (begin_exchange(a, attack_network(i)))
            i++;
        else
            usleep(50000);
    }
    if (a->pooled != a->networks)
        errx(1, "%zu of %u exchanges were begun", a->pooled, a->networks);
}

/* REQUESTs of one session, each of which the server would answer. */
static void prepare_requests(struct packets *a)
{
    static struct caller caller;
    static const char path[] = "file";
    uint8_t call[FILES_REQUEST_MAX], packet[DATAGRAM_BYTES];
    const struct files_request open = {
        .op = FILES_OPEN, .path = (const uint8_t *)path, .path_len = sizeof path - 1};
    exchange(a, &peer, &kex, LEG_BIT(LEG_SNTRUP));
    peer_close(&peer);
    caller_open(&caller, &kex.session, (int64_t)clock_monotonic_ns());
    caller_absorb(&caller, &kex.yields[LEG_SNTRUP], kex.m);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        struct request_body b = {.flags = REQUEST_CALL | REQUEST_RENEW,
                                 .call_handle = HANDLE_NONE,
                                 .call = call,
                                 .echo = i,
                                 .datagram = DATAGRAM_BYTES};
        b.call_len = (uint16_t)files_request_encode(call, sizeof call, &open);
        keep(a, packet,
             caller_seal(&caller, &b, &a->rng, (int64_t)clock_monotonic_ns(), 0,
                         LEG_BIT(LEG_SNTRUP), packet, sizeof packet, 0));
    }
}

static size_t make_forged(struct packets *a, uint8_t out[DATAGRAM_BYTES])
{
    size_t n = from_pool(a, out);
    rng_fill(&a->rng, out + 2, CONTINUATION_BYTES - 1); /* the kid stays */
    return n;
}

/* A victim's REQUEST as it was recorded, or its continuation around a request of our own. */
static size_t make_stolen(struct packets *a, uint8_t out[DATAGRAM_BYTES])
{
    size_t n = from_pool(a, out);
    if (a->next & 1)
        rng_fill(&a->rng, out + n - TAG_BYTES, TAG_BYTES);
    return n;
}

static const struct attack_kind kinds[] = {
    {"random", prepare_random, make_random},   {"garbage", NULL, make_garbage},
    {"replay", prepare_replay, from_pool},     {"wrong", prepare_wrong, make_wrong},
    {"half", prepare_hellos, from_pool},       {"blocks", prepare_blocks, from_pool},
    {"expired", prepare_requests, from_pool},  {"forged", prepare_requests, make_forged},
    {"stolen", prepare_requests, make_stolen}, {"botnet", prepare_botnet, from_pool},
};

const struct attack_kind *attack_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}
