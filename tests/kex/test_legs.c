/* kex/legs: the table's rows are KEMs, and there are no others. */
#include "kex/test_support.h"

#include "crypto/kem.h"

static void a_row_is_a_kem(void **state)
{
    (void)state;
    const struct leg_row *row = leg_row_in_one_packet(LEG_SNTRUP);
    assert_non_null(row);
    assert_ptr_equal(row, leg_row(LEG_SNTRUP));
    assert_int_equal(row->pk_bytes, SNTRUP_PUBLIC_BYTES);
    assert_int_equal(row->sk_bytes, SNTRUP_SECRET_BYTES);
    assert_int_equal(row->ct_bytes, SNTRUP_CT_BYTES);
    assert_true(row->pk_bytes <= LEG_PK_BYTES && row->sk_bytes <= LEG_SK_MAX &&
                row->ct_bytes <= LEGGED_CT_BYTES);
    uint8_t pk[LEG_PK_BYTES], sk[LEG_SK_MAX], ct[LEGGED_CT_BYTES], ours[32], theirs[32];
    row->keypair(pk, sk);
    row->enc(ct, ours, pk);
    row->dec(theirs, ct, sk);
    assert_memory_equal(ours, theirs, 32);
}

static void mceliece_does_not_come_in_one_packet(void **state)
{
    (void)state;
    assert_non_null(leg_row(LEG_MCELIECE));
    assert_int_equal(leg_row(LEG_MCELIECE)->pk_bytes, MCELIECE_PUBLIC_BYTES);
    assert_null(leg_row_in_one_packet(LEG_MCELIECE));
}

static void there_are_no_other_rows(void **state)
{
    (void)state;
    for (unsigned leg = LEG_COUNT; leg < 256; leg++) {
        assert_null(leg_row((uint8_t)leg));
        assert_null(leg_row_in_one_packet((uint8_t)leg));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_a_kem),
        cmocka_unit_test(mceliece_does_not_come_in_one_packet),
        cmocka_unit_test(there_are_no_other_rows),
    };
    world_seed_libraries(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
