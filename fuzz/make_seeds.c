/*
 * Makes the seeds: a few valid packets a target and the edges around them, each below 2 KB, the
 * same bytes on every run. `make_seeds DIR` writes DIR/TARGET/NAME; `make_seeds check DIR` says
 * whether what lies there is what would be written.
 */
#include <sys/stat.h>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "seal/continuation.h"
#include "seal/handle.h"
#include "seal/share.h"
#include "seeds.h"
#include "stage.h"
#include "target.h"
#include "wire/accept.h"
#include "wire/block.h"
#include "wire/data.h"
#include "wire/finish.h"
#include "wire/leg.h"
#include "wire/puzzle.h"
#include "wire/request.h"

static const char *folder;
static bool checking;
static int differences;

static void path_of(char path[4096], const char *target, const char *name)
{
    REQUIRE(snprintf(path, 4096, "%s/%s%s%s", folder, target, *name ? "/" : "", name) < 4096);
}

static void check(const char *path, const uint8_t *p, size_t n)
{
    uint8_t got[4096];
    FILE *f = fopen(path, "rb");
    size_t have = f ? fread(got, 1, sizeof got, f) : 0;
    if (!f || have != n || memcmp(got, p, n) != 0) {
        fprintf(stderr, "%s is not what make_seeds makes\n", path);
        differences++;
    }
    if (f)
        fclose(f);
}

void put_seed(const char *target, const char *name, const uint8_t *p, size_t n)
{
    char path[4096];
    REQUIRE(n < 2048);
    path_of(path, target, name);
    if (checking) {
        check(path, p, n);
        return;
    }
    char dir[4096];
    path_of(dir, target, "");
    (void)mkdir(dir, 0777);
    FILE *f = fopen(path, "wb");
    REQUIRE(f != NULL && fwrite(p, 1, n, f) == n && fclose(f) == 0);
}

/* A packet, and what is almost one. */
static void put_packet(const char *target, const char *name, const uint8_t *p, size_t n)
{
    uint8_t edge[DATAGRAM_BYTES + 1] = {0};
    memcpy(edge, p, n);
    put_seed(target, name, p, n);
    put_seed(target, "short", edge, n - 1);
    put_seed(target, "long", edge, n + 1);
    edge[0] ^= 0x80;
    put_seed(target, "kind", edge, n);
    edge[0] ^= 0x80;
    edge[1] = KID_COUNT;
    put_seed(target, "second-8", edge, n);
}

static struct world_server server;
static const struct kex_client *client;
static uint8_t packet[DATAGRAM_BYTES], answer[DATAGRAM_BYTES];

/* Body of zeros but for the start, sealed as the accepted client would, and its answer. */
static void ask(uint8_t kind, uint16_t position, const uint8_t *body, size_t body_len,
                const char *request, const char *reply)
{
    size_t header, n = stage_shape(kind, &header), answer_len;
    memset(packet, 0, sizeof packet);
    packet[0] = kind;
    if (kind == KIND_BLOCK)
        store16(packet + 2, position);
    memcpy(packet + header, body, body_len);
    put_seed("server", request, packet, n); /* unsealed: the target seals it */
    stage_seal(packet, n);
    put_packet(request, "valid", packet, n);
    char name[64];
    (void)snprintf(name, sizeof name, "%s-sealed", request);
    put_seed("server", name, packet, n);
    REQUIRE(world_serve(&server, WORLD_MS, packet, n, answer, &answer_len) == ANSWERED);
    put_packet(reply, "valid", answer, answer_len);
    put_seed("client", reply, answer, answer_len);
    memset(answer + answer_len - 100 % answer_len, 0xff, 100 % answer_len);
    (void)snprintf(name, sizeof name, "%s-bad", reply);
    put_seed("client", name, answer, answer_len);
}

