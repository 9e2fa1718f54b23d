/*
 * Where a server's time for an exchange goes, without sockets: each step by its kind, and what a
 * block's step is made of; then the same of a REQUEST (bench/request.h). Times of this machine at
 * this moment; there is no target.
 */
#include "bench/local.h"
#include "bench/measure.h"
#include "bench/request.h"
#include "crypto/aead.h"
#include "kex/exchange.h"
#include "lethe/error.h"
#include "wire/block.h"
#include "wire/finish.h"

#include <stdlib.h>
#include <string.h>

#define PACKETS_MAX (BLOCK_COUNT + 1)
#define NOW_NS      1 /* the client's time stands still */

struct packet {
    size_t len;
    uint8_t bytes[DATAGRAM_BYTES];
};

enum stage {
    STEP_HELLO,
    STEP_LEG,
    STEP_BLOCKS,
    STEP_FINISH,
    PART_OPEN,
    PART_PRODUCT,
    PART_NONCE,
    PART_SEAL,
    PART_DERIVE,
    STAGES,
};

static const char *const names[STAGES] = {
    [STEP_HELLO] = "HELLO",
    [STEP_LEG] = "LEG",
    [STEP_BLOCKS] = "884 BLOCKs",
    [STEP_FINISH] = "FINISH",
    [PART_OPEN] = "  of them opening",
    [PART_PRODUCT] = "  of them products",
    [PART_NONCE] = "  of them random nonces",
    [PART_SEAL] = "  of them sealing answers",
    [PART_DERIVE] = "  of them deriving, once a batch",
};

struct bench {
    struct measure m;
    struct local *local;
    struct kex_client client;
    struct packet packets[PACKETS_MAX], answers[PACKETS_MAX];
    size_t count;
    struct series stages[STAGES], total;
    uint8_t pk[MCELIECE_PUBLIC_BYTES], sk[MCELIECE_SECRET_BYTES];
};

/* Takes from the client all that it has to send. */
static void collect(struct bench *b)
{
    size_t n;
    uint8_t out[DATAGRAM_BYTES];
    b->count = 0;
    for (;;) {
        b->client.pace.window_q8 = (uint32_t)PACE_WINDOW << 8;
        n = kex_client_output(&b->client, NOW_NS, out);
        if (n == 0)
            return;
        if (b->count == PACKETS_MAX)
            bench_fail("the client sends more than it has");
        b->packets[b->count].len = n;
        memcpy(b->packets[b->count++].bytes, out, n);
    }
}

/* Steps packets from up to but not including to; microseconds. */
static double step(struct bench *b, size_t from, size_t to)
{
    struct local *l = b->local;
    int64_t start = cpu_own_ns();
    for (size_t i = from; i < to; i++) {
        if (local_ask(l, b->packets[i].bytes, b->packets[i].len) != 1)
            bench_fail("a packet was not answered");
        b->answers[i].len = l->burst.used;
        memcpy(b->answers[i].bytes, l->answer, l->burst.used);
        if ((i + 1 - from) % (size_t)b->m.window == 0)
            server_batch_end(&l->server);
    }
    server_batch_end(&l->server);
    return (double)(cpu_own_ns() - start) / 1e3;
}

static void deliver(struct bench *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (kex_client_input(&b->client, NOW_NS, b->answers[i].bytes, b->answers[i].len) !=
            LETHE_OK)
            bench_fail("a packet was not answered as it should");
}

static void one_exchange(struct bench *b)
{
    double us[4];
    const uint8_t both = LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE);
    if (kex_client_init(&b->client, &b->local->public, both, &b->local->rng) != LETHE_OK)
        bench_fail("no HELLO");
    kex_client_lend_mceliece(&b->client, b->pk, b->sk);
    collect(b);
    us[STEP_HELLO] = step(b, 0, b->count);
    deliver(b);
    collect(b);
    us[STEP_LEG] = step(b, 0, 1);
    us[STEP_BLOCKS] = step(b, 1, b->count);
    deliver(b);
    collect(b);
    us[STEP_FINISH] = step(b, 0, b->count);
    deliver(b);
    if (!kex_client_done(&b->client))
        bench_fail("the exchange is not complete");
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        sum += us[i];
        series_add(&b->stages[i], us[i]);
    }
    series_add(&b->total, sum);
}

