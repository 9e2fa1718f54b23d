/*
 * The client's core under answers of a server that has the session's keys and means harm: packets
 * of an input are sealed under the client's own generations, and it is asked for its next ones in
 * between. It stays within its bounds, never sends what it must not, and wakes for something.
 *   (generation 1 | milliseconds 1 | length 2 | body)*
 */
#include "client/client.h"

#include "base/bytes.h"
#include "client/client_request.h"
#include "crypto/aead.h"
#include "stage.h"
#include "target.h"

#define FILE_BYTES 200000

static struct client before, client;
static uint64_t file_size;

static int resize(void *context, uint64_t size)
{
    (void)context;
    file_size = size;
    return size <= BODY_BYTES_MAX ? LETHE_OK : LETHE_ERR_INTERNAL;
}

static int write_file(void *context, uint64_t offset, const uint8_t *p, size_t n)
{
    (void)context;
    REQUIRE(n > 0 && offset <= file_size && n <= file_size - offset);
    REQUIRE(p != NULL);
    return LETHE_OK;
}

static int digest(void *context, uint64_t offset, size_t n, uint8_t digest[FILES_DIGEST_BYTES])
{
    (void)context;
    REQUIRE(offset <= file_size && n <= file_size - offset);
    memset(digest, 0, FILES_DIGEST_BYTES);
    return LETHE_OK;
}

/* What it sends is a packet that a server takes. */
static void go_on(int64_t now_ns)
{
    uint8_t out[PACKET_MAX];
    struct request q;
    size_t n;
    int sent = 0;
    while ((n = client_output(&client, now_ns, out)) > 0) {
        REQUIRE(n <= PACKET_MAX && ++sent < 5000);
        if (out[0] == KIND_REQUEST)
            REQUIRE(request_decode(&q, out, n) == LETHE_OK);
    }
    REQUIRE(client.pull.in_flight <= client.pull.asked - client.pull.settled);
    REQUIRE(client.pull.asked - client.pull.settled < PULL_NUMBERS);
    REQUIRE(client_done(&client) || client_next_ns(&client) > now_ns - PACE_MS);
}

/* A client whose session has just been accepted, and whose first request is out. */
static void make_client(void)
{
    static struct world_server server;
    const uint8_t seed[RNG_SEED_BYTES] = {9};
    const struct client_options options = {.server = &world.public, .give_up_ns = INT64_MAX / 2};
    const struct fetch_store store = {.resize = resize, .write = write_file, .digest = digest};
    uint8_t p[PACKET_MAX], answer[DATAGRAM_BYTES];
    size_t n;
    world_server_start(&server, &stage()->server.ring, 4);
    REQUIRE(client_init(&client, &options, seed, PACE_MS) == LETHE_OK);
    REQUIRE(client_begin(&client, "file", &store, 0) == 0);
    REQUIRE(client_begin(&client, "part", &store, FILE_BYTES) == 1);
    REQUIRE((n = client_output(&client, PACE_MS, p)) == DATAGRAM_BYTES);
    REQUIRE(world_serve(&server, WORLD_MS, p, n, answer, &n) == ANSWERED);
    client_input(&client, 2 * PACE_MS, answer, n);
    REQUIRE(client.caller.open);
    go_on(2 * PACE_MS);
    memcpy(&before, &client, sizeof before);
}

static void input(const uint8_t *body, size_t n, uint8_t generation, uint8_t index, int64_t now_ns)
{
    static uint8_t p[PACKET_MAX];
    const uint8_t prefix[DATA_PREFIX_BYTES] = {generation};
    const struct caller_generation *g = &client.caller.generations[generation];
    const struct data d = {.generation = generation, .index = index, .prefix = prefix};
    struct aead_batch batch;
    data_encode(p, &d);
    aead_batch_init(&batch, g->from_server, prefix);
    aead_batch_seal(&batch, p + DATA_HEADER_BYTES, body, n, p, DATA_HEADER_BYTES, index);
    uint64_t received = client.packets_received;
    client_input(&client, now_ns, p, DATA_HEADER_BYTES + n + TAG_BYTES);
    fuzz_accepted += client.packets_received != received;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t now_ns = 2 * PACE_MS;
    if (!before.caller.open) {
        (void)stage();
        make_client();
    }
    memcpy(&client, &before, sizeof client);
    file_size = 0;
    for (uint8_t i = 0; size >= 4 && i < 64; i++) {
        const uint8_t generation = data[0] % 4 + client.caller.current;
        size_t n = load16(data + 2);
        now_ns += data[1] * PACE_MS;
        data += 4;
        size -= 4;
        n = n < size ? n : size;
        n = n < DATA_BODY_MAX ? n : DATA_BODY_MAX;
        input(data, n, generation, i, now_ns);
        go_on(now_ns);
        data += n;
        size -= n;
    }
    return 0;
}
