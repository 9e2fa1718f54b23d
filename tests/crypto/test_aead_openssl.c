/*
 * crypto/aead_openssl: what it allocates and keeps, seen from OpenSSL's allocator, which is ours
 * here: nothing new after the start, no key after aead_forget or a thread's end, and libsodium's
 * code where there is no memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "crypto/aead_implementation.h"
#include "crypto/init.h"
#include "lethe/error.h"

#define BLOCKS  65536
#define M_BYTES 3000

static struct {
    pthread_mutex_t lock;
    struct {
        uint8_t *p;
        size_t n;
    } blocks[BLOCKS];
    size_t live, calls;
    bool refuse;           /* the next allocations */
    const uint8_t *needle; /* 16 bytes that no freed block may hold */
    size_t found_in_freed;
} heap = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const uint8_t nonce[AEAD_NONCE_BYTES] = {7};
static uint8_t m[M_BYTES], ad[20];

static bool holds(const uint8_t *p, size_t n, const uint8_t *needle)
{
    return memmem(p, n, needle, 16) != NULL;
}

static void *take(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    uint8_t *p = NULL;
    pthread_mutex_lock(&heap.lock);
    heap.calls++;
    if (!heap.refuse && heap.live < BLOCKS)
        p = calloc(1, n);
    if (p) {
        heap.blocks[heap.live].p = p;
        heap.blocks[heap.live++].n = n;
    }
    pthread_mutex_unlock(&heap.lock);
    return p;
}

static void give(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    pthread_mutex_lock(&heap.lock);
    heap.calls++;
    for (size_t i = 0; p && i < heap.live; i++)
        if (heap.blocks[i].p == p) {
            heap.found_in_freed +=
                heap.needle && holds(heap.blocks[i].p, heap.blocks[i].n, heap.needle);
            heap.blocks[i] = heap.blocks[--heap.live];
            break;
        }
    pthread_mutex_unlock(&heap.lock);
    free(p);
}

static void *resize(void *p, size_t n, const char *file, int line)
{
    void *q = take(n, file, line);
    for (size_t i = 0; p && q && i < heap.live; i++)
        if (heap.blocks[i].p == p)
            memcpy(q, p, heap.blocks[i].n < n ? heap.blocks[i].n : n);
    if (q)
        give(p, file, line);
    return q;
}

static bool heap_holds(const uint8_t *needle)
{
    bool found = false;
    for (size_t i = 0; i < heap.live; i++)
        found = found || holds(heap.blocks[i].p, heap.blocks[i].n, needle);
    return found;
}

static void heap_digest(uint8_t out[32])
{
    crypto_generichash_state h;
    crypto_generichash_init(&h, NULL, 0, 32);
    for (size_t i = 0; i < heap.live; i++)
        crypto_generichash_update(&h, heap.blocks[i].p, heap.blocks[i].n);
    crypto_generichash_final(&h, out, 32);
}

/* The subkey of `key`, and the half of the tag's key that is added at the end. */
static void subkeys(uint8_t subkey[32], uint8_t tail[16], const uint8_t *key)
{
    uint8_t short_nonce[12] = {0}, block[32];
    memcpy(short_nonce + 4, nonce + 16, 8);
    crypto_core_hchacha20(subkey, nonce, key, NULL);
    crypto_stream_chacha20_ietf(block, sizeof block, short_nonce, subkey);
    memcpy(tail, block + 16, 16);
}

static bool round_trip(const uint8_t *key, size_t n)
{
    uint8_t want[M_BYTES + 16], c[M_BYTES + 16];
    crypto_aead_xchacha20poly1305_ietf_encrypt(want, NULL, m, n, ad, sizeof ad, NULL, nonce, key);
    aead_seal(c, m, n, ad, sizeof ad, nonce, key);
    if (memcmp(c, want, n + 16) != 0)
        return false;
    c[n] ^= 1;
    if (aead_open(c, c, n + 16, ad, sizeof ad, nonce, key) != LETHE_ERR_CRYPTO)
        return false;
    memcpy(c, want, n + 16);
    return aead_open(c, c, n + 16, ad, sizeof ad, nonce, key) == LETHE_OK && memcmp(c, m, n) == 0;
}

