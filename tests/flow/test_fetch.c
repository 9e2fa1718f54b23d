/* flow/fetch: opening, resuming by digests, and what happens when the resource changes. */
#include "flow/fetch_support.h"

static void a_fresh_fetch_opens_and_pulls(void **state)
{
    (void)state;
    const uint64_t sizes[] = {0, 1, FETCH_FIRST_BYTES - 1, FETCH_FIRST_BYTES, 1000000};
    for (size_t i = 0; i < 5; i++) {
        begin(sizes[i], 0, 0);
        assert_true(fetch_pulls(&fetch, now_ns)); /* along with the call */
        run();
        expect_intact();
        assert_true(resource.opens == 1 && resource.digests == 0);
        assert_true(fetch.bytes_received == sizes[i] && store.written == sizes[i]);
    }
}

/* One call to open, repeated when it is lost, and bytes that came before its answer are no loss of
 * place: they are wanted again. */
static void opening_is_asked_once_and_again_when_lost(void **state)
{
    (void)state;
    struct request_body b, again;
    struct answer a;
    uint64_t offset, len;
    begin(100000, 0, 0);
    assert_true(ask(&b));
    assert_false(ask(&again));
    assert_true(fetch_next_ns(&fetch) > now_ns);
    assert_true(wants_take(&fetch.wants, CHUNK, &offset, &len));
    bring_bytes(1, offset, (size_t)len, 0);
    assert_true(store.written == 0 && fetch.wants.count == 1);
    now_ns = fetch_next_ns(&fetch);
    while (!ask(&again))
        now_ns = fetch_next_ns(&fetch) > now_ns ? fetch_next_ns(&fetch) : now_ns + MS;
    assert_true(again.call_id != b.call_id && fetch.retries == 1);
    serve(&again, &a);
    assert_true(fetch_called(&fetch, now_ns, &a.body));
    assert_false(fetch_called(&fetch, now_ns, &a.body)); /* no news */
    assert_true(fetch.known && fetch.open && fetch.size == 100000);
    assert_int_equal(fetch.handle_len, HANDLE_BYTES_MIN + 20);
    assert_true(fetch.handle[0] == 0xc1 && fetch.version[0] == 1);
    run();
    expect_intact();
}

/* Bytes of an opening that another one has replaced may be of another version. */
static void bytes_of_an_earlier_opening_are_not_taken(void **state)
{
    (void)state;
    uint64_t offset, len;
    begin(100000, 0, 0);
    assert_true(wants_take(&fetch.wants, CHUNK, &offset, &len));
    assert_true(turn());
    const uint32_t opened = echo - 1;
    echo = opened - 1;
    bring_bytes(0, offset, (size_t)len, 0);
    assert_true(store.written == 0 && fetch.wants.count == 1 && !fetch.stale);
    echo = opened;
    assert_true(wants_take(&fetch.wants, CHUNK, &offset, &len));
    bring_bytes(1, offset, (size_t)len, 0);
    assert_int_equal(store.written, CHUNK);
    echo++;
    run();
    expect_intact();
}

/* What is there is checked by pieces; what differs, and only that, is pulled. */
static void what_is_there_is_not_pulled_again(void **state)
{
    (void)state;
    const uint64_t size = 5 * PIECE_BYTES + 1000;
    begin(size, size, 1);
    assert_false(wants_any(&fetch.wants)); /* nothing before the digests say so */
    run();
    expect_intact();
    assert_true(fetch.bytes_reused == size && store.written == 0 && resource.digests == 6);
    begin(size, size, 1);
    store.bytes[2 * PIECE_BYTES + 7] ^= 1;
    store.bytes[size - 1] ^= 1;
    run();
    expect_intact();
    assert_true(store.written == PIECE_BYTES + 1000 && fetch.bytes_received == store.written);
    begin(size, 2 * PIECE_BYTES + 5, 1); /* a part: the piece that is not whole is pulled */
    run();
    expect_intact();
    assert_true(store.written == size - 2 * PIECE_BYTES);
    begin(1000, size, 1); /* it is shorter now */
    run();
    expect_intact();
    assert_true(store.written == 0 && resource.digests == 1);
    begin(size, size, 9); /* and nothing is right */
    run();
    expect_intact();
    assert_true(store.written == size && fetch.bytes_reused == 0);
}

