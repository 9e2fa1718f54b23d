/*
 * AES-256-GCM by Intel's multi-buffer library, of whose code for processors with VAES one call does
 * a packet, in a third of the time that OpenSSL 3.0 takes. Others get OpenSSL's.
 */
#include "crypto/aead_implementation.h"

#include <cpuid.h>
#include <intel-ipsec-mb.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "lethe/error.h"

/* What a thread keeps of its last packet; aligned as the library wants it. */
static _Thread_local struct {
    _Alignas(64) struct gcm_context_data packet;
    bool live; /* key is that of the schedule */
    uint8_t key[AEAD_KEY_BYTES];
    _Alignas(64) struct gcm_key_data schedule;
} own;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static IMB_MGR *library; /* NULL: not to be had; else only read after it was made */

static bool processor_has_it(void)
{
    unsigned a, b, c, d;
    return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
           __get_cpuid_count(7, 0, &a, &b, &c, &d) && c & bit_VAES && c & bit_VPCLMULQDQ;
}

/* The library's start takes half a millisecond, in which it tests itself. */
static void start_up(void)
{
    if (!processor_has_it())
        return;
    IMB_MGR *m = alloc_mb_mgr(0);
    if (!m)
        return;
    init_mb_mgr_avx512(m);
    const bool tested =
        !(m->features & IMB_FEATURE_SELF_TEST) || m->features & IMB_FEATURE_SELF_TEST_PASS;
    if (imb_get_errno(m) == 0 && tested && (m->features & IMB_FEATURE_VAES))
        library = m;
    else
        free_mb_mgr(m);
}

static bool ipsec_ready(void)
{
    return pthread_once(&once, start_up) == 0 && library;
}

/* The schedule of a key, made unless it is the last one's: a batch has one. */
static const struct gcm_key_data *schedule_of(const uint8_t key[AEAD_KEY_BYTES])
{
    if (!own.live || !bytes_equal(own.key, key, AEAD_KEY_BYTES)) {
        IMB_AES256_GCM_PRE(library, key, &own.schedule);
        memcpy(own.key, key, AEAD_KEY_BYTES);
        own.live = true;
    }
    return &own.schedule;
}

static void ipsec_seal(uint8_t *c, const uint8_t *m, size_t mlen, const uint8_t *ad, size_t adlen,
                       const uint8_t nonce[AEAD_SHORT_NONCE_BYTES],
                       const uint8_t key[AEAD_KEY_BYTES])
{
    if (!ipsec_ready())
        abort(); /* the caller asked; nothing may go out */
    IMB_AES256_GCM_ENC(library, schedule_of(key), &own.packet, c, m, mlen, nonce, ad, adlen,
                       c + mlen, AEAD_TAG_BYTES);
}

static int ipsec_open(uint8_t *m, const uint8_t *c, size_t clen, const uint8_t *ad, size_t adlen,
                      const uint8_t nonce[AEAD_SHORT_NONCE_BYTES],
                      const uint8_t key[AEAD_KEY_BYTES])
{
    uint8_t sent[AEAD_TAG_BYTES], tag[AEAD_TAG_BYTES];
    if (clen < AEAD_TAG_BYTES || !ipsec_ready())
        return LETHE_ERR_CRYPTO;
    const size_t mlen = clen - AEAD_TAG_BYTES;
    memcpy(sent, c + mlen, sizeof sent);
    IMB_AES256_GCM_DEC(library, schedule_of(key), &own.packet, m, c, mlen, nonce, ad, adlen, tag,
                       sizeof tag);
    const bool ok = bytes_equal(sent, tag, sizeof tag);
    wipe(tag, sizeof tag); /* of a forgery, it would be the right one */
    if (!ok)
        memset(m, 0, mlen);
    return ok ? LETHE_OK : LETHE_ERR_CRYPTO;
}

static void ipsec_forget(void)
{
    wipe(&own, sizeof own);
}

const struct aead_implementation aead_aes_ipsec = {.name = "ipsec-mb",
                                                   .ready = ipsec_ready,
                                                   .seal = ipsec_seal,
                                                   .open = ipsec_open,
                                                   .forget = ipsec_forget};
