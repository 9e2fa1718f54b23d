/*
 * The puzzle field of HELLO: what decodes is encoded to the same bytes, so there is one way to
 * write each solution and each pass.
 */
#include "base/bytes.h"
#include "target.h"
#include "wire/puzzle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct puzzle_field v;
    uint8_t again[PUZZLE_FIELD_BYTES], nonce[PUZZLE_NONCE_BYTES];
    if (size != PUZZLE_FIELD_BYTES || puzzle_field_decode(&v, data) != LETHE_OK)
        return 0;
    puzzle_field_encode(again, &v);
    REQUIRE(memcmp(again, data, sizeof again) == 0);
    if (v.type == PUZZLE_FIELD_SOLUTION) {
        puzzle_nonce_encode(nonce, &v.puzzle);
        REQUIRE(memcmp(nonce, v.nonce, sizeof nonce) == 0);
    }
    fuzz_accepted++;
    return 0;
}
