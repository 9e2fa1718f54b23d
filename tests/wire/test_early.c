/* wire/early: HELLO's body, the inner body, and the early answer, whatever it carries. */
#include "wire/test_support.h"

#include "wire/early.h"

static uint8_t bytes[2048], out[ACCEPT_EARLY_BYTES];
static struct early_answer a, got;

static int prepare(void **state)
{
    (void)state;
    number_bytes(bytes, sizeof bytes, 7);
    memset(out, 0xee, sizeof out);
    a = (struct early_answer){.outcome = EARLY_EXECUTED,
                              .least = 3,
                              .status = 0,
                              .has_body = true,
                              .bytes = bytes,
                              .bytes_len = 5,
                              .size = 4000,
                              .version = bytes + 100,
                              .handle = bytes + 200,
                              .handle_len = HANDLE_BYTES_MIN,
                              .first = bytes + 300};
    a.first_len = early_first_room(&a);
    return 0;
}

static int decode(void)
{
    return early_answer_decode(&got, out, sizeof out);
}

static void a_hello_holds_a_request_or_none(void **state)
{
    (void)state;
    uint8_t body[HELLO_BODY_BYTES] = {0}, inner[EARLY_BODY_BYTES];
    const uint8_t *request;
    size_t n;
    assert_null(early_box(body));
    assert_ptr_equal(early_box_put(body), body + 1);
    assert_ptr_equal(early_box(body), body + 1);
    body[0] = 2; /* of a later version */
    assert_null(early_box(body));
    assert_int_equal(EARLY_BODY_BYTES, 847);
    for (size_t len = 1; len <= EARLY_REQUEST_MAX; len += 211) {
        assert_int_equal(early_request_encode(inner, bytes, len), LETHE_OK);
        assert_int_equal(early_request_decode(&request, &n, inner), LETHE_OK);
        assert_true(n == len && request == inner + 2);
        assert_memory_equal(request, bytes, len);
        assert_true(bytes_are_zero(inner + 2 + len, sizeof inner - 2 - len));
    }
    assert_int_equal(early_request_encode(inner, bytes, EARLY_REQUEST_MAX + 1), LETHE_ERR_USAGE);
    store16(inner, EARLY_REQUEST_MAX + 1);
    assert_int_equal(early_request_decode(&request, &n, inner), LETHE_ERR_FORMAT);
    store16(inner, 0);
    assert_int_equal(early_request_decode(&request, &n, inner), LETHE_ERR_FORMAT);
}

static void an_answer_comes_back(void **state)
{
    (void)state;
    assert_int_equal(ACCEPT_EARLY_AT + ACCEPT_EARLY_BYTES, ACCEPT_BODY_BYTES);
    early_answer_encode(out, &a);
    assert_int_equal(decode(), LETHE_OK);
    assert_true(got.outcome == EARLY_EXECUTED && got.least == 3 && got.status == 0 &&
                got.has_body && got.size == 4000);
    assert_true(got.bytes_len == 5 && got.handle_len == a.handle_len &&
                got.first_len == a.first_len);
    assert_memory_equal(got.bytes, bytes, 5);
    assert_memory_equal(got.version, a.version, DATA_VERSION_BYTES);
    assert_memory_equal(got.handle, a.handle, a.handle_len);
    assert_memory_equal(got.first, a.first, a.first_len);
    assert_ptr_equal(got.first + got.first_len, out + sizeof out); /* to the last byte */
    a.has_body = false;
    a.status = 2;
    early_answer_encode(out, &a);
    assert_int_equal(decode(), LETHE_OK);
    assert_true(!got.has_body && got.status == 2 && got.bytes_len == 5 && got.first_len == 0);
    for (uint8_t outcome = 0; outcome < 6; outcome++) {
        a.outcome = outcome;
        early_answer_encode(out, &a);
        assert_int_equal(decode(), outcome <= EARLY_UNKNOWN ? LETHE_OK : LETHE_ERR_FORMAT);
        assert_true(outcome == EARLY_EXECUTED || bytes_are_zero(out + 2, sizeof out - 2));
    }
}

/* The largest answer beside the largest handle leaves the body no byte, and still fits. */
static void everything_fits_that_may(void **state)
{
    (void)state;
    a.bytes_len = EARLY_ANSWER_MAX;
    a.handle_len = HANDLE_BYTES_MAX;
    a.first_len = early_first_room(&a);
    assert_int_equal(a.first_len, 0);
    early_answer_encode(out, &a);
    assert_int_equal(decode(), LETHE_OK);
    assert_true(got.bytes_len == EARLY_ANSWER_MAX && got.handle_len == HANDLE_BYTES_MAX);
    a.first_len = 1;
    early_answer_encode(out, &a);
    assert_true(bytes_are_zero(out, sizeof out));
}

static void an_answer_that_makes_no_sense_is_malformed(void **state)
{
    (void)state;
    const size_t body = 6 + 5; /* where its size begins */
    early_answer_encode(out, &a);
    for (size_t n = 0; n < sizeof out; n++)
        assert_int_equal(early_answer_decode(&got, out, n), LETHE_ERR_FORMAT);
    const struct {
        size_t at;
        uint64_t value;
        int bytes;
    } wrong[] = {
        {3, 2, 1},                            /* flags */
        {4, ACCEPT_EARLY_BYTES, 2},           /* length of the answer */
        {body, a.first_len - 1, 8},           /* more bytes than the body has */
        {body, BODY_BYTES_MAX + 1, 8},        /* a size that no body has */
        {body + 24, HANDLE_BYTES_MIN - 1, 2}, /* handles */
        {body + 24, HANDLE_BYTES_MAX + 1, 2},
        {body + 26 + HANDLE_BYTES_MIN, a.first_len + 1, 2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        early_answer_encode(out, &a);
        for (int b = 0; b < wrong[i].bytes; b++)
            out[wrong[i].at + (size_t)b] = (uint8_t)(wrong[i].value >> 8 * b);
        assert_int_equal(decode(), LETHE_ERR_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_hello_holds_a_request_or_none, prepare),
        cmocka_unit_test_setup(an_answer_comes_back, prepare),
        cmocka_unit_test_setup(everything_fits_that_may, prepare),
        cmocka_unit_test_setup(an_answer_that_makes_no_sense_is_malformed, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
