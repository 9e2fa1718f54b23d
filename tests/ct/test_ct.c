/*
 * Constant time: what each function makes of a secret is counted, and the count is the table's.
 *
 * Every row marks its secrets as undefined and calls one function under valgrind's memcheck, which
 * reports each conditional jump and each address that depends on undefined bytes. The number of
 * reports must be exactly the expected one, so a new leak fails and so does a test that has gone
 * blind: the last rows leak on purpose.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "admit/pass.h"
#include "admit/puzzle.h"
#include "base/bytes.h"
#include "crypto/aead_implementation.h"
#include "crypto/dh.h"
#include "crypto/goppa.h"
#include "crypto/hash.h"
#include "crypto/init.h"
#include "crypto/kem.h"
#include "crypto/rng.h"
#include "crypto/stream.h"
#include "flow/range.h"
#include "kex/resume.h"
#include "kex/schedule.h"
#include "kex/server.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/handle.h"
#include "seal/mark.h"
#include "seal/parked.h"

static uint8_t pk[MCELIECE_PUBLIC_BYTES];
static uint8_t sk[MCELIECE_SECRET_BYTES], ct[MCELIECE_CT_BYTES];
static uint8_t small_pk[SNTRUP_PUBLIC_BYTES], small_sk[SNTRUP_SECRET_BYTES];
static uint8_t small_ct[SNTRUP_CT_BYTES];
static uint8_t key[32], other[32], nonce[AEAD_NONCE_BYTES], text[100], box[116], out[1200];
static struct goppa_error e;
static struct rng rng;
static bool with_aes;
static volatile int sink; /* what a function returns goes here, unlooked at */

static void secret(void *p, size_t n)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(p, n);
}

static void declassify(void *p, size_t n)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(p, n);
}

/* What every row may use, defined again before each. */
static void prepare(void)
{
    for (unsigned i = 0; i < 32; i++)
        key[i] = other[i] = (uint8_t)i;
    memset(text, 7, sizeof text);
    memset(nonce, 1, sizeof nonce);
    aead_use(&aead_openssl);
    aead_seal(box, text, sizeof text, NULL, 0, nonce, key);
    for (unsigned i = 0; i < GOPPA_WEIGHT; i++)
        e.at[i] = (uint16_t)(58 * i);
    memset(out, 0, sizeof out);
    secret(key, sizeof key);
}

static void run_equal(void)
{
    sink = bytes_equal(key, other, sizeof key);
}

static void run_zero(void)
{
    sink = bytes_are_zero(key, sizeof key);
}

static void run_seal(void)
{
    secret(text, sizeof text);
    aead_seal(box, text, sizeof text, NULL, 0, nonce, key);
}

static void run_open(void)
{
    int ret = aead_open(text, box, sizeof box, NULL, 0, nonce, key);
    declassify(&ret, sizeof ret);
    sink = ret;
}

static void run_open_forged(void)
{
    box[50] ^= 1;
    run_open();
}

static void run_sodium_seal(void)
{
    aead_use(&aead_sodium);
    run_seal();
}

static void run_sodium_open(void)
{
    aead_use(&aead_sodium);
    run_open();
}

static void run_sodium_open_forged(void)
{
    aead_use(&aead_sodium);
    run_open_forged();
}

static void run_forget(void)
{
    run_seal();
    aead_forget();
}

static void start_batch(struct aead_batch *b)
{
    if (with_aes)
        aead_batch_init_aes(b, key, nonce);
    else
        aead_batch_init(b, key, nonce);
}

static void run_batch_seal(void)
{
    struct aead_batch b;
    secret(text, sizeof text);
    start_batch(&b);
    aead_batch_seal(&b, box, text, sizeof text, nonce, sizeof nonce, 3);
}

static void run_batch_open(void)
{
    struct aead_batch b;
    run_batch_seal();
    declassify(box, sizeof box);
    start_batch(&b);
    int ret = aead_batch_open(&b, text, box, sizeof box, nonce, sizeof nonce, 3);
    declassify(&ret, sizeof ret);
    sink = ret;
}

/* What a proof says is the client's; the key is secret, and so is what it makes of a number. */
static void run_range(void)
{
    const struct proof p = {.count = 3, .runs = {{1, 5}, {7, 7}, {100, 1000}}};
    uint64_t nonces = range_nonce(key, 9);
    bool proven = range_proven(key, &p, nonces);
    declassify(&nonces, sizeof nonces);
    declassify(&proven, sizeof proven);
    sink = proven;
}

