/* service/files_upload: what is not taken, that nothing is written anywhere else, and that nothing
 * is read of what is not finished. */
#include "service/test_files_uploads.h"

static struct body body;

static void nothing_is_written_beyond_the_size(void **state)
{
    (void)state;
    assert_int_equal(create("f", 1000, token, &body), LETHE_STATUS_OK);
    assert_int_equal(write_at(&body, 100, bytes + 100, 900), LETHE_STATUS_OK);
    assert_int_equal(write_at(&body, 101, bytes, 900), LETHE_STATUS_BAD);
    assert_int_equal(write_at(&body, 1000, bytes, 1), LETHE_STATUS_BAD);
    assert_int_equal(write_at(&body, INT64_MAX - (1 << 20), bytes, 900), LETHE_STATUS_BAD);
    assert_int_equal(write_at(&body, 1000, bytes, 0), LETHE_STATUS_OK);
    assert_int_equal(write_at(&body, 0, bytes, 100), LETHE_STATUS_OK);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
    holds("share/f", bytes, 1000);
}

static void only_what_is_allowed_is_taken(void **state)
{
    (void)state;
    assert_int_equal(create("f", 100001, token, &body), LETHE_STATUS_FULL);
    assert_int_equal(create("f", INT64_MAX - (1 << 20), token, &body), LETHE_STATUS_FULL);
    assert_int_equal(entries("share"), 0);
    assert_int_equal(create("f", 100000, token, &body), LETHE_STATUS_OK);
    files.writable = false;
    assert_int_equal(create("f", 100000, token, &body), LETHE_STATUS_DENIED);
    assert_int_equal(write_at(&body, 0, bytes, 10), LETHE_STATUS_DENIED);
    assert_int_equal(digest_of(&body, 0, 10), LETHE_STATUS_DENIED);
    assert_int_equal(commit(&body), LETHE_STATUS_DENIED);
}

/* The kernel's limit on a file's size says the same as a disk that has no room. */
static void what_does_not_fit_is_full(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(create("g", 5000, token, &body), LETHE_STATUS_OK);
    limit(RLIMIT_FSIZE, 4000);
    int created = create("f", 5000, token, &(struct body){.size = 0});
    int written = write_at(&body, 4500, bytes, 10);
    int left = entries("share");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(created, LETHE_STATUS_FULL);
    assert_int_equal(written, LETHE_STATUS_FULL);
    assert_int_equal(left, 1);
}

static void nothing_outside_the_folder_is_written(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("share/d"), 0755), 0);
    assert_int_equal(mkdir(in_folder("out"), 0755), 0);
    assert_int_equal(symlink("..", in_folder("share/parent")), 0);
    assert_int_equal(symlink("../out", in_folder("share/out")), 0);
    assert_int_equal(symlink("d", in_folder("share/inside")), 0);
    put_file("share/f", bytes, 10);
    static const char *const denied[] = {
        "../new", "d/../../new", "/tmp/new", "/new", "parent/new", "out/new", "inside/new",
        "..", ".", "d/", "d/.", "d/..", "/", ".f.lethe-00", "d/.f.lethe-00", ".f.lethe-1/f"};
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++)
        assert_int_equal(create(denied[i], 10, token, &body), LETHE_STATUS_DENIED);
    static const char *const missing[] = {"", "none/f", "f/g"};
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
        assert_int_equal(create(missing[i], 10, token, &body), LETHE_STATUS_NOT_FOUND);
    assert_int_equal(entries("share"), 5);
    assert_int_equal(entries("share/d"), 0);
    assert_int_equal(entries("out"), 0);
    assert_int_equal(entries("."), 3);
    assert_int_equal(create("./d/../d/f", 10, token, &body), LETHE_STATUS_OK);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
    assert_true(is_there("share/d/f"));
}

/* Temporary files of uploads, under whatever way to write their names. */
static void no_temporary_file_is_served(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("share/d"), 0755), 0);
    assert_int_equal(mkdir(in_folder("share/.d.lethe-1"), 0755), 0);
    static const char *const hidden[] = {".f.lethe-00", "d/.f.lethe-00", ".F.LETHE-00",
                                         ".d.lethe-1/f", "..lethe-00",   ".lethe-"};
    static const char *const plain[] = {"f.lethe-00", ".f.lethe", ".lethe", ".f", "d/f.lethe-1"};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "share/%s", hidden[i]);
        put_file(path, bytes, 10);
    }
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "share/%s", plain[i]);
        put_file(path, bytes, 10);
    }
    settle();
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        assert_int_equal(status_of(hidden[i]), LETHE_STATUS_DENIED);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        assert_int_equal(status_of(plain[i]), LETHE_STATUS_OK);
    assert_int_equal(status_of("d/../.f.lethe-00"), LETHE_STATUS_DENIED);
    assert_int_equal(status_of(".//.f.lethe-00"), LETHE_STATUS_DENIED);
    assert_int_equal(status_of(".d/f.lethe-1"), LETHE_STATUS_NOT_FOUND); /* two names, not one */
}

