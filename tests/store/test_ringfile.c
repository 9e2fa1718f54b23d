/* store/ringfile: the ring comes back or is refused, no key outlives its time on the medium, and
 * epochs only ever go up. */
#include "store/folder.h"

#include "store/ringfile.h"
#include "store/secret_file.h"

#include <linux/magic.h>
#include <signal.h>
#include <sys/vfs.h>

#define NOW_MS     ((int64_t)1700000000000)
#define FILE_BYTES (13 + 8 + 8 * 48 + 32)

static struct ring_image image, got;
static uint8_t bytes[2 * FILE_BYTES];

static int prepare(void **state)
{
    memset(&image, 0, sizeof image);
    image.count = KID_COUNT;
    image.period_ms = 60000;
    for (int i = 0; i < KID_COUNT; i++) {
        image.keys[i].epoch = (uint64_t)(1000 + i);
        image.keys[i].born_ms = NOW_MS - (7 - i) * 60000;
        memset(image.keys[i].key, 0xa0 + i, COOKIE_KEY_BYTES);
    }
    return make_folder(state);
}

static void write_image(void)
{
    assert_int_equal(ring_image_write(&image, folder, &why), LETHE_OK);
}

static void an_image_comes_back(void **state)
{
    (void)state;
    complained(ring_image_read(&got, KID_COUNT, folder, &why), LETHE_ERR_NOT_FOUND, "/ring");
    write_image();
    assert_int_equal(permissions("ring"), 0600);
    assert_int_equal(get_file("ring", bytes, sizeof bytes), FILE_BYTES);
    assert_memory_equal(bytes, "lethe ring 1\n", 13);
    memset(&got, 0xee, sizeof got);
    assert_int_equal(ring_image_read(&got, KID_COUNT, folder, &why), LETHE_OK);
    assert_memory_equal(&got, &image, sizeof got);
    assert_int_equal(entries("."), 1);
}

static void refused(int expected)
{
    memset(&got, 0xee, sizeof got);
    complained(ring_image_read(&got, KID_COUNT, folder, &why), expected, "/ring");
    for (int i = 0; i < KID_COUNT; i++)
        assert_memory_not_equal(got.keys[i].key, image.keys[i].key, COOKIE_KEY_BYTES);
}

static void a_damaged_ring_is_refused(void **state)
{
    (void)state;
    write_image();
    get_file("ring", bytes, sizeof bytes);
    for (size_t at = 0; at < FILE_BYTES; at++) {
        bytes[at] ^= (uint8_t)(1u << at % 8);
        put_file("ring", bytes, FILE_BYTES);
        refused(LETHE_ERR_FORMAT);
        bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    put_file("ring", bytes, FILE_BYTES - 1);
    refused(LETHE_ERR_FORMAT);
    put_file("ring", bytes, FILE_BYTES + 1);
    refused(LETHE_ERR_FORMAT);
    put_file("ring", bytes, FILE_BYTES);
    assert_int_equal(ring_image_read(&got, KID_COUNT, folder, &why), LETHE_OK);
    for (int64_t period = -1; period <= 0; period++) {
        image.period_ms = period;
        write_image();
        refused(LETHE_ERR_FORMAT);
    }
}

static void a_ring_that_others_may_read_is_refused(void **state)
{
    (void)state;
    write_image();
    for (mode_t bit = 1; bit < 0100; bit <<= 1) {
        assert_int_equal(chmod(in_folder("ring"), 0600 | bit), 0);
        refused(LETHE_ERR_PERMISSION);
    }
    assert_int_equal(unlink(in_folder("ring")), 0);
    assert_int_equal(mkdir(in_folder("ring"), 0700), 0);
    refused(LETHE_ERR_FORMAT);
}

/* As one who kept the old file open, or reads the medium, sees it. */
static void the_old_content_is_erased(void **state)
{
    (void)state;
    write_image();
    int fd = open(in_folder("ring"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, bytes, sizeof bytes, 0), FILE_BYTES);
    assert_false(bytes_are_zero(bytes, FILE_BYTES));
    image.keys[0].epoch = 1008;
    write_image();
    assert_int_equal(pread(fd, bytes, sizeof bytes, 0), FILE_BYTES);
    assert_true(bytes_are_zero(bytes, FILE_BYTES));
    close(fd);
    assert_int_equal(ring_image_read(&got, KID_COUNT, folder, &why), LETHE_OK);
    assert_memory_equal(&got, &image, sizeof got);
    assert_int_equal(entries("."), 1);
}

static void a_failed_write_keeps_the_old_ring(void **state)
{
    (void)state;
    struct rlimit before;
    const struct ring_image old = image;
    write_image();
    image.keys[0].epoch = 1008;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_FSIZE, FILE_BYTES - 1);
    int err = ring_image_write(&image, folder, &why);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    complained(err, LETHE_ERR_NO_SPACE, "/ring");
    assert_int_equal(ring_image_read(&got, KID_COUNT, folder, &why), LETHE_OK);
    assert_memory_equal(&got, &old, sizeof got);
    assert_int_equal(entries("."), 1);
}

