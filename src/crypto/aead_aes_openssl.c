/*
 * AES-256-GCM by OpenSSL, where the processor has instructions for both of its halves: without them
 * AES is slow, or looks its secrets up in tables.
 */
#include "crypto/aead_implementation.h"

#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#ifdef __aarch64__
#include <sys/auxv.h>
#endif

#include "base/bytes.h"
#include "lethe/error.h"

/* What a thread allocates once: a context each way, and the key that it was last given. */
static _Thread_local struct context {
    EVP_CIPHER_CTX *seal, *open;
    uint8_t seal_key[AEAD_KEY_BYTES], open_key[AEAD_KEY_BYTES];
} own;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool usable;
static pthread_key_t thread_end;
static EVP_CIPHER *aes;

static bool processor_has_it(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
    return (getauxval(AT_HWCAP) & (HWCAP_AES | HWCAP_PMULL)) == (HWCAP_AES | HWCAP_PMULL);
#else
    return false;
#endif
}

static void release(void)
{
    EVP_CIPHER_CTX_free(own.seal); /* overwrites the key */
    EVP_CIPHER_CTX_free(own.open);
    wipe(&own, sizeof own);
}

static void at_end(void *context)
{
    (void)context; /* &own: this runs in the thread that ends */
    release();
}

static void start_up(void)
{
    OSSL_LIB_CTX *lib = aead_openssl_library();
    if (!lib || !processor_has_it())
        return;
    aes = EVP_CIPHER_fetch(lib, "AES-256-GCM", NULL);
    usable = aes && pthread_key_create(&thread_end, at_end) == 0;
}

static bool openssl_ready(void)
{
    if (own.open)
        return true;
    if (pthread_once(&once, start_up) != 0 || !usable)
        return false;
    own.seal = EVP_CIPHER_CTX_new();
    own.open = EVP_CIPHER_CTX_new();
    if (own.seal && own.open &&
        EVP_EncryptInit_ex2(own.seal, aes, own.seal_key, own.seal_key, NULL) == 1 &&
        EVP_DecryptInit_ex2(own.open, aes, own.open_key, own.open_key, NULL) == 1 &&
        pthread_setspecific(thread_end, &own) == 0)
        return true;
    release();
    return false;
}

/* The key, unless the context was last given the same: a batch has one. */
static const uint8_t *new_key(uint8_t has[AEAD_KEY_BYTES], const uint8_t key[AEAD_KEY_BYTES])
{
    if (bytes_equal(has, key, AEAD_KEY_BYTES))
        return NULL;
    memcpy(has, key, AEAD_KEY_BYTES);
    return key;
}

static void openssl_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
                         const uint8_t nonce[AEAD_SHORT_NONCE_BYTES],
                         const uint8_t key[AEAD_KEY_BYTES])
{
    int n;
    bool ok = mlen <= INT_MAX && adlen <= INT_MAX && openssl_ready() &&
              EVP_EncryptInit_ex2(own.seal, NULL, new_key(own.seal_key, key), nonce, NULL) == 1 &&
              EVP_EncryptUpdate(own.seal, NULL, &n, ad, (int)adlen) == 1 &&
              EVP_EncryptUpdate(own.seal, c, &n, m, (int)mlen) == 1 &&
              EVP_EncryptFinal_ex(own.seal, c + mlen, &n) == 1 &&
              EVP_CIPHER_CTX_ctrl(own.seal, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_BYTES, c + mlen) == 1;
    if (!ok)
        abort(); /* the caller asked aead_has_aes; nothing may go out */
}

static int openssl_open(uint8_t *m, const uint8_t *c, size_t clen, const uint8_t *ad, size_t adlen,
                        const uint8_t nonce[AEAD_SHORT_NONCE_BYTES],
                        const uint8_t key[AEAD_KEY_BYTES])
{
    uint8_t tag[AEAD_TAG_BYTES];
    int n;
    if (clen < AEAD_TAG_BYTES || clen > INT_MAX || adlen > INT_MAX || !openssl_ready())
        return LETHE_ERR_CRYPTO;
    const size_t mlen = clen - AEAD_TAG_BYTES;
    memcpy(tag, c + mlen, sizeof tag);
    bool ok = EVP_DecryptInit_ex2(own.open, NULL, new_key(own.open_key, key), nonce, NULL) == 1 &&
              EVP_DecryptUpdate(own.open, NULL, &n, ad, (int)adlen) == 1 &&
              EVP_DecryptUpdate(own.open, m, &n, c, (int)mlen) == 1 &&
              EVP_CIPHER_CTX_ctrl(own.open, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
              EVP_DecryptFinal_ex(own.open, m + mlen, &n) == 1;
    if (!ok)
        memset(m, 0, mlen);
    return ok ? LETHE_OK : LETHE_ERR_CRYPTO;
}

static void openssl_forget(void)
{
    static const uint8_t zeros[AEAD_KEY_BYTES];
    if (!own.open)
        return;
    memset(own.seal_key, 0, sizeof own.seal_key);
    memset(own.open_key, 0, sizeof own.open_key);
    if (EVP_EncryptInit_ex2(own.seal, NULL, zeros, zeros, NULL) != 1 ||
        EVP_DecryptInit_ex2(own.open, NULL, zeros, zeros, NULL) != 1)
        abort(); /* cannot be: these have no arguments that could be wrong */
}

const struct aead_implementation aead_aes_openssl = {.name = "OpenSSL",
                                                     .ready = openssl_ready,
                                                     .seal = openssl_seal,
                                                     .open = openssl_open,
                                                     .forget = openssl_forget};