static void at_most_so_many_pieces_at_once(void **state)
{
    (void)state;
    struct request_body b;
    unsigned asked = 0;
    begin(100 * PIECE_BYTES, 100 * PIECE_BYTES, 1);
    assert_true(turn());
    fetch.pace.window_q8 = 1000 * 256;
    for (int i = 0; i < 1000; i++) {
        asked += ask(&b);
        now_ns += MS / 100;
    }
    assert_int_equal(asked, FETCH_SLOTS);
    assert_true(fetch_next_ns(&fetch) > now_ns); /* nothing to do until one is answered */
    run();
    expect_intact();
}

/* The store is not hashed before the server is asked: while it hashes, a piece at a time, or when
 * it was quicker; each piece once. */
static void both_sides_hash_at_once(void **state)
{
    (void)state;
    struct request_body b;
    struct answer a[4];
    begin(4 * PIECE_BYTES, 4 * PIECE_BYTES, 1);
    assert_false(fetch_prepare(&fetch));
    assert_true(turn());
    assert_false(fetch_prepare(&fetch));
    store.bytes[1 * PIECE_BYTES]++; /* is found wrong either way */
    store.bytes[3 * PIECE_BYTES]++;
    for (int i = 0; i < 4; i++) {
        while (!ask(&b))
            now_ns += MS;
        serve(&b, &a[i]);
    }
    assert_int_equal(store.hashed, 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(fetch_prepare(&fetch));
        assert_int_equal(store.hashed, i + 1);
    }
    for (int i = 0; i < 4; i++)
        assert_true(fetch_called(&fetch, now_ns, &a[i].body));
    assert_int_equal(store.hashed, 4);
    assert_false(fetch_prepare(&fetch));
    assert_true(fetch.bytes_reused == 2 * PIECE_BYTES);
    run();
    expect_intact();
    assert_true(store.written == 2 * PIECE_BYTES && store.hashed == 4);
}

/* Digests that are lost or late: each piece is settled once. */
static void lost_digests_are_asked_again(void **state)
{
    (void)state;
    struct request_body b;
    struct answer a[8];
    begin(8 * PIECE_BYTES, 8 * PIECE_BYTES, 1);
    assert_true(turn());
    for (int i = 0; i < 8; i++) {
        while (!ask(&b))
            now_ns += MS;
        serve(&b, &a[i]);
        if (i % 2)
            assert_true(fetch_called(&fetch, now_ns, &a[i].body));
    }
    run();
    expect_intact();
    assert_true(fetch.bytes_reused == resource.size && fetch.retries > 0);
    for (int i = 0; i < 8; i++)
        assert_false(fetch_called(&fetch, now_ns, &a[i].body));
    assert_true(fetch.bytes_done == resource.size);
}

/* So many pieces differ that their ranges would not fit: checking waits for pulling. */
static void what_differs_does_not_outgrow_its_room(void **state)
{
    (void)state;
    begin(100 * PIECE_BYTES, 100 * PIECE_BYTES, 9);
    assert_true(turn());
    for (uint64_t i = 0; i < WANTS_RESUMED - FETCH_SLOTS; i++)
        assert_true(wants_again(&fetch.wants, ((uint64_t)1 << 40) + 2 * i, 1));
    struct request_body b;
    assert_false(ask(&b));
    assert_true(fetch_next_ns(&fetch) > now_ns + 1000 * MS); /* nor is it tried again and again */
    fetch.wants.count--;
    assert_true(ask(&b));
}

/* Version 2 while version 1 is being fetched: what came before is checked or pulled again, and
 * nothing of version 1 is taken after. */