/* A link in the place of the ring is replaced, and what it points at is not erased. */
static void a_link_is_not_followed_to_be_erased(void **state)
{
    (void)state;
    memset(bytes, 0x77, FILE_BYTES);
    put_file("other", bytes, FILE_BYTES);
    assert_int_equal(symlink("other", in_folder("ring")), 0);
    assert_int_equal(symlink("other", in_folder("ring.AAAAAA")), 0);
    write_image();
    secret_file_sweep(folder, "ring");
    assert_int_equal(get_file("other", bytes, sizeof bytes), FILE_BYTES);
    for (size_t i = 0; i < FILE_BYTES; i++)
        assert_int_equal(bytes[i], 0x77);
    assert_int_equal(entries("."), 2);
    assert_int_equal(ring_image_read(&got, KID_COUNT, folder, &why), LETHE_OK);
}

/* What a rotator that was killed left; the ring and the lock stay. */
static void leftovers_are_erased(void **state)
{
    (void)state;
    write_image();
    get_file("ring", bytes, sizeof bytes);
    put_file("ring.aBcDeF", bytes, FILE_BYTES);
    put_file("ring.123456", bytes, 100);
    put_file("lock", "", 0);
    put_file("rings", "", 0);
    int fd = open(in_folder("ring.aBcDeF"), O_RDONLY | O_CLOEXEC);
    secret_file_sweep(folder, "ring");
    assert_int_equal(pread(fd, bytes, sizeof bytes, 0), FILE_BYTES);
    assert_true(bytes_are_zero(bytes, FILE_BYTES));
    close(fd);
    assert_int_equal(entries("."), 3);
    assert_true(is_there("lock") && is_there("rings"));
    assert_int_equal(ring_image_read(&got, KID_COUNT, folder, &why), LETHE_OK);
    assert_memory_equal(&got, &image, sizeof got);
    secret_file_sweep(in_folder("nowhere"), "ring"); /* best effort */
}

