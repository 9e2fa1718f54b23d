/* flow/put: an upload against a server in memory: what is sent, what is not, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "flow/put.h"
#include "lethe/error.h"
#include "lethe/service.h"

#define MS       ((int64_t)1000000)
#define FILE_MAX (5 * PIECE_BYTES)
#define RTT      (10 * MS)
#define AIR      4096 /* answers on their way */

/* The source, and a server with one file and one upload. */
static uint8_t source[FILE_MAX], upload[FILE_MAX], committed[FILE_MAX];
static bool source_changed, has_upload, has_committed;
static uint8_t token[FILES_TOKEN_BYTES], committed_token[FILES_TOKEN_BYTES];
static unsigned creates, writes, commits, lose_one_in, handle_age, hashed;
static int fail_digest;
static int refuse_op, refuse_status;

static struct put put;

static struct answer {
    int64_t at_ns;
    uint64_t call_id;
    uint8_t status, bytes[FILES_DIGEST_BYTES], handle;
    bool has_body, has_bytes, delivered;
} air[AIR];
static unsigned air_first, air_end;

static int read_source(void *context, uint64_t offset, uint8_t *to, size_t n)
{
    (void)context;
    memcpy(to, source + offset, n);
    return LETHE_OK;
}

static int digest_source(void *context, uint64_t offset, size_t n, uint8_t out[FILES_DIGEST_BYTES])
{
    (void)context;
    hashed++;
    hash_of(out, "piece", source + offset, n);
    return fail_digest;
}

static int unchanged(void *context)
{
    (void)context;
    return source_changed ? LETHE_ERR_CHANGED : LETHE_OK;
}

static const struct put_source callbacks = {
    .read = read_source, .digest = digest_source, .unchanged = unchanged};

static void begin(size_t size)
{
    uint8_t content[PUT_CONTENT_BYTES];
    hash_of(content, "content", source, size);
    assert_int_equal(put_init(&put, "folder/file", &callbacks, size, content), LETHE_OK);
    air_first = air_end = 0;
}

static int prepare(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof source; i++)
        source[i] = (uint8_t)(i * 7 + i / 251) | 1; /* an upload begins as zeros */
    memset(upload, 0, sizeof upload);
    source_changed = has_upload = has_committed = false;
    creates = writes = commits = lose_one_in = handle_age = hashed = 0;
    fail_digest = LETHE_OK;
    refuse_op = refuse_status = 0;
    return 0;
}

static uint8_t create(const struct files_request *q, struct answer *a)
{
    creates++;
    a->has_body = true;
    if (has_committed && memcmp(q->token, committed_token, sizeof token) == 0)
        return LETHE_STATUS_OK;
    if (!has_upload || memcmp(q->token, token, sizeof token) != 0)
        memset(upload, 0, sizeof upload);
    memcpy(token, q->token, sizeof token);
    has_upload = true;
    return LETHE_STATUS_OK;
}

static uint8_t serve(const struct files_request *q, struct answer *a)
{
    if (q->op == refuse_op)
        return (uint8_t)refuse_status;
    switch (q->op) {
    case FILES_CREATE:
        return create(q, a);
    case FILES_DIGEST:
        a->has_bytes = true;
        if (!has_upload && !has_committed)
            return LETHE_STATUS_NOT_FOUND;
        hash_of(a->bytes, "piece", (has_upload ? upload : committed) + q->offset, q->length);
        return LETHE_STATUS_OK;
    case FILES_WRITE:
        writes++;
        if (has_upload)
            memcpy(upload + q->offset, q->bytes, q->bytes_len);
        return has_upload ? LETHE_STATUS_OK : LETHE_STATUS_NOT_FOUND;
    default:
        commits++;
        if (has_upload) {
            memcpy(committed, upload, sizeof committed);
            memcpy(committed_token, token, sizeof token);
        }
        has_committed |= has_upload;
        has_upload = false;
        return has_committed ? LETHE_STATUS_OK : LETHE_STATUS_NOT_FOUND;
    }
}

static void answer(const struct request_body *b, int64_t now_ns)
{
    struct files_request q;
    struct answer a = {.at_ns = now_ns + RTT, .call_id = b->call_id};
    assert_int_equal(files_request_decode(&q, b->call, b->call_len), LETHE_OK);
    assert_int_equal(b->call_handle, q.op == FILES_CREATE ? HANDLE_NONE : 0);
    if (lose_one_in && b->call_id % lose_one_in == 0)
        return;
    bool old = q.op != FILES_CREATE && put.handle[0] != (uint8_t)handle_age;
    a.handle = (uint8_t)handle_age;
    a.status = old ? LETHE_STATUS_HANDLE : serve(&q, &a);
    air[air_end++ % AIR] = a;
}

