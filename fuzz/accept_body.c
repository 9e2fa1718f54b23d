/*
 * The body of ACCEPT: what decodes is encoded to the same bytes, and zeros after them.
 * A longer body is allowed: that is the early answer's room.
 */
#include "base/bytes.h"
#include "target.h"
#include "wire/accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct accept_body v;
    uint8_t again[ACCEPT_BODY_BYTES];
    const size_t used = ACCEPT_KEY_BYTES + CONTINUATION_BYTES + TRANSPORT_BYTES + ACCEPT_PASS_BYTES;
    if (accept_body_decode(&v, data, size) != LETHE_OK)
        return 0;
    REQUIRE(size >= used);
    accept_body_encode(again, &v);
    REQUIRE(memcmp(again, data, used) == 0);
    REQUIRE(bytes_are_zero(again + used, sizeof again - used));
    fuzz_accepted++;
    return 0;
}