static void is_chosen_and_forgets(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 17, 300, 1200, M_BYTES};
    uint8_t key[32], subkey[32], tail[16], first[32], digest[32];
    memset(key, 0xa6, sizeof key);
    assert_true(round_trip(key, 100));
    aead_forget();
    heap_digest(first);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        key[0]++;
        subkeys(subkey, tail, key);
        assert_true(round_trip(key, lengths[i]));
        assert_true(heap_holds(subkey));
        assert_false(heap_holds(tail));
        assert_false(heap_holds(key));
        aead_forget();
        assert_false(heap_holds(subkey));
        heap_digest(digest); /* whatever is kept, nothing of it depends on the key */
        assert_memory_equal(digest, first, sizeof first);
    }
}

static void allocates_nothing_after_the_start(void **state)
{
    (void)state;
    const uint8_t key[32] = {3};
    size_t calls = heap.calls;
    assert_true(calls > 2);
    for (size_t n = 0; n <= M_BYTES; n += 50)
        assert_true(round_trip(key, n));
    aead_forget();
    assert_int_equal(crypto_init(), LETHE_OK);
    assert_int_equal(heap.calls, calls);
}

static void in_a_thread(void *(*run)(void *), uint8_t *key)
{
    pthread_t thread;
    void *failed;
    assert_int_equal(pthread_create(&thread, NULL, run, key), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
}

static void *prepared_round_trip(void *key)
{
    if (crypto_init() != LETHE_OK)
        return key;
    size_t calls = heap.calls;
    return round_trip(key, 1200) && heap.calls == calls ? NULL : key;
}

static void nor_does_a_prepared_thread(void **state)
{
    (void)state;
    uint8_t key[32] = {4};
    in_a_thread(prepared_round_trip, key);
}

static void *many_round_trips(void *seed)
{
    uint8_t key[32];
    for (unsigned i = 0; i < 400; i++) {
        memset(key, *(uint8_t *)seed, sizeof key);
        store32(key, i);
        if (!round_trip(key, (i * 61u + *(uint8_t *)seed) % M_BYTES))
            return seed;
    }
    return NULL;
}

static void threads_do_not_meet(void **state)
{
    (void)state;
    pthread_t threads[3];
    uint8_t seeds[3] = {1, 2, 3};
    size_t live = heap.live;
    void *failed;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_round_trips, &seeds[i]), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(heap.live, live); /* a thread takes its contexts along */
}

static void *one_round_trip(void *key)
{
    return round_trip(key, 1200) ? NULL : key;
}

static void a_threads_end_leaves_no_key(void **state)
{
    (void)state;
    uint8_t key[32] = {6}, subkey[32], tail[16];
    subkeys(subkey, tail, key);
    uint8_t *const needles[] = {subkey, tail};
    size_t calls = heap.calls;
    for (int i = 0; i < 2; i++) {
        heap.needle = needles[i];
        in_a_thread(one_round_trip, key);
    }
    heap.needle = NULL;
    assert_true(heap.calls > calls);
    assert_int_equal(heap.found_in_freed, 0);
}

static void without_memory_libsodium_seals(void **state)
{
    (void)state;
    uint8_t key[32] = {8};
    size_t live = heap.live, calls = heap.calls;
    heap.refuse = true;
    in_a_thread(one_round_trip, key);
    heap.refuse = false;
    assert_true(heap.calls > calls);
    assert_int_equal(heap.live, live);
}

static void a_fork_has_its_own(void **state)
{
    (void)state;
    uint8_t key[32] = {9}, forked[32] = {10};
    int status;
    assert_true(round_trip(key, 500));
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(round_trip(forked, 700) && round_trip(key, 500) ? 0 : 1);
    assert_true(round_trip(key, 600));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_chosen_and_forgets),
        cmocka_unit_test(allocates_nothing_after_the_start),
        cmocka_unit_test(nor_does_a_prepared_thread),
        cmocka_unit_test(threads_do_not_meet),
        cmocka_unit_test(a_threads_end_leaves_no_key),
        cmocka_unit_test(without_memory_libsodium_seals),
        cmocka_unit_test(a_fork_has_its_own),
    };
    if (CRYPTO_set_mem_functions(take, resize, give) != 1 || crypto_init() != LETHE_OK)
        return 1;
    for (size_t i = 0; i < sizeof m; i++)
        m[i] = (uint8_t)(i * i + 5);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
