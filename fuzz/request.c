/*
 * REQUEST: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * Its shares lie before the box, which has room for a tag.
 */
#include "wire/request.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request v;
    uint8_t again[REQUEST_HEADER_BYTES(REQUEST_SHARES_MAX)];
    if (request_decode(&v, data, size) != LETHE_OK)
        return 0;
    REQUIRE(v.share_count <= REQUEST_SHARES_MAX);
    REQUIRE(v.box == data + REQUEST_HEADER_BYTES(v.share_count));
    for (int i = 0; i < v.share_count; i++)
        REQUIRE(v.shares[i].share > data && v.shares[i].share + SHARE_BYTES <= v.box);
    request_encode(again, &v);
    REQUIRE(memcmp(again, data, REQUEST_HEADER_BYTES(v.share_count)) == 0);
    REQUIRE(size >= REQUEST_MIN_BYTES && size <= PACKET_MAX && v.box_len >= TAG_BYTES &&
            v.box + v.box_len == data + size);
    fuzz_accepted++;
    return 0;
}
