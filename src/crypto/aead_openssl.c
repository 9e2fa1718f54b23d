/*
 * ChaCha20-Poly1305 from OpenSSL's ChaCha20 and its Poly1305, put together as RFC 8439 says: its
 * own ChaCha20-Poly1305 hands Poly1305 short pieces, which its AVX-512 code takes long over (0.3 us
 * a packet), and gives the tag out by a search for its name.
 */
#include "crypto/aead_implementation.h"

#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "lethe/error.h"

#define BLOCK_BYTES 64 /* of ChaCha20; the first one's half is the key of the tag */
#define STEP_BYTES  16 /* of Poly1305 */

/* What a thread allocates once. */
static _Thread_local struct context {
    EVP_CIPHER_CTX *stream;
    EVP_MAC_CTX *mac;
} own;

/* What the process has. A library context of its own has OpenSSL's own code, whatever providers and
 * properties a program that uses OpenSSL itself has set. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool usable;
static pthread_key_t thread_end;
static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *library;
static EVP_CIPHER *chacha20;
static EVP_MAC *poly1305;

static void release(void)
{
    EVP_CIPHER_CTX_free(own.stream); /* overwrites the key */
    EVP_MAC_CTX_free(own.mac);
    own.stream = NULL;
    own.mac = NULL;
}

static void at_end(void *context)
{
    (void)context; /* &own: this runs in the thread that ends */
    release();
}

static void make_library(void)
{
    OSSL_LIB_CTX *lib = OSSL_LIB_CTX_new();
    if (lib && OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1)
        library = lib;
}

OSSL_LIB_CTX *aead_openssl_library(void)
{
    return pthread_once(&library_once, make_library) == 0 ? library : NULL;
}

static void start_up(void)
{
    OSSL_LIB_CTX *lib = aead_openssl_library();
    if (!lib)
        return;
    chacha20 = EVP_CIPHER_fetch(lib, "ChaCha20", NULL);
    poly1305 = EVP_MAC_fetch(lib, "POLY1305", NULL);
    usable = chacha20 && poly1305 && pthread_key_create(&thread_end, at_end) == 0;
}

static bool openssl_ready(void)
{
    static const uint8_t zeros[BLOCK_BYTES];
    if (own.mac)
        return true;
    if (pthread_once(&once, start_up) != 0 || !usable)
        return false;
    own.stream = EVP_CIPHER_CTX_new();
    own.mac = EVP_MAC_CTX_new(poly1305);
    if (own.stream && own.mac &&
        EVP_EncryptInit_ex2(own.stream, chacha20, zeros, zeros, NULL) == 1 &&
        pthread_setspecific(thread_end, &own) == 0)
        return true;
    release();
    return false;
}

static bool stream_start(uint8_t block[BLOCK_BYTES], const uint8_t *nonce, const uint8_t *key)
{
    uint8_t iv[4 + AEAD_SHORT_NONCE_BYTES] = {0}; /* the block's number, and the nonce */
    int n;
    memcpy(iv + 4, nonce, AEAD_SHORT_NONCE_BYTES);
    memset(block, 0, BLOCK_BYTES);
    return EVP_EncryptInit_ex2(own.stream, NULL, key, iv, NULL) == 1 &&
           EVP_EncryptUpdate(own.stream, block, &n, block, BLOCK_BYTES) == 1;
}

static bool stream_next(uint8_t *out, const uint8_t *in, size_t n)
{
    int written;
    return n == 0 || EVP_EncryptUpdate(own.stream, out, &written, in, (int)n) == 1;
}

/* What the tag is made of, collected: Poly1305 is fastest in few and long pieces. All public. */
struct pieces {
    bool ok;
    size_t used;
    uint8_t bytes[2048]; /* a packet of any path but a jumbo one is one piece */
};

_Static_assert(sizeof((struct pieces *)0)->bytes % STEP_BYTES == 0, "padding never flushes");

