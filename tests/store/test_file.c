/* store/file: whole files or nothing, secrets that nobody else may read, and nothing left over. */
#include "store/folder.h"

#include "store/file.h"

#include <signal.h>

static const uint8_t old_bytes[] = "the old content", new_bytes[] = "new";
static uint8_t buffer[4096];

static bool buffer_is(uint8_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (buffer[i] != value)
            return false;
    return true;
}

static void a_file_has_exactly_its_length(void **state)
{
    (void)state;
    put_file("f", old_bytes, 10);
    assert_int_equal(file_read(in_folder("f"), buffer, 10, false, &why), LETHE_OK);
    assert_memory_equal(buffer, old_bytes, 10);
    for (size_t n = 0; n < 20; n++) {
        if (n == 10)
            continue;
        memset(buffer, 0xee, sizeof buffer);
        complained(file_read(in_folder("f"), buffer, n, false, &why), LETHE_ERR_FORMAT,
                   "/f has 10");
        assert_true(buffer_is(0, n)); /* wiped, and no more than that */
        assert_int_equal(buffer[n], 0xee);
    }
    put_file("empty", "", 0);
    assert_int_equal(file_read(in_folder("empty"), buffer, 0, false, &why), LETHE_OK);
}

static void what_cannot_be_opened_is_said(void **state)
{
    (void)state;
    complained(file_read(in_folder("none"), buffer, 1, false, &why), LETHE_ERR_NOT_FOUND, "/none");
    complained(file_read(in_folder("no/where"), buffer, 1, false, &why), LETHE_ERR_NOT_FOUND,
               "/no/where");
    put_file("f", old_bytes, 1);
    assert_int_equal(chmod(in_folder("f"), 0), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    be_nobody();
    int err = file_read(in_folder("f"), buffer, 1, false, &why);
    be_myself_again();
    complained(err, LETHE_ERR_PERMISSION, "/f");
}

/* A pipe must not make anyone wait. */
static void only_regular_files_are_read(void **state)
{
    (void)state;
    complained(file_read(folder, buffer, 1, false, &why), LETHE_ERR_FORMAT, "regular");
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    complained(file_read(in_folder("pipe"), buffer, 0, false, &why), LETHE_ERR_FORMAT, "regular");
    complained(file_read("/dev/zero", buffer, 0, false, &why), LETHE_ERR_FORMAT, "regular");
}

static void a_secret_that_others_may_use_is_refused(void **state)
{
    (void)state;
    put_file("s", old_bytes, 4);
    for (mode_t mode = 0400; mode <= 0777; mode++) {
        assert_int_equal(chmod(in_folder("s"), mode), 0);
        memset(buffer, 0xee, 4);
        int err = file_read(in_folder("s"), buffer, 4, true, &why);
        if ((mode & 077) == 0) {
            assert_int_equal(err, LETHE_OK);
            continue;
        }
        complained(err, LETHE_ERR_PERMISSION, "chmod 600");
        assert_true(buffer_is(0, 4));
        assert_int_equal(file_read(in_folder("s"), buffer, 4, false, &why), LETHE_OK);
    }
}

/* Root reads what belongs to others, and they do not read what is root's. */
static void a_secret_of_someone_else_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    put_file("s", old_bytes, 4);
    assert_int_equal(chmod(in_folder("s"), 0600), 0);
    assert_int_equal(chown(in_folder("s"), NOBODY, NOBODY), 0);
    assert_int_equal(file_read(in_folder("s"), buffer, 4, true, &why), LETHE_OK);
    assert_int_equal(chmod(folder, 0755), 0);
    be_nobody();
    int own = file_read(in_folder("s"), buffer, 4, true, &why);
    be_myself_again();
    assert_int_equal(own, LETHE_OK);
}

static void a_folder_names_what_keeps_it_from_being_made(void **state)
{
    (void)state;
    char path[4096];
    complained(file_join(path, sizeof path, "", "identity", &why), LETHE_ERR_USAGE, "empty");
    put_file("f", old_bytes, 4);
    complained(file_make_folder(in_folder("f/a/b"), 0700, &why), LETHE_ERR_NOT_FOUND, "/f/a: ");
    assert_int_equal(file_make_folder(in_folder("a/b//c"), 0700, &why), LETHE_OK);
    assert_int_equal(file_make_folder(in_folder("a/b//c"), 0700, &why), LETHE_OK);
    assert_int_equal(permissions("a/b/c"), 0700);
}

static void a_new_file_is_never_an_old_one(void **state)
{
    (void)state;
    const char *path = in_folder("f");
    assert_int_equal(file_write(path, old_bytes, 15, 0640, FILE_NEW, &why), LETHE_OK);
    assert_int_equal(permissions("f"), 0640);
    complained(file_write(path, new_bytes, 3, 0644, FILE_NEW, &why), LETHE_ERR_EXISTS, "/f");
    assert_int_equal(get_file("f", buffer, sizeof buffer), 15);
    assert_memory_equal(buffer, old_bytes, 15);
    assert_int_equal(entries("."), 1);
    assert_int_equal(symlink("nowhere", in_folder("link")), 0);
    complained(file_write(in_folder("link"), new_bytes, 3, 0644, FILE_NEW, &why), LETHE_ERR_EXISTS,
               "/link");
    assert_int_equal(entries("."), 2);
}

