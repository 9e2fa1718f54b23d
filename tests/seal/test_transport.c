/* seal/transport: values survive sealing; what is written by nobody is not read. */
#include "seal/test_support.h"

#include "seal/transport.h"

static const uint8_t key[RANGE_KEY_BYTES] = {1, 2, 3};

static struct transport example(void)
{
    struct transport t;
    transport_init(&t, ALGORITHM_RENO, 0x11121314, 0x2122232425262728, key);
    t.base = 0x0102030405060708;
    t.highest = t.base + 0x31323334;
    t.recovery = t.base + 0x41424344;
    t.window = 0x00515253;
    t.threshold = 0x00616263;
    t.peak = 0x00717273;
    t.square = 0x8182838485868788;
    t.virtual_ms = 0x91929394;
    t.epoch_ms = 0xa1a2a3a4;
    t.datagram = 0x05b1;
    t.in_recovery = true;
    return t;
}

static void starts_with_nothing_sent(void **state)
{
    (void)state;
    struct transport t;
    memset(&t, 0xee, sizeof t);
    transport_init(&t, ALGORITHM_CUBIC, 7, 8, key);
    assert_true(t.base == 0 && t.highest == 0 && t.recovery == 0 && t.peak == 0 && t.square == 0);
    assert_true(t.window == 10 * WINDOW_ONE && t.threshold == WINDOW_MOST);
    assert_true(t.virtual_ms == 0 && t.epoch_ms == 0 && !t.in_recovery);
    assert_true(t.lineage == 7 && t.home == 8 && t.datagram == DATAGRAM_BYTES);
    assert_int_equal(t.algorithm, ALGORITHM_CUBIC);
    assert_memory_equal(t.range_key, key, sizeof key);
}

static void is_written_field_by_field(void **state)
{
    (void)state;
    static const uint8_t want[TRANSPORT_BYTES] = {
        0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x34, 0x33, 0x32, 0x31, 0x44, 0x43, 0x42,
        0x41, 0x53, 0x52, 0x51, 0x00, 0x63, 0x62, 0x61, 0x00, 0x73, 0x72, 0x71, 0x00, 0x88, 0x87,
        0x86, 0x85, 0x84, 0x83, 0x82, 0x81, 0x94, 0x93, 0x92, 0x91, 0xa4, 0xa3, 0xa2, 0xa1, 0x14,
        0x13, 0x12, 0x11, 0xb1, 0x05, 0x03, 0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21};
    struct transport t = example(), back;
    uint8_t out[TRANSPORT_BYTES];
    transport_encode(out, &t);
    assert_memory_equal(out, want, sizeof want);
    memset(&back, 0xee, sizeof back);
    assert_int_equal(transport_decode(&back, out), LETHE_OK);
    assert_true(bytes_are_zero(back.range_key, sizeof back.range_key));
    assert_true(back.base == t.base && back.highest == t.highest && back.recovery == t.recovery);
    assert_true(back.window == t.window && back.threshold == t.threshold && back.peak == t.peak);
    assert_true(back.square == t.square && back.virtual_ms == t.virtual_ms);
    assert_true(back.epoch_ms == t.epoch_ms && back.lineage == t.lineage);
    assert_true(back.datagram == t.datagram && back.algorithm == t.algorithm);
    assert_true(back.in_recovery && back.home == t.home);
}

static struct transport sealed(struct transport t)
{
    uint8_t out[TRANSPORT_BYTES];
    transport_encode(out, &t);
    assert_int_equal(transport_decode(&t, out), LETHE_OK);
    return t;
}

static void distances_saturate(void **state)
{
    (void)state;
    struct transport t = example();
    t.recovery = t.base - 5;
    t.highest = t.base;
    assert_true(sealed(t).recovery == t.base && sealed(t).highest == t.base);
    t.highest = t.base + UINT32_MAX - 1;
    assert_true(sealed(t).highest == t.highest);
    t.highest = t.base + ((uint64_t)1 << 33);
    assert_true(sealed(t).highest == t.base + UINT32_MAX);
}

static void what_nobody_writes_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at, n;
        uint64_t good, bad;
    } fields[] = {{0, 8, INT64_MAX, (uint64_t)INT64_MAX + 1},
                  {16, 4, WINDOW_MOST, (uint64_t)WINDOW_MOST + 1},
                  {20, 4, WINDOW_LEAST, WINDOW_LEAST - 1},
                  {20, 4, WINDOW_MOST, (uint64_t)WINDOW_MOST + 1},
                  {24, 4, WINDOW_MOST, (uint64_t)WINDOW_MOST + 1},
                  {48, 2, DATAGRAM_BYTES, DATAGRAM_BYTES - 1},
                  {48, 2, PACKET_MAX, PACKET_MAX + 1},
                  {50, 1, ALGORITHMS * 2 - 1, ALGORITHMS * 2},
                  {50, 1, 0, 255}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct transport t = example();
        uint8_t out[TRANSPORT_BYTES];
        transport_encode(out, &t);
        for (size_t k = 0; k < fields[i].n; k++)
            out[fields[i].at + k] = (uint8_t)(fields[i].good >> 8 * k);
        assert_int_equal(transport_decode(&t, out), LETHE_OK);
        for (size_t k = 0; k < fields[i].n; k++)
            out[fields[i].at + k] = (uint8_t)(fields[i].bad >> 8 * k);
        assert_int_equal(transport_decode(&t, out), LETHE_ERR_FORMAT);
    }
}

/* Whatever decodes is encoded to the same bytes. */
static void decoding_loses_nothing(void **state)
{
    (void)state;
    struct rng rng = rng_of(1);
    unsigned read = 0;
    for (int i = 0; i < 100000; i++) {
        uint8_t in[TRANSPORT_BYTES], out[TRANSPORT_BYTES];
        struct transport t;
        rng_fill(&rng, in, sizeof in);
        in[7] &= 0x7f;
        in[49] = 0x10;
        in[50] &= 3;
        if (transport_decode(&t, in) != LETHE_OK)
            continue;
        read++;
        transport_encode(out, &t);
        assert_memory_equal(out, in, sizeof in);
    }
    assert_true(read > 90000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_with_nothing_sent), cmocka_unit_test(is_written_field_by_field),
        cmocka_unit_test(distances_saturate),       cmocka_unit_test(what_nobody_writes_is_refused),
        cmocka_unit_test(decoding_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
