/* store/short_term and store/short_term_file: a signed key is taken or refused with the right
 * words, and the secrets come back, turn, and die on the medium. */
#include "store/folder.h"

#include "crypto/init.h"
#include "store/secret_file.h"
#include "store/short_term_file.h"

#define NOW_MS ((int64_t)1700000000000)
#define HOUR   ((int64_t)3600000)

static struct identity_signer signer;
static struct public_identity id;
static uint8_t bytes[2 * SHORT_TERM_FILE_BYTES];
static struct short_term_public key, got;
static struct short_term_image image, back;
static const uint8_t fresh[SHORT_TERM_KEY_BYTES] = {0x5e, 1};

static int prepare(void **state)
{
    static const uint8_t seed[32] = {9};
    memset(&image, 0, sizeof image);
    memset(signer.fingerprint, 0xf1, FINGERPRINT_BYTES);
    memset(id.server.fingerprint, 0xf1, FINGERPRINT_BYTES);
    sign_keypair(id.sign_public, signer.secret, seed);
    dh_public(key.dh, fresh);
    key.born_ms = NOW_MS;
    key.until_ms = NOW_MS + 2 * HOUR;
    short_term_sign(bytes, signer.fingerprint, &key, signer.secret);
    return make_folder(state);
}

static int opened(size_t n, int64_t now_ms)
{
    return short_term_open(&got, bytes, n, id.server.fingerprint, id.sign_public, now_ms);
}

static void what_was_signed_comes_back(void **state)
{
    (void)state;
    assert_int_equal(SHORT_TERM_FILE_BYTES, 163);
    assert_memory_equal(bytes, "lethe short-term 1\n", 19);
    assert_int_equal(opened(SHORT_TERM_FILE_BYTES, NOW_MS), LETHE_OK);
    assert_memory_equal(got.dh, key.dh, sizeof got.dh);
    assert_true(got.born_ms == key.born_ms && got.until_ms == key.until_ms);
    assert_int_equal(opened(SHORT_TERM_FILE_BYTES, NOW_MS + 2 * HOUR - 1), LETHE_OK);
    assert_int_equal(opened(SHORT_TERM_FILE_BYTES, NOW_MS + 2 * HOUR), LETHE_ERR_TIMEOUT);
    assert_int_equal(opened(SHORT_TERM_FILE_BYTES, NOW_MS - HOUR), LETHE_ERR_TIMEOUT);
    assert_true(got.until_ms == key.until_ms);
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof bytes; n++)
        if (n != SHORT_TERM_FILE_BYTES)
            assert_int_equal(opened(n, NOW_MS), LETHE_ERR_FORMAT);
    for (size_t at = 0; at < SHORT_TERM_FILE_BYTES; at++) {
        bytes[at] ^= (uint8_t)(1u << at % 8);
        int err = opened(SHORT_TERM_FILE_BYTES, NOW_MS);
        if (at < SHORT_TERM_MAGIC_BYTES)
            assert_int_equal(err, LETHE_ERR_FORMAT);
        else if (at < SHORT_TERM_MAGIC_BYTES + FINGERPRINT_BYTES)
            assert_int_equal(err, LETHE_ERR_IDENTITY);
        else /* a time may become one that makes no sense */
            assert_true(err == LETHE_ERR_CRYPTO || err == LETHE_ERR_FORMAT);
        bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    const int64_t times[][2] = {{NOW_MS, NOW_MS}, {NOW_MS + 1, NOW_MS}, {0, INT64_MAX}, {-1, 5}};
    for (int i = 0; i < 4; i++) { /* even if they were signed */
        key.born_ms = times[i][0];
        key.until_ms = times[i][1];
        short_term_sign(bytes, signer.fingerprint, &key, signer.secret);
        assert_int_equal(opened(SHORT_TERM_FILE_BYTES, NOW_MS), LETHE_ERR_FORMAT);
    }
}

static void a_client_is_told_why(void **state)
{
    (void)state;
    complained(short_term_load(&got, folder, &id, NOW_MS, &why), LETHE_ERR_NOT_FOUND,
               "public/short-term");
    assert_int_equal(mkdir(in_folder("public"), 0700), 0);
    put_file("public/short-term", bytes, SHORT_TERM_FILE_BYTES);
    assert_int_equal(short_term_load(&got, folder, &id, NOW_MS, &why), LETHE_OK);
    const char *path = in_folder("public/short-term");
    assert_int_equal(short_term_load(&got, path, &id, NOW_MS, &why), LETHE_OK);
    complained(short_term_load(&got, path, &id, NOW_MS + 2 * HOUR + 5000, &why), LETHE_ERR_TIMEOUT,
               "ended 5 s ago");
    complained(short_term_load(&got, path, &id, NOW_MS - HOUR, &why), LETHE_ERR_TIMEOUT,
               "begins only 3600 s from now");
    bytes[100] ^= 1;
    put_file("public/short-term", bytes, SHORT_TERM_FILE_BYTES);
    complained(short_term_load(&got, path, &id, NOW_MS, &why), LETHE_ERR_CRYPTO,
               "is not signed by");
    id.server.fingerprint[0] ^= 1;
    complained(short_term_load(&got, path, &id, NOW_MS, &why), LETHE_ERR_IDENTITY,
               "another identity's");
    put_file("public/short-term", bytes, 9);
    complained(short_term_load(&got, path, &id, NOW_MS, &why), LETHE_ERR_FORMAT, "short-term");
}

