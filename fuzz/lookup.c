/*
 * LOOKUP: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * The mac is the caller's: its place is checked.
 */
#include "wire/lookup.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lookup v;
    uint8_t again[LOOKUP_MAC_AT];
    if (lookup_decode(&v, data, size) != LETHE_OK)
        return 0;
    lookup_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.mac + LOOKUP_MAC_BYTES == data + size && lookup_length(v.index) > 0);
    REQUIRE(FOUND_HEADER_BYTES + lookup_length(v.index) <= size);
    fuzz_accepted++;
    return 0;
}