/* The cookie key's subkeys; when it was born and whether it lives are no secret. */
static void run_handle(void)
{
    struct handle h = {.size = 99, .state_len = 40};
    uint8_t p[HANDLE_BYTES_MAX];
    struct ring ring;
    ring_init(&ring, RING_PERIOD_MS);
    ring_put(&ring, 9, 1000, key);
    size_t n = handle_seal(p, &h, other, ring_sealing(&ring, 5000), nonce);
    declassify(p, sizeof p);
    int ret = handle_open(&h, other, &ring, 5000, p, n);
    declassify(&ret, sizeof ret);
    sink = ret;
}

/* What a solution and the tag of a pass are compared with, and both are made public by. */
static void run_admission(void)
{
    static const uint8_t address[ADDRESS_BYTES] = {ADDRESS_FAMILY_V4}, zeros[32];
    const struct hello h = {.client = zeros, .nonce = zeros};
    uint8_t packet[PUZZLE_BYTES], z[PUZZLE_ANSWER_BYTES];
    struct ring ring;
    ring_init(&ring, RING_PERIOD_MS);
    ring_put(&ring, 9, 1000, key);
    puzzle_set(packet, &ring.keys[1], 5000, 9, zeros, address, &h);
    puzzle_answer(z, &ring.keys[1], address, &h, packet + 1 + NONCE_BYTES);
    bool right = bytes_equal(z, other, sizeof z);
    declassify(&right, sizeof right);
    sink = right;
    pass_make(out, &ring.keys[1], 5000, nonce, address);
}

static void run_mark(void)
{
    static const uint8_t address[ADDRESS_BYTES] = {ADDRESS_FAMILY_V4};
    uint8_t value[EXCHANGE_ID_BYTES];
    struct rng drawn;
    struct ring ring;
    rng_seed(&drawn, key);
    ring_init(&ring, RING_PERIOD_MS);
    ring_put(&ring, 9, 1000, key);
    mark_draw(value, sizeof value, &drawn, &ring.keys[1], address);
    bool right = mark_names(value, sizeof value, &ring.keys[1], address);
    declassify(&right, sizeof right);
    sink = right;
}

static void run_continuation(void)
{
    struct session s = {.legs = 1, .issued_ms = 7};
    struct ring ring;
    transport_init(&s.transport, ALGORITHM_CUBIC, 1, 2, key);
    memcpy(s.z, key, sizeof s.z);
    ring_init(&ring, RING_PERIOD_MS);
    ring_put(&ring, 9, 1000, key);
    continuation_seal(out, &s, ring_sealing(&ring, 5000), nonce);
}

/* The session's key and the slow ring's; the set of legs and the id are no secret. */
static void run_parked(void)
{
    struct parked p;
    struct ring slow;
    uint8_t sealed[PARKED_BYTES];
    ring_init_slow(&slow);
    ring_put(&slow, 9, 1000, key);
    parked_of(&p, key, 3, other);
    parked_seal(sealed, &p, ring_sealing(&slow, 5000), nonce);
    declassify(sealed, sizeof sealed);
    int ret = parked_open(&p, &slow, 5000, sealed);
    declassify(&ret, sizeof ret);
    sink = ret;
}

static void run_resume_keys(void)
{
    static const uint8_t packet[RESUME_BYTES];
    uint8_t z[32], dh[32];
    memcpy(dh, key, sizeof dh);
    schedule_resume_box(out, key);
    schedule_resume(z, key, dh, packet, 1, other, other);
    schedule_resumed_box(out, z);
}

/* An answer that is not the server's. */
static void run_resume(void)
{
    static struct kex_client client;
    struct parked_session s = {.legs = 3};
    struct kex_resume r;
    uint8_t answer[RESUMED_BYTES] = {KIND_RESUMED};
    dh_public(answer + 2 + EXCHANGE_ID_BYTES, other);
    memcpy(s.key, key, sizeof s.key);
    rng_seed(&rng, key);
    kex_resume_init(&r, &s, &rng);
    declassify(r.packet, sizeof r.packet);
    int ret = kex_resume_input(&r, &client, NULL, 3, answer, sizeof answer);
    declassify(&ret, sizeof ret);
    sink = ret;
}

