/* service/files_upload: a file arrives in any order, any number of times, and is there whole or not
 * at all. */
#include "service/test_files_uploads.h"

#include <sys/xattr.h>

static struct body body;

static void a_file_is_uploaded(void **state)
{
    (void)state;
    struct body file;
    assert_int_equal(create("f", 70000, token, &body), LETHE_STATUS_OK);
    assert_true(body.size == 70000);
    assert_true(bytes_are_zero(body.version, sizeof body.version));
    assert_false(is_there("share/f"));
    assert_int_equal(permissions(temporary("share")), 0600);
    assert_int_equal(strncmp(temporary("share"), "share/.f.lethe-", 15), 0);
    assert_int_equal(strlen(temporary("share")), 15 + 32);
    assert_int_equal(open_body(temporary("share") + 6, &file), LETHE_STATUS_DENIED);
    assert_int_equal(still(&body), LETHE_STATUS_DENIED); /* an upload is not read */
    write_all(&body, bytes, 0, 70000);
    assert_int_equal(digest_of(&body, 0, PIECE_BYTES), LETHE_STATUS_OK);
    digested(bytes, PIECE_BYTES);
    assert_int_equal(digest_of(&body, PIECE_BYTES, PIECE_BYTES), LETHE_STATUS_OK);
    digested(bytes + PIECE_BYTES, 70000 - PIECE_BYTES);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
    assert_int_equal(entries("share"), 1);
    assert_int_equal(permissions("share/f"), 0644);
    holds("share/f", bytes, 70000);
    settle();
    assert_int_equal(open_body("f", &file), LETHE_STATUS_OK);
    assert_int_equal(read_body_at(&file, 1, 60000), LETHE_STATUS_OK);
    assert_memory_equal(buffer, bytes + 1, 60000);
}

static void the_umask_of_the_start_counts(void **state)
{
    (void)state;
    (void)umask(027);
    files_allow_writing(&files, 100000);
    assert_int_equal(umask(0), 027); /* and it stays */
    assert_int_equal(create("f", 5, token, &body), LETHE_STATUS_OK);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
    assert_int_equal(permissions("share/f"), 0640);
}

static void an_upload_goes_on_where_it_was(void **state)
{
    (void)state;
    struct body again;
    assert_int_equal(create("f", 5000, token, &body), LETHE_STATUS_OK);
    write_all(&body, bytes, 2000, 5000);
    assert_int_equal(create("f", 5000, token, &again), LETHE_STATUS_OK);
    assert_memory_equal(&again, &body, sizeof body);
    assert_int_equal(entries("share"), 1);
    assert_int_equal(digest_of(&again, 2000, 3000), LETHE_STATUS_OK);
    digested(bytes + 2000, 3000);
    assert_int_equal(digest_of(&again, 0, 2000), LETHE_STATUS_OK); /* a hole */
    uint8_t zeros[2000] = {0};
    digested(zeros, sizeof zeros);
    write_all(&again, bytes, 0, 2100);
    write_all(&again, bytes, 1000, 1500); /* idempotent */
    assert_int_equal(commit(&again), LETHE_STATUS_OK);
    holds("share/f", bytes, 5000);
}

/* A server that died between making the file and giving it its size. */
static void a_creation_that_was_cut_off_is_mended(void **state)
{
    (void)state;
    assert_int_equal(create("f", 5000, token, &body), LETHE_STATUS_OK);
    assert_int_equal(truncate(in_folder(temporary("share")), 0), 0);
    assert_int_equal(write_at(&body, 0, bytes, 10), LETHE_STATUS_CHANGED);
    assert_int_equal(commit(&body), LETHE_STATUS_CHANGED);
    assert_int_equal(digest_of(&body, 0, 10), LETHE_STATUS_CHANGED);
    assert_int_equal(create("f", 5000, token, &body), LETHE_STATUS_OK);
    write_all(&body, bytes, 0, 5000);
    assert_int_equal(truncate(in_folder(temporary("share")), 5001), 0);
    assert_int_equal(commit(&body), LETHE_STATUS_CHANGED);
    assert_false(is_there("share/f"));
    assert_int_equal(create("f", 5000, token, &body), LETHE_STATUS_OK);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
    holds("share/f", bytes, 5000);
}