static void deliver(const struct answer *a, int64_t now_ns)
{
    struct data_body d = {.flags = DATA_CALL, .call_id = a->call_id, .status = a->status};
    if (a->status == LETHE_STATUS_OK && a->has_body) {
        d.flags |= DATA_BODY;
        d.size = put.size;
        d.handle = &a->handle;
        d.handle_len = 1;
    }
    if (a->status == LETHE_STATUS_OK && a->has_bytes) {
        d.bytes = a->bytes;
        d.bytes_len = FILES_DIGEST_BYTES;
    }
    (void)put_called(&put, now_ns, &d);
    assert_false(put_called(&put, now_ns, &d)); /* the same again is no news */
}

/* Runs until it is done, or until so many writes have been made (0: no matter). */
static void run(unsigned until_writes)
{
    static int64_t now = 1000 * MS;
    const int64_t end = now + 60000 * MS;
    struct request_body b;
    uint8_t room[FILES_REQUEST_MAX];
    for (; !put_done(&put) && (!until_writes || writes < until_writes); now += MS / 10) {
        assert_true(now < end);
        for (unsigned i = air_first; i < air_end; i++)
            if (!air[i % AIR].delivered && air[i % AIR].at_ns <= now) {
                air[i % AIR].delivered = true;
                deliver(&air[i % AIR], now);
            }
        for (; air_first < air_end && air[air_first % AIR].delivered; air_first++)
            ;
        b = (struct request_body){0};
        while (put_call(&put, now, &b, room))
            answer(&b, now);
    }
}

static void arrived(size_t size)
{
    assert_int_equal(put.result, LETHE_OK);
    assert_true(put.committed);
    assert_memory_equal(committed, source, size);
    assert_int_equal(put.bytes_done, size);
}

