/* service/files_cache: descriptors that are kept for a second save the opening, and never show:
 * what is changed, replaced, cut, deleted or closed to the server is told at once, and never mixed.
 */
#include "service/test_files_support.h"

static struct body body;
static int watch;

static int prepare_watch(void **state)
{
    watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    return prepare(state);
}

static int end_watch(void **state)
{
    close(watch);
    return end(state);
}

/* A body of bytes + from, opened and read once; further openings are counted. */
static void begin(const char *path, size_t from, size_t n)
{
    char name[64];
    (void)snprintf(name, sizeof name, "share/%s", path);
    put_file(name, bytes + from, n);
    settle();
    assert_true(inotify_add_watch(watch, in_folder(name), IN_OPEN) >= 0);
    assert_int_equal(open_body(path, &body), LETHE_STATUS_OK);
    assert_int_equal(read_body_at(&body, 0, n), LETHE_STATUS_OK);
    assert_memory_equal(buffer, bytes + from, n);
    assert_int_equal(opened(watch), 1);
}

static int descriptors(void)
{
    int n = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void one_opening_serves_many_reads(void **state)
{
    (void)state;
    begin("f", 0, 5000);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(read_body_at(&body, i * 1000, 1000), LETHE_STATUS_OK);
        assert_memory_equal(buffer, bytes + i * 1000, 1000);
        assert_int_equal(digest_of(&body, i * 1000, 1000), LETHE_STATUS_OK);
        digested(bytes + i * 1000, 1000);
    }
    assert_int_equal(opened(watch), 0);
    assert_int_equal(open_body("f", &body), LETHE_STATUS_OK); /* who opens wants to know */
    assert_int_equal(opened(watch), 1);
}

/* A second since the opening, not since the last use. */
static void a_descriptor_is_kept_for_a_second(void **state)
{
    (void)state;
    int before = descriptors();
    begin("f", 0, 100);
    assert_int_equal(descriptors(), before + 1);
    pause_ms(300);
    files_close_idle(&files);
    assert_int_equal(descriptors(), before + 1);
    assert_int_equal(still(&body), LETHE_STATUS_OK);
    pause_ms(750);
    assert_int_equal(opened(watch), 0);
    assert_int_equal(still(&body), LETHE_STATUS_OK);
    assert_int_equal(opened(watch), 1);
    assert_int_equal(descriptors(), before + 1);
    pause_ms(1010);
    files_close_idle(&files);
    assert_int_equal(descriptors(), before);
    assert_int_equal(still(&body), LETHE_STATUS_OK);
    assert_int_equal(opened(watch), 1);
}

static void a_replaced_file_is_told(void **state)
{
    (void)state;
    begin("f", 0, 5000);
    put_file("share/g", bytes + 1, 5000);
    assert_int_equal(rename(in_folder("share/g"), in_folder("share/f")), 0);
    int at_once = read_body_at(&body, 0, 5000);
    assert_true(at_once == LETHE_STATUS_BUSY || at_once == LETHE_STATUS_CHANGED);
    settle();
    assert_int_equal(still(&body), LETHE_STATUS_CHANGED);
    assert_int_equal(digest_of(&body, 0, 10), LETHE_STATUS_CHANGED);
    assert_int_equal(open_body("f", &body), LETHE_STATUS_OK);
    assert_int_equal(read_body_at(&body, 0, 5000), LETHE_STATUS_OK);
    assert_memory_equal(buffer, bytes + 1, 5000);
}

static void a_rewritten_file_is_told(void **state)
{
    (void)state;
    begin("f", 0, 5000);
    put_file("share/f", bytes + 1, 5000);
    assert_int_not_equal(still(&body), LETHE_STATUS_OK);
    settle();
    assert_int_equal(still(&body), LETHE_STATUS_CHANGED);
}

static void a_truncated_file_is_told(void **state)
{
    (void)state;
    begin("f", 0, 5000);
    assert_int_equal(truncate(in_folder("share/f"), 4999), 0);
    assert_int_not_equal(still(&body), LETHE_STATUS_OK);
    settle();
    assert_int_equal(still(&body), LETHE_STATUS_CHANGED);
    assert_int_equal(read_body_at(&body, 4999, 1), LETHE_STATUS_CHANGED);
}

