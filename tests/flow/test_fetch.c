/* flow/fetch: slots, chunks and digests, against a resource that answers at once. */
#include "flow/fetch_support.h"

static void every_chunk_is_asked_once(void **state)
{
    (void)state;
    const uint64_t sizes[] = {0, 1, 1023, 1024, 1025, 65535, 65536, 65537, 200000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        begin(sizes[i], 0);
        run(10000);
        expect_intact();
        uint64_t chunks = (sizes[i] + DATA_CHUNK_BYTES - 1) / DATA_CHUNK_BYTES;
        assert_true(resource.reads == (chunks ? chunks : 1));
        assert_true(resource.digests == (sizes[i] + PIECE_BYTES - 1) / PIECE_BYTES);
        assert_int_equal(fetch.retries, 0);
        assert_true(store.written == sizes[i]);
        end();
    }
}

/* The first chunk, the digest of the first piece, and then nothing until one of them is answered.
 */
static void two_requests_before_the_version_is_known(void **state)
{
    (void)state;
    struct request_body q, digest, again;
    struct answer a;
    begin(100000, 0);
    assert_true(ask(&q) && ask(&digest));
    assert_int_equal(q.op, OP_READ);
    assert_int_equal(digest.op, OP_DIGEST);
    assert_true(q.offset == 0 && digest.offset == 0 && digest.length == PIECE_BYTES);
    assert_true(bytes_are_zero(q.version, REQUEST_VERSION_BYTES));
    assert_false(ask(&again));
    assert_true(fetch_next_ns(&fetch) > now_ns);
    now_ns += 400 * MS; /* lost: the same again */
    assert_true(ask(&again) && ask(&digest));
    assert_int_equal(again.op, OP_READ);
    assert_int_equal(fetch.retries, 2);
    serve(&again, &a);
    fetch_answer(&fetch, now_ns, &a.body);
    assert_true(fetch.known && fetch.size == 100000 && fetch.pieces == 2);
    assert_true(store.written == DATA_CHUNK_BYTES);
    now_ns += 20 * MS;
    assert_true(ask(&q));
    assert_true(q.op == OP_READ && q.offset == DATA_CHUNK_BYTES); /* neither is asked once more */
    assert_memory_equal(q.version, a.version, REQUEST_VERSION_BYTES);
    end();
}

/* Whichever of the two first answers comes, alone or before the other, or not at all. */
static void the_first_answers_in_any_order(void **state)
{
    (void)state;
    for (uint64_t size = 0; size <= 70000; size += 35000)
        for (int lost = 0; lost < 4; lost++)
            for (int swapped = 0; swapped < 2; swapped++) {
                struct request_body q[2];
                struct answer a[2];
                begin(size, lost == 3 ? size : 0);
                assert_true(ask(&q[0]) && ask(&q[1]));
                for (int i = 0; i < 2; i++) {
                    int which = swapped ? 1 - i : i;
                    serve(&q[which], &a[which]);
                    if (lost != which + 1)
                        fetch_answer(&fetch, now_ns, &a[which].body);
                }
                run(10000);
                expect_intact();
                assert_true(fetch.retries <= 1);
                end();
            }
}

static void at_most_so_many_pieces_at_once(void **state)
{
    (void)state;
    begin(4 << 20, 0);
    run(1000);
    for (int i = 0; i < 2000; i++) {
        turn();
        now_ns += MS;
        assert_true(fetch.next_piece - fetch.pieces_done <= FETCH_SLOTS);
    }
    run(100000);
    expect_intact();
    end();
}

static void a_lost_answer_is_asked_for_again(void **state)
{
    (void)state;
    struct request_body q;
    struct answer a;
    begin(300000, 70000);
    for (int i = 0; !fetch_done(&fetch) && i < 100000; i++) {
        if (!ask(&q))
            now_ns += 50 * MS;
        else if (i % 3) {
            serve(&q, &a);
            fetch_answer(&fetch, now_ns, &a.body);
        }
    }
    expect_intact();
    assert_true(fetch.retries > 20);
    end();
}

static void answers_may_come_twice_and_late(void **state)
{
    (void)state;
    static struct answer old[40];
    struct request_body q;
    size_t kept = 0;
    begin(150000, 0);
    for (int i = 0; !fetch_done(&fetch) && i < 100000; i++) {
        if (!ask(&q)) {
            now_ns += 20 * MS;
            continue;
        }
        struct answer *a = &old[kept++ % 40];
        serve(&q, a);
        fetch_answer(&fetch, now_ns, &a->body);
        for (size_t k = 0; k < 40 && k < kept; k++)
            fetch_answer(&fetch, now_ns, &old[k].body);
    }
    expect_intact();
    assert_true(store.written == 150000);
    for (size_t k = 0; k < 40; k++)
        fetch_answer(&fetch, now_ns, &old[k].body);
    expect_intact();
    end();
}

