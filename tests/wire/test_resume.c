/* wire/resume: RESUME and its answer, one length each, 48 names of slow keys and 8 of others. */
#include "wire/test_support.h"

#include "wire/resume.h"

static uint8_t parked[PARKED_BYTES], dh[32], nonce[NONCE_BYTES], m[EXCHANGE_ID_BYTES];

static int decode_resume(const uint8_t *p, size_t n)
{
    struct resume q;
    return resume_decode(&q, p, n);
}

static int decode_resumed(const uint8_t *p, size_t n)
{
    struct resumed_answer a;
    return resumed_decode(&a, p, n);
}

static int decode_body(const uint8_t *p, size_t n)
{
    struct resumed_body b;
    return resumed_body_decode(&b, p, n);
}

static void resume_comes_back(void **state)
{
    (void)state;
    uint8_t packet[RESUME_BYTES];
    struct resume q;
    number_bytes(parked, sizeof parked, 1);
    number_bytes(dh, sizeof dh, 3);
    number_bytes(nonce, sizeof nonce, 4);
    number_bytes(packet, sizeof packet, 2);
    resume_encode(packet, &(struct resume){.parked = parked, .client = dh, .nonce = nonce});
    assert_int_equal(packet[0], KIND_RESUME);
    assert_int_equal(packet[1], WIRE_VERSION);
    assert_memory_equal(packet + 2, parked, 90);
    assert_memory_equal(packet + 92, dh, 32);
    assert_memory_equal(packet + 124, nonce, 24);
    assert_int_equal(packet[148], (uint8_t)(2 + 13 * 148)); /* the box is the caller's */
    assert_int_equal(resume_decode(&q, packet, sizeof packet), LETHE_OK);
    assert_ptr_equal(q.parked, packet + 2);
    assert_ptr_equal(q.client, packet + 92);
    assert_ptr_equal(q.nonce, packet + 124);
    assert_ptr_equal(q.box, packet + 148);

    only_this_length(decode_resume, packet, sizeof packet);
    only_these_values(decode_resume, packet, sizeof packet, 0, KIND_RESUME, KIND_RESUME + 1);
    only_these_values(decode_resume, packet, sizeof packet, 1, 1, 2);
    only_these_values(decode_resume, packet, sizeof packet, 2, 0, 48);
}

static void resumed_comes_back(void **state)
{
    (void)state;
    uint8_t packet[RESUMED_BYTES];
    struct resumed_answer a;
    number_bytes(m, sizeof m, 1);
    number_bytes(dh, sizeof dh, 3);
    number_bytes(packet, sizeof packet, 2);
    resumed_encode(packet, &(struct resumed_answer){.kid = 7, .m = m, .server = dh});
    assert_int_equal(packet[0], KIND_RESUMED);
    assert_int_equal(packet[1], 7);
    assert_memory_equal(packet + 2, m, 16);
    assert_memory_equal(packet + 18, dh, 32);
    assert_int_equal(packet[50], (uint8_t)(2 + 13 * 50));
    assert_int_equal(resumed_decode(&a, packet, sizeof packet), LETHE_OK);
    assert_int_equal(a.kid, 7);
    assert_ptr_equal(a.m, packet + 2);
    assert_ptr_equal(a.server, packet + 18);
    assert_ptr_equal(a.box, packet + 50);

    only_this_length(decode_resumed, packet, sizeof packet);
    only_these_values(decode_resumed, packet, sizeof packet, 0, KIND_RESUMED, KIND_RESUMED + 1);
    only_these_values(decode_resumed, packet, sizeof packet, 1, 0, KID_COUNT);
}

static void the_body_comes_back(void **state)
{
    (void)state;
    uint8_t c[CONTINUATION_BYTES], t[TRANSPORT_BYTES], body[RESUMED_BODY_BYTES];
    uint8_t k1[32];
    struct resumed_body b;
    number_bytes(k1, sizeof k1, 4);
    number_bytes(c, sizeof c, 5);
    number_bytes(t, sizeof t, 6);
    resumed_body_encode(body, &(struct resumed_body){.k1 = k1, .continuation = c, .transport = t});
    assert_int_equal(resumed_body_decode(&b, body, sizeof body), LETHE_OK);
    assert_memory_equal(b.k1, k1, sizeof k1);
    assert_memory_equal(b.continuation, c, sizeof c);
    assert_memory_equal(b.transport, t, sizeof t);
    assert_ptr_equal(b.continuation, body + 32);
    assert_ptr_equal(b.transport, body + 32 + 197);
    only_this_length(decode_body, body, sizeof body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resume_comes_back),
        cmocka_unit_test(resumed_comes_back),
        cmocka_unit_test(the_body_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