/* Deleting it or giving it another name changes the inode's time, too. */
static void a_file_that_went_away_is_told(void **state)
{
    (void)state;
    begin("f", 0, 5000);
    assert_int_equal(unlink(in_folder("share/f")), 0);
    assert_int_equal(still(&body), LETHE_STATUS_NOT_FOUND);
    begin("g", 0, 5000);
    assert_int_equal(rename(in_folder("share/g"), in_folder("share/h")), 0);
    assert_int_equal(still(&body), LETHE_STATUS_NOT_FOUND);
    settle();
    assert_int_equal(still(&body), LETHE_STATUS_NOT_FOUND);
    assert_int_equal(open_body("h", &body), LETHE_STATUS_OK);
}

static void a_file_that_is_closed_to_the_server_is_denied(void **state)
{
    (void)state;
    begin("f", 0, 5000);
    assert_int_equal(chmod(in_folder("share/f"), 0), 0);
    be_nobody();
    int at_once = still(&body);
    be_myself_again();
    settle();
    be_nobody();
    int later = still(&body);
    be_myself_again();
    assert_int_equal(at_once, LETHE_STATUS_DENIED);
    assert_int_equal(later, LETHE_STATUS_DENIED);
}

/* What happens above the file does not show in it: there it takes until the second is over. */
static void a_folder_that_is_closed_is_denied_within_a_second(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("share/d"), 0755), 0);
    begin("d/f", 0, 5000);
    assert_int_equal(chmod(in_folder("share/d"), 0), 0);
    struct body other;
    be_nobody();
    int until_then = still(&body), opening = open_body("d/f", &other), at_once = still(&body);
    be_myself_again();
    assert_int_equal(until_then, LETHE_STATUS_OK);
    assert_int_equal(opening, LETHE_STATUS_DENIED);
    assert_int_equal(at_once, LETHE_STATUS_DENIED); /* who opens finds out for all */
    assert_int_equal(chmod(in_folder("share/d"), 0755), 0);
    assert_int_equal(still(&body), LETHE_STATUS_OK);
    assert_int_equal(chmod(in_folder("share/d"), 0), 0);
    pause_ms(1010);
    be_nobody();
    int later = still(&body);
    be_myself_again();
    assert_int_equal(chmod(in_folder("share/d"), 0755), 0);
    assert_int_equal(later, LETHE_STATUS_DENIED);
}

/* A link that leads elsewhere: who has the one body gets its bytes, who opens gets the other's, and
 * then each of the two is told the truth whatever is kept for the path. */
static void a_link_that_moves_mixes_nothing(void **state)
{
    (void)state;
    struct body one, two;
    put_file("share/one", bytes + 1, 5000);
    put_file("share/two", bytes + 2, 5000);
    assert_int_equal(symlink("one", in_folder("share/l")), 0);
    settle();
    assert_int_equal(open_body("l", &one), LETHE_STATUS_OK);
    assert_int_equal(read_body_at(&one, 0, 5000), LETHE_STATUS_OK);
    assert_memory_equal(buffer, bytes + 1, 5000);
    assert_int_equal(unlink(in_folder("share/l")), 0);
    assert_int_equal(symlink("two", in_folder("share/l")), 0);
    if (still(&one) == LETHE_STATUS_OK)
        assert_int_equal(buffer[0], bytes[1]);
    assert_int_equal(open_body("l", &two), LETHE_STATUS_OK);
    assert_int_equal(read_body_at(&two, 0, 5000), LETHE_STATUS_OK);
    assert_memory_equal(buffer, bytes + 2, 5000);
    assert_int_equal(still(&one), LETHE_STATUS_CHANGED);
    assert_int_equal(still(&two), LETHE_STATUS_OK);
}

/* A body that another server opened after the link had moved, while this one keeps the old file. */
static void a_descriptor_of_another_version_is_no_verdict(void **state)
{
    (void)state;
    struct body one, two;
    static struct files other;
    put_file("share/one", bytes + 1, 5000);
    put_file("share/two", bytes + 2, 5000);
    assert_int_equal(symlink("one", in_folder("share/l")), 0);
    settle();
    assert_int_equal(open_body("l", &one), LETHE_STATUS_OK);
    assert_int_equal(unlink(in_folder("share/l")), 0);
    assert_int_equal(symlink("two", in_folder("share/l")), 0);
    other = files;
    assert_int_equal(files_open(&files, in_folder("share"), &why), LETHE_OK);
    assert_int_equal(open_body("l", &two), LETHE_STATUS_OK);
    files_close(&files);
    files = other;
    assert_int_equal(read_body_at(&two, 10, 4990), LETHE_STATUS_OK);
    assert_memory_equal(buffer, bytes + 12, 4990);
}

