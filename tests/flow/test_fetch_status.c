/* flow/fetch: what the server says besides bytes: busy, changed, elsewhere, refused. */
#include "flow/fetch_support.h"

static void busy_is_asked_again_after_a_pause(void **state)
{
    (void)state;
    begin(100000, 0);
    run(10);
    resource.busy = true;
    now_ns += 10 * MS;
    assert_true(turn());
    assert_false(turn());
    assert_true(fetch_next_ns(&fetch) == now_ns + FETCH_BUSY_NS);
    int64_t since = now_ns;
    int asked = 0;
    while (now_ns - since < FETCH_BUSY_MOST_NS / 2) {
        asked += turn();
        now_ns += MS;
    }
    assert_true(asked >= 20 && asked <= FETCH_BUSY_MOST_NS / 2 / FETCH_BUSY_NS + 1);
    resource.busy = false;
    run(10000);
    expect_intact();
    end();
}

static void busy_for_too_long_gives_up(void **state)
{
    (void)state;
    begin(100000, 0);
    resource.busy = true;
    int64_t since = now_ns;
    run(100000);
    assert_int_equal(fetch.result, LETHE_ERR_CHANGED);
    assert_true(now_ns - since > FETCH_BUSY_MOST_NS);
    assert_true(now_ns - since < FETCH_BUSY_MOST_NS + 100 * MS);
    end();
}

static void a_change_starts_over(void **state)
{
    (void)state;
    for (uint64_t version = 2; version < 5; version++) {
        begin(300000, 0);
        run(60 * (int)version);
        assert_false(fetch_done(&fetch));
        resource_set(&resource, version, version * 70000);
        run(10000);
        expect_intact();
        assert_int_equal(fetch.restarts, 1);
        end();
    }
}

static void too_many_changes_give_up(void **state)
{
    (void)state;
    begin(300000, 0);
    for (uint64_t i = 0; i < FETCH_RESTARTS; i++) {
        run(20);
        resource_set(&resource, 2 + i, 300000);
        run(1);
        assert_int_equal(fetch.result, LETHE_OK);
    }
    run(20);
    resource_set(&resource, 100, 300000);
    run(20);
    assert_int_equal(fetch.result, LETHE_ERR_CHANGED);
    end();
}

/* Answers of before a change that come after it was noticed: they do not bring the old version
 * back, and do not count as more changes. */
static void stragglers_of_an_old_version_are_ignored(void **state)
{
    (void)state;
    static struct answer old[16], changed[16];
    struct request_body q[16];
    begin(300000, 0);
    run(10);
    now_ns += 10 * MS;
    for (int i = 0; i < 16; now_ns += MS)
        i += ask(&q[i]);
    for (int i = 0; i < 8; i++)
        serve(&q[i], &old[i]);
    resource_set(&resource, 2, 300000);
    for (int i = 8; i < 16; i++)
        serve(&q[i], &changed[i]);
    for (int i = 0; i < 8; i++) {
        fetch_answer(&fetch, now_ns, &changed[i + 8].body);
        fetch_answer(&fetch, now_ns, &old[i].body);
    }
    run(10000);
    expect_intact();
    assert_int_equal(fetch.restarts, 1);
    end();
}

/* After two changes, a late notice of the first is no third. */
static void a_late_notice_of_an_old_change_is_ignored(void **state)
{
    (void)state;
    struct request_body q[2];
    struct answer notice[2];
    begin(300000, 0);
    run(10);
    now_ns += 10 * MS;
    assert_true(ask(&q[0]) && ask(&q[1]));
    resource_set(&resource, 2, 300000);
    serve(&q[0], &notice[0]);
    serve(&q[1], &notice[1]);
    fetch_answer(&fetch, now_ns, &notice[0].body);
    run(10); /* the second version is known now */
    resource_set(&resource, 3, 300000);
    run(10); /* and the third */
    assert_true(fetch.known && fetch.restarts == 2);
    fetch_answer(&fetch, now_ns, &notice[1].body);
    assert_int_equal(fetch.restarts, 2);
    run(10000);
    expect_intact();
    end();
}

