/*
 * DATA: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * Its box has room for a tag.
 */
#include "wire/data.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct data v;
    uint8_t again[DATA_HEADER_BYTES];
    if (data_decode(&v, data, size) != LETHE_OK)
        return 0;
    REQUIRE(v.aes == (data[0] == KIND_DATA_AES));
    data_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(size <= PACKET_MAX && v.box_len >= TAG_BYTES && v.box + v.box_len == data + size);
    fuzz_accepted++;
    return 0;
}
