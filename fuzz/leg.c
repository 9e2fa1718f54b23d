/*
 * LEG: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * A key's name is one of eight.
 */
#include "wire/leg.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct leg v;
    uint8_t again[LEG_HEADER_BYTES];
    if (leg_decode(&v, data, size) != LETHE_OK)
        return 0;
    leg_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.kid < KID_COUNT && v.box + LEG_BOX_BYTES == data + size);
    fuzz_accepted++;
    return 0;
}
