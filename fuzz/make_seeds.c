/*
 * Makes the seeds: a few valid packets a target and the edges around them, each below 2 KB, the
 * same bytes on every run. `make_seeds DIR` writes DIR/TARGET/NAME; `make_seeds check DIR` says
 * whether what lies there is what would be written.
 */
#include <sys/stat.h>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "seal/continuation.h"
#include "seal/share.h"
#include "stage.h"
#include "target.h"
#include "wire/accept.h"
#include "wire/block.h"
#include "wire/data.h"
#include "wire/finish.h"
#include "wire/leg.h"
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

static void put(const char *target, const char *name, const uint8_t *p, size_t n)
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
    put(target, name, p, n);
    put(target, "short", edge, n - 1);
    put(target, "long", edge, n + 1);
    edge[0] ^= 0x80;
    put(target, "kind", edge, n);
    edge[0] ^= 0x80;
    edge[1] = KID_COUNT;
    put(target, "second-8", edge, n);
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
    put("server", request, packet, n); /* unsealed: the target seals it */
    stage_seal(packet, n);
    put_packet(request, "valid", packet, n);
    char name[64];
    (void)snprintf(name, sizeof name, "%s-sealed", request);
    put("server", name, packet, n);
    REQUIRE(world_serve(&server, WORLD_MS, packet, n, answer, &answer_len) == ANSWERED);
    put_packet(reply, "valid", answer, answer_len);
    put("client", reply, answer, answer_len);
    memset(answer + answer_len - 100 % answer_len, 0xff, 100 % answer_len);
    (void)snprintf(name, sizeof name, "%s-bad", reply);
    put("client", name, answer, answer_len);
}

static void make_exchange(void)
{
    uint8_t block[BLOCK_BODY_BYTES], syndrome[GOPPA_SYNDROME_BYTES] = {1, 2, 3};
    size_t n;
    const uint8_t *hello = stage()->waiting.hello;
    put_packet("hello", "valid", hello, DATAGRAM_BYTES);
    put("server", "hello", hello, DATAGRAM_BYTES);
    REQUIRE(world_serve(&server, WORLD_MS, hello, DATAGRAM_BYTES, answer, &n) == ANSWERED);
    put_packet("accept", "valid", answer, n);
    put("client", "accept", answer, n);
    ask(KIND_LEG, 0, client->leg_pk, sizeof client->leg_pk, "leg", "legged");
    goppa_block(block, world.client_pk, 3);
    ask(KIND_BLOCK, 3, block, sizeof block, "block", "blocked");
    ask(KIND_FINISH, 0, syndrome, sizeof syndrome, "finish", "finished");
    put("server", "nothing", packet, 0);
    put("client", "nothing", packet, 0);
    /* The last position, and the first that there is not. */
    for (uint16_t position = 883; position <= 884; position++) {
        memset(packet, 0, sizeof packet);
        block_encode(packet, &(struct block){.position = position, .m = client->m});
        put("block", position == 883 ? "position-883" : "position-884", packet, BLOCK_PACKET_BYTES);
        memset(packet, 0, sizeof packet);
        blocked_encode(packet, &(struct blocked){.position = position, .nonce = hello + 22});
        put("blocked", position == 883 ? "position-883" : "position-884", packet, BLOCKED_BYTES);
    }
    memset(packet, 0, sizeof packet); /* padding bits of a syndrome */
    packet[0] = KIND_FINISH;
    packet[FINISH_HEADER_BYTES + GOPPA_SYNDROME_BYTES - 1] = 8;
    put("server", "finish-padding", packet, FINISH_PACKET_BYTES);
}