static void all_sizes_arrive(void **state)
{
    const size_t sizes[] = {0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, FILE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (unsigned loss = 0; loss < 12; loss += 5) {
            (void)prepare(state);
            lose_one_in = loss;
            begin(sizes[i]);
            run(0);
            arrived(sizes[i]);
            assert_int_equal(put.bytes_sent, sizes[i]);
            assert_int_equal(put.bytes_reused, 0);
        }
}

static void what_is_there_is_not_sent_again(void **state)
{
    (void)state;
    begin(FILE_MAX);
    run(200);
    begin(FILE_MAX);
    run(0);
    arrived(FILE_MAX);
    assert_true(put.bytes_reused >= 2 * PIECE_BYTES);
    assert_int_equal(put.bytes_sent, FILE_MAX - put.bytes_reused);
    writes = 0;
    begin(FILE_MAX);
    run(0);
    arrived(FILE_MAX);
    assert_int_equal(writes, 0);
}

static void a_file_that_was_changed_since_is_sent_under_another_token(void **state)
{
    (void)state;
    begin(FILE_MAX);
    run(0);
    committed[100]++;
    begin(FILE_MAX);
    run(0);
    arrived(FILE_MAX);
    assert_true(put.restarts >= 2);
}

static void an_upload_that_vanishes_begins_again(void **state)
{
    (void)state;
    begin(FILE_MAX);
    run(100);
    has_upload = false;
    run(0);
    arrived(FILE_MAX);
    assert_true(put.restarts >= 1);
    (void)prepare(state);
    begin(FILE_MAX);
    refuse_op = FILES_WRITE;
    refuse_status = LETHE_STATUS_NOT_FOUND;
    run(0);
    assert_int_equal(put.result, LETHE_ERR_CHANGED);
    assert_int_equal(commits, 0);
}

static void a_handle_that_has_died_is_made_again(void **state)
{
    (void)state;
    begin(FILE_MAX);
    run(150);
    handle_age++;
    run(0);
    arrived(FILE_MAX);
    assert_int_equal(creates, 2);
    assert_int_equal(put.restarts, 0);
}

static uint64_t ask(int64_t now_ns)
{
    struct request_body b = {0};
    uint8_t room[FILES_REQUEST_MAX];
    assert_true(put_call(&put, now_ns, &b, room));
    return b.call_id;
}

static void tell(uint64_t call_id, uint8_t status, bool has_body)
{
    const struct answer a = {.call_id = call_id, .status = status, .has_body = has_body};
    deliver(&a, 2 * MS);
}

/* The source is not hashed before the server is asked: while it hashes, a piece at a time, or when
 * it was quicker. */
static void both_sides_hash_at_once(void **state)
{
    (void)state;
    struct answer a[2] = {{.has_bytes = true}, {.has_bytes = true}};
    begin(2 * PIECE_BYTES);
    memcpy(upload, source, 2 * PIECE_BYTES);
    upload[PIECE_BYTES]++;
    memcpy(token, put.token, sizeof token);
    has_upload = true;
    assert_false(put_prepare(&put));
    tell(ask(1 * MS), LETHE_STATUS_OK, true);
    for (int i = 0; i < 2; i++) {
        a[i].call_id = ask(2 * MS);
        hash_of(a[i].bytes, "piece", upload + i * PIECE_BYTES, PIECE_BYTES);
    }
    assert_int_equal(hashed, 0);
    assert_true(put_prepare(&put));
    assert_int_equal(hashed, 1);
    deliver(&a[0], 2 * MS);
    assert_int_equal(hashed, 1);
    assert_int_equal(put.bytes_reused, PIECE_BYTES);
    deliver(&a[1], 2 * MS);
    assert_int_equal(hashed, 2);
    assert_int_equal(put.bytes_reused, PIECE_BYTES);
    assert_false(put_prepare(&put));
    run(0);
    arrived(2 * PIECE_BYTES);
    assert_int_equal(put.bytes_sent, PIECE_BYTES);
}

static void a_source_that_cannot_be_read_ends_it(void **state)
{
    for (int early = 0; early < 2; early++) {
        struct answer a = {.has_bytes = true};
        (void)prepare(state);
        hash_of(a.bytes, "piece", source, PIECE_BYTES);
        begin(PIECE_BYTES);
        tell(ask(1 * MS), LETHE_STATUS_OK, true);
        a.call_id = ask(2 * MS);
        fail_digest = LETHE_ERR_INTERNAL;
        assert_int_equal(early && put_prepare(&put), early);
        deliver(&a, 2 * MS);
        assert_int_equal(put.result, LETHE_ERR_INTERNAL);
        assert_false(put_prepare(&put));
        assert_int_equal(put.bytes_done, 0);
    }
}

/* What a call that was made before says of the old handle says nothing of the new one. */
static void late_words_about_a_handle_are_ignored(void **state)
{
    (void)state;
    begin(FILE_MAX);
    tell(ask(1 * MS), LETHE_STATUS_OK, true);
    const uint64_t first = ask(2 * MS), second = ask(2 * MS), third = ask(2 * MS);
    tell(first, LETHE_STATUS_HANDLE, false);
    assert_false(put.open);
    tell(second, LETHE_STATUS_NOT_FOUND, false);
    assert_int_equal(put.restarts, 0);
    const uint64_t again = ask(2 * MS);
    tell(again, LETHE_STATUS_OK, true);
    assert_true(put.open);
    tell(third, LETHE_STATUS_HANDLE, false);
    assert_true(put.open);
}

static void a_token_is_of_path_size_and_content(void **state)
{
    uint8_t content[PUT_CONTENT_BYTES] = {0}, had[4][FILES_TOKEN_BYTES];
    const char *const paths[] = {"a", "b", "a", "a"};
    const uint64_t sizes[] = {1, 1, 2, 1};
    (void)state;
    for (int i = 0; i < 4; i++) {
        content[31] = i == 3;
        assert_int_equal(put_init(&put, paths[i], &callbacks, sizes[i], content), LETHE_OK);
        memcpy(had[i], put.token, FILES_TOKEN_BYTES);
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(had[i], had[j], FILES_TOKEN_BYTES);
    }
}

static void another_session_goes_on(void **state)
{
    (void)state;
    begin(FILE_MAX);
    run(150);
    put_ask_again(&put); /* what was on its way comes too late */
    run(0);
    arrived(FILE_MAX);
}

static void a_source_that_changes_is_not_committed(void **state)
{
    (void)state;
    begin(FILE_MAX);
    run(150);
    source[FILE_MAX - 1]++;
    source_changed = true;
    run(0);
    assert_int_equal(put.result, LETHE_ERR_CHANGED);
    assert_int_equal(commits, 0);
}

/* All pieces are there, and still it may be another file by now. */
static void a_source_that_was_touched_is_not_committed(void **state)
{
    (void)state;
    source_changed = true;
    begin(FILE_MAX);
    run(0);
    assert_int_equal(put.result, LETHE_ERR_CHANGED);
    assert_int_equal(put.bytes_done, FILE_MAX);
    assert_int_equal(commits, 0);
}

static void refusals_end_it(void **state)
{
    const struct {
        int op, status, result;
    } cases[] = {{FILES_CREATE, LETHE_STATUS_NOT_FOUND, LETHE_ERR_NOT_FOUND},
                 {FILES_CREATE, LETHE_STATUS_DENIED, LETHE_ERR_PERMISSION},
                 {FILES_CREATE, LETHE_STATUS_FULL, LETHE_ERR_NO_SPACE},
                 {FILES_CREATE, LETHE_STATUS_BAD, LETHE_ERR_REFUSED},
                 {FILES_WRITE, LETHE_STATUS_FULL, LETHE_ERR_NO_SPACE},
                 {FILES_WRITE, LETHE_STATUS_FAILED, LETHE_ERR_REFUSED},
                 {FILES_COMMIT, LETHE_STATUS_DENIED, LETHE_ERR_PERMISSION}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)prepare(state);
        refuse_op = cases[i].op;
        refuse_status = cases[i].status;
        begin(PIECE_BYTES);
        run(0);
        assert_int_equal(put.result, cases[i].result);
        assert_false(put.committed);
    }
}

