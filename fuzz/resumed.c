/*
 * RESUME's answer, and the body of its box: what decodes is encoded to the same bytes, and every
 * pointer stays inside. One length each, which tells them apart.
 */
#include "target.h"
#include "wire/resume.h"

static void try_body(const uint8_t *data, size_t size)
{
    struct resumed_body v;
    uint8_t again[RESUMED_BODY_BYTES];
    if (resumed_body_decode(&v, data, size) != LETHE_OK)
        return;
    resumed_body_encode(again, &v);
    REQUIRE(size == sizeof again && memcmp(again, data, size) == 0);
    REQUIRE(v.transport + TRANSPORT_BYTES == data + size);
    fuzz_accepted++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct resumed_answer v;
    uint8_t again[RESUMED_HEADER_BYTES];
    try_body(data, size);
    if (resumed_decode(&v, data, size) != LETHE_OK)
        return 0;
    resumed_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.box + RESUMED_BOX_BYTES == data + size);
    REQUIRE(v.kid < KID_COUNT);
    fuzz_accepted++;
    return 0;
}
