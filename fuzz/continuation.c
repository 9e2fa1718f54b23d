/*
 * Continuations: what opens was sealed by us, and seals to the same bytes again.
 * Any state at all opens once we have sealed it: there is none that decoding refuses.
 */
#include "seal/continuation.h"
#include "crypto/aead.h"
#include "stage.h"
#include "target.h"

static void open_and_seal(const uint8_t c[CONTINUATION_BYTES], bool ours)
{
    const struct ring *ring = &stage()->server.ring;
    uint8_t again[CONTINUATION_BYTES];
    struct session s, zeros = {0};
    int err = continuation_open(&s, ring, WORLD_MS, c);
    REQUIRE(err == LETHE_OK || !ours);
    if (err != LETHE_OK) {
        REQUIRE(err == LETHE_ERR_CRYPTO);
        REQUIRE(memcmp(&s, &zeros, sizeof s) == 0);
        return;
    }
    continuation_seal(again, &s, ring_find(ring, c[0], WORLD_MS), continuation_nonce(c));
    REQUIRE(memcmp(again, c, sizeof again) == 0);
    fuzz_accepted += !ours;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t c[CONTINUATION_BYTES];
    if (size != sizeof c)
        return 0;
    open_and_seal(data, false);
    const struct cookie_key *key = ring_sealing(&stage()->server.ring, WORLD_MS);
    memcpy(c, data, sizeof c);
    c[0] = cookie_key_kid(key);
    aead_seal(c + 25, c + 25, SESSION_BYTES, c, 1, c + 1, key->sub[RING_SEAL]);
    open_and_seal(c, true);
    return 0;
}