/* Answers that come together with the one that ended it are no new beginning: here a digest that is
 * wrong again. */
static void an_end_is_not_undone(void **state)
{
    (void)state;
    begin(PIECE_BYTES + 100);
    tell(ask(1 * MS), LETHE_STATUS_OK, true);
    const uint64_t first = ask(2 * MS);
    for (int i = 0; i < 2; i++) {
        const struct answer wrong = {.call_id = ask(2 * MS), .has_bytes = true};
        if (i == 1) {
            tell(first, LETHE_STATUS_DENIED, false);
            assert_int_equal(put.result, LETHE_ERR_PERMISSION);
        }
        deliver(&wrong, 2 * MS);
        if (i == 0)
            tell(ask(2 * MS), LETHE_STATUS_OK, false); /* the second piece is written */
    }
    assert_int_equal(put.result, LETHE_ERR_PERMISSION);
}

/* A server that takes bytes and does not keep them is found out. */
static void what_is_not_kept_is_not_committed(void **state)
{
    (void)state;
    begin(PIECE_BYTES);
    refuse_op = FILES_WRITE;
    refuse_status = LETHE_STATUS_OK;
    run(0);
    assert_int_equal(put.result, LETHE_ERR_CRYPTO);
    assert_int_equal(commits, 0);
}

/* The largest write fits the packet that always passes, whatever the path. */
static void a_write_fits_a_packet(void **state)
{
    static char path[FILES_UPLOAD_PATH_MAX + 2];
    static uint8_t handle[HANDLE_BYTES_MAX], call[FILES_REQUEST_MAX], out[DATAGRAM_BYTES];
    const uint8_t content[PUT_CONTENT_BYTES] = {0};
    const size_t around = REQUEST_HEADER_BYTES(0) + TAG_BYTES;
    (void)state;
    for (size_t n = 1; n <= FILES_UPLOAD_PATH_MAX; n++) {
        memset(path, 'p', n);
        assert_int_equal(put_init(&put, path, &callbacks, 1, content), LETHE_OK);
        struct request_body b = {
            .flags = REQUEST_CALL, .datagram = DATAGRAM_BYTES, .handle_count = 1};
        b.handles[0].p = handle;
        b.handles[0].len = (uint16_t)(HANDLE_BYTES_MIN + 1 + 8 + FILES_TOKEN_BYTES + n);
        b.call = call;
        b.call_len = (uint16_t)(1 + 8 + put.chunk);
        assert_int_equal(request_body_encode(out, sizeof out - around, 0, &b),
                         put.chunk < FILES_WRITE_MAX ? sizeof out - around : b.call_len);
    }
    memset(path, 'p', sizeof path - 1);
    assert_int_equal(put_init(&put, path, &callbacks, 1, content), LETHE_ERR_USAGE);
    assert_int_equal(put_init(&put, "p", &callbacks, BODY_BYTES_MAX + 1, content), LETHE_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_sizes_arrive, prepare),
        cmocka_unit_test_setup(what_is_there_is_not_sent_again, prepare),
        cmocka_unit_test_setup(a_file_that_was_changed_since_is_sent_under_another_token, prepare),
        cmocka_unit_test_setup(an_upload_that_vanishes_begins_again, prepare),
        cmocka_unit_test_setup(a_handle_that_has_died_is_made_again, prepare),
        cmocka_unit_test_setup(both_sides_hash_at_once, prepare),
        cmocka_unit_test_setup(a_source_that_cannot_be_read_ends_it, prepare),
        cmocka_unit_test_setup(late_words_about_a_handle_are_ignored, prepare),
        cmocka_unit_test_setup(a_token_is_of_path_size_and_content, prepare),
        cmocka_unit_test_setup(another_session_goes_on, prepare),
        cmocka_unit_test_setup(a_source_that_changes_is_not_committed, prepare),
        cmocka_unit_test_setup(a_source_that_was_touched_is_not_committed, prepare),
        cmocka_unit_test_setup(refusals_end_it, prepare),
        cmocka_unit_test_setup(an_end_is_not_undone, prepare),
        cmocka_unit_test_setup(what_is_not_kept_is_not_committed, prepare),
        cmocka_unit_test_setup(a_write_fits_a_packet, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
