/*
 * Continuations: what opens was sealed by us, and seals to the same bytes again.
 * Of the states that we seal, those open whose transport is in its ranges; the others are refused,
 * and nothing of them stays.
 */
#include "seal/continuation.h"
#include "crypto/aead.h"
#include "stage.h"
#include "target.h"

static void check_transport(const struct transport *t)
{
    REQUIRE(t->base <= INT64_MAX && t->highest >= t->base && t->recovery >= t->base);
    REQUIRE(t->highest - t->base <= UINT32_MAX && t->recovery - t->base <= UINT32_MAX);
    REQUIRE(t->window <= WINDOW_MOST && t->peak <= WINDOW_MOST);
    REQUIRE(t->threshold >= WINDOW_LEAST && t->threshold <= WINDOW_MOST);
    REQUIRE(t->datagram >= DATAGRAM_BYTES && t->datagram <= PACKET_MAX);
    REQUIRE(t->algorithm < ALGORITHMS);
}

static int open_and_seal(const uint8_t c[CONTINUATION_BYTES])
{
    const struct ring *ring = &stage()->server.ring;
    uint8_t again[CONTINUATION_BYTES];
    struct session s, zeros = {0};
    int err = continuation_open(&s, ring, WORLD_MS, c);
    if (err != LETHE_OK) {
        REQUIRE(memcmp(&s, &zeros, sizeof s) == 0);
        return err;
    }
    check_transport(&s.transport);
    continuation_seal(again, &s, ring_find(ring, c[0], WORLD_MS), continuation_nonce(c));
    REQUIRE(memcmp(again, c, sizeof again) == 0);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t c[CONTINUATION_BYTES];
    if (size != sizeof c)
        return 0;
    int err = open_and_seal(data);
    REQUIRE(err == LETHE_OK || err == LETHE_ERR_CRYPTO || err == LETHE_ERR_FORMAT);
    fuzz_accepted += err == LETHE_OK;
    const struct cookie_key *key = ring_sealing(&stage()->server.ring, WORLD_MS);
    memcpy(c, data, sizeof c);
    c[0] = cookie_key_kid(key);
    aead_seal(c + 25, c + 25, SESSION_BYTES, c, 1, c + 1, key->sub[RING_SEAL]);
    err = open_and_seal(c);
    REQUIRE(err == LETHE_OK || err == LETHE_ERR_FORMAT);
    fuzz_accepted += err == LETHE_OK;
    return 0;
}
