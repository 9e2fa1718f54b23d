/* flow/answer, how it reads: items that lie end to end are one read of the service. */
#include "flow/answer_support.h"

/* Items that lie end to end in the body are one read, so one look at a file; others are not. */
static void a_request_reads_a_stretch_once(void **state)
{
    (void)state;
    struct request_item items[] = {item_of(1, 16, 5), item_of(17, 16, 5 + 16 * CHUNK),
                                   item_of(33, 5, 5 + 32 * CHUNK), item_of(38, 2, 5)};
    desk_widen(&desk, 200, 0);
    struct request_body b = items_of(items, 3);
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 37);
    assert_int_equal(desk.shop.reads, 1);
    assert_true(desk.shop.read_at == 5 && desk.shop.read_len == 37 * CHUNK);
    for (size_t i = 0; i < 37; i++)
        expect_bytes(i, 1 + i, 5 + i * CHUNK, CHUNK);
    for (uint32_t i = 0; i < 4; i++)
        items[i].first += 39;
    b = items_of(items, 4);
    assert_int_equal(desk_round(&desk, &b), ANSWERED); /* the last goes back */
    assert_int_equal(desk.burst.count, 39);
    assert_int_equal(desk.shop.reads, 3);
    expect_bytes(38, 78, 5 + CHUNK, CHUNK);
    for (uint32_t i = 0; i < 4; i++)
        items[i].first += 39;
    desk.shop.read_status = LETHE_STATUS_CHANGED;
    b = items_of(items, 3);
    assert_int_equal(desk_round(&desk, &b), ANSWERED); /* each item is told */
    assert_int_equal(desk.burst.count, 3);
    assert_int_equal(desk.shop.reads, 4);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(desk.got[i].status, LETHE_STATUS_CHANGED);
        assert_int_equal(desk.got[i].number, items[i].first);
    }
}

/* Gaps are read too: what lies between numbers never needs more than the scratch has. */
static void wide_gaps_are_not_read_together(void **state)
{
    (void)state;
    struct request_item items[8];
    desk_widen(&desk, 200, 0);
    for (uint32_t i = 0; i < 8; i++) {
        items[i] = item_of(1 + 16 * i, 16, 16 * CHUNK * i);
        assert_int_equal(pull(item_of(2 + 16 * i, 14, 0)), ANSWERED);
    }
    const struct request_body b = items_of(items, 8);
    desk.shop.reads = 0;
    assert_int_equal(desk_round(&desk, &b), ANSWERED);
    assert_int_equal(desk.burst.count, 16);
    for (size_t i = 0; i < 16; i++)
        expect_bytes(i, 1 + i / 2 * 16 + i % 2 * 15, (i / 2 * 16 + i % 2 * 15) * CHUNK, CHUNK);
    assert_int_equal(desk.shop.reads, 3); /* three at a time */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_request_reads_a_stretch_once, open_desk),
        cmocka_unit_test_setup(wide_gaps_are_not_read_together, open_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