static void each_refusal_has_its_error(void **state)
{
    (void)state;
    static const struct {
        uint8_t status;
        int result;
    } cases[] = {
        {STATUS_NOT_FOUND, LETHE_ERR_NOT_FOUND}, {STATUS_DENIED, LETHE_ERR_PERMISSION},
        {STATUS_LEVEL, LETHE_ERR_REFUSED},       {STATUS_BAD, LETHE_ERR_REFUSED},
        {STATUS_FAILED, LETHE_ERR_REFUSED},      {200, LETHE_ERR_REFUSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct request_body q;
        struct answer a;
        begin(100000, 0);
        assert_true(ask(&q));
        serve(&q, &a);
        a.body.status = cases[i].status;
        fetch_answer(&fetch, now_ns, &a.body);
        assert_int_equal(fetch.result, cases[i].result);
        assert_true(fetch_done(&fetch) && !turn());
        end();
    }
}

/* STATUS_ADDRESS: nothing came with it, so the same is asked again; at once. */
static void another_address_costs_one_more_request(void **state)
{
    (void)state;
    struct request_body q;
    struct answer a;
    begin(100000, 70000);
    for (int i = 0; !fetch_done(&fetch) && i < 1000; i++) {
        if (!ask(&q)) {
            now_ns += MS;
            continue;
        }
        serve(&q, &a);
        if (i % 2) {
            a.body.status = STATUS_ADDRESS;
            a.body.bytes_len = 0;
        }
        fetch_answer(&fetch, now_ns, &a.body);
    }
    expect_intact();
    assert_int_equal(fetch.retries, 0);
    end();
}

static void a_store_that_fails_ends_it(void **state)
{
    (void)state;
    begin(100000, 0);
    store.fail = LETHE_ERR_NO_SPACE; /* resize */
    run(10);
    assert_int_equal(fetch.result, LETHE_ERR_NO_SPACE);
    end();
    begin(100000, 0);
    run(5);
    store.fail = LETHE_ERR_PERMISSION; /* write */
    run(10);
    assert_int_equal(fetch.result, LETHE_ERR_PERMISSION);
    end();
    begin(100000, 100000);
    run(1);
    store.fail = LETHE_ERR_INTERNAL; /* digest */
    run(10);
    assert_int_equal(fetch.result, LETHE_ERR_INTERNAL);
    end();
}

static int resize_to_anything(void *context, uint64_t size)
{
    (void)context;
    (void)size;
    return LETHE_OK;
}

/* A size that no file can have must not look like an empty one. */
static void a_size_without_sense_is_an_error(void **state)
{
    (void)state;
    const uint64_t sizes[] = {UINT64_MAX, UINT64_MAX - PIECE_BYTES + 2, 1ull << 63};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct request_body q;
        struct answer a;
        begin(100000, 0);
        assert_true(ask(&q));
        serve(&q, &a);
        a.body.size = sizes[i];
        fetch.store.resize = resize_to_anything;
        fetch_answer(&fetch, now_ns, &a.body);
        assert_true(fetch.result != LETHE_OK);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(busy_is_asked_again_after_a_pause),
        cmocka_unit_test(busy_for_too_long_gives_up),
        cmocka_unit_test(a_change_starts_over),
        cmocka_unit_test(too_many_changes_give_up),
        cmocka_unit_test(stragglers_of_an_old_version_are_ignored),
        cmocka_unit_test(a_late_notice_of_an_old_change_is_ignored),
        cmocka_unit_test(each_refusal_has_its_error),
        cmocka_unit_test(another_address_costs_one_more_request),
        cmocka_unit_test(a_store_that_fails_ends_it),
        cmocka_unit_test(a_size_without_sense_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
