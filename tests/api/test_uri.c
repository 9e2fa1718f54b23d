/* api/uri: what is taken for an address, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "api/uri.h"
#include "lethe/error.h"

static struct uri u;
static struct complaint why;

static void parts_come_apart(void **state)
{
    (void)state;
    assert_int_equal(uri_parse(&u, "lethe://[::1]:7000/a/b%20c%2Fd", &why), LETHE_OK);
    assert_string_equal(u.host, "[::1]:7000");
    assert_string_equal(u.path, "a/b c/d");
    assert_string_equal(uri_name(&u), "d");
    assert_int_equal(uri_parse_host(&u, "lethe://[::1]:7000", &why), LETHE_OK);
    assert_string_equal(u.host, "[::1]:7000");
    assert_int_equal(uri_parse(&u, "lethe://h/x?y#z", &why), LETHE_OK);
    assert_string_equal(u.path, "x?y#z");
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    const char *bad[] = {"",
                         "http://h/x",
                         "lethe:/h/x",
                         "lethe://h",
                         "lethe://h/",
                         "lethe:///x",
                         "lethe://user@h/x",
                         "lethe://::1/x",
                         "lethe://::1:7000/x",
                         "lethe://h/a/",
                         "lethe://h/a/..",
                         "lethe://h/.",
                         "lethe://h/%",
                         "lethe://h/%4",
                         "lethe://h/%zz",
                         "lethe://h/%00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        why.text[0] = 0;
        assert_int_equal(uri_parse(&u, bad[i], &why), LETHE_ERR_USAGE);
        assert_true(why.text[0] != 0);
    }
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    char text[2000] = "lethe://h/";
    size_t n = strlen(text);
    memset(text + n, 'a', FILES_PATH_MAX);
    text[n + FILES_PATH_MAX] = 0;
    assert_int_equal(uri_parse(&u, text, &why), LETHE_OK);
    assert_int_equal(strlen(u.path), FILES_PATH_MAX);
    strcat(text, "a");
    assert_int_equal(uri_parse(&u, text, &why), LETHE_ERR_USAGE);
    memset(text, 'h', sizeof text);
    memcpy(text, "lethe://", 8);
    memcpy(text + 8 + URI_HOST_BYTES, "/x", 3);
    assert_int_equal(uri_parse(&u, text, &why), LETHE_ERR_USAGE);
    memcpy(text + 8 + URI_HOST_BYTES - 1, "/x", 3);
    assert_int_equal(uri_parse(&u, text, &why), LETHE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_come_apart),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(lengths_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
