/* store/ringfile and rotator: the slow ring, its file beside the other, and its end where it is not
 * wanted any more. */
#include "store/folder.h"

#include "node/rotator.h"
#include "store/ringfile.h"
#include "store/secret_file.h"

#define NOW_MS     ((int64_t)1700000000000)
#define FILE_BYTES (13 + 8 + 48 * 48 + 32)
#define HOUR_MS    ((int64_t)3600000)

static struct ring_image slow, got;
static struct ring ring;
static volatile sig_atomic_t stop;

static int prepare(void **state)
{
    memset(&slow, 0, sizeof slow);
    slow.count = SLOW_COUNT;
    slow.period_ms = SLOW_PERIOD_MS;
    return make_folder(state);
}

/* A key an hour, each two days; what it makes is found under its name in the ring of a server. */
static void a_key_an_hour_and_48_of_them(void **state)
{
    (void)state;
    uint8_t fresh[COOKIE_KEY_BYTES] = {1};
    int64_t now = NOW_MS;
    for (int hour = 0; hour < 60; hour++, now += HOUR_MS) {
        fresh[0]++;
        assert_true(ring_image_turn(&slow, now, fresh));
        assert_false(ring_image_turn(&slow, now + HOUR_MS - 1, fresh));
        int live = 0;
        for (int i = 0; i < SLOW_COUNT; i++)
            live += slow.keys[i].epoch != 0;
        assert_int_equal(live, hour < 48 ? hour + 1 : 48);
    }
    now -= HOUR_MS;
    ring_init_slow(&ring);
    ring_take_image(&ring, &slow, now);
    for (unsigned kid = 0; kid < 256; kid++)
        assert_int_equal(ring_find(&ring, (uint8_t)kid, now) != NULL, kid < SLOW_COUNT);
    assert_true(ring_sealing(&ring, now + 2000)->born_ms == now);
    assert_int_equal(cookie_key_kid(ring_sealing(&ring, now)),
                     ring_sealing(&ring, now)->epoch % SLOW_COUNT);
    assert_null(ring_sealing(&ring, now + 48 * HOUR_MS));
}

static void its_file_is_another(void **state)
{
    (void)state;
    uint8_t bytes[2 * FILE_BYTES];
    const uint8_t fresh[COOKIE_KEY_BYTES] = {1};
    (void)ring_image_turn(&slow, NOW_MS, fresh);
    assert_int_equal(ring_image_write(&slow, folder, &why), LETHE_OK);
    assert_int_equal(permissions("slow"), 0600);
    assert_int_equal(get_file("slow", bytes, sizeof bytes), FILE_BYTES);
    assert_memory_equal(bytes, "lethe slow 1\n", 13);
    memset(&got, 0xee, sizeof got);
    assert_int_equal(ring_image_read(&got, SLOW_COUNT, folder, &why), LETHE_OK);
    assert_memory_equal(&got, &slow, sizeof got);
    complained(ring_image_read(&got, KID_COUNT, folder, &why), LETHE_ERR_NOT_FOUND, "/ring");
    for (size_t at = 0; at < FILE_BYTES; at += 41) {
        bytes[at] ^= 4;
        put_file("slow", bytes, FILE_BYTES);
        assert_int_equal(chmod(in_folder("slow"), 0600), 0);
        complained(ring_image_read(&got, SLOW_COUNT, folder, &why), LETHE_ERR_FORMAT, "/slow");
        bytes[at] ^= 4;
    }
    put_file("slow.AbCdEf", bytes, FILE_BYTES);
    secret_file_sweep(folder, "slow");
    assert_false(is_there("slow.AbCdEf"));
    assert_true(is_there("slow"));
}

static void turned_once(uint64_t epoch)
{
    assert_true(epoch > 0);
    stop = 1;
}

static void rotate(bool park)
{
    stop = 0;
    const struct rotator_options o = {.folder = folder, .identity_dir = folder, .park = park};
    assert_int_equal(rotator_run(&o, &stop, turned_once, &why), LETHE_OK);
}

/* A rotator that turns one, one that finds it, and one that is not to. */
static void who_turns_none_erases_it(void **state)
{
    (void)state;
    static uint8_t bytes[2 * FILE_BYTES];
    struct ring_image first;
    rotate(true);
    assert_int_equal(ring_image_read(&first, SLOW_COUNT, folder, &why), LETHE_OK);
    assert_true(first.period_ms == HOUR_MS);
    assert_int_equal(remove(in_folder("ring")), 0); /* so that it has something to turn */
    rotate(true);
    assert_int_equal(ring_image_read(&got, SLOW_COUNT, folder, &why), LETHE_OK);
    assert_memory_equal(&got, &first, sizeof got);
    assert_int_equal(link(in_folder("slow"), in_folder("second")), 0);
    assert_int_equal(remove(in_folder("ring")), 0);
    rotate(false);
    assert_false(is_there("slow"));
    assert_true(is_there("ring"));
    assert_int_equal(get_file("second", bytes, sizeof bytes), FILE_BYTES);
    assert_true(bytes_are_zero(bytes, FILE_BYTES));
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_key_an_hour_and_48_of_them),
        EACH(its_file_is_another),
        EACH(who_turns_none_erases_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
