/*
 * Shares: what opens was sealed by us, for this exchange and leg, and seals to the same bytes
 * again. The first 17 bytes of an input are the exchange and the leg that are asked about.
 */
#include "seal/share.h"
#include "base/bytes.h"
#include "stage.h"
#include "target.h"

/* What is sealed opens, for its own exchange and leg only. */
static void seal_and_open(const uint8_t *m, uint8_t leg, const uint8_t *share)
{
    const struct ring *ring = &stage()->server.ring;
    uint8_t secret[32], hash[32], sealed[SHARE_BYTES], other[EXCHANGE_ID_BYTES];
    share_seal(sealed, ring_sealing(ring, WORLD_MS), share + 1, m, leg, share + 25, share + 57);
    REQUIRE(share_open(secret, hash, ring, WORLD_MS, m, leg, sealed) == LETHE_OK);
    REQUIRE(memcmp(secret, share + 25, 32) == 0 && memcmp(hash, share + 57, 32) == 0);
    REQUIRE(share_open(secret, hash, ring, WORLD_MS, m, leg ^ 1, sealed) == LETHE_ERR_CRYPTO);
    memcpy(other, m, sizeof other);
    other[leg % sizeof other] ^= 1;
    REQUIRE(share_open(secret, hash, ring, WORLD_MS, other, leg, sealed) == LETHE_ERR_CRYPTO);
}

/* What opens seals to the same bytes again. */
static void open_and_seal(const uint8_t *m, uint8_t leg, const uint8_t *share)
{
    const struct ring *ring = &stage()->server.ring;
    uint8_t secret[32], hash[32], again[SHARE_BYTES];
    int err = share_open(secret, hash, ring, WORLD_MS, m, leg, share);
    if (err != LETHE_OK) {
        REQUIRE(err == LETHE_ERR_CRYPTO);
        REQUIRE(bytes_are_zero(secret, 32) && bytes_are_zero(hash, 32));
        return;
    }
    share_seal(again, ring_find(ring, share[0], WORLD_MS), share + 1, m, leg, secret, hash);
    REQUIRE(memcmp(again, share, sizeof again) == 0);
    fuzz_accepted++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *share = data + EXCHANGE_ID_BYTES + 1;
    if (size != EXCHANGE_ID_BYTES + 1 + SHARE_BYTES)
        return 0;
    open_and_seal(data, data[EXCHANGE_ID_BYTES], share);
    seal_and_open(data, data[EXCHANGE_ID_BYTES], share);
    return 0;
}
