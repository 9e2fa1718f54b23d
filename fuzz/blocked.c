/*
 * BLOCK's answer: what decodes is encoded to the same bytes, and every pointer stays inside the
 * packet. No later code asks whether the position is in range.
 */
#include "target.h"
#include "wire/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blocked v;
    uint8_t again[BLOCKED_HEADER_BYTES];
    if (blocked_decode(&v, data, size) != LETHE_OK)
        return 0;
    blocked_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.position < WIRE_BLOCK_COUNT && v.box + BLOCKED_BOX_BYTES == data + size);
    fuzz_accepted++;
    return 0;
}
