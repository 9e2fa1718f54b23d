/*
 * The error vector: drawn from a seed, and laid out as bits where a caller needs them.
 * Every position is compared with every 16-bit lane, eight lanes at a time, because a store at
 * an address that a position chooses would tell a cache which one.
 */
#include "base/bytes.h"
#include "crypto/goppa.h"
#include "crypto/stream.h"

enum {
    LANES = 8,                     /* 16-bit lanes in a vector: SSE2 and NEON have these */
    REACH = (GOPPA_WEIGHT - 1) / 2 /* 59: distances around a circle of 119 positions */
};

typedef uint16_t vec __attribute__((vector_size(2 * LANES)));

static vec load(const uint16_t *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Whether any two of at[] are equal. Laid around a circle, each of the 7021 pairs lies at a
 * distance of 1 to 59 exactly once, which needs no index that wraps. */
static bool any_coincide(const uint16_t at[GOPPA_WEIGHT])
{
    uint16_t circle[GOPPA_WEIGHT + 1 + REACH];
    for (size_t i = 0; i < GOPPA_WEIGHT; i++)
        circle[i] = at[i];
    for (size_t i = 0; i < 1 + REACH; i++)
        circle[GOPPA_WEIGHT + i] = at[i];
    vec same = {0};
    for (size_t i = 0; i < GOPPA_WEIGHT + 1; i += LANES) {
        vec here = load(circle + i);
        for (size_t d = 1; d <= REACH; d++)
            same |= (vec)(here == load(circle + i + d));
    }
    wipe(circle, sizeof circle);
    return !bytes_are_zero(&same, sizeof same);
}

bool goppa_error_expand(struct goppa_error *e, const uint8_t seed[32])
{
    uint8_t stream[512]; /* 476 are used; whole blocks of libsodium's widest loop are faster */
    stream_fill(stream, sizeof stream, seed);
    for (size_t i = 0; i < GOPPA_WEIGHT; i++)
        e->at[i] = (uint16_t)((uint64_t)load32(stream + 4 * i) * GOPPA_N >> 32);
    wipe(stream, sizeof stream);
    return !any_coincide(e->at);
}

/* Writes nbytes of bits, the bit at[i] - base set for every i for which they hold one. Positions
 * below base wrap to lanes of 3744 and more, which are past every caller's end. */
static inline void scatter(uint8_t *out, size_t nbytes, const uint16_t at[GOPPA_WEIGHT],
                           unsigned base)
{
    static const vec number = {0, 1, 2, 3, 4, 5, 6, 7};
    struct {
        vec lane, bit;
    } one[GOPPA_WEIGHT];
    for (size_t i = 0; i < GOPPA_WEIGHT; i++) {
        uint16_t p = (uint16_t)(at[i] - base);
        one[i].lane = (uint16_t)(p >> 4) - number;
        one[i].bit = (uint16_t)(1u << (p & 15)) - (vec){0};
    }
    for (size_t j = 0; j < nbytes / 2; j += LANES) {
        vec sum = {0}, first = (uint16_t)j - (vec){0};
        for (size_t i = 0; i < GOPPA_WEIGHT; i++)
            sum |= (vec)(one[i].lane == first) & one[i].bit;
        for (size_t k = 0; k < LANES && j + k < nbytes / 2; k++)
            store16(out + 2 * (j + k), sum[k]);
    }
    wipe(one, sizeof one);
}

void goppa_error_bits(uint8_t out[GOPPA_ERROR_BYTES], const struct goppa_error *e)
{
    scatter(out, GOPPA_ERROR_BYTES, e->at, 0);
}

void goppa_error_columns(uint8_t out[BLOCK_COL_BYTES], const struct goppa_error *e, int col_group)
{
    scatter(out, BLOCK_COL_BYTES, e->at, GOPPA_ROWS + (unsigned)col_group * BLOCK_COL_BYTES * 8);
}

void goppa_syndrome_add_identity(uint8_t syndrome[GOPPA_SYNDROME_BYTES],
                                 const struct goppa_error *e)
{
    uint8_t part[GOPPA_SYNDROME_BYTES];
    scatter(part, sizeof part, e->at, 0);
    part[sizeof part - 1] &= (1u << GOPPA_ROWS % 8) - 1; /* columns start in the last byte */
    for (size_t i = 0; i < sizeof part; i++)
        syndrome[i] ^= part[i];
    wipe(part, sizeof part);
}
