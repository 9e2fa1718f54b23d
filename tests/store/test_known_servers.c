/* store/known_servers: names in one form, lines as they are written, damage by its line, a change
 * refused. */
#include "store/folder.h"

#include "store/known_servers.h"

static const uint8_t one[FINGERPRINT_BYTES] = {1}, two[FINGERPRINT_BYTES] = {2};
static uint8_t found[FINGERPRINT_BYTES];
static char path[4096];

#define DIGITS "0000000000000000000000000000000000000000000000000000000000000"
#define FILE_  "config/lethe/known_servers"

static int prepare(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    return setenv("XDG_CONFIG_HOME", in_folder("config"), 1);
}

static void put_text(const char *text)
{
    put_file(FILE_, text, strlen(text));
}

static void expect_name(const char *host, const char *name)
{
    char out[KNOWN_NAME_BYTES];
    assert_int_equal(known_name(out, host, 6960, &why), LETHE_OK);
    assert_string_equal(out, name);
}

static void a_server_has_one_name(void **state)
{
    (void)state;
    char out[KNOWN_NAME_BYTES], longest[KNOWN_NAME_BYTES + 1];
    expect_name("example.org", "example.org:6960");
    expect_name("Example.ORG:07000", "example.org:7000");
    expect_name("127.0.0.1:1", "127.0.0.1:1");
    expect_name("[::1]", "[::1]:6960");
    expect_name("[2001:DB8::1]:65535", "[2001:db8::1]:65535");
    expect_name("2001:db8::1", "[2001:db8::1]:6960");
    static const char *const bad[] = {"",     ":7000", "h:",     "h:0",    "h:65536", "h:x",
                                      "h:7x", "h: 7",  "[::1]7", "[::1]:", "a b",     "a\nb"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        complained(known_name(out, bad[i], 6960, &why), LETHE_ERR_USAGE, "");
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    complained(known_name(out, longest, 6960, &why), LETHE_ERR_USAGE, "");
}

static void what_is_remembered_is_found(void **state)
{
    (void)state;
    char text[1024] = "";
    assert_int_equal(known_find(found, "a:1", &why), LETHE_ERR_NOT_FOUND);
    assert_int_equal(known_check("a:1", one, &why), LETHE_OK);
    assert_int_equal(known_remember(path, sizeof path, "a:1", one, &why), LETHE_OK);
    assert_string_equal(path, in_folder(FILE_));
    assert_int_equal(known_remember(path, sizeof path, "a:1", one, &why), LETHE_OK);
    assert_string_equal(path, ""); /* known already */
    assert_int_equal(known_remember(path, sizeof path, "b:1", two, &why), LETHE_OK);
    get_file(FILE_, (uint8_t *)text, sizeof text);
    assert_string_equal(text, "a:1 010" DIGITS "\nb:1 020" DIGITS "\n");
    assert_int_equal(permissions(FILE_), 0600);
    assert_int_equal(permissions("config/lethe"), 0700);
    assert_int_equal(known_find(found, "a:1", &why), LETHE_OK);
    assert_memory_equal(found, one, sizeof one);
    assert_int_equal(known_find(found, "b:1", &why), LETHE_OK);
    assert_memory_equal(found, two, sizeof two);
    assert_int_equal(known_find(found, "a:11", &why), LETHE_ERR_NOT_FOUND);
    assert_int_equal(known_find(found, "a:", &why), LETHE_ERR_NOT_FOUND);
}

static void a_change_is_refused(void **state)
{
    (void)state;
    char text[1024] = "", again[1024] = "";
    assert_int_equal(known_remember(path, sizeof path, "a:1", one, &why), LETHE_OK);
    assert_int_equal(known_remember(path, sizeof path, "b:1", two, &why), LETHE_OK);
    get_file(FILE_, (uint8_t *)text, sizeof text);
    assert_int_equal(known_check("b:1", two, &why), LETHE_OK);
    complained(known_check("b:1", one, &why), LETHE_ERR_STRANGER, "line 2 of ");
    complained(known_remember(path, sizeof path, "a:1", two, &why), LETHE_ERR_STRANGER,
               "line 1 of ");
    assert_string_equal(path, "");
    get_file(FILE_, (uint8_t *)again, sizeof again);
    assert_string_equal(text, again);
}

static void damage_is_named_by_its_line(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "a:1",
                                      "a:1 ",
                                      "a:1 010" DIGITS "x",
                                      "a:1  010" DIGITS,
                                      " 010" DIGITS,
                                      "a:1 01" DIGITS,
                                      "a:1\t010" DIGITS,
                                      "a:1 01g" DIGITS};
    char text[1024];
    assert_int_equal(known_remember(path, sizeof path, "c:1", one, &why), LETHE_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(text, sizeof text, "c:1 010" DIGITS "\n%s\n", bad[i]);
        put_text(text);
        complained(known_find(found, "c:1", &why), LETHE_ERR_FORMAT, "line 2 is damaged");
        complained(known_check("z:1", one, &why), LETHE_ERR_FORMAT, "line 2 is damaged");
        complained(known_remember(path, sizeof path, "z:1", one, &why), LETHE_ERR_FORMAT,
                   "line 2 is damaged");
    }
    put_text("c:1 010" DIGITS "\nc:1 020" DIGITS "\n");
    complained(known_find(found, "c:1", &why), LETHE_ERR_FORMAT, "lines 1 and 2");
    put_text("c:1 010" DIGITS); /* no newline: an editor's */
    assert_int_equal(known_remember(path, sizeof path, "z:1", two, &why), LETHE_OK);
    memset(text, 0, sizeof text);
    get_file(FILE_, (uint8_t *)text, sizeof text);
    assert_string_equal(text, "c:1 010" DIGITS "\nz:1 020" DIGITS "\n");
}

static void others_must_not_write_it(void **state)
{
    (void)state;
    assert_int_equal(known_remember(path, sizeof path, "a:1", one, &why), LETHE_OK);
    assert_int_equal(chmod(in_folder(FILE_), 0644), 0);
    assert_int_equal(known_find(found, "a:1", &why), LETHE_OK);
    for (mode_t bit = 2; bit <= 020; bit <<= 3) {
        assert_int_equal(chmod(in_folder(FILE_), 0600 | bit), 0);
        complained(known_find(found, "a:1", &why), LETHE_ERR_PERMISSION, "chmod 600");
    }
}

/* Nowhere to keep it: nothing is known, and nothing is wrong. */
static void without_a_place_nothing_is_known(void **state)
{
    (void)state;
    (void)unsetenv("XDG_CONFIG_HOME");
    (void)setenv("HOME", in_folder("home"), 1);
    assert_int_equal(known_remember(path, sizeof path, "a:1", one, &why), LETHE_OK);
    assert_string_equal(path, in_folder("home/.config/lethe/known_servers"));
    (void)unsetenv("HOME");
    assert_int_equal(known_remember(path, sizeof path, "a:1", two, &why), LETHE_OK);
    assert_string_equal(path, "");
    assert_int_equal(known_check("a:1", two, &why), LETHE_OK);
    assert_int_equal(known_find(found, "a:1", &why), LETHE_ERR_NOT_FOUND);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, prepare, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_server_has_one_name),    EACH(what_is_remembered_is_found),
        EACH(a_change_is_refused),      EACH(damage_is_named_by_its_line),
        EACH(others_must_not_write_it), EACH(without_a_place_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