/* The request of a first packet: sealed as a client does it, opened with the short-term key. */
static void run_early(void)
{
    static struct kex_hello k;
    static uint8_t packet[HELLO_HEADER_BYTES], plain[EARLY_BODY_BYTES];
    uint8_t client_secret[32] = {9}, client[32], server[32], dh[32], box_key[32];
    const struct hello h = {.client = client, .nonce = nonce};
    const uint8_t *request;
    size_t n;
    dh_public(client, client_secret);
    dh_public(server, key);
    declassify(server, sizeof server);
    secret(client_secret, sizeof client_secret);
    secret(k.kh0, sizeof k.kh0);
    sink = early_request_encode(plain, text, sizeof text);
    sink = dh_shared(dh, server, client_secret);
    schedule_early_box(box_key, k.kh0, dh);
    aead_seal(early_box_put(k.body), plain, sizeof plain, packet, sizeof packet, nonce, box_key);
    k.packet = packet;
    declassify(k.body, sizeof k.body);
    sink = dh_shared(k.early_dh, client, key);
    k.is_early = true;
    int ret = kex_hello_early(&k, &h, &request, &n);
    declassify(&ret, sizeof ret);
    if (ret != LETHE_OK)
        fprintf(stderr, "test_ct: the early box does not open\n");
    sink = ret;
}

static void run_hash(void)
{
    hash_of(out, "ct", key, sizeof key);
}

static void run_kdf(void)
{
    secret(text, sizeof text);
    const struct bytes parts[] = {{text, sizeof text}, {other, sizeof other}};
    kdf(out, "ct", key, parts, 2);
}

static void run_short_mac(void)
{
    uint8_t mac[SHORT_MAC_BYTES];
    short_mac(mac, "ct", key, text, sizeof text);
    bool same = bytes_equal(mac, other, sizeof mac);
    declassify(&same, sizeof same);
    sink = same;
}

static void run_shake(void)
{
    shake256(out, 32, key, sizeof key);
}

static void run_stream(void)
{
    stream_fill(out, sizeof out, key);
}

static void run_rng(void)
{
    rng_seed(&rng, key);
    rng_fill(&rng, out, 1000);
    sink = (int)rng_u64(&rng);
}

static void run_dh_public(void)
{
    dh_public(out, key);
}

static void run_dh_shared_together(void)
{
    uint8_t a[DH_SHARED_BYTES], b[DH_SHARED_BYTES];
    uint8_t *const shared[DH_TOGETHER] = {out, a, b};
    const uint8_t *const secrets[DH_TOGETHER] = {key, key, key};
    dh_public(other, other);
    sink = dh_shared_together(shared, other, secrets);
}

static void run_dh_shared(void)
{
    dh_public(other, other);
    sink = dh_shared(out, other, key);
}

static void run_sign_keypair(void)
{
    sign_keypair(out, out + 32, key);
}

static void run_mceliece_dec(void)
{
    secret(sk, sizeof sk);
    sink = mceliece_dec(out, ct, sk);
    declassify(sk, sizeof sk);
}

static void run_sntrup_dec(void)
{
    secret(small_sk, sizeof small_sk);
    sntrup_dec(out, small_ct, small_sk);
    declassify(small_sk, sizeof small_sk);
}

static void run_expand(void)
{
    sink = goppa_error_expand(&e, key);
}

static void run_bits(void)
{
    secret(&e, sizeof e);
    goppa_error_bits(out, &e);
}

static void run_columns(void)
{
    secret(&e, sizeof e);
    for (int group = 0; group < BLOCK_COL_GROUPS; group++)
        goppa_error_columns(out, &e, group);
}

static void run_product(void)
{
    uint8_t columns[BLOCK_COL_BYTES] = {0};
    secret(columns, sizeof columns);
    sink = goppa_block_product(pk, columns);
}

static void run_syndrome_add(void)
{
    for (int group = 0; group < BLOCK_ROW_GROUPS; group++)
        goppa_syndrome_add(out, group, key[0]);
}

static void run_add_identity(void)
{
    secret(&e, sizeof e);
    goppa_syndrome_add_identity(out, &e);
}

static void run_session_key(void)
{
    secret(&e, sizeof e);
    goppa_session_key(out, &e, ct);
}

static void run_leaky_branch(void)
{
    if (((volatile uint8_t *)key)[0] & 1)
        sink = 1;
}

static void run_leaky_index(void)
{
    sink = ((volatile uint8_t *)pk)[key[0]];
}

/* One jump for each byte until the first that differs; these are equal, so one for each of 32. */
static void run_leaky_compare(void)
{
    volatile uint8_t *a = key, *b = other;
    for (size_t i = 0; i < sizeof key; i++)
        if (a[i] != b[i]) {
            sink = 1;
            return;
        }
}

