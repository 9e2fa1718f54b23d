/* wire/data: a body with and without a continuation, and every bound. */
#include "wire/test_support.h"

#include "wire/data.h"

static uint8_t nonce[NONCE_BYTES], version[REQUEST_VERSION_BYTES];
static uint8_t continuation[CONTINUATION_BYTES], bytes[DATA_CHUNK_BYTES], out[DATA_BODY_MAX];

static int decode(const uint8_t *p, size_t n)
{
    struct data d;
    return data_decode(&d, p, n);
}

static int decode_body(const uint8_t *p, size_t n)
{
    struct data_body b;
    return data_body_decode(&b, p, n);
}

static int number_all(void **state)
{
    (void)state;
    number_bytes(nonce, sizeof nonce, 1);
    number_bytes(version, sizeof version, 2);
    number_bytes(continuation, sizeof continuation, 3);
    number_bytes(bytes, sizeof bytes, 4);
    memset(out, 0xee, sizeof out);
    return 0;
}

static void the_header_comes_back(void **state)
{
    (void)state;
    uint8_t packet[DATAGRAM_BYTES + 1];
    struct data d;
    number_bytes(packet, sizeof packet, 5);
    data_encode(packet, &(struct data){.generation = 0xcd, .nonce = nonce});
    assert_int_equal(packet[0], KIND_DATA);
    assert_int_equal(packet[1], 0xcd);
    assert_memory_equal(packet + 2, nonce, 24);
    assert_int_equal(packet[26], (uint8_t)(5 + 13 * 26));
    for (size_t n = 0; n <= sizeof packet; n++)
        assert_int_equal(decode_exactly(decode, packet, sizeof packet, n),
                         n >= 26 + 16 && n <= 1232 ? LETHE_OK : LETHE_ERR_FORMAT);
    assert_int_equal(data_decode(&d, packet, 60), LETHE_OK);
    assert_int_equal(d.generation, 0xcd);
    assert_ptr_equal(d.nonce, packet + 2);
    assert_ptr_equal(d.box, packet + 26);
    assert_int_equal(d.box_len, 34);
    only_these_values(decode, packet, 60, 0, KIND_DATA, KIND_DATA + 1);
}

static struct data_body a_body(const uint8_t *c, size_t n)
{
    return (struct data_body){.id = 0x0807060504030201,
                              .status = STATUS_CHANGED,
                              .version = version,
                              .size = UINT64_MAX,
                              .offset = 1ull << 62,
                              .continuation = c,
                              .bytes = bytes,
                              .bytes_len = n};
}

static void comes_back(const uint8_t *c, size_t bytes_len)
{
    const struct data_body b = a_body(c, bytes_len);
    struct data_body got;
    size_t fields = c ? 42 + 114 : 42;
    size_t n = data_body_encode(out, sizeof out, &b);
    assert_int_equal(n, fields + bytes_len);
    assert_int_equal(data_body_decode(&got, out, n), LETHE_OK);
    assert_true(got.id == b.id);
    assert_int_equal(got.status, STATUS_CHANGED);
    assert_memory_equal(got.version, version, sizeof version);
    assert_true(got.size == UINT64_MAX);
    assert_true(got.offset == 1ull << 62);
    assert_ptr_equal(got.continuation, c ? out + 42 : NULL);
    if (c)
        assert_memory_equal(got.continuation, c, CONTINUATION_BYTES);
    assert_ptr_equal(got.bytes, out + fields);
    assert_int_equal(got.bytes_len, bytes_len);
    assert_memory_equal(got.bytes, bytes, bytes_len);
    for (size_t len = 0; len < fields; len++)
        assert_int_equal(decode_exactly(decode_body, out, n, len), LETHE_ERR_FORMAT);
    assert_int_equal(decode_exactly(decode_body, out, n, fields), LETHE_OK);
}

static void a_body_comes_back(void **state)
{
    (void)state;
    comes_back(NULL, 0);
    comes_back(continuation, 0);
    comes_back(NULL, sizeof bytes);
    comes_back(continuation, sizeof bytes);
}

static void an_unknown_flag_is_malformed(void **state)
{
    (void)state;
    const struct data_body b = a_body(continuation, 9);
    size_t n = data_body_encode(out, sizeof out, &b);
    only_these_values(decode_body, out, n, 9, 0, 2);
}

static void a_body_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    const struct data_body b = a_body(continuation, 700);
    size_t n = 42 + 114 + 700;
    for (size_t room = 0; room < n; room++)
        assert_int_equal(data_body_encode(out, room, &b), 0);
    assert_int_equal(data_body_encode(out, n, &b), n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_header_comes_back, number_all),
        cmocka_unit_test_setup(a_body_comes_back, number_all),
        cmocka_unit_test_setup(an_unknown_flag_is_malformed, number_all),
        cmocka_unit_test_setup(a_body_that_does_not_fit_is_not_written, number_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
