/*
 * BLOCK: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * No later code asks whether the position is in range.
 */
#include "wire/block.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct block v;
    uint8_t again[BLOCK_HEADER_BYTES];
    if (block_decode(&v, data, size) != LETHE_OK)
        return 0;
    block_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.position < WIRE_BLOCK_COUNT && v.kid < KID_COUNT &&
            v.box + BLOCK_BOX_BYTES == data + size);
    fuzz_accepted++;
    return 0;
}
