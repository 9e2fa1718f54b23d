/*
 * The server's five steps: bytes of a stranger, and the same bytes as a peer with the keys would
 * seal them. No answer is ever longer than its packet (world_serve sees to that).
 */
#include "base/bytes.h"
#include "stage.h"
#include "target.h"

static struct world_server server;

static enum verdict serve(const uint8_t *p, size_t n)
{
    uint8_t out[DATAGRAM_BYTES];
    size_t out_len;
    enum verdict v = world_serve(&server, WORLD_MS, p, n, out, &out_len);
    REQUIRE(v >= ANSWERED && v < VERDICTS);
    fuzz_accepted += v == ANSWERED;
    if (v == ANSWERED && (p[0] == KIND_LEG || p[0] == KIND_FINISH))
        filter_init(&server.filter, server.filter.key);
    if (v == ANSWERED && p[0] == KIND_RESUME)
        resumed_init(&server.resumed, stage()->server.resumed.key);
    return v;
}

/* Who knows the fingerprint gets as far as the box, and no further. */
static void serve_with_mac(const uint8_t *data, size_t size)
{
    uint8_t p[DATAGRAM_BYTES];
    memcpy(p, data, size);
    memcpy(p + 2, world.identity.ltid, HELLO_ID_BYTES);
    schedule_hello_mac(p + HELLO_MAC_AT, world.identity.fingerprint, p);
    enum verdict v = serve(p, size);
    bool honest = memcmp(p, stage()->waiting.hello, DATAGRAM_BYTES) == 0;
    REQUIRE(honest ? v == ANSWERED
                   : v == DROP_FORMAT || v == DROP_DH || v == DROP_DECAP || v == DROP_HELLO_BOX);
}

static void serve_sealed(const uint8_t *data, size_t size)
{
    uint8_t p[DATAGRAM_BYTES];
    memcpy(p, data, size);
    stage_seal(p, size);
    enum verdict v = serve(p, size);
    if (p[0] == KIND_LEG)
        REQUIRE(v == (p[2] == LEG_SNTRUP ? ANSWERED : DROP_LEG));
    else if (p[0] == KIND_BLOCK)
        REQUIRE(v == (load16(p + 2) < BLOCK_COUNT ? ANSWERED : DROP_FORMAT));
    else
        REQUIRE(v == ANSWERED || v == DROP_SYNDROME);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t header;
    if (!server.ring.life_ms)
        memcpy(&server, &stage()->server, sizeof server);
    server.rng = stage()->server.rng;
    serve(data, size);
    if (size == 0 || stage_shape(data[0], &header) != size)
        return 0;
    if (data[0] == KIND_HELLO)
        serve_with_mac(data, size);
    else if (data[0] == KIND_LEG || data[0] == KIND_BLOCK || data[0] == KIND_FINISH)
        serve_sealed(data, size);
    return 0;
}
