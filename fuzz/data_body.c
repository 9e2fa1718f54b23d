/*
 * The body of DATA: the same bytes again when encoded, to the last.
 * A continuation is there exactly when its flag is.
 */
#include "target.h"
#include "wire/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct data_body v;
    uint8_t again[4096];
    if (size > sizeof again || data_body_decode(&v, data, size) != LETHE_OK)
        return 0;
    REQUIRE(v.bytes + v.bytes_len == data + size);
    REQUIRE((v.continuation != NULL) == (data[9] == 1));
    REQUIRE(data_body_encode(again, sizeof again, &v) == size);
    REQUIRE(memcmp(again, data, size) == 0);
    REQUIRE(data_body_encode(again, size - 1, &v) == 0);
    fuzz_accepted++;
    return 0;
}
