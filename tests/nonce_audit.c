/*
 * The linker sends every call of aead_batch_seal here first; aead_seal makes one as well. Keys are
 * not kept, nor is any plaintext: a table maps a hash of (subkey, index), which stand for key and
 * nonce, to a hash of (associated data, plaintext). Its memory is the kernel's, so that it does not
 * count where allocations are counted.
 */
#include "nonce_audit.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "crypto/aead.h"

enum { NAME_BYTES = 16 };

struct record {
    uint8_t name[NAME_BYTES]; /* of key and nonce */
    uint8_t content[NAME_BYTES];
};

static const struct record empty;
static struct record *records;
static size_t size, used;
static struct nonce_audit audit;

void __real_aead_batch_seal(const struct aead_batch *b, uint8_t *c, const uint8_t *m, size_t mlen,
                            const uint8_t *ad, size_t adlen, uint64_t index);
void __wrap_aead_batch_seal(const struct aead_batch *b, uint8_t *c, const uint8_t *m, size_t mlen,
                            const uint8_t *ad, size_t adlen, uint64_t index);

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

static void give_back(struct record *at, size_t count)
{
    if (at)
        (void)munmap(at, count * sizeof *at);
}

static void make_room(void)
{
    if (2 * (used + 1) <= size)
        return;
    struct record *old = records;
    size_t old_size = size;
    size = size ? 2 * size : 1024;
    records = mmap(NULL, size * sizeof *records, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (records == MAP_FAILED)
        abort();
    for (size_t i = 0; i < old_size; i++)
        if (memcmp(&old[i], &empty, sizeof empty) != 0)
            *place(old[i].name) = old[i];
    give_back(old, old_size);
}

void __wrap_aead_batch_seal(const struct aead_batch *b, uint8_t *c, const uint8_t *m, size_t mlen,
                            const uint8_t *ad, size_t adlen, uint64_t index)
{
    struct record r;
    hash_two(r.name, b->subkey, sizeof b->subkey, &index, sizeof index);
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
        fprintf(stderr, "nonce used twice, with %zu bytes of plaintext; it ends with %016llx\n",
                mlen, (unsigned long long)index);
    }
    __real_aead_batch_seal(b, c, m, mlen, ad, adlen, index);
}

struct nonce_audit nonce_audit_result(void)
{
    return audit;
}

void nonce_audit_reset(void)
{
    give_back(records, size);
    records = NULL;
    size = used = 0;
    memset(&audit, 0, sizeof audit);
}
