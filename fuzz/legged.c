/*
 * LEG's answer: what decodes is encoded to the same bytes, and every pointer stays inside the
 * packet. One length, one kind.
 */
#include "target.h"
#include "wire/leg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct legged v;
    uint8_t again[LEGGED_HEADER_BYTES];
    if (legged_decode(&v, data, size) != LETHE_OK)
        return 0;
    legged_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.box + LEGGED_BOX_BYTES == data + size);
    fuzz_accepted++;
    return 0;
}