static void make_exchange(void)
{
    uint8_t block[BLOCK_BODY_BYTES], syndrome[GOPPA_SYNDROME_BYTES] = {1, 2, 3};
    size_t n;
    const uint8_t *hello = stage()->waiting.hello;
    put_packet("hello", "valid", hello, DATAGRAM_BYTES);
    put_seed("server", "hello", hello, DATAGRAM_BYTES);
    REQUIRE(world_serve(&server, WORLD_MS, hello, DATAGRAM_BYTES, answer, &n) == ANSWERED);
    put_packet("accept", "valid", answer, n);
    put_seed("client", "accept", answer, n);
    ask(KIND_LEG, 0, client->leg_pk, sizeof client->leg_pk, "leg", "legged");
    goppa_block(block, world.client_pk, 3);
    ask(KIND_BLOCK, 3, block, sizeof block, "block", "blocked");
    ask(KIND_FINISH, 0, syndrome, sizeof syndrome, "finish", "finished");
    put_seed("server", "nothing", packet, 0);
    put_seed("client", "nothing", packet, 0);
    /* The last position, and the first that there is not. */
    for (uint16_t position = 883; position <= 884; position++) {
        memset(packet, 0, sizeof packet);
        block_encode(packet, &(struct block){.position = position, .m = client->m});
        const char *name = position == 883 ? "position-883" : "position-884";
        put_seed("block", name, packet, BLOCK_PACKET_BYTES);
        memset(packet, 0, sizeof packet);
        blocked_encode(packet, &(struct blocked){.position = position, .nonce = hello + 22});
        put_seed("blocked", name, packet, BLOCKED_BYTES);
    }
    memset(packet, 0, sizeof packet); /* padding bits of a syndrome */
    packet[0] = KIND_FINISH;
    packet[FINISH_HEADER_BYTES + GOPPA_SYNDROME_BYTES - 1] = 8;
    put_seed("server", "finish-padding", packet, FINISH_PACKET_BYTES);
}

static void make_continuations(void)
{
    uint8_t c[CONTINUATION_BYTES];
    const uint8_t *nonce = client->hello + 22;
    const struct cookie_key *key = ring_sealing(&server.ring, WORLD_MS);
    struct session s = {.legs = 3, .issued_ms = WORLD_MS};
    memcpy(s.m, client->m, sizeof s.m);
    transport_init(&s.transport, ALGORITHM_CUBIC, 7, 9, nonce);
    continuation_seal(c, &s, key, nonce);
    put_seed("continuation", "valid", c, sizeof c);
    put_seed("continuation", "short", c, sizeof c - 1);
    c[0] = KID_COUNT;
    put_seed("continuation", "kid-8", c, sizeof c);
    s.transport.algorithm = ALGORITHMS;
    continuation_seal(c, &s, key, nonce);
    put_seed("continuation", "algorithm", c, sizeof c);
    s.transport = (struct transport){.base = INT64_MAX,
                                     .highest = (uint64_t)INT64_MAX + UINT32_MAX,
                                     .recovery = (uint64_t)INT64_MAX + UINT32_MAX,
                                     .window = WINDOW_MOST,
                                     .threshold = WINDOW_LEAST,
                                     .datagram = PACKET_MAX,
                                     .algorithm = ALGORITHM_RENO,
                                     .in_recovery = true};
    continuation_seal(c, &s, key, nonce);
    put_seed("continuation", "largest", c, sizeof c);
    memset(c, 0, sizeof c);
    put_seed("continuation", "zeros", c, sizeof c);
    transport_encode(c + 1 + NONCE_BYTES + 73, &s.transport); /* the target seals it */
    put_seed("continuation", "plain", c, sizeof c);
}

