/* flow/fetch: what each status does, of calls and of bytes, and errors of the store. */
#include "flow/fetch_support.h"

/* Opened, one chunk there, one chunk taken at *offset. */
static void begin_opened(uint64_t *offset, uint64_t *len)
{
    begin(200000, 0, 0);
    assert_true(turn() && pull_one());
    assert_true(wants_take(&fetch.wants, CHUNK, offset, len));
}

static void what_ends_a_fetch(void **state)
{
    (void)state;
    const struct {
        uint8_t status;
        int result;
    } cases[] = {
        {LETHE_STATUS_NOT_FOUND, LETHE_ERR_NOT_FOUND},
        {LETHE_STATUS_DENIED, LETHE_ERR_PERMISSION},
        {LETHE_STATUS_BAD, LETHE_ERR_REFUSED},
        {LETHE_STATUS_FAILED, LETHE_ERR_REFUSED},
        {LETHE_STATUS_FULL, LETHE_ERR_REFUSED},
        {6, LETHE_ERR_REFUSED},
        {255, LETHE_ERR_REFUSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t offset, len;
        begin(1000, 0, 0);
        resource.status = cases[i].status;
        assert_true(turn());
        assert_int_equal(fetch.result, cases[i].result);
        assert_true(fetch_done(&fetch) && !fetch.known);
        assert_false(turn() || fetch_pulls(&fetch, now_ns));
        begin_opened(&offset, &len);
        bring_status(offset, (size_t)len, cases[i].status);
        assert_true(fetch.result == cases[i].result && fetch.known);
    }
}

/* A stale handle: another is asked for, with the same bytes behind it. */
static void a_handle_is_asked_for_again(void **state)
{
    (void)state;
    const uint8_t statuses[] = {LETHE_STATUS_HANDLE, LETHE_STATUS_CHANGED};
    for (int i = 0; i < 2; i++) {
        uint64_t offset, len;
        begin_opened(&offset, &len);
        const uint64_t done = fetch.bytes_done;
        bring_status(offset, (size_t)len, statuses[i]);
        assert_true(fetch.stale && fetch.wants.count == 1 && fetch.bytes_done == done);
        while (!turn())
            now_ns += MS;
        assert_false(fetch.stale || fetch.moved);
        assert_true(resource.opens == 2 && fetch.bytes_done == done);
        run();
        expect_intact();
    }
}

/* An aging handle is good meanwhile. */
static void an_aging_handle_is_replaced_in_time(void **state)
{
    (void)state;
    uint64_t offset, len;
    begin_opened(&offset, &len);
    bring_bytes(1, offset, (size_t)len, DATA_AGING);
    assert_true(fetch.stale && fetch.open && fetch_pulls(&fetch, now_ns));
    assert_true(fetch.bytes_done == 2 * CHUNK);
    run();
    expect_intact();
    assert_int_equal(resource.opens, 2);
}

/* Busy: a pause, nothing asked meanwhile, and an end to patience. */
static void a_busy_resource_is_waited_for(void **state)
{
    (void)state;
    uint64_t offset, len;
    struct request_body b;
    for (int pulled = 0; pulled < 2; pulled++) {
        begin_opened(&offset, &len);
        bring_status(offset, (size_t)len, LETHE_STATUS_BUSY);
        assert_true(fetch.hold_ns == now_ns + FETCH_BUSY_NS);
        assert_false(fetch_pulls(&fetch, now_ns + FETCH_BUSY_NS - 1) || ask(&b));
        assert_true(fetch_next_ns(&fetch) >= now_ns + FETCH_BUSY_NS);
        now_ns += FETCH_BUSY_NS;
        assert_true(fetch_pulls(&fetch, now_ns));
        now_ns += FETCH_BUSY_MOST_NS - FETCH_BUSY_NS;
        assert_true(wants_take(&fetch.wants, CHUNK, &offset, &len));
        if (pulled) {
            bring_bytes(1, offset, (size_t)len, 0); /* patience begins anew */
            assert_true(wants_take(&fetch.wants, CHUNK, &offset, &len));
        }
        now_ns += 1;
        bring_status(offset, (size_t)len, LETHE_STATUS_BUSY);
        assert_int_equal(fetch.result, pulled ? LETHE_OK : LETHE_ERR_CHANGED);
    }
}

static void opening_what_is_busy(void **state)
{
    (void)state;
    begin(1000, 0, 0);
    resource.status = LETHE_STATUS_BUSY;
    assert_true(turn());
    assert_false(turn());
    resource.status = LETHE_STATUS_OK;
    run();
    expect_intact();
}

/* The last digest is busy, and nothing else is under way: it is asked again all the same. */
static void a_busy_digest_is_asked_again(void **state)
{
    (void)state;
    begin(PIECE_BYTES, PIECE_BYTES, 1);
    assert_true(turn());
    resource.status = LETHE_STATUS_BUSY;
    assert_true(turn());
    resource.status = LETHE_STATUS_OK;
    assert_true(fetch_next_ns(&fetch) == now_ns + FETCH_BUSY_NS);
    run();
    expect_intact();
    assert_int_equal(resource.digests, 1);
}

static void a_digest_of_another_version(void **state)
{
    (void)state;
    begin(3 * PIECE_BYTES, 3 * PIECE_BYTES, 2);
    assert_true(turn());
    resource.version = 2;
    run();
    expect_intact();
    assert_true(fetch.restarts == 1 && store.written == 0); /* what was there is of this one */
}

static void too_low_a_level_is_asked_again(void **state)
{
    (void)state;
    begin(1000, 0, 0);
    resource.status = LETHE_STATUS_LEVEL;
    assert_true(turn());
    assert_int_equal(fetch.result, LETHE_OK);
    resource.status = LETHE_STATUS_OK;
    run();
    expect_intact();
}

/* A server that answers nonsense. */
static void answers_without_sense_end_it_or_are_not_taken(void **state)
{
    (void)state;
    struct request_body b;
    struct answer a;
    uint64_t offset, len;
    begin(1000, 0, 0);
    assert_true(ask(&b));
    serve(&b, &a);
    a.body.flags = DATA_CALL; /* opens nothing */
    assert_true(fetch_called(&fetch, now_ns, &a.body));
    assert_int_equal(fetch.result, LETHE_ERR_FORMAT);
    begin(PIECE_BYTES, PIECE_BYTES, 1);
    assert_true(turn());
    while (!ask(&b))
        now_ns += MS;
    serve(&b, &a);
    a.body.bytes_len--; /* no digest */
    assert_true(fetch_called(&fetch, now_ns, &a.body));
    assert_int_equal(fetch.result, LETHE_ERR_FORMAT);
    begin_opened(&offset, &len);
    const uint64_t written = store.written;
    const struct data_body d = {
        .flags = DATA_PULL, .echo = echo, .bytes = store.bytes, .bytes_len = len - 1};
    fetch_bytes(&fetch, now_ns, offset, (size_t)len, &d); /* fewer than were asked for */
    assert_true(store.written == written && fetch.wants.count == 1 && fetch.stale);
    run();
    expect_intact();
    begin(1000, 0, 0);
    assert_true(ask(&b));
    serve(&b, &a);
    a.body.call_id = 12345; /* a call that was never made */
    assert_false(fetch_called(&fetch, now_ns, &a.body));
    a.body.call_id = UINT64_MAX;
    assert_false(fetch_called(&fetch, now_ns, &a.body));
    a.body.call_id = b.call_id;
    assert_true(fetch_called(&fetch, now_ns, &a.body));
}

static void errors_of_the_store_end_it(void **state)
{
    (void)state;
    begin((uint64_t)ROOM + 1, 0, 0);
    assert_true(turn());
    assert_int_equal(fetch.result, LETHE_ERR_NO_SPACE);
    begin(1000, 0, 0);
    assert_true(turn());
    store.fail = LETHE_ERR_INTERNAL;
    assert_true(pull_one());
    assert_int_equal(fetch.result, LETHE_ERR_INTERNAL);
    assert_false(pull_one() || turn());
    begin(1000, 1000, 1);
    assert_true(turn());
    store.fail = LETHE_ERR_INTERNAL;
    assert_true(turn());
    assert_int_equal(fetch.result, LETHE_ERR_INTERNAL);
    assert_int_equal(fetch.bytes_done, 0);
}

/* Hashed before its answer came, a piece that cannot be read ends it as well. */
static void a_store_that_cannot_be_read_ends_it(void **state)
{
    (void)state;
    struct request_body b;
    struct answer a;
    begin(2 * PIECE_BYTES, 2 * PIECE_BYTES, 1);
    assert_true(turn());
    assert_true(ask(&b));
    serve(&b, &a);
    store.fail = LETHE_ERR_INTERNAL;
    assert_true(fetch_prepare(&fetch));
    assert_int_equal(fetch.result, LETHE_ERR_INTERNAL);
    store.fail = LETHE_OK;
    assert_false(fetch_prepare(&fetch));
    assert_false(fetch_called(&fetch, now_ns, &a.body));
    assert_false(turn());
    assert_int_equal(fetch.bytes_done, 0);
}

/* Packets that come together with the one that ended it are no new beginning: bytes that could not
 * be written would be missing in a file that counts as whole. */
static void an_end_is_not_undone(void **state)
{
    (void)state;
    uint64_t offset, len;
    begin_opened(&offset, &len);
    store.fail = LETHE_ERR_NO_SPACE;
    bring_bytes(1, offset, (size_t)len, 0);
    store.fail = LETHE_OK;
    const uint64_t written = store.written;
    while (wants_take(&fetch.wants, CHUNK, &offset, &len))
        bring_bytes(1, offset, (size_t)len, DATA_AGING);
    assert_int_equal(fetch.result, LETHE_ERR_NO_SPACE);
    assert_true(store.written == written && fetch.bytes_done < fetch.size);
    bring_status(0, CHUNK, LETHE_STATUS_DENIED); /* the first is what is told */
    assert_int_equal(fetch.result, LETHE_ERR_NO_SPACE);

    struct request_body b;
    struct answer a;
    begin_opened(&offset, &len);
    bring_status(offset, (size_t)len, LETHE_STATUS_CHANGED);
    while (!ask(&b))
        now_ns += MS;
    resource.version = 2;
    serve(&b, &a);
    bring_status(offset, (size_t)len, LETHE_STATUS_NOT_FOUND);
    assert_false(fetch_called(&fetch, now_ns, &a.body));
    assert_int_equal(fetch.result, LETHE_ERR_NOT_FOUND);
    assert_true(fetch.version[0] == 1);
}

static void a_path_that_is_too_long(void **state)
{
    (void)state;
    static char path[2 * FILES_REQUEST_MAX];
    const struct fetch_store s = {
        .context = &store, .resize = store_resize, .write = store_write, .digest = store_digest};
    memset(path, 'p', sizeof path - 1);
    struct request_body b;
    begin(1000, 0, 0);
    fetch_init(&fetch, path, &s, 0);
    assert_false(ask(&b));
    assert_int_equal(fetch.result, LETHE_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ends_a_fetch),
        cmocka_unit_test(a_handle_is_asked_for_again),
        cmocka_unit_test(an_aging_handle_is_replaced_in_time),
        cmocka_unit_test(a_busy_resource_is_waited_for),
        cmocka_unit_test(opening_what_is_busy),
        cmocka_unit_test(a_busy_digest_is_asked_again),
        cmocka_unit_test(a_digest_of_another_version),
        cmocka_unit_test(too_low_a_level_is_asked_again),
        cmocka_unit_test(answers_without_sense_end_it_or_are_not_taken),
        cmocka_unit_test(errors_of_the_store_end_it),
        cmocka_unit_test(a_store_that_cannot_be_read_ends_it),
        cmocka_unit_test(an_end_is_not_undone),
        cmocka_unit_test(a_path_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