static void a_commit_may_be_repeated(void **state)
{
    (void)state;
    assert_int_equal(create("f", 5000, token, &body), LETHE_STATUS_OK);
    write_all(&body, bytes, 0, 5000);
    for (int i = 0; i < 3; i++)
        assert_int_equal(commit(&body), LETHE_STATUS_OK);
    assert_int_equal(write_at(&body, 0, bytes + 1, 10), LETHE_STATUS_NOT_FOUND);
    holds("share/f", bytes, 5000);
    assert_int_equal(truncate(in_folder("share/f"), 4999), 0);
    assert_int_equal(commit(&body), LETHE_STATUS_NOT_FOUND);
    assert_int_equal(unlink(in_folder("share/f")), 0);
    assert_int_equal(commit(&body), LETHE_STATUS_NOT_FOUND);
}

static bool has_attributes(void)
{
    return setxattr(in_folder("share"), "user.test", "x", 1, 0) == 0;
}

/* A client that was stopped before it heard of its commit finds that nothing is left to do, and no
 * upload takes another file for its own; where the file system cannot tell, it begins anew. */
static void a_mark_tells_whose_the_file_is(void **state)
{
    (void)state;
    struct body again;
    bool marks = has_attributes();
    assert_int_equal(create("f", 5000, token, &body), LETHE_STATUS_OK);
    write_all(&body, bytes, 0, 5000);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
    assert_int_equal(digest_of(&body, 0, 5000), marks ? LETHE_STATUS_OK : LETHE_STATUS_NOT_FOUND);
    if (marks)
        digested(bytes, 5000);
    assert_int_equal(create("f", 5000, token, &again), LETHE_STATUS_OK);
    assert_memory_equal(&again, &body, sizeof body);
    assert_int_equal(entries("share"), marks ? 1 : 2);
    assert_int_equal(commit(&again), LETHE_STATUS_OK);
    put_file("share/g", bytes, 5000);
    assert_int_equal(rename(in_folder("share/g"), in_folder("share/f")), 0);
    assert_int_equal(commit(&again), marks ? LETHE_STATUS_NOT_FOUND : LETHE_STATUS_OK);
    assert_int_equal(digest_of(&again, 0, 5000), LETHE_STATUS_NOT_FOUND);
    assert_int_equal(create("f", 5000, token, &again), LETHE_STATUS_OK);
    assert_int_equal(entries("share"), 2);
}

static void uploads_of_other_tokens_sizes_and_paths_are_others(void **state)
{
    (void)state;
    struct body two, longer, there;
    assert_int_equal(mkdir(in_folder("share/d"), 0755), 0);
    assert_int_equal(create("f", 1000, token, &body), LETHE_STATUS_OK);
    assert_int_equal(create("f", 1000, token2, &two), LETHE_STATUS_OK);
    assert_int_equal(create("f", 1001, token, &longer), LETHE_STATUS_OK);
    assert_int_equal(create("d/f", 1000, token, &there), LETHE_STATUS_OK);
    assert_int_equal(entries("share"), 4);
    assert_int_equal(strncmp(temporary("share/d"), "share/d/.f.lethe-", 17), 0);
    write_all(&body, bytes, 0, 1000);
    write_all(&two, bytes + 2, 0, 1000);
    write_all(&longer, bytes + 3, 0, 1001);
    write_all(&there, bytes + 4, 0, 1000);
    assert_int_equal(commit(&two), LETHE_STATUS_OK);
    holds("share/f", bytes + 2, 1000);
    assert_int_equal(digest_of(&body, 0, 1000), LETHE_STATUS_OK);
    digested(bytes, 1000);
    assert_int_equal(commit(&body), LETHE_STATUS_OK); /* the later one stays */
    holds("share/f", bytes, 1000);
    if (has_attributes())
        assert_int_equal(commit(&two), LETHE_STATUS_NOT_FOUND); /* and the earlier is gone */
    assert_int_equal(commit(&longer), LETHE_STATUS_OK);
    holds("share/f", bytes + 3, 1001);
    assert_int_equal(commit(&there), LETHE_STATUS_OK);
    holds("share/d/f", bytes + 4, 1000);
    assert_int_equal(entries("share"), 2);
    assert_int_equal(entries("share/d"), 1);
}