static void make_shares(void)
{
    uint8_t share[EXCHANGE_ID_BYTES + 1 + SHARE_BYTES] = {0};
    memcpy(share, client->m, EXCHANGE_ID_BYTES);
    share[EXCHANGE_ID_BYTES] = LEG_MCELIECE;
    share_seal(share + EXCHANGE_ID_BYTES + 1, ring_sealing(&server.ring, WORLD_MS),
               client->hello + 22, client->m, LEG_MCELIECE, client->leg_pk, client->leg_pk + 32);
    put_seed("share", "valid", share, sizeof share);
    share[EXCHANGE_ID_BYTES] = LEG_SNTRUP;
    put_seed("share", "leg", share, sizeof share);
    share[EXCHANGE_ID_BYTES + 1] = KID_COUNT;
    put_seed("share", "kid-8", share, sizeof share);
}

/* States of no byte, some and the most; then almost a handle. */
static void make_handles(void)
{
    static const struct {
        const char *name;
        size_t state_len;
    } sizes[] = {{"least", 0}, {"valid", 40}, {"largest", HANDLE_STATE_MAX}};
    uint8_t p[EXCHANGE_ID_BYTES + HANDLE_BYTES_MAX + 1] = {0};
    size_t n = 0;
    memcpy(p, client->m, EXCHANGE_ID_BYTES);
    for (size_t i = 0; i < 3; i++) {
        struct handle h = {.size = 1 << 20, .state_len = sizes[i].state_len};
        memcpy(h.state, client->leg_pk, h.state_len);
        n = EXCHANGE_ID_BYTES + handle_seal(p + EXCHANGE_ID_BYTES, &h, client->m,
                                            ring_sealing(&server.ring, WORLD_MS),
                                            client->hello + 22);
        put_seed("handle", sizes[i].name, p, n);
    }
    put_seed("handle", "long", p, n + 1);
    put_seed("handle", "cut", p, n - 1);
    put_seed("handle", "short", p, EXCHANGE_ID_BYTES + HANDLE_BYTES_MIN - 1);
    p[0] ^= 1;
    put_seed("handle", "session", p, n);
    p[0] ^= 1;
    p[EXCHANGE_ID_BYTES] = KID_COUNT;
    put_seed("handle", "kid-8", p, n);
}

static void make_accept_bodies(void)
{
    const uint8_t *bytes = client->hello;
    uint8_t body[ACCEPT_BODY_BYTES];
    accept_body_encode(body,
                       &(struct accept_body){
                           .k1 = bytes, .continuation = bytes, .transport = bytes, .pass = bytes});
    put_seed("accept_body", "valid", body, sizeof body);
    put_seed("accept_body", "least", body, 344);
    put_seed("accept_body", "short", body, 343);
}

/* A PUZZLE of 20 bits, and fields that bring its solution, a pass, and neither. */
static void make_puzzles(void)
{
    const uint8_t *bytes = client->hello + 22;
    uint8_t nonce[PUZZLE_NONCE_BYTES], hint[PUZZLE_ANSWER_BYTES], field[PUZZLE_FIELD_BYTES];
    memcpy(hint, bytes, sizeof hint);
    store32(hint, load32(hint) & 0xfff00000);
    const struct puzzle_nonce q = {.kid = 5, .issued_ms = WORLD_MS, .bits = 20, .random = bytes};
    puzzle_nonce_encode(nonce, &q);
    puzzle_encode(packet,
                  &(struct puzzle){.echo = bytes, .nonce = nonce, .hash = bytes, .hint = hint});
    put_packet("puzzle", "valid", packet, PUZZLE_BYTES);
    packet[1 + NONCE_BYTES + 9] = PUZZLE_BITS_MOST + 1;
    put_seed("puzzle", "bits-33", packet, PUZZLE_BYTES);
    packet[1 + NONCE_BYTES + 9] = 21;
    put_seed("puzzle", "bits-21", packet, PUZZLE_BYTES);
    put_seed("puzzle_field", "none", (const uint8_t[PUZZLE_FIELD_BYTES]){0}, sizeof field);
    puzzle_field_encode(field, &(struct puzzle_field){
                                   .type = PUZZLE_FIELD_SOLUTION, .nonce = nonce, .answer = bytes});
    put_seed("puzzle_field", "solution", field, sizeof field);
    puzzle_field_encode(field, &(struct puzzle_field){.type = PUZZLE_FIELD_PASS,
                                                      .kid = 5,
                                                      .nonce = bytes,
                                                      .expires_ms = WORLD_MS,
                                                      .tag = bytes});
    put_seed("puzzle_field", "pass", field, sizeof field);
    field[1] = KID_COUNT;
    put_seed("puzzle_field", "pass-kid-8", field, sizeof field);
    field[0] = 3;
    put_seed("puzzle_field", "type-3", field, sizeof field);
}

