/*
 * Classic McEliece 6960119 encapsulation taken apart (McTiny sections 3 and 5).
 *
 * The syndrome of a weight-119 error e is c = (I | T) e. T, the public key, has 1547 rows of 677
 * bytes (5413 bits, little-endian, 3 zero padding bits). A block is 7 rows by 1360 columns of T
 * (170 bytes a row; the last of the 4 column blocks has 1333 columns, zero-padded), so that
 * 221 x 4 blocks cover T. XORing the partial products of a row group's 4 blocks and the
 * identity part of e gives 7 bits of c. All functions are constant time in e.
 */
#ifndef CRYPTO_GOPPA_H
#define CRYPTO_GOPPA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GOPPA_N              6960
#define GOPPA_WEIGHT         119
#define GOPPA_ROWS           1547 /* also the bits of a syndrome */
#define GOPPA_COLS           5413 /* columns of T */
#define GOPPA_ROW_BYTES      677
#define GOPPA_ERROR_BYTES    870
#define GOPPA_SYNDROME_BYTES 194

#define BLOCK_ROWS           7
#define BLOCK_COL_BYTES      170
#define BLOCK_BYTES          1190 /* BLOCK_ROWS * BLOCK_COL_BYTES */
#define BLOCK_ROW_GROUPS     221
#define BLOCK_COL_GROUPS     4
#define BLOCK_COUNT          884 /* position = row group * 4 + column group */

/* Where the ones of e are: 119 positions below GOPPA_N, in the order drawn. Secret. */
struct goppa_error {
    uint16_t at[GOPPA_WEIGHT];
};

/* Expands a 32-byte seed: 119 32-bit words w of ChaCha20 stream, each giving floor(w * 6960 /
 * 2^32). Any set of positions is at most (1 + 6960 / 2^32)^119 < 1.0002 times as likely as under
 * the uniform distribution. Returns false, in constant time, when two positions coincide (about 64
 * % of seeds): draw another seed. */
bool goppa_error_expand(struct goppa_error *e, const uint8_t seed[32]);

/* e as 6960 bits (Classic McEliece order: identity part first). */
void goppa_error_bits(uint8_t out[GOPPA_ERROR_BYTES], const struct goppa_error *e);

/* The part of e that a column group (0..3) multiplies, as 1360 bits. */
void goppa_error_columns(uint8_t out[BLOCK_COL_BYTES], const struct goppa_error *e, int col_group);

/* Copies block `position` out of a whole public key (client side). */
void goppa_block(uint8_t out[BLOCK_BYTES], const uint8_t *pk, int position);

/* The 7 partial bits, bit r for row r, of a block and columns from goppa_error_columns. */
uint8_t goppa_block_product(const uint8_t block[BLOCK_BYTES],
                            const uint8_t columns[BLOCK_COL_BYTES]);

/* XORs 7 bits into the row group's place of a syndrome (zero it first). */
void goppa_syndrome_add(uint8_t syndrome[GOPPA_SYNDROME_BYTES], int row_group, uint8_t bits);

/* XORs the identity part of e (its positions below 1547) into a syndrome. */
void goppa_syndrome_add_identity(uint8_t syndrome[GOPPA_SYNDROME_BYTES],
                                 const struct goppa_error *e);

/* True when the 5 padding bits of a syndrome are zero. */
bool goppa_syndrome_canonical(const uint8_t syndrome[GOPPA_SYNDROME_BYTES]);

/* The Classic McEliece session key SHAKE256(1 | e | c). */
void goppa_session_key(uint8_t key[32], const struct goppa_error *e,
                       const uint8_t syndrome[GOPPA_SYNDROME_BYTES]);

#endif