static void put_numbered(int i, char path[16])
{
    char name[32];
    (void)snprintf(path, 16, "f%d", i);
    (void)snprintf(name, sizeof name, "share/f%d", i);
    put_file(name, bytes + i, 100);
}

/* More files than entries: the one that was not used for longest makes room. */
static void the_least_recently_used_makes_room(void **state)
{
    (void)state;
    enum { FILES = FILES_CACHE_ENTRIES + 1 };
    char paths[FILES][16];
    struct body bodies[FILES];
    int before = descriptors();
    for (int i = 0; i < FILES; i++)
        put_numbered(i, paths[i]);
    settle();
    assert_true(inotify_add_watch(watch, in_folder("share"), IN_OPEN) >= 0);
    for (int i = 0; i < FILES - 1; i++)
        assert_int_equal(open_body(paths[i], &bodies[i]), LETHE_STATUS_OK);
    assert_int_equal(opened(watch), FILES - 1);
    assert_int_equal(descriptors(), before + FILES_CACHE_ENTRIES);
    opened(watch);
    assert_int_equal(still(&bodies[0]), LETHE_STATUS_OK); /* now 1 is the oldest */
    assert_int_equal(open_body(paths[FILES - 1], &bodies[FILES - 1]), LETHE_STATUS_OK);
    assert_int_equal(opened(watch), 1);
    for (int i = 0; i < FILES; i++) {
        if (i == 1)
            continue;
        assert_int_equal(still(&bodies[i]), LETHE_STATUS_OK);
        assert_int_equal(buffer[0], bytes[i]);
    }
    assert_int_equal(opened(watch), 0);
    assert_int_equal(still(&bodies[1]), LETHE_STATUS_OK);
    assert_int_equal(buffer[0], bytes[1]);
    assert_int_equal(opened(watch), 1);
    assert_int_equal(descriptors(), before + FILES_CACHE_ENTRIES);
    files_close(&files);
    assert_int_equal(descriptors(), before - 1); /* and the folder */
    assert_int_equal(files_open(&files, in_folder("share"), &why), LETHE_OK);
}

/* Entries by themselves: by the whole path, for less than a second, one for each path. */
static void an_entry_is_its_path_for_its_time(void **state)
{
    (void)state;
    static struct files_cache cache;
    int before = descriptors(), a = dup(0), b = dup(0), c = dup(0);
    memset(&cache, 0, sizeof cache);
    assert_int_equal(files_cache_find(&cache, "", 5), -1);
    files_cache_put(&cache, "a", a, 5000);
    files_cache_put(&cache, "ab", b, 5500);
    assert_int_equal(files_cache_find(&cache, "a", 5999), a);
    assert_int_equal(files_cache_find(&cache, "a", 6000), -1);
    assert_int_equal(files_cache_find(&cache, "ab", 6000), b);
    assert_int_equal(files_cache_find(&cache, "abc", 5500), -1);
    files_cache_put(&cache, "a", c, 6000);
    assert_int_equal(files_cache_find(&cache, "a", 6999), c);
    assert_int_equal(descriptors(), before + 2);
    files_cache_expire(&cache, 6499);
    assert_int_equal(descriptors(), before + 2);
    files_cache_expire(&cache, 6500);
    assert_int_equal(descriptors(), before + 1);
    assert_int_equal(files_cache_find(&cache, "ab", 5500), -1);
    files_cache_drop(&cache, "ab");
    files_cache_drop(&cache, "a");
    assert_int_equal(descriptors(), before);
    assert_int_equal(files_cache_find(&cache, "a", 6000), -1);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare_watch, end_watch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(one_opening_serves_many_reads),
        EACH(a_descriptor_is_kept_for_a_second),
        EACH(a_replaced_file_is_told),
        EACH(a_rewritten_file_is_told),
        EACH(a_truncated_file_is_told),
        EACH(a_file_that_went_away_is_told),
        EACH(a_file_that_is_closed_to_the_server_is_denied),
        EACH(a_folder_that_is_closed_is_denied_within_a_second),
        EACH(a_link_that_moves_mixes_nothing),
        EACH(a_descriptor_of_another_version_is_no_verdict),
        EACH(the_least_recently_used_makes_room),
        EACH(an_entry_is_its_path_for_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