static void part_open(struct bench *b)
{
    static const uint8_t key[AEAD_KEY_BYTES], nonce[AEAD_NONCE_BYTES];
    uint8_t packet[BLOCK_PACKET_BYTES] = {0}, plain[BLOCK_BODY_BYTES] = {0};
    aead_seal(packet + BLOCK_HEADER_BYTES, plain, sizeof plain, packet, BLOCK_HEADER_BYTES, nonce,
              key);
    int err = LETHE_OK;
    int64_t start = cpu_own_ns();
    for (int i = 0; i < BLOCK_COUNT; i++)
        err |= aead_open(plain, packet + BLOCK_HEADER_BYTES, BLOCK_BOX_BYTES, packet,
                         BLOCK_HEADER_BYTES, nonce, key);
    series_add(&b->stages[PART_OPEN], (double)(cpu_own_ns() - start) / 1e3);
    if (err != LETHE_OK)
        bench_fail("a box does not open");
}

static void part_product(struct bench *b)
{
    uint8_t block[BLOCK_BYTES], columns[BLOCK_COL_BYTES];
    uint8_t bits = 0;
    local_random(block, sizeof block);
    local_random(columns, sizeof columns);
    int64_t start = cpu_own_ns();
    for (int i = 0; i < BLOCK_COUNT; i++)
        bits ^= goppa_block_product(block, columns);
    series_add(&b->stages[PART_PRODUCT], (double)(cpu_own_ns() - start) / 1e3);
    if (bits >> BLOCK_ROWS)
        bench_fail("a product has more bits than rows");
}

static void part_answer(struct bench *b)
{
    uint8_t out[BLOCKED_BYTES] = {0}, nonce[AEAD_NONCE_BYTES], bits = 5;
    static const uint8_t key[AEAD_KEY_BYTES];
    int64_t start = cpu_own_ns();
    for (int i = 0; i < BLOCK_COUNT; i++)
        rng_fill(&b->local->rng, nonce, sizeof nonce);
    int64_t drawn = cpu_own_ns();
    for (int i = 0; i < BLOCK_COUNT; i++)
        aead_seal(out + BLOCKED_HEADER_BYTES, &bits, 1, out, BLOCKED_HEADER_BYTES, nonce, key);
    series_add(&b->stages[PART_SEAL], (double)(cpu_own_ns() - drawn) / 1e3);
    series_add(&b->stages[PART_NONCE], (double)(drawn - start) / 1e3);
}

static void part_derive(struct bench *b)
{
    static struct exchange x;
    const struct cookie_key *key = ring_sealing(&b->local->server.ring, LOCAL_MS);
    int batches = (BLOCK_COUNT + b->m.window - 1) / b->m.window;
    int64_t start = cpu_own_ns();
    for (int i = 0; i < batches; i++) {
        exchange_key(&x, key, b->client.m);
        exchange_error(&x, key);
        for (int j = 0; j < BLOCK_COL_GROUPS; j++)
            (void)exchange_columns(&x, j);
        exchange_wipe(&x);
    }
    series_add(&b->stages[PART_DERIVE], (double)(cpu_own_ns() - start) / 1e3);
}

int main(int argc, char **argv)
{
    struct bench *b = calloc(1, sizeof *b);
    if (!b)
        bench_fail("out of memory");
    measure_begin(&b->m, "stages", 51, 64, argc, argv);
    b->local = local_make(&(struct lethe_service){0});
    mceliece_keypair(b->pk, b->sk);
    for (int i = 0; i < b->m.rounds; i++) {
        one_exchange(b);
        part_open(b);
        part_product(b);
        part_answer(b);
        part_derive(b);
    }
    measure_tell(&b->m, "all steps of an exchange, no sockets", &b->total, "us");
    for (int i = 0; i < STAGES; i++)
        measure_tell(&b->m, names[i], &b->stages[i], "us");
    free(b->local);
    request_stages(&b->m);
    int status = measure_end(&b->m);
    free(b);
    return status;
}
