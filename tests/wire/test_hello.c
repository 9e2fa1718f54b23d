/* wire/hello: the layout of the page of limits, one length, one version. */
#include "wire/test_support.h"

#include "wire/hello.h"

static uint8_t packet[DATAGRAM_BYTES];
static uint8_t ltid[HELLO_ID_BYTES], stid[HELLO_ID_BYTES], nonce[NONCE_BYTES];
static uint8_t client[HELLO_CLIENT_BYTES], ct[HELLO_CT_BYTES], puzzle[HELLO_PUZZLE_BYTES];

static int decode(const uint8_t *p, size_t n)
{
    struct hello h;
    return hello_decode(&h, p, n);
}

static int encode_one(void **state)
{
    (void)state;
    number_bytes(ltid, sizeof ltid, 1);
    number_bytes(stid, sizeof stid, 2);
    number_bytes(nonce, sizeof nonce, 3);
    number_bytes(client, sizeof client, 4);
    number_bytes(ct, sizeof ct, 5);
    number_bytes(puzzle, sizeof puzzle, 6);
    number_bytes(packet, sizeof packet, 7);
    hello_encode(packet, &(struct hello){.ltid = ltid,
                                         .stid = stid,
                                         .minute = 0x04030201,
                                         .nonce = nonce,
                                         .client = client,
                                         .ct = ct,
                                         .puzzle = puzzle});
    return 0;
}

static void fields_lie_where_the_page_says(void **state)
{
    (void)state;
    const uint8_t start[] = {KIND_HELLO, WIRE_VERSION};
    assert_memory_equal(packet, start, 2);
    assert_memory_equal(packet + 2, ltid, 8);
    assert_memory_equal(packet + 10, stid, 8);
    assert_int_equal(load32(packet + 18), 0x04030201);
    assert_memory_equal(packet + 22, nonce, 24);
    assert_memory_equal(packet + 46, client, 32);
    assert_memory_equal(packet + 78, puzzle, 64);
    assert_memory_equal(packet + 142, ct, 194);
    assert_int_equal(HELLO_CT_AT, 142);
    assert_int_equal(HELLO_MAC_AT, 336);
    assert_int_equal(HELLO_HEADER_BYTES, 352);
    assert_int_equal(HELLO_BOX_BYTES, 880);
    for (size_t i = HELLO_MAC_AT; i < sizeof packet; i++)
        assert_int_equal(packet[i], (uint8_t)(7 + 13 * i)); /* mac and box are the caller's */
}

static void decodes_what_was_encoded(void **state)
{
    (void)state;
    struct hello h;
    assert_int_equal(hello_decode(&h, packet, sizeof packet), LETHE_OK);
    assert_ptr_equal(h.ltid, packet + 2);
    assert_ptr_equal(h.stid, packet + 10);
    assert_int_equal(h.minute, 0x04030201);
    assert_ptr_equal(h.nonce, packet + 22);
    assert_ptr_equal(h.client, packet + 46);
    assert_ptr_equal(h.puzzle, packet + 78);
    assert_ptr_equal(h.ct, packet + 142);
    assert_ptr_equal(h.mac, packet + 336);
    assert_ptr_equal(h.box, packet + 352);
    uint8_t again[HELLO_MAC_AT];
    hello_encode(again, &h);
    assert_memory_equal(again, packet, sizeof again);
}

static void other_lengths_kinds_and_versions_are_malformed(void **state)
{
    (void)state;
    only_this_length(decode, packet, sizeof packet);
    only_these_values(decode, packet, sizeof packet, 0, KIND_HELLO, KIND_HELLO + 1);
    only_these_values(decode, packet, sizeof packet, 1, WIRE_VERSION, WIRE_VERSION + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fields_lie_where_the_page_says, encode_one),
        cmocka_unit_test_setup(decodes_what_was_encoded, encode_one),
        cmocka_unit_test_setup(other_lengths_kinds_and_versions_are_malformed, encode_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
