/*
 * HELLO: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * The mac and the box are the caller's: their places are checked.
 */
#include "wire/hello.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hello v;
    uint8_t again[HELLO_MAC_AT];
    if (hello_decode(&v, data, size) != LETHE_OK)
        return 0;
    hello_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.mac == data + HELLO_MAC_AT && v.box + HELLO_BOX_BYTES == data + size);
    fuzz_accepted++;
    return 0;
}