static void what_the_store_has_is_checked_first(void **state)
{
    (void)state;
    begin(300000, 300000);
    memcpy(store.bytes, resource.bytes, 300000);
    store.bytes[70000] ^= 1;
    run(10000);
    expect_intact();
    assert_true(fetch.bytes_reused == 300000 - PIECE_BYTES);
    assert_true(store.written == PIECE_BYTES);
    assert_true(resource.digests == 5 + 1);
    end();
}

static void a_wrong_digest_is_tried_so_often(void **state)
{
    (void)state;
    for (uint32_t spoil = 1; spoil <= FETCH_PIECE_TRIES; spoil++) {
        begin(1000, 0); /* one chunk: each try writes once */
        store.spoil = spoil;
        run(100);
        if (spoil < FETCH_PIECE_TRIES)
            expect_intact();
        else
            assert_int_equal(fetch.result, LETHE_ERR_CRYPTO);
        assert_true(store.written == 1000 * (spoil < FETCH_PIECE_TRIES ? spoil + 1 : spoil));
        assert_true(fetch_done(&fetch));
        assert_false(turn());
        end();
    }
}

static void a_digest_of_another_length_proves_nothing(void **state)
{
    (void)state;
    struct request_body q;
    struct answer a;
    begin(1000, 0);
    run(1);
    assert_true(ask(&q));
    assert_int_equal(q.op, OP_DIGEST);
    serve(&q, &a);
    a.body.bytes_len = 0;
    fetch_answer(&fetch, now_ns, &a.body);
    assert_false(fetch_done(&fetch));
    a.body.bytes_len = 31;
    fetch_answer(&fetch, now_ns, &a.body);
    assert_false(fetch_done(&fetch));
    a.body.bytes_len = 32;
    fetch_answer(&fetch, now_ns, &a.body);
    expect_intact();
    end();
}

/* A digest that was not asked for since the piece was read anew says nothing about the new bytes.
 */
static void an_old_digest_does_not_judge_new_bytes(void **state)
{
    (void)state;
    struct request_body chunk, digest, q;
    struct answer a, wrong;
    begin(1000, 0);
    assert_true(ask(&chunk) && ask(&digest));
    serve(&digest, &wrong);
    wrong.bytes[0] ^= 1; /* as if the server had read something else at that moment */
    serve(&chunk, &a);
    fetch_answer(&fetch, now_ns, &a.body);
    fetch_answer(&fetch, now_ns, &wrong.body);
    assert_false(fetch_done(&fetch)); /* and it is read again */
    fetch_answer(&fetch, now_ns, &wrong.body);
    assert_true(ask(&q) && q.op == OP_READ);
    serve(&q, &a);
    fetch_answer(&fetch, now_ns, &a.body);
    assert_false(fetch_done(&fetch));
    run(10);
    expect_intact();
    end();
}

/* A chunk with another length, at another place, or of the past is not written. */
static void a_chunk_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    struct request_body q;
    struct answer a;
    begin(100000, 0);
    run(1);
    now_ns += 400 * MS;
    assert_true(ask(&q));
    serve(&q, &a);
    struct data_body right = a.body, wrong = right;
    wrong.bytes_len--;
    fetch_answer(&fetch, now_ns, &wrong);
    wrong = right;
    wrong.offset += 1;
    fetch_answer(&fetch, now_ns, &wrong);
    wrong = right;
    wrong.offset = 1ull << 40;
    fetch_answer(&fetch, now_ns, &wrong);
    wrong = right;
    wrong.offset = 100352; /* past the end, in a piece that is worked on */
    fetch_answer(&fetch, now_ns, &wrong);
    uint8_t other[REQUEST_VERSION_BYTES] = {9};
    wrong = right;
    wrong.version = other;
    fetch_answer(&fetch, now_ns, &wrong);
    assert_true(store.written == DATA_CHUNK_BYTES); /* the first chunk */
    fetch_answer(&fetch, now_ns, &right);
    assert_true(store.written == 2 * DATA_CHUNK_BYTES);
    run(10000);
    expect_intact();
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chunk_is_asked_once),
        cmocka_unit_test(two_requests_before_the_version_is_known),
        cmocka_unit_test(the_first_answers_in_any_order),
        cmocka_unit_test(at_most_so_many_pieces_at_once),
        cmocka_unit_test(a_lost_answer_is_asked_for_again),
        cmocka_unit_test(answers_may_come_twice_and_late),
        cmocka_unit_test(what_the_store_has_is_checked_first),
        cmocka_unit_test(a_wrong_digest_is_tried_so_often),
        cmocka_unit_test(a_digest_of_another_length_proves_nothing),
        cmocka_unit_test(an_old_digest_does_not_judge_new_bytes),
        cmocka_unit_test(a_chunk_that_does_not_fit_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
