/*
 * Requests are made beforehand, under continuations that this file seals with the server's own
 * ring: a window that is wide open, so that each request's 16 numbers are fresh and may be sent.
 */
#include "bench/request.h"
#include "bench/local.h"
#include "crypto/aead.h"
#include "flow/lineage.h"
#include "flow/range.h"
#include "flow/window.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/handle.h"
#include "wire/data.h"

#include <stdlib.h>
#include <string.h>

#define REQUESTS 256 /* in a round */
#define NUMBERS  REQUEST_ITEM_NUMBERS
#define CHUNK    DATA_CHUNK(DATAGRAM_BYTES)

enum part { WHOLE, UNSEAL, OPEN, PROOF, WINDOW, HANDLE, STRIKES, READ, SEAL, SEAL_AES, PARTS };

static const char *const names[PARTS] = {
    [WHOLE] = "REQUEST for 16 numbers, all of it",
    [UNSEAL] = "  of it unsealing its continuation",
    [OPEN] = "  of it opening its box",
    [PROOF] = "  of it checking a proof of 4 runs",
    [WINDOW] = "  of it moving the window",
    [HANDLE] = "  of it opening a handle",
    [STRIKES] = "  of it striking the numbers",
    [READ] = "  of it reading (a copy, here)",
    [SEAL] = "  of it sealing 16 packets",
    [SEAL_AES] = "  or sealing them under AES-256-GCM",
};

struct scene {
    struct local *local;
    struct session session;
    uint8_t continuation[CONTINUATION_BYTES], handle[HANDLE_BYTES_MAX];
    size_t handle_len;
    struct request_body body;
    uint8_t from_client[32], from_server[32];
    size_t len;
    uint8_t packets[REQUESTS][DATAGRAM_BYTES];
    uint8_t bytes[NUMBERS * CHUNK], plain[REQUEST_BODY_MAX], out[BURST_BYTES];
    struct series parts[PARTS], ratio;
};

static int read_body(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                     uint8_t *buffer, size_t n)
{
    const struct scene *s = context;
    (void)state, (void)state_len, (void)offset;
    memcpy(buffer, s->bytes, n);
    return LETHE_STATUS_OK;
}

/* Another session, so that nothing is struck. */
static void make_session(struct scene *s)
{
    uint8_t nonce[NONCE_BYTES];
    struct session *session = &s->session;
    const struct cookie_key *key = ring_sealing(&s->local->server.ring, LOCAL_MS);
    local_random(session, sizeof *session);
    transport_init(&session->transport, ALGORITHM_CUBIC, 1, s->local->server.home, session->z);
    session->transport.window = session->transport.threshold = (2 * REQUESTS * NUMBERS) << 8;
    session->transport.highest = 1;
    session->legs = LEG_BIT(LEG_SNTRUP);
    session->issued_ms = session->begun_ms = LOCAL_MS - 50;
    address_hash(session->address, s->local->address);
    local_random(nonce, sizeof nonce);
    continuation_seal(s->continuation, session, key, nonce);
    const struct handle h = {.size = 1u << 30, .state_len = 60};
    s->handle_len = handle_seal(s->handle, &h, session->m, key, nonce);
    keys_split(s->from_client, s->from_server, session->z);
}

/* Four runs with a gap of one between, which the window counts as losses of one flight. */
static void make_body(struct scene *s, uint32_t first)
{
    struct request_body *b = &s->body;
    *b =
        (struct request_body){.datagram = DATAGRAM_BYTES,
                              .proof = {.count = 4, .runs = {{1, 9}, {11, 19}, {21, 29}, {31, 99}}},
                              .handle_count = 1,
                              .handles = {{s->handle, (uint16_t)s->handle_len}},
                              .item_count = 1,
                              .items = {{.first = first, .count = NUMBERS, .last = CHUNK}}};
    for (size_t i = 0; i < b->proof.count; i++)
        for (uint64_t n = b->proof.runs[i].first; n <= b->proof.runs[i].last; n++)
            b->sum ^= range_nonce(s->session.transport.range_key, n);
    if (!range_proven(s->session.transport.range_key, &b->proof, b->sum))
        bench_fail("a proof is wrong");
}

static void make_requests(struct scene *s)
{
    const size_t header = REQUEST_HEADER_BYTES(0);
    make_session(s);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        uint8_t nonce[NONCE_BYTES], *p = s->packets[i];
        local_random(nonce, sizeof nonce);
        make_body(s, 100 + i * NUMBERS);
        size_t n =
            request_body_encode(p + header, DATAGRAM_BYTES - header - TAG_BYTES, 0, &s->body);
        request_encode(p, &(struct request){.continuation = s->continuation, .nonce = nonce});
        aead_seal(p + header, p + header, n, p, header, nonce, s->from_client);
        s->len = header + n + TAG_BYTES;
    }
}

/* One part's turn: microseconds for a request. */
static double timed(struct scene *s, void (*part)(struct scene *s, uint32_t i))
{
    int64_t start = cpu_own_ns();
    for (uint32_t i = 0; i < REQUESTS; i++)
        part(s, i);
    return (double)(cpu_own_ns() - start) / 1e3 / REQUESTS;
}