/* Readers of the file that is replaced see it change; a second name of it keeps the old bytes. */
static void a_file_is_replaced_whole(void **state)
{
    (void)state;
    struct body file;
    put_file("share/f", bytes + 7, 3000);
    assert_int_equal(link(in_folder("share/f"), in_folder("share/old")), 0);
    settle();
    assert_int_equal(open_body("f", &file), LETHE_STATUS_OK);
    assert_int_equal(create("f", 5000, token, &body), LETHE_STATUS_OK);
    write_all(&body, bytes, 0, 5000);
    assert_int_equal(still(&file), LETHE_STATUS_OK);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
    settle();
    assert_int_equal(still(&file), LETHE_STATUS_CHANGED);
    holds("share/f", bytes, 5000);
    holds("share/old", bytes + 7, 3000);
}

/* The longest path that a state holds, and a name that leaves no room for another one. */
static void a_long_path_is_taken(void **state)
{
    (void)state;
    char path[240];
    struct body other;
    for (int n = 214; n <= 231; n++) {
        (void)snprintf(path, sizeof path, "%0*d", n, 0);
        assert_int_equal(create(path, 5, token, &body), LETHE_STATUS_OK);
        assert_in_range(strlen(temporary("share")), 6, 6 + 255);
        if (n > 215)
            assert_int_equal(strncmp(temporary("share"), "share/..lethe-", 14), 0);
        assert_int_equal(write_at(&body, 0, bytes, 5), LETHE_STATUS_OK);
        assert_int_equal(commit(&body), LETHE_STATUS_OK);
    }
    assert_int_equal(body.state_len, LETHE_STATE_BYTES);
    path[0] = 'a'; /* what is left out of the temporary name still tells two of them apart */
    assert_int_equal(create(path, 5, token, &body), LETHE_STATUS_OK);
    path[0] = 'b';
    assert_int_equal(create(path, 5, token, &other), LETHE_STATUS_OK);
    assert_int_equal(commit(&other), LETHE_STATUS_OK);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
    (void)snprintf(path, sizeof path, "%0*d", 232, 0);
    assert_int_equal(create(path, 5, token, &body), LETHE_STATUS_BAD);
    assert_int_equal(entries("share"), 231 - 214 + 3);
}

static void an_empty_file_is_taken(void **state)
{
    (void)state;
    assert_int_equal(create("f", 0, token, &body), LETHE_STATUS_OK);
    assert_int_equal(digest_of(&body, 0, PIECE_BYTES), LETHE_STATUS_OK);
    digested("", 0);
    assert_int_equal(commit(&body), LETHE_STATUS_OK);
    holds("share/f", bytes, 0);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare_writable, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_file_is_uploaded),
        EACH(the_umask_of_the_start_counts),
        EACH(an_upload_goes_on_where_it_was),
        EACH(a_creation_that_was_cut_off_is_mended),
        EACH(a_commit_may_be_repeated),
        EACH(a_mark_tells_whose_the_file_is),
        EACH(uploads_of_other_tokens_sizes_and_paths_are_others),
        EACH(a_file_is_replaced_whole),
        EACH(a_long_path_is_taken),
        EACH(an_empty_file_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
