/*
 * REQUEST: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * Its box has room for a tag.
 */
#include "wire/request.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request v;
    uint8_t again[REQUEST_HEADER_BYTES];
    if (request_decode(&v, data, size) != LETHE_OK)
        return 0;
    request_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(size >= REQUEST_MIN_BYTES && size <= DATAGRAM_BYTES && v.box_len >= TAG_BYTES &&
            v.box + v.box_len == data + size);
    fuzz_accepted++;
    return 0;
}