static void versions_never_mix(void **state)
{
    (void)state;
    for (uint64_t size = CHUNK; size <= 300000; size += 99000)
        for (unsigned after = 1; after < 30; after += 4) {
            begin(200000, 0, 0);
            assert_true(turn());
            for (unsigned i = 0; i < after; i++)
                assert_true(pull_one());
            resource.version = 2;
            resource.size = size;
            assert_true(pull_one()); /* learns of it */
            assert_true(fetch.stale && !fetch_done(&fetch));
            assert_true(turn());
            assert_true(fetch.moved && fetch.restarts == 1 && fetch.version[0] == 2);
            assert_int_equal(fetch.bytes_done, 0);
            fetch.moved = false;
            run();
            expect_intact();
        }
}

/* A version that only claims to be the same is none: the size counts too. */
static void another_size_is_another_version(void **state)
{
    (void)state;
    begin(200000, 0, 0);
    assert_true(turn() && pull_one());
    resource.size = 150000;
    fetch.stale = true;
    assert_true(turn());
    assert_true(fetch.moved && fetch.size == 150000 && store.size == 150000);
    run();
    expect_intact();
}

static void restarts_are_bounded(void **state)
{
    (void)state;
    begin(200000, 0, 0);
    for (int i = 0; i <= FETCH_RESTARTS; i++) {
        assert_false(fetch_done(&fetch));
        fetch.stale = true;
        while (!turn())
            now_ns += MS;
        resource.version++;
    }
    assert_int_equal(fetch.result, LETHE_OK);
    fetch.stale = true;
    while (!turn())
        now_ns += MS;
    assert_int_equal(fetch.result, LETHE_ERR_CHANGED);
    assert_true(fetch_done(&fetch));
}

/* Calls of before a change are void, whatever they say. */
static void answers_about_an_old_version_are_ignored(void **state)
{
    (void)state;
    struct request_body b;
    struct answer digest;
    begin(4 * PIECE_BYTES, 4 * PIECE_BYTES, 1);
    assert_true(turn());
    assert_true(ask(&b));
    serve(&b, &digest);
    resource.version = 2;
    fetch.stale = true;
    while (!turn())
        now_ns += MS;
    assert_true(fetch.moved && fetch.version[0] == 2);
    const uint64_t done = fetch.bytes_done;
    assert_false(fetch_called(&fetch, now_ns, &digest.body));
    assert_true(fetch.bytes_done == done);
    run();
    expect_intact();
}

/* Another session: the handle is asked for again, and nothing is pulled along with that, for it may
 * be of another version by now. */
static void another_session_opens_again(void **state)
{
    (void)state;
    begin(200000, 0, 0);
    assert_true(turn() && pull_one());
    const uint64_t done = fetch.bytes_done;
    fetch_ask_again(&fetch);
    assert_false(fetch_pulls(&fetch, now_ns));
    while (!turn())
        now_ns += MS;
    assert_true(fetch_pulls(&fetch, now_ns) && fetch.bytes_done == done && resource.opens == 2);
    run();
    expect_intact();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fresh_fetch_opens_and_pulls),
        cmocka_unit_test(opening_is_asked_once_and_again_when_lost),
        cmocka_unit_test(bytes_of_an_earlier_opening_are_not_taken),
        cmocka_unit_test(what_is_there_is_not_pulled_again),
        cmocka_unit_test(at_most_so_many_pieces_at_once),
        cmocka_unit_test(both_sides_hash_at_once),
        cmocka_unit_test(lost_digests_are_asked_again),
        cmocka_unit_test(what_differs_does_not_outgrow_its_room),
        cmocka_unit_test(versions_never_mix),
        cmocka_unit_test(another_size_is_another_version),
        cmocka_unit_test(restarts_are_bounded),
        cmocka_unit_test(answers_about_an_old_version_are_ignored),
        cmocka_unit_test(another_session_opens_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
