/* crypto/stream: one key names one stream, whatever the length asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/init.h"
#include "crypto/stream.h"
#include "lethe/error.h"

/* RFC 8439, appendix A.1, test vectors 1 and 2: the zero key and nonce, blocks 0 and 1. */
static void rfc_8439(void **state)
{
    (void)state;
    static const uint8_t start[] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90};
    static const uint8_t second[] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a};
    uint8_t key[32] = {0}, out[128];
    stream_fill(out, sizeof out, key);
    assert_memory_equal(out, start, sizeof start);
    assert_memory_equal(out + 64, second, sizeof second);
}

static void a_shorter_one_is_a_prefix(void **state)
{
    (void)state;
    uint8_t key[32] = {7}, whole[700], out[701];
    stream_fill(whole, sizeof whole, key);
    for (size_t n = 0; n <= sizeof whole; n++) {
        memset(out, 0xaa, sizeof out);
        stream_fill(out, n, key);
        assert_memory_equal(out, whole, n);
        assert_int_equal(out[n], 0xaa);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_8439),
        cmocka_unit_test(a_shorter_one_is_a_prefix),
    };
    if (crypto_init() != LETHE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
