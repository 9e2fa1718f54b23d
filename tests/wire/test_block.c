/* wire/block: BLOCK and its answer, and the 884 positions that there are. */
#include "wire/test_support.h"

#include "wire/block.h"

static uint8_t m[EXCHANGE_ID_BYTES], nonce[NONCE_BYTES];

static int decode_block(const uint8_t *p, size_t n)
{
    struct block b;
    return block_decode(&b, p, n);
}

static int decode_blocked(const uint8_t *p, size_t n)
{
    struct blocked b;
    return blocked_decode(&b, p, n);
}

static void only_884_positions(decode_bytes decode, uint8_t *p, size_t n, size_t at)
{
    for (unsigned v = 0; v < 65536; v++) {
        store16(p + at, (uint16_t)v);
        assert_int_equal(decode(p, n), v < 884 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    store16(p + at, 883);
}

static void block_comes_back(void **state)
{
    (void)state;
    uint8_t packet[BLOCK_PACKET_BYTES];
    struct block b;
    number_bytes(m, sizeof m, 1);
    number_bytes(packet, sizeof packet, 2);
    block_encode(packet, &(struct block){.kid = 6, .position = 0x0173, .m = m});
    assert_int_equal(BLOCK_PACKET_BYTES, 1226);
    assert_int_equal(BLOCK_BOX_BYTES, 1206);
    assert_int_equal(packet[0], KIND_BLOCK);
    assert_int_equal(packet[1], 6);
    assert_int_equal(load16(packet + 2), 0x0173);
    assert_memory_equal(packet + 4, m, 16);
    assert_int_equal(packet[20], (uint8_t)(2 + 13 * 20));
    assert_int_equal(block_decode(&b, packet, sizeof packet), LETHE_OK);
    assert_int_equal(b.kid, 6);
    assert_int_equal(b.position, 0x0173);
    assert_ptr_equal(b.m, packet + 4);
    assert_ptr_equal(b.box, packet + 20);

    only_this_length(decode_block, packet, sizeof packet);
    only_these_values(decode_block, packet, sizeof packet, 0, KIND_BLOCK, KIND_BLOCK + 1);
    only_these_values(decode_block, packet, sizeof packet, 1, 0, KID_COUNT);
    only_884_positions(decode_block, packet, sizeof packet, 2);
}

static void blocked_comes_back(void **state)
{
    (void)state;
    uint8_t packet[BLOCKED_BYTES];
    struct blocked b;
    number_bytes(nonce, sizeof nonce, 1);
    number_bytes(packet, sizeof packet, 2);
    blocked_encode(packet, &(struct blocked){.position = 0x0173, .nonce = nonce});
    assert_int_equal(BLOCKED_BYTES, 44);
    assert_int_equal(packet[0], KIND_BLOCKED);
    assert_int_equal(load16(packet + 1), 0x0173);
    assert_memory_equal(packet + 3, nonce, 24);
    assert_int_equal(packet[27], (uint8_t)(2 + 13 * 27));
    assert_int_equal(blocked_decode(&b, packet, sizeof packet), LETHE_OK);
    assert_int_equal(b.position, 0x0173);
    assert_ptr_equal(b.nonce, packet + 3);
    assert_ptr_equal(b.box, packet + 27);

    only_this_length(decode_blocked, packet, sizeof packet);
    only_these_values(decode_blocked, packet, sizeof packet, 0, KIND_BLOCKED, KIND_BLOCKED + 1);
    only_884_positions(decode_blocked, packet, sizeof packet, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_comes_back),
        cmocka_unit_test(blocked_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
