/*
 * FOUND: what decodes is encoded to the same bytes, and its length is its index's.
 */
#include "target.h"
#include "wire/lookup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct found v;
    uint8_t again[FOUND_MAX_BYTES];
    if (found_decode(&v, data, size) != LETHE_OK)
        return 0;
    REQUIRE(size <= FOUND_MAX_BYTES && v.bytes + v.len == data + size);
    REQUIRE(found_encode(again, &v) == size && memcmp(again, data, size) == 0);
    fuzz_accepted++;
    return 0;
}
