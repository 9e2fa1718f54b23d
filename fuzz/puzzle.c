/*
 * PUZZLE: what decodes is encoded to the same bytes, and every pointer stays inside the packet.
 * Its bits are those of n', and as many of the hint are zero.
 */
#include "wire/puzzle.h"
#include "base/bytes.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct puzzle v;
    struct puzzle_nonce nonce;
    uint8_t again[PUZZLE_BYTES];
    if (puzzle_decode(&v, data, size) != LETHE_OK)
        return 0;
    puzzle_encode(again, &v);
    REQUIRE(size == sizeof again && memcmp(again, data, size) == 0);
    REQUIRE(v.hint + PUZZLE_ANSWER_BYTES == data + size);
    REQUIRE(puzzle_nonce_decode(&nonce, v.nonce) == LETHE_OK && nonce.bits == v.bits);
    REQUIRE(v.bits == 0 || load32(v.hint) << (32 - v.bits) == 0);
    fuzz_accepted++;
    return 0;
}
