/* node/sessions: kept for one server, taken once, erased; and what is damaged or old is gone. */
#include "node/folder.h"

#include "node/sessions.h"
#include "seal/ring.h"

#define NOW_MS  ((int64_t)1700000000000)
#define LIFE_MS (47 * (int64_t)3600000)
#define NTRU    LEG_BIT(LEG_SNTRUP)
#define BOTH    (NTRU | LEG_BIT(LEG_MCELIECE))
#define FILE_AT "lethe/sessions/0101010101010101010101010101010101010101010101010101010101010101"

static uint8_t fingerprint[FINGERPRINT_BYTES], other[FINGERPRINT_BYTES];
static struct parked_session kept, got;

static int prepare(void **state)
{
    int err = make_folder(state);
    memset(fingerprint, 1, sizeof fingerprint);
    memset(other, 2, sizeof other);
    memset(&kept, 0x77, sizeof kept);
    kept.legs = NTRU;
    setenv("XDG_CACHE_HOME", folder, 1);
    return err;
}

static bool take(uint8_t needed, int64_t now_ms)
{
    memset(&got, 0xee, sizeof got);
    bool taken = sessions_take(&got, fingerprint, needed, now_ms);
    assert_true(taken || bytes_are_zero(&got, sizeof got));
    return taken;
}

static void what_is_kept_is_taken_once(void **state)
{
    (void)state;
    assert_false(take(NTRU, NOW_MS));
    sessions_keep(&kept, fingerprint, NOW_MS);
    assert_int_equal(permissions(FILE_AT), 0600);
    assert_int_equal(permissions("lethe/sessions"), 0700);
    assert_false(sessions_take(&got, other, NTRU, NOW_MS));
    assert_true(take(NTRU, NOW_MS));
    assert_memory_equal(&got, &kept, sizeof got);
    assert_int_equal(entries("lethe/sessions"), 0);
    assert_false(take(NTRU, NOW_MS));
}

static void a_later_one_takes_its_place(void **state)
{
    (void)state;
    sessions_keep(&kept, fingerprint, NOW_MS);
    kept.value[7]++;
    kept.legs = BOTH;
    sessions_keep(&kept, fingerprint, NOW_MS);
    assert_int_equal(entries("lethe/sessions"), 1);
    assert_true(take(BOTH, NOW_MS));
    assert_memory_equal(&got, &kept, sizeof got);
}

static void one_of_too_few_legs_stays(void **state)
{
    (void)state;
    sessions_keep(&kept, fingerprint, NOW_MS);
    assert_false(take(BOTH, NOW_MS));
    assert_int_equal(entries("lethe/sessions"), 1);
    assert_true(take(NTRU, NOW_MS));
}

static void one_whose_key_must_be_dead_goes(void **state)
{
    (void)state;
    sessions_keep(&kept, fingerprint, NOW_MS);
    assert_true(take(NTRU, NOW_MS + LIFE_MS - 1));
    sessions_keep(&kept, fingerprint, NOW_MS);
    assert_false(take(NTRU, NOW_MS + LIFE_MS));
    assert_int_equal(entries("lethe/sessions"), 0);
    sessions_keep(&kept, fingerprint, NOW_MS); /* the clock was set back */
    assert_false(take(NTRU, NOW_MS - 1));
}

/* Any byte, and a file that others may read or that is shorter: no error, and it goes. */
static void a_damaged_one_goes(void **state)
{
    (void)state;
    uint8_t bytes[512];
    sessions_keep(&kept, fingerprint, NOW_MS);
    const size_t n = get_file(FILE_AT, bytes, sizeof bytes);
    for (size_t at = 0; at < n; at++) {
        bytes[at] ^= 1;
        put_file(FILE_AT, bytes, n);
        assert_int_equal(chmod(in_folder(FILE_AT), 0600), 0);
        assert_false(take(NTRU, NOW_MS));
        assert_int_equal(entries("lethe/sessions"), 0);
        bytes[at] ^= 1;
    }
    put_file(FILE_AT, bytes, n - 1);
    assert_false(take(NTRU, NOW_MS));
    put_file(FILE_AT, bytes, n);
    assert_int_equal(chmod(in_folder(FILE_AT), 0644), 0);
    assert_false(take(NTRU, NOW_MS));
    assert_int_equal(entries("lethe/sessions"), 0);
}

/* Through a name that the file had before, which shows what becomes of its bytes. */
static void what_is_taken_is_erased(void **state)
{
    (void)state;
    uint8_t bytes[512];
    sessions_keep(&kept, fingerprint, NOW_MS);
    char second[4096];
    (void)snprintf(second, sizeof second, "%s", in_folder("second"));
    assert_int_equal(link(in_folder(FILE_AT), second), 0);
    assert_true(take(NTRU, NOW_MS));
    const size_t n = get_file("second", bytes, sizeof bytes);
    assert_true(n > 100 && bytes_are_zero(bytes, n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_kept_is_taken_once, prepare, remove_folder),
        cmocka_unit_test_setup_teardown(a_later_one_takes_its_place, prepare, remove_folder),
        cmocka_unit_test_setup_teardown(one_of_too_few_legs_stays, prepare, remove_folder),
        cmocka_unit_test_setup_teardown(one_whose_key_must_be_dead_goes, prepare, remove_folder),
        cmocka_unit_test_setup_teardown(a_damaged_one_goes, prepare, remove_folder),
        cmocka_unit_test_setup_teardown(what_is_taken_is_erased, prepare, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
