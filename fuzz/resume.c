/*
 * RESUME: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * One length, one version, 48 names of slow keys.
 */
#include "wire/resume.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct resume v;
    uint8_t again[RESUME_HEADER_BYTES];
    if (resume_decode(&v, data, size) != LETHE_OK)
        return 0;
    resume_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    REQUIRE(v.box + RESUME_BOX_BYTES == data + size);
    REQUIRE(v.parked[0] < SLOW_KID_COUNT);
    fuzz_accepted++;
    return 0;
}
