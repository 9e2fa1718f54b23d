/* wire/lookup: LOOKUP and its answer, byte by byte; the index decides the length. */
#include "wire/test_support.h"

#include "wire/lookup.h"

static uint8_t ltid[LOOKUP_ID_BYTES], bytes[LOOKUP_PIECE_BYTES];

static int decode_lookup(const uint8_t *p, size_t n)
{
    struct lookup l;
    return lookup_decode(&l, p, n);
}

static int decode_found(const uint8_t *p, size_t n)
{
    struct found f;
    return found_decode(&f, p, n);
}

static void lookup_comes_back(void **state)
{
    (void)state;
    uint8_t packet[LOOKUP_BYTES];
    struct lookup l;
    number_bytes(ltid, sizeof ltid, 1);
    memset(packet, 0xaa, sizeof packet);
    lookup_encode(packet, &(struct lookup){.ltid = ltid, .index = 1055});
    assert_int_equal(LOOKUP_BYTES, 1035);
    assert_int_equal(packet[0], 13);
    assert_int_equal(packet[1], 1);
    assert_memory_equal(packet + 2, ltid, 8);
    assert_int_equal(packet[10] | packet[11] << 8, 1055);
    assert_true(bytes_are_zero(packet + 12, 1007));
    assert_int_equal(packet[1019], 0xaa); /* the mac is the caller's */
    assert_int_equal(lookup_decode(&l, packet, sizeof packet), LETHE_OK);
    assert_int_equal(l.index, 1055);
    assert_ptr_equal(l.ltid, packet + 2);
    assert_ptr_equal(l.mac, packet + 1019);

    only_this_length(decode_lookup, packet, sizeof packet);
    only_these_values(decode_lookup, packet, sizeof packet, 0, KIND_LOOKUP, KIND_LOOKUP + 1);
    only_these_values(decode_lookup, packet, sizeof packet, 1, WIRE_VERSION, WIRE_VERSION + 1);
    for (size_t at = 12; at < 1019; at += 53)
        only_these_values(decode_lookup, packet, sizeof packet, at, 0, 1);
}

static void every_index_has_its_length(void **state)
{
    (void)state;
    uint8_t packet[FOUND_MAX_BYTES], request[LOOKUP_BYTES] = {0};
    struct found f;
    for (unsigned index = 0; index <= 0xffff; index++) {
        const size_t expected = index == 0xffff ? 163
                                : index < 1055  ? 1024
                                : index == 1055 ? 1047383 - 1022 * 1024
                                                : 0;
        assert_int_equal(lookup_length((uint16_t)index), expected);
        lookup_encode(request, &(struct lookup){.ltid = ltid, .index = (uint16_t)index});
        assert_int_equal(decode_lookup(request, sizeof request),
                         expected ? LETHE_OK : LETHE_ERR_FORMAT);
        const struct found in = {
            .ltid = ltid, .index = (uint16_t)index, .bytes = bytes, .len = expected};
        size_t n = found_encode(packet, &in);
        assert_int_equal(n, 11 + expected);
        assert_true(n <= LOOKUP_BYTES);
        assert_int_equal(found_decode(&f, packet, n), expected ? LETHE_OK : LETHE_ERR_FORMAT);
    }
}

static void found_comes_back(void **state)
{
    (void)state;
    uint8_t packet[FOUND_MAX_BYTES];
    struct found f;
    number_bytes(bytes, sizeof bytes, 9);
    size_t n = found_encode(packet, &(struct found){ltid, 33, bytes, 1024});
    assert_int_equal(n, 1035);
    assert_int_equal(packet[0], 14);
    assert_memory_equal(packet + 1, ltid, 8);
    assert_int_equal(packet[9], 33);
    assert_memory_equal(packet + 11, bytes, 1024);
    assert_int_equal(found_decode(&f, packet, n), LETHE_OK);
    assert_ptr_equal(f.ltid, packet + 1);
    assert_ptr_equal(f.bytes, packet + 11);
    assert_int_equal(f.len, 1024);
    only_this_length(decode_found, packet, n);
    only_these_values(decode_found, packet, n, 0, KIND_FOUND, KIND_FOUND + 1);

    /* There may be no short-term key; nothing else may be missing. */
    n = found_encode(packet, &(struct found){ltid, LOOKUP_SHORT_TERM, NULL, 0});
    assert_int_equal(n, 11);
    assert_int_equal(decode_found(packet, n), LETHE_OK);
    n = found_encode(packet, &(struct found){ltid, 33, NULL, 0});
    assert_int_equal(decode_found(packet, n), LETHE_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookup_comes_back),
        cmocka_unit_test(every_index_has_its_length),
        cmocka_unit_test(found_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
