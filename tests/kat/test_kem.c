/*
 * Known answers: sntrup761 and mceliece6960119f against the hashes that another implementation
 * publishes, and both against themselves.
 *
 * The libraries draw from the symbol randombytes_internal_void_voidstar_longlong(void *, long
 * long) of librandombytes; this program has one of that name, which is found first, and it hands
 * out NIST's test generator.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "crypto/init.h"
#include "crypto/kem.h"
#include "kat/hex.h"
#include "kat/nist_drbg.h"
#include "lethe/error.h"

static struct nist_drbg drbg;
static long long drawn;

__attribute__((visibility("default"))) void
randombytes_internal_void_voidstar_longlong(void *p, long long n);
void randombytes_internal_void_voidstar_longlong(void *p, long long n)
{
    nist_drbg_fill(&drbg, p, (size_t)n);
    drawn += n;
}

/* The seed of test 0 in every .rsp file of NIST's post-quantum project: the first 48 bytes of
 * the generator seeded with 0..47. */
static const char seed_of_count_0[] =
    "061550234d158c5ec95595fe04ef7a25767f2e24cc2bc479d09d86dc9abcfde7"
    "056a8c266f9ef97ed08541dbd2e1ffa1";

static void start(uint8_t seed[NIST_DRBG_SEED_BYTES])
{
    for (int i = 0; i < NIST_DRBG_SEED_BYTES; i++)
        seed[i] = (uint8_t)i;
    nist_drbg_seed(&drbg, seed);
    nist_drbg_fill(&drbg, seed, NIST_DRBG_SEED_BYTES);
    assert_hex(seed, seed_of_count_0);
    nist_drbg_seed(&drbg, seed);
    drawn = 0;
}

static void text(crypto_hash_sha256_state *h, const char *s)
{
    crypto_hash_sha256_update(h, (const uint8_t *)s, strlen(s));
}

static void line(crypto_hash_sha256_state *h, const char *name, const uint8_t *p, size_t n)
{
    text(h, name);
    text(h, " = ");
    for (size_t i = 0; i < n; i++) {
        char two[3];
        snprintf(two, sizeof two, "%02X", p[i]);
        text(h, two);
    }
    text(h, "\n");
}

struct record {
    const uint8_t *seed, *pk, *sk, *ct, *ss;
    size_t pk_bytes, sk_bytes, ct_bytes;
};

/* The SHA-256 of test 0 as a NIST .rsp record, in the layout that liboqs hashes. */
static void assert_record(const struct record *r, const char *want)
{
    crypto_hash_sha256_state h;
    uint8_t digest[32];
    crypto_hash_sha256_init(&h);
    text(&h, "count = 0\n");
    line(&h, "seed", r->seed, NIST_DRBG_SEED_BYTES);
    line(&h, "pk", r->pk, r->pk_bytes);
    line(&h, "sk", r->sk, r->sk_bytes);
    line(&h, "ct", r->ct, r->ct_bytes);
    line(&h, "ss", r->ss, 32);
    crypto_hash_sha256_final(&h, digest);
    assert_hex(digest, want);
}

/* FIPS 197's appendix C.3 and SP 800-90A are pinned by the seed above: it is the generator's own
 * output, printed in every .rsp file. */
static void test_generator(void **state)
{
    (void)state;
    uint8_t seed[NIST_DRBG_SEED_BYTES];
    start(seed);
}

/* liboqs, tests/KATs/kem/kats.json, "sntrup761", "single". */
static void sntrup(void **state)
{
    (void)state;
    uint8_t seed[48], pk[SNTRUP_PUBLIC_BYTES], sk[SNTRUP_SECRET_BYTES], ct[SNTRUP_CT_BYTES];
    uint8_t key[32], again[32];
    start(seed);
    sntrup_keypair(pk, sk);
    sntrup_enc(ct, key, pk);
    assert_true(drawn > 0);
    const struct record r = {seed, pk, sk, ct, key, sizeof pk, sizeof sk, sizeof ct};
    assert_record(&r, "afc42c3a5b10f4ef69654250097ebda9b9564570f4086744b24a6daf2bd1f89a");
    sntrup_dec(again, ct, sk);
    assert_memory_equal(key, again, 32);
    ct[17] ^= 1; /* implicit rejection: another key, and always the same one */
    uint8_t wrong[32];
    sntrup_dec(wrong, ct, sk);
    assert_memory_not_equal(key, wrong, 32);
    sntrup_dec(again, ct, sk);
    assert_memory_equal(wrong, again, 32);
}

/* liboqs, tests/KATs/kem/kats.json, "Classic-McEliece-6960119f", "single". */
static void mceliece(void **state)
{
    (void)state;
    static uint8_t pk[MCELIECE_PUBLIC_BYTES], sk[MCELIECE_SECRET_BYTES];
    uint8_t seed[48], ct[MCELIECE_CT_BYTES], key[32], again[32];
    start(seed);
    mceliece_keypair(pk, sk);
    assert_int_equal(mceliece_enc(ct, key, pk), LETHE_OK);
    assert_true(drawn > 0);
    const struct record r = {seed, pk, sk, ct, key, sizeof pk, sizeof sk, sizeof ct};
    assert_record(&r, "9a586a40d1af4819efb3f7343a05c260bd27d7e5d450945fee0ace5593761c3b");
    assert_int_equal(mceliece_dec(again, ct, sk), LETHE_OK);
    assert_memory_equal(key, again, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generator),
        cmocka_unit_test(sntrup),
        cmocka_unit_test(mceliece),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