static void pieces_flush(struct pieces *p)
{
    p->ok = p->ok && EVP_MAC_update(own.mac, p->bytes, p->used) == 1;
    p->used = 0;
}

/* Adds n bytes, and zeros up to a multiple of 16. */
static void pieces_add(struct pieces *p, const uint8_t *from, size_t n)
{
    while (n > 0) {
        size_t room = sizeof p->bytes - p->used;
        size_t part = n < room ? n : room;
        memcpy(p->bytes + p->used, from, part);
        p->used += part;
        from += part;
        n -= part;
        if (p->used == sizeof p->bytes)
            pieces_flush(p);
    }
    while (p->used % STEP_BYTES != 0)
        p->bytes[p->used++] = 0;
}

static bool make_tag(uint8_t tag[AEAD_TAG_BYTES], const uint8_t *key, const uint8_t *ad,
                     size_t adlen, const uint8_t *c, size_t n)
{
    struct pieces p;
    uint8_t lengths[STEP_BYTES];
    size_t written;
    p.used = 0;
    p.ok = EVP_MAC_init(own.mac, key, AEAD_KEY_BYTES, NULL) == 1;
    store64(lengths, adlen);
    store64(lengths + 8, n);
    pieces_add(&p, ad, adlen);
    pieces_add(&p, c, n);
    pieces_add(&p, lengths, sizeof lengths);
    pieces_flush(&p);
    return p.ok && EVP_MAC_final(own.mac, tag, &written, AEAD_TAG_BYTES) == 1;
}

static void openssl_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
                         const uint8_t nonce[AEAD_SHORT_NONCE_BYTES],
                         const uint8_t key[AEAD_KEY_BYTES])
{
    uint8_t block[BLOCK_BYTES];
    if (mlen > INT_MAX || !openssl_ready()) {
        aead_sodium.seal(c, m, mlen, ad, adlen, nonce, key);
        return;
    }
    bool ok = stream_start(block, nonce, key) && stream_next(c, m, mlen) &&
              make_tag(c + mlen, block, ad, adlen, c, mlen);
    wipe(block, sizeof block);
    if (!ok)
        abort(); /* only when c and m overlap in part: nothing may go out */
}

static int openssl_open(uint8_t *m, const uint8_t *c, size_t clen, const uint8_t *ad, size_t adlen,
                        const uint8_t nonce[AEAD_SHORT_NONCE_BYTES],
                        const uint8_t key[AEAD_KEY_BYTES])
{
    uint8_t block[BLOCK_BYTES], tag[AEAD_TAG_BYTES];
    if (clen > INT_MAX || !openssl_ready())
        return aead_sodium.open(m, c, clen, ad, adlen, nonce, key);
    if (clen < AEAD_TAG_BYTES)
        return LETHE_ERR_CRYPTO;
    size_t n = clen - AEAD_TAG_BYTES;
    bool ok = stream_start(block, nonce, key) && make_tag(tag, block, ad, adlen, c, n) &&
              bytes_equal(tag, c + n, sizeof tag) && stream_next(m, c, n);
    wipe(block, sizeof block);
    wipe(tag, sizeof tag); /* of a forgery, it would be the right one */
    return ok ? LETHE_OK : LETHE_ERR_CRYPTO;
}

/* One byte under the zero key: the key and the stream's last block are written over. The tag's key
 * OpenSSL overwrites itself, as soon as it has given the tag. */
static void openssl_forget(void)
{
    static const uint8_t zeros[AEAD_KEY_BYTES];
    uint8_t block[BLOCK_BYTES];
    if (own.mac && !(stream_start(block, zeros, zeros) && stream_next(block, block, 1)))
        abort(); /* cannot be: these have no arguments that could be wrong */
}

const struct aead_implementation aead_openssl = {.name = "OpenSSL",
                                                 .ready = openssl_ready,
                                                 .seal = openssl_seal,
                                                 .open = openssl_open,
                                                 .forget = openssl_forget};
