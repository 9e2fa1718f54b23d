/*
 * The public key in blocks, their partial products and the syndrome that these add up to.
 * A row's product is the parity of (row AND columns): 64-bit words are folded together by XOR
 * and only the last word's parity is taken, so no bit of the columns steers anything.
 */
#include "crypto/goppa.h"

#include "base/bytes.h"
#include "crypto/hash.h"

enum { WORDS = BLOCK_COL_BYTES / 8, REST = BLOCK_COL_BYTES % 8 }; /* 21 words and 2 bytes */

static uint64_t word(const uint8_t *p)
{
    uint64_t v; /* any byte order will do: parity does not see it */
    memcpy(&v, p, sizeof v);
    return v;
}

/* Folded to the last bit, with no constant to shift: gcc 14 makes a table of one and indexes it. */
static uint8_t parity(uint64_t v)
{
    v ^= v >> 32;
    v ^= v >> 16;
    v ^= v >> 8;
    v ^= v >> 4;
    v ^= v >> 2;
    v ^= v >> 1;
    return (uint8_t)(v & 1);
}

void goppa_block(uint8_t out[BLOCK_BYTES], const uint8_t *pk, int position)
{
    size_t row = (size_t)position / BLOCK_COL_GROUPS * BLOCK_ROWS;
    size_t start = (size_t)position % BLOCK_COL_GROUPS * BLOCK_COL_BYTES;
    size_t left = GOPPA_ROW_BYTES - start;
    size_t n = left < BLOCK_COL_BYTES ? left : BLOCK_COL_BYTES;
    memset(out, 0, BLOCK_BYTES);
    for (size_t r = 0; r < BLOCK_ROWS; r++)
        memcpy(out + r * BLOCK_COL_BYTES, pk + (row + r) * GOPPA_ROW_BYTES + start, n);
}

uint8_t goppa_block_product(const uint8_t block[BLOCK_BYTES],
                            const uint8_t columns[BLOCK_COL_BYTES])
{
    uint8_t bits = 0;
    for (size_t r = 0; r < BLOCK_ROWS; r++) {
        const uint8_t *row = block + r * BLOCK_COL_BYTES;
        uint64_t sum = 0;
        for (size_t i = 0; i < WORDS; i++)
            sum ^= word(row + 8 * i) & word(columns + 8 * i);
        sum ^= (uint64_t)(load16(row + 8 * WORDS) & load16(columns + 8 * WORDS));
        bits |= (uint8_t)(parity(sum) << r);
    }
    return bits;
}

void goppa_syndrome_add(uint8_t syndrome[GOPPA_SYNDROME_BYTES], int row_group, uint8_t bits)
{
    size_t at = (size_t)row_group * BLOCK_ROWS;
    unsigned shifted = (bits & 0x7fu) << at % 8;
    syndrome[at / 8] ^= (uint8_t)shifted;
    syndrome[at / 8 + 1] ^= (uint8_t)(shifted >> 8);
}

bool goppa_syndrome_canonical(const uint8_t syndrome[GOPPA_SYNDROME_BYTES])
{
    return syndrome[GOPPA_SYNDROME_BYTES - 1] >> GOPPA_ROWS % 8 == 0;
}

void goppa_session_key(uint8_t key[32], const struct goppa_error *e,
                       const uint8_t syndrome[GOPPA_SYNDROME_BYTES])
{
    uint8_t in[1 + GOPPA_ERROR_BYTES + GOPPA_SYNDROME_BYTES] = {1};
    goppa_error_bits(in + 1, e);
    memcpy(in + 1 + GOPPA_ERROR_BYTES, syndrome, GOPPA_SYNDROME_BYTES);
    shake256(key, 32, in, sizeof in);
    wipe(in, sizeof in);
}
