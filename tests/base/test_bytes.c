/* base/bytes: little-endian order, comparison, wiping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/bytes.h"

static void integers_are_little_endian(void **state)
{
    (void)state;
    uint8_t b[8];
    store64(b, 0x0807060504030201u);
    for (int i = 0; i < 8; i++)
        assert_int_equal(b[i], i + 1);
    assert_int_equal(load16(b), 0x0201);
    assert_int_equal(load32(b), 0x04030201);
    assert_true(load64(b) == 0x0807060504030201u);
    memset(b, 0xff, sizeof b);
    assert_true(load64(b) == UINT64_MAX);
}

static void every_differing_bit_is_seen(void **state)
{
    (void)state;
    uint8_t a[33], b[33];
    memset(a, 0x5a, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(bytes_equal(a, b, sizeof a));
    assert_true(bytes_equal(a, b, 0));
    for (size_t i = 0; i < sizeof b * 8; i++) {
        b[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_false(bytes_equal(a, b, sizeof a));
        b[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

static void zero_means_all_zero(void **state)
{
    (void)state;
    uint8_t a[16] = {0};
    assert_true(bytes_are_zero(a, sizeof a));
    for (size_t i = 0; i < sizeof a; i++) {
        a[i] = 0x80;
        assert_false(bytes_are_zero(a, sizeof a));
        a[i] = 0;
    }
    memset(a, 0xff, sizeof a);
    wipe(a, sizeof a);
    assert_true(bytes_are_zero(a, sizeof a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(every_differing_bit_is_seen),
        cmocka_unit_test(zero_means_all_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