static void put_request_body(const char *name, const struct request_body *b)
{
    uint8_t body[REQUEST_BODY_MAX];
    size_t n = request_body_encode(body, sizeof body, 0, b);
    put_seed("request_body", name, body, n);
}

/* Every field at its most, but that the whole still is a seed. */
static void fill_request_body(struct request_body *b)
{
    uint64_t end = 0;
    b->flags = REQUEST_FLAGS;
    b->datagram = PACKET_MAX;
    b->proof.count = PROOF_RUNS_MAX;
    for (uint64_t i = 0; i < PROOF_RUNS_MAX; i++) {
        b->proof.runs[i].first = end + 2 + i;
        end = b->proof.runs[i].last = b->proof.runs[i].first + (i ? i : UINT32_MAX);
    }
    b->handle_count = REQUEST_HANDLES_MAX;
    for (int i = 0; i < REQUEST_HANDLES_MAX; i++)
        b->handles[i] =
            (struct request_handle){client->hello + i, i ? HANDLE_BYTES_MIN : HANDLE_BYTES_MAX};
    b->item_count = REQUEST_ITEMS_MAX;
    for (int i = 0; i < REQUEST_ITEMS_MAX; i++)
        b->items[i] = (struct request_item){.first = UINT32_MAX,
                                            .count = REQUEST_ITEM_NUMBERS,
                                            .short_first = i % 2,
                                            .handle = (uint8_t)(i % REQUEST_HANDLES_MAX),
                                            .offset = BODY_BYTES_MAX,
                                            .last = UINT16_MAX};
    b->items[0].handle = HANDLE_OPENED;
    b->call_handle = 3;
    b->call = client->hello;
    b->call_len = 300;
}

static void make_request_bodies(void)
{
    struct request_body b = {.datagram = DATAGRAM_BYTES};
    put_request_body("small", &b);
    b.proof = (struct proof){.count = 2, .runs = {{1, 9}, {11, 300}}};
    put_request_body("proof", &b);
    b.proof.runs[1].first = 10;
    put_request_body("touching", &b);
    b.proof.count = 0;
    b.flags = REQUEST_CALL | REQUEST_RENEW;
    b.call_handle = HANDLE_NONE;
    b.call = client->hello;
    b.call_len = 20;
    b.item_count = 1;
    b.items[0] = (struct request_item){.first = 1, .count = 8, .handle = HANDLE_OPENED, .last = 9};
    put_request_body("open", &b);
    b.flags = 0;
    put_request_body("nothing-opened", &b);
    fill_request_body(&b);
    put_request_body("full", &b);
    b.items[9].offset++;
    put_request_body("offset", &b);
    b.items[9].offset = 0;
    b.items[9].count++;
    put_request_body("count", &b);
    b.items[9].count = 1;
    b.proof.runs[0].last++;
    put_request_body("run", &b);
    b.proof.runs[0].last--;
    b.handles[3].len--;
    put_request_body("handle", &b);
}