static const struct row {
    const char *name;
    void (*run)(void);
    unsigned expected;
    const char *reason; /* why the expected number is not zero */
    bool aes;           /* only where the processor does it */
} table[] = {
    {"bytes_equal", run_equal, 0, NULL, false},
    {"bytes_are_zero", run_zero, 0, NULL, false},
    {"aead_seal", run_seal, 0, NULL, false},
    {"aead_open", run_open, 1, "it acts on the comparison of the tag, which is public", false},
    {"aead_open, forged", run_open_forged, 1, "the same jump", false},
    {"aead_forget", run_forget, 0, NULL, false},
    {"aead_seal, libsodium", run_sodium_seal, 0, NULL, false},
    {"aead_open, libsodium", run_sodium_open, 1, "libsodium acts on it as well", false},
    {"aead_open, libsodium, forged", run_sodium_open_forged, 1, "the same jump", false},
    {"aead_batch_seal", run_batch_seal, 0, NULL, false},
    {"aead_batch_open", run_batch_open, 1, "the comparison of the tag", false},
    {"aead_batch_seal, AES", run_batch_seal, 1, "whether it is the last packet's batch", true},
    {"aead_batch_open, AES", run_batch_open, 3, "the same at both ends, and the tag", true},
    {"range_nonce, range_proven", run_range, 0, NULL, false},
    {"handle_seal, handle_open", run_handle, 1, "the comparison of the tag", false},
    {"puzzle_set, puzzle_answer, pass_make", run_admission, 0, NULL, false},
    {"mark_draw, mark_names", run_mark, 0, NULL, false},
    {"continuation_seal", run_continuation, 0, NULL, false},
    {"parked_seal, parked_open", run_parked, 1, "the comparison of the tag", false},
    {"schedule_resume and its boxes", run_resume_keys, 0, NULL, false},
    {"kex_resume_init, _input", run_resume, 2, "a point of low order, and the tag", false},
    {"early box, sealed and opened", run_early, 2, "the tag, and the length of what was asked",
     false},
    {"hash_of", run_hash, 0, NULL, false},
    {"kdf", run_kdf, 0, NULL, false},
    {"short_mac and its comparison", run_short_mac, 0, NULL, false},
    {"shake256", run_shake, 0, NULL, false},
    {"stream_fill", run_stream, 0, NULL, false},
    {"rng_seed, rng_fill, rng_u64", run_rng, 0, NULL, false},
    {"dh_public", run_dh_public, 0, NULL, false},
    {"dh_shared", run_dh_shared, 0, NULL, false},
    {"dh_shared_together", run_dh_shared_together, 0, NULL, false},
    {"sign_keypair", run_sign_keypair, 0, NULL, false},
    {"mceliece_dec", run_mceliece_dec, 0, NULL, false},
    {"sntrup_dec", run_sntrup_dec, 0, NULL, false},
    {"goppa_error_expand", run_expand, 0, NULL, false},
    {"goppa_error_bits", run_bits, 0, NULL, false},
    {"goppa_error_columns", run_columns, 0, NULL, false},
    {"goppa_block_product", run_product, 0, NULL, false},
    {"goppa_syndrome_add", run_syndrome_add, 0, NULL, false},
    {"goppa_syndrome_add_identity", run_add_identity, 0, NULL, false},
    {"goppa_session_key", run_session_key, 0, NULL, false},
    {"a leaking branch", run_leaky_branch, 1, "this program can see a branch", false},
    {"a leaking index", run_leaky_index, 1, "this program can see an address", false},
    {"a leaking comparison", run_leaky_compare, 32, "this program counts every one", false},
};

int main(void)
{
    if (!RUNNING_ON_VALGRIND) {
        fprintf(stderr, "test_ct: sees nothing outside valgrind; run it as meson test does\n");
        return 1;
    }
    if (crypto_init() != LETHE_OK || !aead_openssl.ready())
        return 1;
    mceliece_keypair(pk, sk);
    sntrup_keypair(small_pk, small_sk);
    if (mceliece_enc(ct, out, pk) != LETHE_OK)
        return 1;
    sntrup_enc(small_ct, out, small_pk);

    int failures = 0;
    unsigned total = VALGRIND_COUNT_ERRORS;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct row *r = &table[i];
        if (r->aes && !aead_has_aes()) {
            printf("[  SKIPPED ] rows of AES\n");
            continue;
        }
        with_aes = r->aes;
        prepare();
        unsigned before = VALGRIND_COUNT_ERRORS;
        r->run();
        unsigned found = VALGRIND_COUNT_ERRORS - before;
        bool ok = found == r->expected;
        failures += !ok;
        total += found;
        printf("%-4s %-30s %u of %u%s%s\n", ok ? "ok" : "FAIL", r->name, found, r->expected,
               r->reason ? ": " : "", r->reason ? r->reason : "");
    }
    if (VALGRIND_COUNT_ERRORS != total) {
        printf("FAIL reports outside the rows\n");
        failures++;
    }
    return failures != 0;
}