static void whole(struct scene *s, uint32_t i)
{
    size_t count = local_ask(s->local, s->packets[i], s->len);
    if (count < NUMBERS || s->local->burst.used < NUMBERS * CHUNK)
        bench_fail("a REQUEST was answered with %zu packets", count);
}

static void unseal(struct scene *s, uint32_t i)
{
    struct session session;
    if (continuation_open(&session, &s->local->server.ring, LOCAL_MS, s->packets[i] + 1) !=
        LETHE_OK)
        bench_fail("a continuation does not open");
}

static void open_box(struct scene *s, uint32_t i)
{
    struct request q;
    struct request_body b;
    uint8_t key[32];
    key_from_client(key, s->session.z);
    if (request_decode(&q, s->packets[i], s->len) != LETHE_OK ||
        aead_open(s->plain, q.box, q.box_len, s->packets[i], (size_t)(q.box - s->packets[i]),
                  q.nonce, key) != LETHE_OK ||
        request_body_decode(&b, s->plain, q.box_len - TAG_BYTES) != LETHE_OK)
        bench_fail("a box does not open");
}

static void check_proof(struct scene *s, uint32_t i)
{
    (void)i;
    if (!range_proven(s->session.transport.range_key, &s->body.proof, s->body.sum))
        bench_fail("a proof is wrong");
}

static void move_window(struct scene *s, uint32_t i)
{
    struct transport t = s->session.transport;
    if (window_advance(&t, &s->body.proof, i % 100) < 99)
        bench_fail("the window does not move");
}

static void open_handle(struct scene *s, uint32_t i)
{
    struct handle h;
    (void)i;
    if (handle_open(&h, s->session.m, &s->local->server.ring, LOCAL_MS, s->handle, s->handle_len) !=
        LETHE_OK)
        bench_fail("a handle does not open");
}

/* In a space of its own: the whole's numbers are struck already. */
static void strike(struct scene *s, uint32_t i)
{
    bool full;
    const uint64_t space = lineage_space(&s->session) + 1;
    (void)strikes_take(&s->local->server.strikes, space, 2 * i, 0xfff0, &full);
    (void)strikes_take(&s->local->server.strikes, space, 2 * i + 1, 0x000f, &full);
    if (full)
        bench_fail("the table of numbers is full");
}

static void read_bytes_of(struct scene *s, uint32_t i)
{
    (void)i;
    (void)read_body(s, NULL, 0, 0, s->out, sizeof s->bytes);
}

static void seal_under(struct scene *s, bool aes)
{
    struct aead_batch batch;
    uint8_t prefix[DATA_PREFIX_BYTES], key[32];
    rng_fill(&s->local->rng, prefix, sizeof prefix);
    key_from_server(key, s->session.z);
    if (aes)
        aead_batch_init_aes(&batch, key, prefix);
    else
        aead_batch_init(&batch, key, prefix);
    for (unsigned n = 0; n < NUMBERS; n++) {
        uint8_t *p = s->out + n * DATAGRAM_BYTES;
        aead_batch_seal(&batch, p + DATA_HEADER_BYTES, p + DATA_HEADER_BYTES,
                        DATAGRAM_BYTES - DATA_HEADER_BYTES - TAG_BYTES, p, DATA_HEADER_BYTES, n);
    }
}

static void seal_packets(struct scene *s, uint32_t i)
{
    (void)i;
    seal_under(s, false);
}

static void seal_aes(struct scene *s, uint32_t i)
{
    (void)i;
    if (aead_has_aes())
        seal_under(s, true);
}

static void one_round(struct scene *s)
{
    static void (*const parts[PARTS])(struct scene *, uint32_t) = {
        [WHOLE] = whole,        [UNSEAL] = unseal,      [OPEN] = open_box,  [PROOF] = check_proof,
        [WINDOW] = move_window, [HANDLE] = open_handle, [STRIKES] = strike, [READ] = read_bytes_of,
        [SEAL] = seal_packets,  [SEAL_AES] = seal_aes};
    double us[PARTS];
    make_requests(s);
    for (int i = 0; i < PARTS; i++) {
        us[i] = timed(s, parts[i]);
        series_add(&s->parts[i], us[i]);
    }
    series_add(&s->ratio, us[WHOLE] / us[SEAL]);
    strikes_init(&s->local->server.strikes, s->local->server.strikes.key, 0);
}

void request_stages(const struct measure *m)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        bench_fail("out of memory");
    const struct lethe_service service = {.context = s, .read = read_body};
    s->local = local_make(&service);
    for (int i = 0; i < m->rounds; i++)
        one_round(s);
    const int shown = aead_has_aes() ? PARTS : SEAL_AES;
    for (int i = 0; i < shown; i++)
        measure_tell(m, names[i], &s->parts[i], "us");
    measure_tell(m, "all of it / sealing its packets", &s->ratio, "");
    free(s->local);
    free(s);
}
