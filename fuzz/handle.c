/*
 * Handles: what opens was sealed by us, for this session, and seals to the same bytes again.
 * The first 16 bytes of an input are the session that is asked about.
 */
#include "seal/handle.h"
#include "base/bytes.h"
#include "stage.h"
#include "target.h"

/* What is sealed opens, in its own session and at its own length only. */
static void seal_and_open(const uint8_t *m, const uint8_t *p, size_t n)
{
    const struct ring *ring = &stage()->server.ring;
    uint8_t sealed[HANDLE_BYTES_MAX + 1], other[EXCHANGE_ID_BYTES];
    struct handle h = {.size = load64(p + 25), .state_len = n - HANDLE_BYTES_MIN}, got;
    memcpy(h.state, p + 33, h.state_len);
    size_t len = handle_seal(sealed, &h, m, ring_sealing(ring, WORLD_MS), p + 1);
    REQUIRE(len == n);
    sealed[len] = 0;
    REQUIRE(handle_open(&got, m, ring, WORLD_MS, sealed, len) == LETHE_OK);
    REQUIRE(got.size == h.size && got.state_len == h.state_len);
    REQUIRE(memcmp(got.state, h.state, h.state_len) == 0);
    REQUIRE(handle_open(&got, m, ring, WORLD_MS, sealed, len - 1) == LETHE_ERR_CRYPTO);
    REQUIRE(handle_open(&got, m, ring, WORLD_MS, sealed, len + 1) == LETHE_ERR_CRYPTO);
    memcpy(other, m, sizeof other);
    other[p[0] % sizeof other] ^= 1;
    REQUIRE(handle_open(&got, other, ring, WORLD_MS, sealed, len) == LETHE_ERR_CRYPTO);
}

/* What opens seals to the same bytes again; what does not leaves nothing. */
static void open_and_seal(const uint8_t *m, const uint8_t *p, size_t n)
{
    const struct ring *ring = &stage()->server.ring;
    uint8_t again[HANDLE_BYTES_MAX];
    struct handle h = {0}, zeros = {0};
    int err = handle_open(&h, m, ring, WORLD_MS, p, n);
    if (err != LETHE_OK) {
        REQUIRE(err == LETHE_ERR_CRYPTO);
        REQUIRE(memcmp(&h, &zeros, sizeof h) == 0);
        return;
    }
    REQUIRE(handle_seal(again, &h, m, ring_find(ring, p[0], WORLD_MS), p + 1) == n);
    REQUIRE(memcmp(again, p, n) == 0);
    fuzz_accepted++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < EXCHANGE_ID_BYTES)
        return 0;
    const uint8_t *p = data + EXCHANGE_ID_BYTES;
    size_t n = size - EXCHANGE_ID_BYTES;
    open_and_seal(data, p, n);
    if (n >= HANDLE_BYTES_MIN && n <= HANDLE_BYTES_MAX)
        seal_and_open(data, p, n);
    return 0;
}