static void make_seals(void)
{
    uint8_t c[CONTINUATION_BYTES], body[ACCEPT_BODY_BYTES];
    uint8_t share[EXCHANGE_ID_BYTES + 1 + SHARE_BYTES] = {0};
    const uint8_t *nonce = client->hello + 22;
    const struct cookie_key *key = ring_sealing(&server.ring, WORLD_MS);
    struct session s = {.legs = 3, .issued_ms = WORLD_MS};
    memcpy(s.m, client->m, sizeof s.m);
    continuation_seal(c, &s, key, nonce);
    put("continuation", "valid", c, sizeof c);
    put("continuation", "short", c, sizeof c - 1);
    c[0] = KID_COUNT;
    put("continuation", "kid-8", c, sizeof c);
    memset(c, 0, sizeof c);
    put("continuation", "zeros", c, sizeof c);
    memcpy(share, client->m, EXCHANGE_ID_BYTES);
    share[EXCHANGE_ID_BYTES] = LEG_MCELIECE;
    share_seal(share + EXCHANGE_ID_BYTES + 1, key, nonce, client->m, LEG_MCELIECE, client->leg_pk,
               client->leg_pk + 32);
    put("share", "valid", share, sizeof share);
    share[EXCHANGE_ID_BYTES] = LEG_SNTRUP;
    put("share", "leg", share, sizeof share);
    share[EXCHANGE_ID_BYTES + 1] = KID_COUNT;
    put("share", "kid-8", share, sizeof share);
    accept_body_encode(body, &(struct accept_body){.k1 = nonce, .continuation = c});
    put("accept_body", "valid", body, sizeof body);
    put("accept_body", "least", body, 146);
    put("accept_body", "short", body, 145);
}

static void put_request_body(const char *name, const struct request_body *b)
{
    uint8_t body[REQUEST_BODY_MAX];
    size_t n = request_body_encode(body, sizeof body, b);
    put("request_body", name, body, n);
}

static void make_request_bodies(void)
{
    const uint8_t *bytes = client->hello; /* any bytes */
    struct request_body b = {
        .op = OP_READ, .version = bytes, .length = 1024, .path = bytes, .path_len = 0};
    put_request_body("small", &b);
    b.renew = true;
    b.offset = (uint64_t)INT64_MAX - PIECE_BYTES;
    b.length = PIECE_BYTES;
    b.path_len = REQUEST_PATH_MAX;
    put_request_body("full", &b);
    b.offset++;
    put_request_body("offset", &b);
    b.offset = 0;
    b.length++;
    put_request_body("length", &b);
    b.length = 0;
    b.path_len++;
    put_request_body("path", &b);

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
    put("request", "full", packet, DATAGRAM_BYTES);
    put("request", "least", packet, REQUEST_MIN_BYTES);
    put("request", "short", packet, REQUEST_MIN_BYTES - 1);
    q.share_count = 1;
    request_encode(packet, &q);
    put("request", "one-share", packet, REQUEST_HEADER_BYTES(1) + TAG_BYTES);
    put("request", "one-share-no-tag", packet, REQUEST_HEADER_BYTES(1) + TAG_BYTES - 1);
    q.share_count = 2;
    request_encode(packet, &q);
    put("request", "two-shares", packet, DATAGRAM_BYTES);
    put("request", "two-shares-least", packet, REQUEST_HEADER_BYTES(2) + TAG_BYTES);
    put("request", "two-shares-no-tag", packet, REQUEST_HEADER_BYTES(2) + TAG_BYTES - 1);
    packet[REQUEST_HEADER_BYTES(0) - 1] = 3;
    put("request", "three-shares", packet, DATAGRAM_BYTES);
}

static void make_data(void)
{
    const uint8_t *bytes = client->hello;
    uint8_t body[DATA_BODY_MAX];
    struct data_body b = {.id = 7,
                          .version = bytes,
                          .size = 1 << 20,
                          .bytes = bytes,
                          .bytes_len = DATA_CHUNK_BYTES,
                          .continuation = bytes};
    put("data_body", "full", body, data_body_encode(body, sizeof body, &b));
    b.bytes_len = 0;
    put("data_body", "renewal", body, data_body_encode(body, sizeof body, &b));
    b.continuation = NULL;
    size_t n = data_body_encode(body, sizeof body, &b);
    put("data_body", "bare", body, n);
    put("data_body", "short", body, n - 1);
    body[9] = 2;
    put("data_body", "flag", body, n);
    memset(packet, 0, sizeof packet);
    data_encode(packet, &(struct data){.generation = 5, .nonce = bytes});
    put("data", "full", packet, DATAGRAM_BYTES);
    put("data", "least", packet, DATA_HEADER_BYTES + TAG_BYTES);
    put("data", "short", packet, DATA_HEADER_BYTES + TAG_BYTES - 1);
}

int main(int argc, char **argv)
{
    checking = argc == 3 && strcmp(argv[1], "check") == 0;
    REQUIRE(argc == 2 || checking);
    folder = argv[argc - 1];
    client = &stage()->accepted;
    memcpy(&server, &stage()->server, sizeof server);
    make_exchange();
    make_seals();
    make_request_bodies();
    make_requests();
    make_data();
    return differences != 0;
}
