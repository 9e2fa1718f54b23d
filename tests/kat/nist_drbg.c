/*
 * AES-256 (FIPS 197) in its plainest form, and the counter generator around it.
 * It indexes tables by its state, so it is for tests with public seeds only.
 */
#include "kat/nist_drbg.h"

#include <string.h>

static uint8_t twice(uint8_t a)
{
    return (uint8_t)(a << 1 ^ (a >> 7) * 0x1b);
}

static uint8_t times(uint8_t a, uint8_t b)
{
    uint8_t sum = 0;
    for (; b; b >>= 1, a = twice(a))
        if (b & 1)
            sum ^= a;
    return sum;
}

static uint8_t sbox(uint8_t a)
{
    uint8_t inverse = 1; /* a^254 */
    for (int i = 0; i < 254; i++)
        inverse = times(inverse, a);
    uint8_t s = 0x63;
    for (int i = 0; i < 5; i++)
        s ^= (uint8_t)(inverse << i | inverse >> (8 - i));
    return s;
}

static const uint8_t *sboxes(void)
{
    static uint8_t table[256];
    if (table[0] == 0)
        for (int i = 0; i < 256; i++)
            table[i] = sbox((uint8_t)i);
    return table;
}

static void expand(uint8_t round_keys[240], const uint8_t key[32])
{
    const uint8_t *s = sboxes();
    uint8_t rcon = 1;
    memcpy(round_keys, key, 32);
    for (int i = 32; i < 240; i += 4) {
        uint8_t t[4];
        memcpy(t, round_keys + i - 4, 4);
        if (i % 32 == 0) {
            uint8_t first = t[0];
            t[0] = s[t[1]] ^ rcon;
            t[1] = s[t[2]];
            t[2] = s[t[3]];
            t[3] = s[first];
            rcon = twice(rcon);
        } else if (i % 32 == 16) {
            for (int k = 0; k < 4; k++)
                t[k] = s[t[k]];
        }
        for (int k = 0; k < 4; k++)
            round_keys[i + k] = round_keys[i + k - 32] ^ t[k];
    }
}

static void mix_columns(uint8_t x[16])
{
    for (int c = 0; c < 16; c += 4) {
        uint8_t all = x[c] ^ x[c + 1] ^ x[c + 2] ^ x[c + 3], first = x[c];
        for (int r = 0; r < 4; r++) {
            uint8_t next = r == 3 ? first : x[c + r + 1];
            x[c + r] ^= all ^ twice(x[c + r] ^ next);
        }
    }
}

static void aes256(uint8_t out[16], const uint8_t in[16], const uint8_t round_keys[240])
{
    const uint8_t *s = sboxes();
    uint8_t x[16], shifted[16];
    for (int i = 0; i < 16; i++)
        x[i] = in[i] ^ round_keys[i];
    for (int round = 1; round <= 14; round++) {
        for (int i = 0; i < 16; i++) /* SubBytes and ShiftRows; a column is four bytes */
            shifted[i] = s[x[(i + 4 * (i % 4)) % 16]];
        if (round < 14)
            mix_columns(shifted);
        for (int i = 0; i < 16; i++)
            x[i] = shifted[i] ^ round_keys[16 * round + i];
    }
    memcpy(out, x, 16);
}

static void next_block(struct nist_drbg *d, const uint8_t round_keys[240], uint8_t out[16])
{
    for (int i = 15; i >= 0 && ++d->v[i] == 0; i--)
        ;
    aes256(out, d->v, round_keys);
}

static void update(struct nist_drbg *d, const uint8_t data[NIST_DRBG_SEED_BYTES])
{
    uint8_t round_keys[240], t[48];
    expand(round_keys, d->key);
    for (int i = 0; i < 48; i += 16)
        next_block(d, round_keys, t + i);
    for (int i = 0; data && i < 48; i++)
        t[i] ^= data[i];
    memcpy(d->key, t, 32);
    memcpy(d->v, t + 32, 16);
}

void nist_drbg_seed(struct nist_drbg *d, const uint8_t seed[NIST_DRBG_SEED_BYTES])
{
    memset(d, 0, sizeof *d);
    update(d, seed);
}

void nist_drbg_fill(struct nist_drbg *d, uint8_t *out, size_t n)
{
    uint8_t round_keys[240], block[16];
    expand(round_keys, d->key);
    while (n > 0) {
        size_t some = n < sizeof block ? n : sizeof block;
        next_block(d, round_keys, block);
        memcpy(out, block, some);
        out += some;
        n -= some;
    }
    update(d, NULL);
}
