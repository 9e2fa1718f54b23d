/*
 * FINISH's answer: what decodes is encoded to the same bytes, and every pointer stays inside the
 * packet. One length, one kind.
 */
#include "target.h"
#include "wire/finish.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct finished v;
    uint8_t again[FINISHED_HEADER_BYTES];
    if (finished_decode(&v, data, size) != LETHE_OK)
        return 0;
    finished_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.box + FINISHED_BOX_BYTES == data + size);
    fuzz_accepted++;
    return 0;
}
