/*
 * ACCEPT: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * A key's name is one of eight.
 */
#include "wire/accept.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct accept v;
    uint8_t again[ACCEPT_HEADER_BYTES];
    if (accept_decode(&v, data, size) != LETHE_OK)
        return 0;
    accept_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.box + ACCEPT_BOX_BYTES == data + size);
    fuzz_accepted++;
    return 0;
}
