/*
 * The linker sends every call of libsodium's seal here first. Keys are not kept, nor is any
 * plaintext: a table maps a hash of (key, nonce) to a hash of (associated data, plaintext).
 */
#include "nonce_audit.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 16 };

struct record {
    uint8_t name[NAME_BYTES]; /* of key and nonce */
    uint8_t content[NAME_BYTES];
};

static const struct record empty;
static struct record *records;
static size_t size, used;
static struct nonce_audit audit;

int __real_crypto_aead_xchacha20poly1305_ietf_encrypt(
    unsigned char *c, unsigned long long *clen, const unsigned char *m, unsigned long long mlen,
    const unsigned char *ad, unsigned long long adlen, const unsigned char *nsec,
    const unsigned char *npub, const unsigned char *k);
int __wrap_crypto_aead_xchacha20poly1305_ietf_encrypt(
    unsigned char *c, unsigned long long *clen, const unsigned char *m, unsigned long long mlen,
    const unsigned char *ad, unsigned long long adlen, const unsigned char *nsec,
    const unsigned char *npub, const unsigned char *k);

static void hash_two(uint8_t out[NAME_BYTES], const void *a, size_t a_len, const void *b,
                     size_t b_len)
{
    crypto_generichash_state h;
    uint64_t first = a_len;
    crypto_generichash_init(&h, NULL, 0, NAME_BYTES);
    crypto_generichash_update(&h, (const uint8_t *)&first, sizeof first);
    crypto_generichash_update(&h, a, a_len);
    crypto_generichash_update(&h, b, b_len);
    crypto_generichash_final(&h, out, NAME_BYTES);
}

static struct record *place(const uint8_t name[NAME_BYTES])
{
    uint64_t start;
    memcpy(&start, name, sizeof start);
    for (size_t i = start & (size - 1);; i = (i + 1) & (size - 1))
        if (memcmp(&records[i], &empty, sizeof empty) == 0 ||
            memcmp(records[i].name, name, NAME_BYTES) == 0)
            return &records[i];
}

static void make_room(void)
{
    if (2 * (used + 1) <= size)
        return;
    struct record *old = records;
    size_t old_size = size;
    size = size ? 2 * size : 1024;
    records = calloc(size, sizeof *records);
    if (!records)
        abort();
    for (size_t i = 0; i < old_size; i++)
        if (memcmp(&old[i], &empty, sizeof empty) != 0)
            *place(old[i].name) = old[i];
    free(old);
}

static void complain_about(const uint8_t *nonce, size_t mlen)
{
    fprintf(stderr, "nonce used twice, with %zu bytes of plaintext: ", mlen);
    for (int i = 0; i < 24; i++)
        fprintf(stderr, "%02x", nonce[i]);
    fputc('\n', stderr);
}

int __wrap_crypto_aead_xchacha20poly1305_ietf_encrypt(
    unsigned char *c, unsigned long long *clen, const unsigned char *m, unsigned long long mlen,
    const unsigned char *ad, unsigned long long adlen, const unsigned char *nsec,
    const unsigned char *npub, const unsigned char *k)
{
    struct record r;
    hash_two(r.name, k, 32, npub, 24);
    hash_two(r.content, ad, adlen, m, mlen); /* before the seal: c and m may be one buffer */
    make_room();
    struct record *at = place(r.name);
    audit.seals++;
    if (memcmp(at, &empty, sizeof empty) == 0) {
        *at = r;
        used++;
    } else if (memcmp(at->content, r.content, NAME_BYTES) == 0) {
        audit.repeats++;
    } else {
        audit.violations++;
        complain_about(npub, mlen);
    }
    return __real_crypto_aead_xchacha20poly1305_ietf_encrypt(c, clen, m, mlen, ad, adlen, nsec,
                                                             npub, k);
}

struct nonce_audit nonce_audit_result(void)
{
    return audit;
}

void nonce_audit_reset(void)
{
    free(records);
    records = NULL;
    size = used = 0;
    memset(&audit, 0, sizeof audit);
}
