/* flow/path: which sizes are probed, when, and what vanishing packets change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/path.h"

#define MS ((int64_t)1000000)

static void sizes_are_probed_upward(void **state)
{
    (void)state;
    struct path p = {0};
    assert_int_equal(path_probe(&p, DATAGRAM_BYTES, 5 * MS), 1452);
    path_sent(&p, 5 * MS, 100 * MS);
    assert_int_equal(path_probe(&p, DATAGRAM_BYTES, 105 * MS - 1), 0); /* not before it is lost */
    assert_int_equal(path_probe(&p, DATAGRAM_BYTES, 105 * MS), 1452);
    path_sent(&p, 105 * MS, 100 * MS);
    assert_int_equal(path_probe(&p, 1452, 106 * MS), PACKET_MAX); /* it passed, so at once */
    path_sent(&p, 106 * MS, 100 * MS);
    assert_int_equal(path_probe(&p, 1453, 206 * MS - 1), 0);
    assert_int_equal(path_probe(&p, 1453, 206 * MS), PACKET_MAX);
    assert_int_equal(path_probe(&p, PACKET_MAX, 207 * MS), 0);
    assert_int_equal(path_probe(&p, 1451, 207 * MS), 1452);
}

static void three_lost_probes_are_enough_for_a_while(void **state)
{
    (void)state;
    struct path p = {0};
    int64_t now = 1000 * MS;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < PATH_TRIES; i++) {
            assert_int_equal(path_probe(&p, 1452, now), PACKET_MAX);
            path_sent(&p, now, 50 * MS);
            now += 50 * MS;
        }
        assert_int_equal(path_probe(&p, 1452, now), 0);
        now += PATH_AGAIN_NS - 50 * MS - 1;
        assert_int_equal(path_probe(&p, 1452, now), 0);
        now += 1;
    }
}

/* Tries are counted for each size. */
static void another_size_has_its_own_tries(void **state)
{
    (void)state;
    struct path p = {0};
    int64_t now = 1000 * MS;
    for (int i = 1; i < PATH_TRIES; i++) {
        assert_int_equal(path_probe(&p, DATAGRAM_BYTES, now), 1452);
        path_sent(&p, now, MS);
        now += MS;
    }
    for (int i = 0; i < PATH_TRIES; i++) {
        assert_int_equal(path_probe(&p, 1452, now), PACKET_MAX);
        path_sent(&p, now, MS);
        now += MS;
    }
    assert_int_equal(path_probe(&p, 1452, now), 0);
}

static void after_a_black_hole_nothing_is_probed_for_a_moment(void **state)
{
    (void)state;
    struct path p = {0};
    assert_int_equal(path_probe(&p, 1452, MS), PACKET_MAX);
    path_sent(&p, MS, MS);
    path_sent(&p, 2 * MS, MS);
    path_is_black_hole(&p, 10 * MS);
    assert_int_equal(path_probe(&p, DATAGRAM_BYTES, 10 * MS + PATH_SOON_NS - 1), 0);
    for (int i = 0; i < PATH_TRIES; i++) { /* all of them again */
        assert_int_equal(path_probe(&p, DATAGRAM_BYTES, 10 * MS + PATH_SOON_NS + i * MS), 1452);
        path_sent(&p, 10 * MS + PATH_SOON_NS + i * MS, MS);
    }
    assert_int_equal(path_probe(&p, DATAGRAM_BYTES, 20 * MS + PATH_SOON_NS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_probed_upward),
        cmocka_unit_test(three_lost_probes_are_enough_for_a_while),
        cmocka_unit_test(another_size_has_its_own_tries),
        cmocka_unit_test(after_a_black_hole_nothing_is_probed_for_a_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
