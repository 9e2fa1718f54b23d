/* node/rotator: one at a time, keys that come and go in the file, epochs that go on from one run to
 * the next, and a slow ring only where it is asked for. Each run ends after so many keys. */
#include "store/folder.h"

#include "net/clock.h"
#include "node/rotator.h"
#include "store/ringfile.h"

#define PERIOD_MS 30 /* waited for some twenty times in all */

static volatile sig_atomic_t stop;
static uint64_t epochs[32];
static int turns, stop_after;
static struct ring_image ring;

static int prepare(void **state)
{
    memset(&ring, 0, sizeof ring);
    return make_folder(state);
}

static void turned(uint64_t epoch)
{
    epochs[turns++] = epoch;
    stop = turns == stop_after;
}

static int rotate(int keys, int64_t period_ms, bool park)
{
    const struct rotator_options o = {.folder = folder,
                                      .identity_dir = in_folder("nobody"),
                                      .period_ms = period_ms,
                                      .park = park};
    stop = turns = 0;
    stop_after = keys;
    int err = rotator_run(&o, &stop, turned, &why);
    assert_true(err != LETHE_OK || turns == keys);
    for (int i = 1; i < turns; i++)
        assert_true(epochs[i] == epochs[i - 1] + 1);
    return err;
}

static int keys_there(unsigned count)
{
    int n = 0;
    assert_int_equal(ring_image_read(&ring, count, folder, &why), LETHE_OK);
    for (unsigned i = 0; i < count; i++)
        n += ring.keys[i].epoch != 0;
    return n;
}

static bool has_key(uint64_t epoch)
{
    for (unsigned i = 0; i < KID_COUNT; i++)
        if (ring.keys[i].epoch == epoch)
            return true;
    return false;
}

static void one_rotator_holds_the_lock(void **state)
{
    (void)state;
    int first, second;
    assert_int_equal(rotator_lock(&first, folder, &why), LETHE_OK);
    assert_int_equal(permissions("lock"), 0600);
    complained(rotator_lock(&second, folder, &why), LETHE_ERR_IN_USE, folder);
    assert_int_equal(second, -1);
    close(first);
    assert_int_equal(rotator_lock(&second, folder, &why), LETHE_OK);
    close(second);
    complained(rotator_lock(&first, in_folder("nowhere"), &why), LETHE_ERR_NOT_FOUND, "nowhere");
    assert_int_equal(first, -1);
}

/* The eighth predecessor of the newest is gone; none of those that are there is older. */
static void keys_come_and_go(void **state)
{
    (void)state;
    assert_int_equal(rotate(10, PERIOD_MS, false), LETHE_OK);
    assert_in_range(keys_there(KID_COUNT), 1, KID_COUNT);
    assert_int_equal(ring.period_ms, PERIOD_MS);
    assert_true(has_key(epochs[9]));
    assert_false(has_key(epochs[0]) || has_key(epochs[1]));
    assert_false(is_there("slow"));
}

/* A run that is told no period takes the ring's own; one that is told another changes it. */
static void the_next_run_goes_on(void **state)
{
    (void)state;
    assert_int_equal(rotate(2, PERIOD_MS, false), LETHE_OK);
    const uint64_t last = epochs[1];
    assert_int_equal(rotate(1, 0, false), LETHE_OK);
    assert_true(epochs[0] == last + 1);
    (void)keys_there(KID_COUNT);
    assert_int_equal(ring.period_ms, PERIOD_MS);
    put_file("ring", "damaged", 7);
    assert_int_equal(chmod(in_folder("ring"), 0600), 0);
    const uint64_t begun_s = clock_real_ms() / 1000;
    assert_int_equal(rotate(1, 0, false), LETHE_OK);
    assert_in_range(epochs[0], begun_s, clock_real_ms() / 1000);
    assert_int_equal(keys_there(KID_COUNT), 1);
    assert_int_equal(ring.period_ms, RING_PERIOD_MS);
}

static void a_slow_ring_is_made_and_erased(void **state)
{
    (void)state;
    uint8_t bytes[4096];
    assert_int_equal(rotate(2, PERIOD_MS, true), LETHE_OK);
    assert_int_equal(keys_there(SLOW_COUNT), 1);
    assert_int_equal(ring.period_ms, SLOW_PERIOD_MS);
    put_file("slow.AbCdEf", "half", 4);
    int fd = open(in_folder("slow"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(rotate(1, PERIOD_MS, false), LETHE_OK);
    assert_false(is_there("slow") || is_there("slow.AbCdEf"));
    const ssize_t n = pread(fd, bytes, sizeof bytes, 0);
    assert_true(n > 0 && bytes_are_zero(bytes, (size_t)n));
    close(fd);
}

/* A rotator that cannot keep its keys must not go on as if it did. */
static void one_that_cannot_write_ends(void **state)
{
    (void)state;
    const struct rotator_options o = {.folder = in_folder("nowhere"),
                                      .identity_dir = in_folder("nobody")};
    stop = 0;
    complained(rotator_run(&o, &stop, turned, &why), LETHE_ERR_NOT_FOUND, "nowhere/ring");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(one_rotator_holds_the_lock), EACH(keys_come_and_go),
        EACH(the_next_run_goes_on),       EACH(a_slow_ring_is_made_and_erased),
        EACH(one_that_cannot_write_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
