/* wire/limits: the numbers of the page, and that no answer is longer than what it answers. */
#include "wire/test_support.h"

#include "wire/accept.h"
#include "wire/block.h"
#include "wire/data.h"
#include "wire/finish.h"
#include "wire/hello.h"
#include "wire/leg.h"
#include "wire/request.h"

static void sizes_are_those_of_the_page(void **state)
{
    (void)state;
    assert_int_equal(HELLO_HEADER_BYTES + HELLO_BOX_BYTES, 1232);
    assert_int_equal(ACCEPT_HEADER_BYTES + ACCEPT_BOX_BYTES, 1232);
    assert_int_equal(LEG_HEADER_BYTES + LEG_BOX_BYTES, 1232);
    assert_int_equal(LEGGED_BYTES, 1185);
    assert_int_equal(BLOCK_PACKET_BYTES, 1226);
    assert_int_equal(BLOCKED_BYTES, 44);
    assert_int_equal(FINISH_PACKET_BYTES, 340);
    assert_int_equal(FINISHED_BYTES, 340);
    assert_int_equal(REQUEST_HEADER_BYTES(0), 1 + 114 + 24 + 1);
    assert_int_equal(REQUEST_HEADER_BYTES(2), 1 + 114 + 24 + 1 + 2 * (1 + 105));
    assert_int_equal(DATA_HEADER_BYTES, 26);
    assert_int_equal(SHARE_BYTES, 1 + 24 + 64 + 16);
    assert_int_equal(CONTINUATION_BYTES, 114);
    assert_int_equal(KID_COUNT, 8);
}

static void kinds_are_those_of_the_page(void **state)
{
    (void)state;
    const int kinds[] = {KIND_HELLO,   KIND_ACCEPT, KIND_LEG,      KIND_LEGGED,  KIND_BLOCK,
                         KIND_BLOCKED, KIND_FINISH, KIND_FINISHED, KIND_REQUEST, KIND_DATA};
    for (int i = 0; i < 10; i++)
        assert_int_equal(kinds[i], i + 1);
}

static void an_answer_is_never_longer_than_its_request(void **state)
{
    (void)state;
    assert_true(ACCEPT_HEADER_BYTES + ACCEPT_BOX_BYTES <= HELLO_HEADER_BYTES + HELLO_BOX_BYTES);
    assert_true(LEGGED_BYTES <= LEG_HEADER_BYTES + LEG_BOX_BYTES);
    assert_true(BLOCKED_BYTES <= BLOCK_PACKET_BYTES);
    assert_true(FINISHED_BYTES <= FINISH_PACKET_BYTES);
    assert_true(DATA_BARE_BYTES <= REQUEST_MIN_BYTES);
}

static void what_a_packet_carries_fits(void **state)
{
    (void)state;
    assert_true(LEG_PK_BYTES <= LEG_BODY_BYTES);
    assert_true(FINISH_SYNDROME_BYTES <= FINISH_BODY_BYTES);
    assert_true(ACCEPT_KEY_BYTES + CONTINUATION_BYTES <= ACCEPT_BODY_BYTES);
    assert_true(DATA_FIELDS_BYTES + CONTINUATION_BYTES + DATA_CHUNK_BYTES <= DATA_BODY_MAX);
    const int request = 11 + REQUEST_SHARES_MAX * (1 + SHARE_BYTES) + 31 + REQUEST_PATH_MAX;
    assert_true(request <= REQUEST_BODY_MAX);
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