/* With shares, and without; lengths at which the box is gone or the packet too short. */
static void make_requests(void)
{
    const uint8_t *bytes = client->hello;
    struct request q = {.continuation = bytes,
                        .nonce = bytes,
                        .shares = {{LEG_SNTRUP, bytes}, {LEG_MCELIECE, bytes + 100}}};
    memset(packet, 0, sizeof packet);
    request_encode(packet, &q);
    put_seed("request", "full", packet, DATAGRAM_BYTES);
    put_seed("request", "least", packet, REQUEST_MIN_BYTES);
    put_seed("request", "short", packet, REQUEST_MIN_BYTES - 1);
    q.share_count = 1;
    request_encode(packet, &q);
    put_seed("request", "one-share", packet, REQUEST_HEADER_BYTES(1) + TAG_BYTES);
    put_seed("request", "one-share-no-tag", packet, REQUEST_HEADER_BYTES(1) + TAG_BYTES - 1);
    q.share_count = 2;
    request_encode(packet, &q);
    put_seed("request", "two-shares", packet, DATAGRAM_BYTES);
    put_seed("request", "two-shares-least", packet, REQUEST_HEADER_BYTES(2) + TAG_BYTES);
    put_seed("request", "two-shares-no-tag", packet, REQUEST_HEADER_BYTES(2) + TAG_BYTES - 1);
    packet[REQUEST_HEADER_BYTES(0) - 1] = 3;
    put_seed("request", "three-shares", packet, DATAGRAM_BYTES);
}

static void put_data_body(const char *name, const struct data_body *b)
{
    uint8_t body[DATA_BODY_MAX];
    size_t n = data_body_encode(body, sizeof body, b);
    put_seed("data_body", name, body, n);
}

static void make_data_bodies(void)
{
    const uint8_t *bytes = client->hello;
    struct data_body b = {.flags = DATA_PULL,
                          .number = UINT32_MAX,
                          .range_nonce = 5,
                          .bytes = bytes,
                          .bytes_len = DATA_CHUNK(DATAGRAM_BYTES),
                          .version = bytes,
                          .handle = bytes,
                          .handle_len = HANDLE_BYTES_MIN,
                          .size = BODY_BYTES_MAX,
                          .continuation = bytes,
                          .transport = bytes};
    put_data_body("full", &b);
    b.bytes_len = 0;
    b.flags = DATA_PULL | DATA_STATUS | DATA_AGING;
    put_data_body("status", &b);
    b.flags = DATA_CONTINUATION;
    put_data_body("renewal", &b);
    b.flags = DATA_CALL;
    put_data_body("answer", &b);
    b.flags = DATA_CALL | DATA_BODY | DATA_CONTINUATION;
    put_data_body("opened", &b);
    b.size++;
    put_data_body("size", &b);
    b.size = 0;
    b.handle_len--;
    put_data_body("handle", &b);
    b.flags = DATA_PULL | DATA_BODY;
    put_data_body("flag", &b);
    b.flags = 0;
    put_data_body("bare", &b);
    put_seed("data_body", "short", bytes, 4);
}

static void make_data(void)
{
    memset(packet, 0, sizeof packet);
    data_encode(packet, &(struct data){.generation = 5, .index = 9, .prefix = client->hello + 22});
    put_seed("data", "full", packet, DATAGRAM_BYTES);
    packet[0] = KIND_DATA_AES;
    put_seed("data", "aes", packet, DATAGRAM_BYTES);
    packet[0] = KIND_DATA;
    put_seed("data", "least", packet, DATA_HEADER_BYTES + TAG_BYTES);
    put_seed("data", "short", packet, DATA_HEADER_BYTES + TAG_BYTES - 1);
}

int main(int argc, char **argv)
{
    checking = argc == 3 && strcmp(argv[1], "check") == 0;
    REQUIRE(argc == 2 || checking);
    folder = argv[argc - 1];
    client = &stage()->accepted;
    memcpy(&server, &stage()->server, sizeof server);
    make_exchange();
    make_continuations();
    make_shares();
    make_handles();
    make_accept_bodies();
    make_puzzles();
    make_request_bodies();
    make_requests();
    make_data_bodies();
    make_data();
    make_session_seeds();
    make_lookup_seeds();
    make_files_seeds();
    make_early_seeds();
    make_resume_seeds();
    return differences != 0;
}
