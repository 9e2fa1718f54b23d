/* net/address: comparing, the canonical form, the text form. */
#include "test_support.h"

static struct address parsed(const char *text)
{
    struct address a;
    const char *why;
    assert_int_equal(address_parse(&a, text, 0, &why), LETHE_OK);
    return a;
}

static void only_what_names_a_peer_is_compared(void **state)
{
    (void)state;
    static const char *const distinct[] = {"127.0.0.1:1", "127.0.0.2:1",   "127.0.0.1:2",
                                           "[::1]:1",     "[::2]:1",       "[::1]:2",
                                           "[fe80::1]:1", "[fe80::1%7]:1", "[::ffff:127.0.0.1]:1"};
    const size_t n = sizeof distinct / sizeof *distinct;
    for (size_t i = 0; i < n; i++) {
        struct address a = parsed(distinct[i]), none = {0};
        assert_false(address_equal(&a, &none));
        for (size_t k = 0; k < n; k++) {
            struct address b = parsed(distinct[k]);
            assert_int_equal(address_equal(&a, &b), i == k);
        }
    }
    struct address a = parsed("[::1]:1"), b = a, none = {0}, nothing = {0};
    b.sock.v6.sin6_flowinfo = 5;
    assert_true(address_equal(&a, &b));
    assert_true(address_equal(&none, &nothing));
}

static void the_canonical_form_is_fixed(void **state)
{
    (void)state;
    static const uint8_t v4[ADDRESS_BYTES] = {4, [11] = 0xff, 0xff, 192, 0, 2, 7, 0x51, 0x11};
    static const uint8_t v6[ADDRESS_BYTES] = {6, 0x20, 1, 0xd, 0xb8, [16] = 9, 0x34, 0x12};
    uint8_t b[ADDRESS_BYTES];

    struct address a = parsed("192.0.2.7:4433");
    address_bytes(&a, b);
    assert_memory_equal(b, v4, sizeof b);
    a = parsed("[::ffff:192.0.2.7]:4433");
    address_bytes(&a, b);
    assert_memory_equal(b, v4, sizeof b);
    a = parsed("[2001:db8::9]:4660");
    address_bytes(&a, b);
    assert_memory_equal(b, v6, sizeof b);
    a.sock.v6.sin6_scope_id = 3;
    a.sock.v6.sin6_flowinfo = 3;
    address_bytes(&a, b);
    assert_memory_equal(b, v6, sizeof b);
    a = (struct address){0};
    address_bytes(&a, b);
    assert_memory_equal(b, (uint8_t[ADDRESS_BYTES]){0}, sizeof b);
}

static void text_reads_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "127.0.0.1:4433",
        "255.255.255.255:65535",
        "[::1]:4433",
        "[::]:0",
        "[fe80::1%4294967295]:1",
        "[1111:2222:3333:4444:5555:6666:7777:8888%4294967295]:65535"};
    char text[ADDRESS_TEXT_BYTES];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct address a = parsed(texts[i]);
        address_text(&a, text);
        assert_string_equal(text, texts[i]);
    }
    address_text(&(struct address){0}, text);
    assert_string_equal(text, "none");
}

static void family_and_port(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct address a = address_any(FAMILIES[i], 4433);
        assert_int_equal(address_family(&a), FAMILIES[i]);
        assert_int_equal(address_port(&a), 4433);
    }
    struct address none = {0};
    assert_int_equal(address_family(&none), AF_UNSPEC);
    assert_int_equal(address_port(&none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_names_a_peer_is_compared),
        cmocka_unit_test(the_canonical_form_is_fixed),
        cmocka_unit_test(text_reads_back),
        cmocka_unit_test(family_and_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
