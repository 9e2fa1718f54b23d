/* store/sessions: kept for one server, taken once, erased; and what is damaged or old is gone. */
#include "store/folder.h"

#include <sys/file.h>

#include "seal/ring.h"
#include "store/secret_file.h"
#include "store/sessions.h"

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

static int take(int64_t now_ms)
{
    int64_t since_ms = 0;
    memset(&got, 0xee, sizeof got);
    memset(&why, 0, sizeof why);
    int err = sessions_take(&got, &since_ms, fingerprint, now_ms, &why);
    assert_true(err == LETHE_OK ? since_ms == NOW_MS : bytes_are_zero(&got, sizeof got));
    assert_true((why.text[0] != 0) == (err != LETHE_OK && err != LETHE_ERR_NOT_FOUND));
    return err;
}

static void is_none(int64_t now_ms)
{
    assert_int_equal(take(now_ms), LETHE_ERR_NOT_FOUND);
    assert_int_equal(entries("lethe/sessions"), 0);
}

static void keep(void)
{
    sessions_keep(&kept, NOW_MS, fingerprint);
}

static void what_is_kept_is_taken_once(void **state)
{
    (void)state;
    int64_t since_ms;
    is_none(NOW_MS);
    keep();
    assert_int_equal(permissions(FILE_AT), 0600);
    assert_int_equal(permissions("lethe/sessions"), 0700);
    assert_int_equal(sessions_take(&got, &since_ms, other, NOW_MS, &why), LETHE_ERR_NOT_FOUND);
    assert_int_equal(take(NOW_MS), LETHE_OK);
    assert_memory_equal(&got, &kept, sizeof got);
    is_none(NOW_MS);
}

static void a_later_one_takes_its_place(void **state)
{
    (void)state;
    keep();
    kept.value[7]++;
    kept.legs = BOTH;
    keep();
    assert_int_equal(entries("lethe/sessions"), 1);
    assert_int_equal(take(NOW_MS), LETHE_OK);
    assert_memory_equal(&got, &kept, sizeof got);
}

static void one_whose_key_must_be_dead_goes(void **state)
{
    (void)state;
    keep();
    assert_int_equal(take(NOW_MS + LIFE_MS - 1), LETHE_OK);
    keep();
    is_none(NOW_MS + LIFE_MS);
    keep(); /* the clock was set back */
    is_none(NOW_MS - 1);
}

/* Bytes of every field, and a file that is shorter or that others may read: told, and it goes. */
static void a_damaged_one_goes(void **state)
{
    (void)state;
    uint8_t bytes[512];
    keep();
    const size_t n = get_file(FILE_AT, bytes, sizeof bytes);
    for (size_t at = 0; at < n; at += 5) {
        bytes[at] ^= 1;
        put_file(FILE_AT, bytes, n);
        assert_int_equal(chmod(in_folder(FILE_AT), 0600), 0);
        complained(take(NOW_MS), LETHE_ERR_FORMAT, "is damaged");
        assert_int_equal(entries("lethe/sessions"), 0);
        bytes[at] ^= 1;
    }
    put_file(FILE_AT, bytes, n - 1);
    assert_int_equal(chmod(in_folder(FILE_AT), 0600), 0);
    complained(take(NOW_MS), LETHE_ERR_FORMAT, "is damaged");
    put_file(FILE_AT, bytes, n);
    assert_int_equal(chmod(in_folder(FILE_AT), 0644), 0);
    complained(take(NOW_MS), LETHE_ERR_PERMISSION, "others could read");
    assert_int_equal(entries("lethe/sessions"), 0);
}

/* Through a name that the file had before, which shows what becomes of its bytes. A run that was
 * ended then, before the file had no name, has left no session. */
static void what_is_taken_is_erased(void **state)
{
    (void)state;
    uint8_t bytes[512];
    keep();
    assert_int_equal(link(in_folder(FILE_AT), in_folder("second")), 0);
    assert_int_equal(take(NOW_MS), LETHE_OK);
    const size_t n = get_file("second", bytes, sizeof bytes);
    assert_true(n > 100 && bytes_are_zero(bytes, n));
    assert_int_equal(link(in_folder("second"), in_folder(FILE_AT)), 0);
    is_none(NOW_MS);
}

/* While it is taken, there is none; and what another run keeps meanwhile stays. */
static void who_comes_second_has_none(void **state)
{
    (void)state;
    keep();
    int first = open(in_folder(FILE_AT), O_RDWR);
    assert_int_equal(flock(first, LOCK_EX), 0);
    assert_int_equal(take(NOW_MS), LETHE_ERR_NOT_FOUND);
    assert_int_equal(entries("lethe/sessions"), 1);
    kept.value[7]++;
    keep();
    assert_int_equal(secret_file_erase_open(first, in_folder(FILE_AT)), LETHE_OK);
    close(first);
    assert_int_equal(take(NOW_MS), LETHE_OK);
    assert_memory_equal(&got, &kept, sizeof got);
}

/* A run that was ended while it kept one, and one whose link leads elsewhere. */
static void what_was_left_half_done_goes(void **state)
{
    (void)state;
    keep();
    put_file(FILE_AT ".AbCdEf", "half", 4);
    assert_int_equal(take(NOW_MS), LETHE_OK);
    assert_int_equal(entries("lethe/sessions"), 0);
    put_file("elsewhere", "not ours", 8);
    assert_int_equal(symlink(in_folder("elsewhere"), in_folder(FILE_AT)), 0);
    complained(take(NOW_MS), LETHE_ERR_PERMISSION, "cannot open");
    assert_true(is_there("elsewhere"));
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(what_is_kept_is_taken_once),      EACH(a_later_one_takes_its_place),
        EACH(one_whose_key_must_be_dead_goes), EACH(a_damaged_one_goes),
        EACH(what_is_taken_is_erased),         EACH(who_comes_second_has_none),
        EACH(what_was_left_half_done_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