static bool memory_backed(const char *path)
{
    struct statfs fs;
    return statfs(path, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static const uint8_t fingerprint[32] = {0xab, 0xcd, 0xef, 1, 2, 3, 4, 5, 6};

static void a_folder_is_made_for_its_owner_alone(void **state)
{
    (void)state;
    char out[RING_PATH_BYTES];
    bool on_disk;
    assert_int_equal(ring_folder(out, in_folder("a/b"), fingerprint, &on_disk, &why), LETHE_OK);
    assert_string_equal(out, in_folder("a/b"));
    assert_int_equal(permissions("a/b"), 0700);
    assert_int_equal(on_disk, !memory_backed(folder));
    assert_int_equal(ring_folder(out, in_folder("a/b"), fingerprint, &on_disk, &why), LETHE_OK);
    if (memory_backed("/dev/shm")) {
        char shm[] = "/dev/shm/lethe-test-XXXXXX";
        assert_non_null(mkdtemp(shm));
        on_disk = true;
        int err = ring_folder(out, shm, fingerprint, &on_disk, &why);
        (void)rmdir(shm);
        assert_int_equal(err, LETHE_OK);
        assert_false(on_disk);
    }
}

/* Who can write there chooses the keys; who can read there has them. */
static void a_folder_of_others_is_refused(void **state)
{
    (void)state;
    char out[RING_PATH_BYTES];
    bool on_disk = true;
    assert_int_equal(mkdir(in_folder("d"), 0700), 0);
    for (mode_t bit = 1; bit < 0100; bit <<= 1) {
        assert_int_equal(chmod(in_folder("d"), 0700 | bit), 0);
        complained(ring_folder(out, in_folder("d"), fingerprint, &on_disk, &why),
                   LETHE_ERR_PERMISSION, "chmod 700");
        assert_false(on_disk);
    }
    assert_int_equal(chmod(in_folder("d"), 0700), 0);
    assert_int_equal(symlink("d", in_folder("link")), 0);
    complained(ring_folder(out, in_folder("link"), fingerprint, &on_disk, &why),
               LETHE_ERR_PERMISSION, "/link");
    put_file("f", "", 0);
    complained(ring_folder(out, in_folder("f"), fingerprint, &on_disk, &why), LETHE_ERR_PERMISSION,
               "/f");
    if (geteuid() == 0)
        assert_int_equal(chown(in_folder("d"), NOBODY, NOBODY), 0);
    complained(
        ring_folder(out, geteuid() == 0 ? in_folder("d") : "/usr", fingerprint, &on_disk, &why),
        LETHE_ERR_PERMISSION, "another user");
    static char name[RING_PATH_BYTES + 1];
    memset(name, 'a', RING_PATH_BYTES);
    complained(ring_folder(out, name, fingerprint, &on_disk, &why), LETHE_ERR_USAGE, "too long");
}

static void without_a_folder_it_is_one_in_memory(void **state)
{
    (void)state;
    char out[RING_PATH_BYTES], expected[RING_PATH_BYTES];
    bool on_disk = true, root = geteuid() == 0;
    assert_int_equal(setenv("XDG_RUNTIME_DIR", folder, 1), 0);
    bool first = root ? memory_backed("/run") : memory_backed(folder);
    int err = ring_folder(out, NULL, fingerprint, &on_disk, &why);
    if (!first && !memory_backed("/dev/shm")) {
        complained(err, LETHE_ERR_NOT_FOUND, "--ring");
        return;
    }
    if (first)
        (void)snprintf(expected, sizeof expected, "%s/lethe/abcdef0102030405",
                       root ? "/run" : folder);
    else
        (void)snprintf(expected, sizeof expected, "/dev/shm/lethe-%u-abcdef0102030405",
                       (unsigned)geteuid());
    assert_int_equal(err, LETHE_OK);
    assert_string_equal(out, expected);
    assert_false(on_disk);
    (void)rmdir(out);
}

static void live_keys_go_into_the_ring(void **state)
{
    (void)state;
    struct ring ring;
    ring_init(&ring, 1000);
    image.keys[3].epoch = 0;                 /* an empty place */
    image.keys[1].born_ms = NOW_MS - 480000; /* just dead */
    image.keys[2].born_ms = NOW_MS - 479999;
    image.keys[6].born_ms = NOW_MS + 60000; /* of before the clock was set back */
    image.keys[7].born_ms = NOW_MS + 59999;
    ring_take_image(&ring, &image, NOW_MS);
    assert_true(ring.life_ms == 480000);
    for (uint8_t kid = 0; kid < KID_COUNT; kid++) {
        const struct cookie_key *k = ring_find(&ring, kid, NOW_MS);
        bool live = kid != 1 && kid != 3 && kid != 6;
        assert_int_equal(k != NULL, live);
        assert_int_equal(ring.keys[kid].live, live);
        if (live)
            assert_true(k->epoch == 1000u + kid && k->born_ms == image.keys[kid].born_ms);
    }
}

static const uint8_t fresh[COOKIE_KEY_BYTES] = {0x5e};

/* The image's newest key, and how many there are. */
static int newest(int *count)
{
    int n = 0, last = 0;
    for (int i = 0; i < KID_COUNT; i++) {
        n += image.keys[i].epoch != 0;
        if (image.keys[i].epoch > image.keys[last].epoch)
            last = i;
    }
    if (count)
        *count = n;
    assert_true(image.keys[last].epoch % KID_COUNT == (uint64_t)last);
    return last;
}

static void a_ring_begins_with_one_key(void **state)
{
    (void)state;
    int count;
    image = (struct ring_image){.count = KID_COUNT, .period_ms = 60000};
    assert_true(ring_image_turn(&image, NOW_MS, fresh));
    int i = newest(&count);
    assert_int_equal(count, 1);
    assert_true(image.keys[i].epoch == NOW_MS / 1000); /* above all before it */
    assert_true(image.keys[i].born_ms == NOW_MS);
    assert_memory_equal(image.keys[i].key, fresh, sizeof fresh);
    const struct ring_image before = image;
    assert_false(ring_image_turn(&image, NOW_MS + 59999, fresh));
    assert_memory_equal(&image, &before, sizeof before);
    assert_true(ring_image_turn(&image, NOW_MS + 60000, fresh));
}

static void a_key_a_period_and_none_too_old(void **state)
{
    (void)state;
    uint64_t last = 0;
    int64_t now = NOW_MS;
    image = (struct ring_image){.count = KID_COUNT, .period_ms = 1000};
    for (int i = 0; i < 100; i++, now += i % 10 == 5 ? 20000 : 1000) {
        int count;
        assert_true(ring_image_turn(&image, now, fresh));
        assert_false(ring_image_turn(&image, now, fresh));
        uint64_t epoch = image.keys[newest(&count)].epoch;
        assert_true(epoch > last);
        last = epoch;
        for (int k = 0; k < KID_COUNT; k++) {
            if (image.keys[k].epoch == 0)
                assert_true(bytes_are_zero((const uint8_t *)&image.keys[k], sizeof image.keys[k]));
            else
                assert_true(now - image.keys[k].born_ms < 8000);
        }
    }
}

/* Back by more than a period: all keys are of the future, and are gone. Back by less: they stay. */
static void a_clock_set_back_makes_a_new_key(void **state)
{
    (void)state;
    int count;
    const struct ring_image before = image;
    assert_false(ring_image_turn(&image, NOW_MS - 59999, fresh));
    assert_memory_equal(&image, &before, sizeof before);
    assert_true(ring_image_turn(&image, NOW_MS - 3600000, fresh));
    int i = newest(&count);
    assert_int_equal(count, 1);
    assert_true(image.keys[i].epoch == 1008); /* one above those that were there */
    for (int k = 0; k < KID_COUNT; k++)
        if (k != i)
            assert_true(bytes_are_zero((const uint8_t *)&image.keys[k], sizeof image.keys[k]));
    assert_true(image.keys[i].born_ms == NOW_MS - 3600000);
    /* Whose epoch goes on from the one that was there. */
    image = before;
    image.keys[4].epoch = (uint64_t)1 << 40 | 4;
    assert_true(ring_image_turn(&image, NOW_MS - 3600000, fresh));
    i = newest(&count);
    assert_int_equal(count, 1);
    assert_true(image.keys[i].epoch == ((uint64_t)1 << 40 | 5));
}

/* Epochs are counted on from the last one, whatever the period is. */
static void a_changed_period_keeps_epochs_increasing(void **state)
{
    (void)state;
    static const int64_t periods[] = {60000, 1000, 86400000, 400, 3600000};
    uint64_t last = 0;
    int64_t now = NOW_MS;
    image = (struct ring_image){.count = KID_COUNT, .period_ms = 60000};
    for (int i = 0; i < 50; i++) {
        image.period_ms = periods[i % 5];
        now += image.period_ms;
        assert_true(ring_image_turn(&image, now, fresh));
        int k = newest(NULL);
        assert_true(image.keys[k].epoch > last);
        assert_true(image.keys[k].born_ms == now);
        last = image.keys[k].epoch;
    }
}

/* Who only holds keys wipes them, and sees when a new one is late. */
static void who_holds_a_ring_forgets_what_is_dead(void **state)
{
    (void)state;
    const struct ring_image before = image;
    assert_false(ring_image_is_due(&image, NOW_MS + 59999));
    assert_false(ring_image_expire(&image, NOW_MS + 59999));
    assert_memory_equal(&image, &before, sizeof before);
    assert_true(ring_image_is_due(&image, NOW_MS + 60000));
    assert_true(ring_image_expire(&image, NOW_MS + 60000));
    assert_true(bytes_are_zero((const uint8_t *)&image.keys[0], sizeof image.keys[0]));
    assert_memory_equal(&image.keys[1], &before.keys[1], 7 * sizeof image.keys[1]);
    assert_false(ring_image_expire(&image, NOW_MS + 60000));
    assert_true(ring_image_expire(&image, NOW_MS + 480000));
    assert_true(bytes_are_zero((const uint8_t *)image.keys, sizeof image.keys));
    assert_true(ring_image_is_due(&image, NOW_MS));
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(an_image_comes_back),
        EACH(a_damaged_ring_is_refused),
        EACH(a_ring_that_others_may_read_is_refused),
        EACH(the_old_content_is_erased),
        EACH(a_failed_write_keeps_the_old_ring),
        EACH(a_link_is_not_followed_to_be_erased),
        EACH(leftovers_are_erased),
        EACH(a_folder_is_made_for_its_owner_alone),
        EACH(a_folder_of_others_is_refused),
        EACH(without_a_folder_it_is_one_in_memory),
        EACH(live_keys_go_into_the_ring),
        EACH(a_ring_begins_with_one_key),
        EACH(a_key_a_period_and_none_too_old),
        EACH(a_clock_set_back_makes_a_new_key),
        EACH(a_changed_period_keeps_epochs_increasing),
        EACH(who_holds_a_ring_forgets_what_is_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
