/* wire/finish: FINISH and its answer, of one length. */
#include "wire/test_support.h"

#include "wire/finish.h"

static uint8_t m[EXCHANGE_ID_BYTES], nonce[NONCE_BYTES];

static int decode_finish(const uint8_t *p, size_t n)
{
    struct finish f;
    return finish_decode(&f, p, n);
}

static int decode_finished(const uint8_t *p, size_t n)
{
    struct finished f;
    return finished_decode(&f, p, n);
}

static void finish_comes_back(void **state)
{
    (void)state;
    uint8_t packet[FINISH_PACKET_BYTES];
    struct finish f;
    number_bytes(m, sizeof m, 1);
    number_bytes(packet, sizeof packet, 2);
    finish_encode(packet, &(struct finish){.kid = 3, .m = m});
    assert_int_equal(FINISH_BOX_BYTES, 322);
    assert_int_equal(packet[0], KIND_FINISH);
    assert_int_equal(packet[1], 3);
    assert_memory_equal(packet + 2, m, 16);
    assert_int_equal(packet[18], (uint8_t)(2 + 13 * 18));
    assert_int_equal(finish_decode(&f, packet, sizeof packet), LETHE_OK);
    assert_int_equal(f.kid, 3);
    assert_ptr_equal(f.m, packet + 2);
    assert_ptr_equal(f.box, packet + 18);

    only_this_length(decode_finish, packet, sizeof packet);
    only_these_values(decode_finish, packet, sizeof packet, 0, KIND_FINISH, KIND_FINISH + 1);
    only_these_values(decode_finish, packet, sizeof packet, 1, 0, KID_COUNT);
}

static void finished_comes_back(void **state)
{
    (void)state;
    uint8_t packet[FINISHED_BYTES];
    struct finished f;
    number_bytes(nonce, sizeof nonce, 1);
    number_bytes(packet, sizeof packet, 2);
    finished_encode(packet, &(struct finished){.nonce = nonce});
    assert_int_equal(FINISHED_BOX_BYTES, 315);
    assert_int_equal(packet[0], KIND_FINISHED);
    assert_memory_equal(packet + 1, nonce, 24);
    assert_int_equal(packet[25], (uint8_t)(2 + 13 * 25));
    assert_int_equal(finished_decode(&f, packet, sizeof packet), LETHE_OK);
    assert_ptr_equal(f.nonce, packet + 1);
    assert_ptr_equal(f.box, packet + 25);

    only_this_length(decode_finished, packet, sizeof packet);
    only_these_values(decode_finished, packet, sizeof packet, 0, KIND_FINISHED, KIND_FINISHED + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finish_comes_back),
        cmocka_unit_test(finished_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
