/* node/confine with service/files: a confined worker serves and, only where that was asked for,
 * takes uploads; what else it tries kills it or is refused. Each trial is a process of its own. */
#include "service/test_files_uploads.h"

#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "node/confine.h"
#include "service/files_beneath.h"

static struct body upload;
static char outside[512];

static int prepare_confined(void **state)
{
    if (prepare(state) != 0)
        return -1;
    put_file("share/f", bytes, 5000);
    put_file("share/h", bytes, 100);
    if (chmod(in_folder("share"), 0777) != 0)
        return -1;
    (void)snprintf(outside, sizeof outside, "%s", in_folder("share/../other"));
    if (mkdir(outside, 0777) != 0 || chmod(outside, 0777) != 0)
        return -1;
    settle();
    files_allow_writing(&files, 100000);
    return 0;
}

/* How a child that tried it ended: its exit status, 100 when it was not even confined, or negative
 * the signal that killed it. */
static int after_confinement(bool writable, int (*trial)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct confined is;
        const struct confinement c = {.drop_user = geteuid() == 0,
                                      .uid = NOBODY,
                                      .gid = NOBODY,
                                      .folder = files.folder,
                                      .writable = writable};
        if (confine(&c, &is, &why) != LETHE_OK)
            _exit(100);
        (void)syscall(SYS_exit_group, trial()); /* a sanitizer's _exit does more than is allowed */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int try_to_read(void)
{
    struct body b;
    int status = open_body("f", &b);
    if (status == LETHE_STATUS_OK)
        status = read_body_at(&b, 0, 5000);
    if (status == LETHE_STATUS_OK)
        status = digest_of(&b, 0, 5000);
    files_close_idle(&files);
    return status == LETHE_STATUS_OK && memcmp(buffer, bytes, 5000) != 0 ? 99 : status;
}

static int try_to_upload(void)
{
    int status = create("g", 5, token, &upload);
    if (status == LETHE_STATUS_OK)
        status = write_at(&upload, 0, bytes, 5);
    if (status == LETHE_STATUS_OK)
        status = digest_of(&upload, 0, 5);
    if (status == LETHE_STATUS_OK)
        status = commit(&upload);
    if (status == LETHE_STATUS_OK)
        status = commit(&upload);
    return status;
}

/* A creation that fails takes its file away again. */
static int try_too_much(void)
{
    return create("g", 5, token, &upload);
}

static int try_to_replace(void)
{
    int status = create("h", 5, token, &upload);
    return status == LETHE_STATUS_OK ? commit(&upload) : status;
}

static int try_to_write_to_a_file(void)
{
    return (int)pwrite(0, "x", 0, 0);
}

static int try_to_make_a_file_elsewhere(void)
{
    const struct open_how how = {.flags = O_WRONLY | O_CREAT, .mode = 0600};
    char path[600];
    (void)snprintf(path, sizeof path, "%s/new", outside);
    return syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how) < 0 ? errno : 0;
}

static int try_to_make_a_file_here(void)
{
    return beneath_open(files.folder, "new", O_WRONLY | O_CREAT, 0600, true) < 0 ? errno : 0;
}

static int try_to_open_for_writing(void)
{
    return beneath_open(files.folder, "f", O_RDWR, 0, true) < 0 ? errno : 0;
}

static int try_to_make_a_folder(void)
{
    return mkdirat(files.folder, "new", 0755);
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static void a_confined_worker_serves(void **state)
{
    (void)state;
    assert_int_equal(after_confinement(false, try_to_read), LETHE_STATUS_OK);
    assert_int_equal(after_confinement(true, try_to_read), LETHE_STATUS_OK);
}

static void a_confined_worker_takes_uploads(void **state)
{
    (void)state;
    assert_int_equal(after_confinement(true, try_to_upload), LETHE_STATUS_OK);
    assert_true(is_there("share/g"));
    assert_int_equal(after_confinement(true, try_to_replace), LETHE_STATUS_OK);
    uint8_t got[10];
    assert_int_equal(get_file("share/h", got, sizeof got), 5);
    assert_int_equal(entries("share"), 3);
}

static void a_confined_worker_cleans_up(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit(RLIMIT_FSIZE, 4);
    int tried = after_confinement(true, try_too_much);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(tried, LETHE_STATUS_FULL);
    assert_int_equal(entries("share"), 2);
}

static void a_worker_that_may_only_read_writes_nothing(void **state)
{
    (void)state;
    assert_int_equal(after_confinement(false, try_to_write_to_a_file), -SIGSYS);
    assert_int_not_equal(after_confinement(false, try_to_upload), LETHE_STATUS_OK);
    assert_int_equal(after_confinement(false, try_to_make_a_folder), -SIGSYS);
    assert_false(is_there("share/g"));
    assert_int_equal(chmod(in_folder("share/f"), 0666), 0);
    if (has_landlock()) {
        assert_int_equal(after_confinement(false, try_to_make_a_file_here), EACCES);
        assert_int_equal(after_confinement(false, try_to_open_for_writing), EACCES);
    }
    assert_int_equal(after_confinement(true, try_to_make_a_file_here), 0);
    assert_int_equal(after_confinement(true, try_to_open_for_writing), 0);
}

static void a_worker_that_may_write_writes_nowhere_else(void **state)
{
    (void)state;
    assert_int_equal(after_confinement(true, try_to_make_a_folder), -SIGSYS);
    assert_int_equal(after_confinement(true, try_to_make_a_file_elsewhere),
                     has_landlock() ? EACCES : 0);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare_confined, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_confined_worker_serves),
        EACH(a_confined_worker_takes_uploads),
        EACH(a_confined_worker_cleans_up),
        EACH(a_worker_that_may_only_read_writes_nothing),
        EACH(a_worker_that_may_write_writes_nowhere_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