static void a_replaced_file_is_another_file(void **state)
{
    (void)state;
    const char *path = in_folder("f");
    assert_int_equal(file_write(path, old_bytes, 15, 0644, FILE_REPLACE, &why), LETHE_OK);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(file_write(path, new_bytes, 3, 0600, FILE_REPLACE, &why), LETHE_OK);
    assert_int_equal(pread(fd, buffer, 20, 0), 15); /* who reads the old one reads all of it */
    assert_memory_equal(buffer, old_bytes, 15);
    close(fd);
    assert_int_equal(get_file("f", buffer, sizeof buffer), 3);
    assert_int_equal(permissions("f"), 0600);
    assert_int_equal(entries("."), 1);
}

/* The mask of the process does not loosen or tighten what was asked for. */
static void permissions_are_those_asked_for(void **state)
{
    (void)state;
    mode_t mask = umask(0777);
    int err = file_write(in_folder("a"), new_bytes, 3, 0644, FILE_NEW, &why);
    umask(0);
    int err2 = file_write(in_folder("b"), new_bytes, 3, 0600, FILE_NEW, &why);
    umask(mask);
    assert_int_equal(err, LETHE_OK);
    assert_int_equal(err2, LETHE_OK);
    assert_int_equal(permissions("a"), 0644);
    assert_int_equal(permissions("b"), 0600);
}

static void a_failed_write_leaves_the_old_file(void **state)
{
    (void)state;
    const char *path = in_folder("f");
    put_file("f", old_bytes, 15);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_FSIZE, 100);
    int err = file_write(path, buffer, sizeof buffer, 0600, FILE_REPLACE, &why);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    complained(err, LETHE_ERR_NO_SPACE, "/f");
    assert_int_equal(get_file("f", buffer, sizeof buffer), 15);
    assert_memory_equal(buffer, old_bytes, 15);
    assert_int_equal(entries("."), 1);
    assert_int_equal(mkdir(in_folder("d"), 0755), 0);
    assert_true(file_write(in_folder("d"), new_bytes, 3, 0600, FILE_REPLACE, &why) < 0);
    assert_int_equal(entries("."), 2);
    complained(file_write(in_folder("no/f"), new_bytes, 3, 0600, FILE_NEW, &why),
               LETHE_ERR_NOT_FOUND, "/no/f");
}

static void folders_are_made_with_those_above(void **state)
{
    (void)state;
    assert_int_equal(file_make_folder(in_folder("a/b//c"), 0700, &why), LETHE_OK);
    assert_int_equal(permissions("a/b/c"), 0700);
    assert_int_equal(permissions("a"), 0755);
    assert_int_equal(chmod(in_folder("a/b/c"), 0711), 0);
    assert_int_equal(file_make_folder(in_folder("a/b/c"), 0700, &why), LETHE_OK);
    assert_int_equal(permissions("a/b/c"), 0711); /* left alone */
    put_file("f", "", 0);
    complained(file_make_folder(in_folder("f/x"), 0700, &why), LETHE_ERR_NOT_FOUND, "/f/x");
    complained(file_make_folder("", 0700, &why), LETHE_ERR_USAGE, "''");
}

static void long_names_are_refused(void **state)
{
    (void)state;
    static char name[5000], out[4096];
    memset(name, 'a', sizeof name - 1);
    name[0] = '/';
    complained(file_make_folder(name, 0700, &why), LETHE_ERR_USAGE, "bad folder name");
    complained(file_write(name, new_bytes, 3, 0600, FILE_NEW, &why), LETHE_ERR_USAGE, "aaa");
    name[4090] = 0; /* no room for the temporary's ending */
    complained(file_write(name, new_bytes, 3, 0600, FILE_NEW, &why), LETHE_ERR_USAGE, "aaa");
    complained(file_join(out, sizeof out, name, "12345", &why), LETHE_ERR_USAGE, "aaa");
    assert_int_equal(file_join(out, sizeof out, name, "1234", &why), LETHE_OK);
    assert_string_equal(out + 4089, "a/1234");
    assert_int_equal(file_join(out, 4, "a", "b", &why), LETHE_OK);
    assert_string_equal(out, "a/b");
    complained(file_join(out, 3, "a", "b", &why), LETHE_ERR_USAGE, "a/b");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_file_has_exactly_its_length),
        EACH(what_cannot_be_opened_is_said),
        EACH(only_regular_files_are_read),
        EACH(a_secret_that_others_may_use_is_refused),
        EACH(a_secret_of_someone_else_is_refused),
        EACH(a_folder_names_what_keeps_it_from_being_made),
        EACH(a_new_file_is_never_an_old_one),
        EACH(a_replaced_file_is_another_file),
        EACH(permissions_are_those_asked_for),
        EACH(a_failed_write_leaves_the_old_file),
        EACH(folders_are_made_with_those_above),
        EACH(long_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
