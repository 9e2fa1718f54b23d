/*
 * The early answer in ACCEPT's body: what decodes is encoded to the same bytes, and zeros after
 * them.
 */
#include "target.h"
#include "wire/early.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct early_answer v, w;
    uint8_t again[ACCEPT_EARLY_BYTES];
    if (early_answer_decode(&v, data, size) != LETHE_OK)
        return 0;
    early_answer_encode(again, &v);
    if (size > ACCEPT_EARLY_BYTES)
        return 0;
    REQUIRE(early_answer_decode(&w, again, sizeof again) == LETHE_OK);
    REQUIRE(w.outcome == v.outcome && w.least == v.least && w.has_body == v.has_body);
    REQUIRE(w.bytes_len == v.bytes_len && w.handle_len == v.handle_len && w.size == v.size);
    REQUIRE(w.first_len == v.first_len &&
            (v.first_len == 0 || memcmp(w.first, v.first, v.first_len) == 0));
    fuzz_accepted++;
    return 0;
}
