/* wire/limits: the numbers of the page, and that no answer is longer than what it answers. */
#include "wire/test_support.h"

#include "wire/accept.h"
#include "wire/block.h"
#include "wire/data.h"
#include "wire/finish.h"
#include "wire/hello.h"
#include "wire/leg.h"
#include "wire/puzzle.h"
#include "wire/request.h"
#include "wire/resume.h"

static void sizes_are_those_of_the_page(void **state)
{
    (void)state;
    assert_int_equal(HELLO_HEADER_BYTES + HELLO_BOX_BYTES, 1232);
    assert_int_equal(ACCEPT_HEADER_BYTES + ACCEPT_BOX_BYTES, 1232);
    assert_int_equal(PUZZLE_BYTES, 113);
    assert_int_equal(PUZZLE_FIELD_BYTES, HELLO_PUZZLE_BYTES);
    assert_int_equal(LEG_HEADER_BYTES + LEG_BOX_BYTES, 1232);
    assert_int_equal(LEGGED_BYTES, 1185);
    assert_int_equal(BLOCK_PACKET_BYTES, 1226);
    assert_int_equal(BLOCKED_BYTES, 44);
    assert_int_equal(FINISH_PACKET_BYTES, 340);
    assert_int_equal(FINISHED_BYTES, 340);
    assert_int_equal(REQUEST_HEADER_BYTES(0), 1 + 197 + 24 + 1);
    assert_int_equal(REQUEST_HEADER_BYTES(2), 1 + 197 + 24 + 1 + 2 * (1 + 105));
    assert_int_equal(REQUEST_MIN_BYTES, 320);
    assert_int_equal(DATA_HEADER_BYTES, 3 + 16);
    assert_int_equal(DATA_CHUNK(1232), 1232 - 19 - 17 - 16);
    assert_int_equal(DATA_CHUNK(PACKET_MAX) + 52, PACKET_MAX);
    assert_int_equal(PACKET_MAX, 9000 - 40 - 8);
    assert_int_equal(SHARE_BYTES, 1 + 24 + 64 + 16);
    assert_int_equal(TRANSPORT_BYTES, 8 + 5 * 4 + 8 + 3 * 4 + 2 + 1 + 8);
    assert_int_equal(SESSION_BYTES, 32 + 1 + 16 + 8 + 8 + 16 + 59 + 16);
    assert_int_equal(CONTINUATION_BYTES, 197);
    assert_int_equal(HANDLE_BYTES_MIN, 1 + 24 + 8 + 16);
    assert_int_equal(HANDLE_BYTES_MAX, 1 + 24 + 8 + 256 + 16);
    assert_int_equal(KID_COUNT, 8);
    assert_int_equal(SLOW_KID_COUNT, 48);
    assert_int_equal(PARKED_BYTES, 1 + 24 + 32 + 1 + 16 + 16);
    assert_int_equal(RESUME_HEADER_BYTES + RESUME_BOX_BYTES, 384);
    assert_int_equal(RESUMED_BYTES, 2 + 16 + 32 + 32 + 197 + 59 + 16);
}

static void kinds_are_those_of_the_page(void **state)
{
    (void)state;
    const int kinds[] = {KIND_HELLO,   KIND_ACCEPT,  KIND_LEG,      KIND_LEGGED,
                         KIND_BLOCK,   KIND_BLOCKED, KIND_FINISH,   KIND_FINISHED,
                         KIND_REQUEST, KIND_DATA,    KIND_DATA_AES, KIND_PUZZLE};
    for (int i = 0; i < 12; i++)
        assert_int_equal(kinds[i], i + 1);
    assert_int_equal(KIND_RESUME, 15);
    assert_int_equal(KIND_RESUMED, 16);
}

static void an_answer_is_never_longer_than_its_request(void **state)
{
    (void)state;
    assert_true(ACCEPT_HEADER_BYTES + ACCEPT_BOX_BYTES <= HELLO_HEADER_BYTES + HELLO_BOX_BYTES);
    assert_true(PUZZLE_BYTES <= HELLO_HEADER_BYTES + HELLO_BOX_BYTES);
    assert_true(LEGGED_BYTES <= LEG_HEADER_BYTES + LEG_BOX_BYTES);
    assert_true(BLOCKED_BYTES <= BLOCK_PACKET_BYTES);
    assert_true(RESUMED_BYTES <= RESUME_BYTES);
    assert_true(FINISHED_BYTES <= FINISH_PACKET_BYTES);
    assert_int_equal(DATA_BARE_BYTES, 19 + 5 + 197 + 59 + 16);
    assert_true(DATA_BARE_BYTES <= REQUEST_MIN_BYTES);
}

static void what_a_packet_carries_fits(void **state)
{
    (void)state;
    assert_true(LEG_PK_BYTES <= LEG_BODY_BYTES);
    assert_true(FINISH_SYNDROME_BYTES <= FINISH_BODY_BYTES);
    assert_true(ACCEPT_KEY_BYTES + DATA_CARRIED_BYTES + ACCEPT_PASS_BYTES <= ACCEPT_BODY_BYTES);
    /* Bytes of a body and a continuation share a packet of any size. */
    assert_true(DATA_CHUNK(DATAGRAM_BYTES) > DATA_CARRIED_BYTES);
    /* The answer that opens a body, with a continuation, at the largest handle. */
    const int opened = 5 + 9 + 8 + DATA_VERSION_BYTES + 2 + HANDLE_BYTES_MAX + DATA_CARRIED_BYTES;
    assert_true(opened <= DATAGRAM_BYTES - DATA_HEADER_BYTES - TAG_BYTES);
    /* A call of any length about a handle of any length, with every share. */
    const int call = 8 + 1 + 1 + 2 + HANDLE_BYTES_MAX + 1 + 11;
    assert_true(call + REQUEST_HEADER_BYTES(REQUEST_SHARES_MAX) + TAG_BYTES <= DATAGRAM_BYTES);
    assert_true(BLOCK_PACKET_BYTES <= DATAGRAM_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_those_of_the_page),
        cmocka_unit_test(kinds_are_those_of_the_page),
        cmocka_unit_test(an_answer_is_never_longer_than_its_request),
        cmocka_unit_test(what_a_packet_carries_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