static void only_files_are_replaced(void **state)
{
    (void)state;
    assert_int_equal(create("t", 10, token, &body), LETHE_STATUS_OK);
    for (int kind = 0; kind < 4; kind++) {
        if (kind == 0)
            assert_int_equal(mkdir(in_folder("share/t"), 0755), 0);
        else if (kind == 1)
            assert_int_equal(symlink("../secret", in_folder("share/t")), 0);
        else if (kind == 2)
            assert_int_equal(symlink("nowhere", in_folder("share/t")), 0);
        else
            assert_int_equal(mkfifo(in_folder("share/t"), 0644), 0);
        assert_int_equal(commit(&body), LETHE_STATUS_DENIED);
        struct body other;
        assert_int_equal(create("t", 10, token2, &other), LETHE_STATUS_DENIED);
        assert_int_equal(entries("share"), 2);
        assert_int_equal(remove(in_folder("share/t")), 0);
    }
    holds("secret", (const uint8_t *)"secret", 6);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
}

/* Whoever may write to the folder puts something else in the temporary file's place. */
static void a_temporary_file_that_is_none_is_not_written_to(void **state)
{
    (void)state;
    char name[600];
    assert_int_equal(create("f", 6, token, &body), LETHE_STATUS_OK);
    (void)snprintf(name, sizeof name, "%s", temporary("share"));
    for (int kind = 0; kind < 5; kind++) {
        assert_int_equal(remove(in_folder(name)), 0);
        if (kind == 0)
            assert_int_equal(symlink("../secret", in_folder(name)), 0);
        else if (kind == 1)
            assert_int_equal(symlink("nowhere", in_folder(name)), 0);
        else if (kind == 2)
            assert_int_equal(link(in_folder("secret"), in_folder(name)), 0);
        else if (kind == 3)
            assert_int_equal(mkfifo(in_folder(name), 0644), 0);
        else
            assert_int_equal(mkdir(in_folder(name), 0755), 0);
        assert_int_equal(write_at(&body, 0, bytes, 6), LETHE_STATUS_DENIED);
        assert_int_equal(digest_of(&body, 0, 6), LETHE_STATUS_DENIED);
        assert_int_equal(create("f", 6, token, &(struct body){.size = 0}), LETHE_STATUS_DENIED);
        assert_int_equal(commit(&body), LETHE_STATUS_DENIED);
        assert_int_equal(entries("share"), 1);
    }
    holds("secret", (const uint8_t *)"secret", 6);
    assert_false(is_there("share/nowhere"));
    assert_int_equal(remove(in_folder(name)), 0);
    assert_int_equal(write_at(&body, 0, bytes, 6), LETHE_STATUS_NOT_FOUND);
    assert_int_equal(digest_of(&body, 0, 6), LETHE_STATUS_NOT_FOUND);
    assert_int_equal(commit(&body), LETHE_STATUS_NOT_FOUND);
}

static void a_folder_that_may_not_be_written_to_is_denied(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("share/d"), 0755), 0);
    assert_int_equal(mkdir(in_folder("share/e"), 0777), 0);
    assert_int_equal(chmod(in_folder("share/e"), 0777), 0);
    if (geteuid() != 0)
        assert_int_equal(chmod(in_folder("share/d"), 0555), 0);
    be_nobody();
    int denied = create("d/f", 5, token, &body), taken = create("e/f", 5, token, &body);
    int committed = commit(&body);
    be_myself_again();
    assert_int_equal(denied, LETHE_STATUS_DENIED);
    assert_int_equal(taken, LETHE_STATUS_OK);
    assert_int_equal(committed, LETHE_STATUS_OK);
}

/* No descriptor is lost, whatever is asked. */
static void no_descriptor_is_lost(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(symlink("nowhere", in_folder("share/l")), 0);
    int next = dup(files.folder);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit(RLIMIT_NOFILE, (rlim_t)next + 3); /* folder, file, and one to look at a target */
    unsigned done = 0;
    for (int i = 0; i < 50; i++) {
        struct body b;
        put_file("share/f", bytes, 5); /* not this upload's */
        assert_int_equal(create("f", 5, token, &b), LETHE_STATUS_OK);
        assert_int_equal(truncate(in_folder(temporary("share")), 4), 0);
        done += write_at(&b, 0, bytes, 4) == LETHE_STATUS_CHANGED &&
                create("f", 5, token, &b) == LETHE_STATUS_OK &&
                create("l", 5, token, &body) == LETHE_STATUS_DENIED &&
                create("f", 500000, token, &body) == LETHE_STATUS_FULL &&
                write_at(&b, 0, bytes, 5) == LETHE_STATUS_OK &&
                digest_of(&b, 0, 5) == LETHE_STATUS_OK && commit(&b) == LETHE_STATUS_OK &&
                commit(&b) == LETHE_STATUS_OK && digest_of(&b, 0, 5) != LETHE_STATUS_FAILED &&
                write_at(&b, 0, bytes, 5) == LETHE_STATUS_NOT_FOUND &&
                unlink(in_folder("share/f")) == 0 && commit(&b) == LETHE_STATUS_NOT_FOUND;
    }
    limit(RLIMIT_NOFILE, (rlim_t)next);
    int failed = create("f", 5, token, &(struct body){.size = 0});
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(done, 50);
    assert_int_equal(failed, LETHE_STATUS_FAILED);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare_writable, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(nothing_is_written_beyond_the_size),
        EACH(only_what_is_allowed_is_taken),
        EACH(what_does_not_fit_is_full),
        EACH(nothing_outside_the_folder_is_written),
        EACH(no_temporary_file_is_served),
        EACH(only_files_are_replaced),
        EACH(a_temporary_file_that_is_none_is_not_written_to),
        EACH(a_folder_that_may_not_be_written_to_is_denied),
        EACH(no_descriptor_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
