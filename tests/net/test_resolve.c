/*
 * net/resolve: what people type, and what they are told when it is wrong. One made-up name has
 * addresses of its own; the others go to the C library.
 */
#include "test_support.h"

#include <dlfcn.h>
#include <netdb.h>

static int releases;

/* Takes the C library's place in this program: "three.test" has IPv6, something else, and IPv4. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **list)
{
    static struct address addresses[2];
    static struct addrinfo made[3];
    if (strcmp(node, "three.test") != 0) {
        int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
        *(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
        return next(node, service, hints, list);
    }
    for (int i = 0; i < 2; i++) {
        addresses[i] = loopback(FAMILIES[1 - i]);
        made[2 * i].ai_family = FAMILIES[1 - i];
        made[2 * i].ai_addr = &addresses[i].sock.any;
        made[2 * i].ai_addrlen = addresses[i].len;
        made[i].ai_next = &made[i + 1];
    }
    made[1].ai_family = AF_UNIX;
    *list = made;
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    releases++;
    if (list->ai_next && list->ai_next->ai_family == AF_UNIX)
        return;
    void (*next)(struct addrinfo *);
    *(void **)&next = dlsym(RTLD_NEXT, "freeaddrinfo");
    next(list);
}

struct good {
    const char *text, *want;
};

static void literals_are_read(void **state)
{
    (void)state;
    static const struct good good[] = {
        {"127.0.0.1", "127.0.0.1:77"},
        {"127.0.0.1:0", "127.0.0.1:0"},
        {"::1", "[::1]:77"},
        {"[::1]", "[::1]:77"},
        {"[::1]:65535", "[::1]:65535"},
        {"::", "[::]:77"},
        {"[fe80::1%9]:5", "[fe80::1%9]:5"},
        {"fe80::1%lo", "[fe80::1%1]:77"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct address a, b;
        size_t count;
        const char *why;
        char text[ADDRESS_TEXT_BYTES];
        assert_int_equal(address_parse(&a, good[i].text, 77, &why), LETHE_OK);
        address_text(&a, text);
        assert_string_equal(text, good[i].want);
        assert_int_equal(address_resolve(&b, 1, &count, good[i].text, 77, &why), LETHE_OK);
        assert_int_equal(count, 1);
        assert_true(address_equal(&a, &b));
    }
}

static void nonsense_is_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct good bad[] = {
        {"", "the host is empty"},
        {":5", "the host is empty"},
        {"[]:5", "the host is empty"},
        {"[::1", "a bracket is not closed"},
        {"[::1]5", "the port is not a number from 0 to 65535"},
        {"127.0.0.1:", "the port is not a number from 0 to 65535"},
        {"127.0.0.1:65536", "the port is not a number from 0 to 65535"},
        {"127.0.0.1:99999999999999999999", "the port is not a number from 0 to 65535"},
        {"127.0.0.1:-1", "the port is not a number from 0 to 65535"},
        {"localhost:5x", "the port is not a number from 0 to 65535"},
        {"4433", "this is not an IPv4 address"},
        {"127.1", "this is not an IPv4 address"},
        {"256.0.0.1:5", "this is not an IPv4 address"},
        {"[127.0.0.1]:5", "this is not an IPv6 address"},
        {"[localhost]:5", "this is not an IPv6 address"},
        {"1:2:3", "this is not an IPv6 address"},
        {"fe80::1%nosuchlink", "no interface has the name after the %"},
        {"fe80::1%0", "no interface has the name after the %"},
        {"fe80::1%", "no interface has the name after the %"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct address a;
        size_t count = 9;
        const char *why = NULL;
        assert_int_equal(address_parse(&a, bad[i].text, 77, &why), LETHE_ERR_USAGE);
        assert_string_equal(why, bad[i].want);
        assert_int_equal(address_family(&a), AF_UNSPEC);
        assert_int_equal(address_resolve(&a, 1, &count, bad[i].text, 77, &why), LETHE_ERR_USAGE);
        assert_string_equal(why, bad[i].want);
        assert_int_equal(count, 0);
    }
}

static void a_host_may_be_long_but_not_too_long(void **state)
{
    (void)state;
    char text[300];
    struct address a;
    const char *why;
    memset(text, 'a', sizeof text);
    text[255] = '\0';
    assert_int_equal(address_parse(&a, text, 77, &why), LETHE_ERR_NOT_FOUND);
    assert_string_equal(why, "this is a name, not an address such as 127.0.0.1 or [::1]");
    text[255] = 'a';
    text[256] = '\0';
    assert_int_equal(address_parse(&a, text, 77, &why), LETHE_ERR_USAGE);
    assert_string_equal(why, "the host is too long");
}

static void names_are_looked_up(void **state)
{
    (void)state;
    struct address a[4];
    size_t count;
    const char *why;
    assert_int_equal(address_resolve(a, 4, &count, "localhost:99", 77, &why), LETHE_OK);
    assert_in_range(count, 1, 4);
    for (size_t i = 0; i < count; i++) {
        struct address want = loopback(address_family(&a[i]));
        assert_int_equal(address_port(&a[i]), 99);
        a[i].sock.v4.sin_port = 0; /* of both families: they lie in the same place */
        assert_true(address_equal(&a[i], &want));
    }
    assert_int_equal(address_resolve(a, 1, &count, "localhost", 77, &why), LETHE_OK);
    assert_int_equal(count, 1);
    assert_int_equal(address_port(&a[0]), 77);
}

static void all_addresses_come_in_order_as_room_allows(void **state)
{
    (void)state;
    for (size_t room = 1; room <= 3; room++) {
        struct address a[3] = {0};
        size_t count;
        const char *why;
        releases = 0;
        assert_int_equal(address_resolve(a, room, &count, "three.test:99", 77, &why), LETHE_OK);
        assert_int_equal(count, room < 2 ? room : 2);
        assert_int_equal(releases, 1);
        for (size_t i = 0; i < 3; i++) {
            struct address want = {0};
            if (i < count) {
                want = loopback(FAMILIES[1 - i]);
                want.sock.v4.sin_port =
                    htons(99); /* of both families: they lie in the same place */
            }
            assert_true(address_equal(&a[i], &want));
        }
    }
}

static void a_failed_look_up_says_why(void **state)
{
    (void)state;
    struct address a;
    size_t count = 9;
    const char *why = NULL;
    /* A label of more than 63 characters fails without asking anybody. */
    static const char name[] = "a234567890123456789012345678901234567890"
                               "12345678901234567890123456789012345678901234567890.invalid";
    assert_int_equal(address_resolve(&a, 1, &count, name, 77, &why), LETHE_ERR_NETWORK);
    assert_int_equal(count, 0);
    assert_true(why && *why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_read),
        cmocka_unit_test(nonsense_is_refused_with_a_reason),
        cmocka_unit_test(a_host_may_be_long_but_not_too_long),
        cmocka_unit_test(names_are_looked_up),
        cmocka_unit_test(all_addresses_come_in_order_as_room_allows),
        cmocka_unit_test(a_failed_look_up_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
