/* flow/roots: the floor of each root, at every edge where it could be off by one. */
#include "flow/window_support.h"

static void check_sqrt(uint64_t v)
{
    uint64_t root = integer_sqrt(v);
    assert_true(root <= UINT32_MAX);
    assert_true(root * root <= v);
    assert_true(root == UINT32_MAX || (root + 1) * (root + 1) > v);
}

#define CBRT_MOST 2642245u /* its cube is the last below 2^64 */

static void check_cbrt(uint64_t v)
{
    uint64_t root = integer_cbrt(v);
    assert_true(root <= CBRT_MOST);
    assert_true(root * root * root <= v);
    assert_true(root == CBRT_MOST || (root + 1) * (root + 1) * (root + 1) > v);
}

static void small_ones_and_extremes(void **state)
{
    (void)state;
    for (uint64_t v = 0; v < 100000; v++) {
        check_sqrt(v);
        check_cbrt(v);
        check_sqrt(UINT64_MAX - v);
        check_cbrt(UINT64_MAX - v);
    }
    for (int bit = 0; bit < 64; bit++)
        for (uint64_t d = 0; d < 5; d++) {
            check_sqrt(((uint64_t)1 << bit) + d - 2);
            check_cbrt(((uint64_t)1 << bit) + d - 2);
        }
}

static void around_squares_and_cubes(void **state)
{
    (void)state;
    for (uint32_t c = 1; c <= CBRT_MOST; c++) {
        uint64_t cube = (uint64_t)c * c * c;
        assert_true(integer_cbrt(cube) == c && integer_cbrt(cube - 1) == c - 1);
    }
    for (int i = 0; i < 3000000; i++) {
        uint64_t r = (roll() >> 32 >> up_to(31)) | 1;
        assert_true(integer_sqrt(r * r) == r && integer_sqrt(r * r - 1) == r - 1);
        assert_true(integer_sqrt(r * r + 2 * r) == r);
        check_sqrt(roll() >> up_to(63));
        check_cbrt(roll() >> up_to(63));
    }
    for (uint64_t r = UINT32_MAX; r > UINT32_MAX - 100000u; r--)
        assert_true(integer_sqrt(r * r) == r && integer_sqrt(r * r - 1) == r - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ones_and_extremes),
        cmocka_unit_test(around_squares_and_cubes),
    };
    seed_dice();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