/* Hour after hour: never more than two, none too old, and the newest is the one that is told of. */
static void keys_turn_and_die(void **state)
{
    (void)state;
    bool changed;
    image.period_ms = HOUR;
    for (int i = 0; i < 20; i++) {
        uint8_t secret[SHORT_TERM_KEY_BYTES] = {0, (uint8_t)(i + 1)}; /* bits that are kept */
        const int64_t now = NOW_MS + i * (HOUR + 1000);
        assert_true(short_term_image_turn(&image, now, secret, &signer, &changed) && changed);
        assert_false(short_term_image_turn(&image, now, fresh, &signer, &changed) || changed);
        assert_int_equal(short_term_open(&got, image.file, SHORT_TERM_FILE_BYTES,
                                         signer.fingerprint, id.sign_public, now),
                         LETHE_OK);
        uint8_t public[DH_PUBLIC_BYTES];
        dh_public(public, secret);
        assert_memory_equal(got.dh, public, sizeof public);
        assert_true(got.born_ms == now && got.until_ms == now + 2 * HOUR);
        struct short_term_keys keys = {0};
        uint8_t stid[SHORT_TERM_ID_BYTES];
        schedule_stid(stid, public);
        short_term_take_image(&keys, &image, now);
        assert_non_null(short_term_find(&keys, stid, now));
        assert_int_equal(keys.keys[0].live + keys.keys[1].live, i ? 2 : 1);
    }
    struct short_term_image held = image;
    assert_false(short_term_image_expire(&held, NOW_MS + 19 * (HOUR + 1000)));
    assert_true(short_term_image_expire(&held, NOW_MS + 20 * (HOUR + 1000)));
    assert_int_equal((held.keys[0].born_ms != 0) + (held.keys[1].born_ms != 0), 1);
    assert_true(short_term_image_expire(&held, NOW_MS + 22 * (HOUR + 1000)));
    assert_true(bytes_are_zero((const uint8_t *)held.keys, sizeof held.keys));
    const int64_t late = NOW_MS + 19 * (HOUR + 1000) + 2 * HOUR; /* all are dead, one is made */
    assert_true(short_term_image_turn(&image, late, fresh, &signer, &changed));
    assert_int_equal((image.keys[0].born_ms != 0) + (image.keys[1].born_ms != 0), 1);
    assert_true(bytes_are_zero(image.keys[image.keys[0].born_ms != 0].secret, 32));
}

static void the_file_comes_back_and_is_erased(void **state)
{
    (void)state;
    bool changed;
    static uint8_t raw[1024];
    complained(short_term_image_read(&back, folder, &why), LETHE_ERR_NOT_FOUND, "/short-term");
    image.period_ms = HOUR;
    short_term_image_turn(&image, NOW_MS, fresh, &signer, &changed);
    assert_int_equal(short_term_image_write(&image, folder, &why), LETHE_OK);
    assert_int_equal(permissions("short-term"), 0600);
    assert_int_equal(short_term_image_read(&back, folder, &why), LETHE_OK);
    assert_memory_equal(&back, &image, sizeof back);
    int fd = open(in_folder("short-term"), O_RDONLY | O_CLOEXEC);
    const size_t n = get_file("short-term", raw, sizeof raw);
    assert_int_equal(short_term_image_write(&image, folder, &why), LETHE_OK);
    assert_int_equal(pread(fd, raw, sizeof raw, 0), n);
    assert_true(bytes_are_zero(raw, n));
    close(fd);
    get_file("short-term", raw, sizeof raw);
    for (size_t at = 0; at < n; at += 5) {
        raw[at] ^= 0x40;
        put_file("short-term", raw, n);
        complained(short_term_image_read(&back, folder, &why), LETHE_ERR_FORMAT, "/short-term");
        assert_true(bytes_are_zero(&back, sizeof back));
        raw[at] ^= 0x40;
    }
    put_file("short-term.abcdef", raw, n); /* of a writer that was killed */
    put_file("short-term.abc", raw, n);
    secret_file_sweep(folder, "short-term");
    assert_int_equal(entries("."), 2);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(what_was_signed_comes_back),
        EACH(anything_else_is_refused),
        EACH(a_client_is_told_why),
        EACH(keys_turn_and_die),
        EACH(the_file_comes_back_and_is_erased),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
