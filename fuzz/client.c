/*
 * The client's answers: bytes of a stranger change nothing unless they are the server's own; sealed
 * as a bad server would, they may, and the client stays within its bounds.
 */
#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/dh.h"
#include "stage.h"
#include "target.h"
#include "wire/accept.h"

static struct kex_client client;

static int input(const struct kex_client *from, const uint8_t *p, size_t n)
{
    memcpy(&client, from, sizeof client);
    int err = kex_client_input(&client, 2000 * PACE_MS, p, n);
    REQUIRE(err == LETHE_OK || err == LETHE_ERR_FORMAT || err == LETHE_ERR_CRYPTO);
    if (err != LETHE_OK)
        REQUIRE(memcmp(&client, from, sizeof client) == 0);
    else if (memcmp(&client, from, sizeof client) != 0)
        fuzz_accepted++;
    REQUIRE(client.blocks_answered <= BLOCK_COUNT);
    REQUIRE(goppa_syndrome_canonical(client.syndrome));
    REQUIRE(client.pace.in_flight <= STAGE_BLOCKS);
    return err;
}

/* Every next packet is one that there is, and the client is not kept busy. */
static void go_on(void)
{
    uint8_t out[DATAGRAM_BYTES];
    size_t header, n;
    int sent = 0;
    while ((n = kex_client_output(&client, 2000 * PACE_MS, out)) > 0) {
        REQUIRE(stage_shape(out[0], &header) == n);
        REQUIRE(++sent < 2 * BLOCK_COUNT);
    }
    REQUIRE(kex_client_next_ns(&client) > 2000 * PACE_MS);
}

/* ACCEPT from who has the server's long-term keys: any S', any body. */
static void input_sealed_accept(const uint8_t *data, size_t size)
{
    uint8_t p[DATAGRAM_BYTES], dh[32], ka[32], key[32], nonce[NONCE_BYTES];
    struct accept a;
    if (accept_decode(&a, data, size) != LETHE_OK)
        return;
    memcpy(p, data, size);
    int low = dh_shared(dh, a.server, stage()->waiting.dh_secret);
    schedule_accept(ka, stage()->waiting.kh0, dh);
    schedule_accept_box(key, ka);
    schedule_accept_nonce(nonce, a.m);
    aead_seal(p + ACCEPT_HEADER_BYTES, p + ACCEPT_HEADER_BYTES, ACCEPT_BODY_BYTES, p,
              ACCEPT_HEADER_BYTES, nonce, key);
    struct accept_body b;
    struct transport t;
    int expected = LETHE_ERR_CRYPTO;
    if (!low)
        expected = accept_body_decode(&b, data + ACCEPT_HEADER_BYTES, ACCEPT_BODY_BYTES);
    if (expected == LETHE_OK)
        expected = transport_decode(&t, b.transport);
    REQUIRE(input(&stage()->waiting, p, size) == expected);
    REQUIRE(client.accepted == (expected == LETHE_OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t header;
    (void)input(&stage()->waiting, data, size);
    (void)input(&stage()->accepted, data, size);
    go_on();
    if (size == 0 || stage_shape(data[0], &header) != size)
        return 0;
    if (data[0] == KIND_ACCEPT) {
        input_sealed_accept(data, size);
    } else if (data[0] == KIND_LEGGED || data[0] == KIND_BLOCKED || data[0] == KIND_FINISHED) {
        uint8_t p[DATAGRAM_BYTES];
        memcpy(p, data, size);
        stage_seal(p, size);
        int err = input(&stage()->accepted, p, size);
        REQUIRE(err == LETHE_OK || data[0] != KIND_LEGGED);
        go_on();
    }
    return 0;
}
