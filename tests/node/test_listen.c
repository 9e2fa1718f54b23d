/* node/listen: workers that share a port and nobody else with them; what cannot be listened on is
 * told in words, and leaves no socket behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lethe/error.h"
#include "node/listen.h"

static struct listeners l, other;
static struct complaint why;

static int begin(void **state)
{
    (void)state;
    memset(&l, 0, sizeof l);
    memset(&other, 0, sizeof other);
    memset(&why, 0, sizeof why);
    return 0;
}

static int end(void **state)
{
    (void)state;
    listeners_close(&l);
    listeners_close(&other);
    return 0;
}

static int open_one(struct listeners *which, const char *text, int workers)
{
    return listeners_open(which, &text, 1, 7, workers, &why);
}

static uint16_t port_of(const struct listeners *which, int address)
{
    return address_port(&which->sockets[address][0].self);
}

static void refused(int err, int expected, const char *words)
{
    assert_int_equal(err, expected);
    assert_non_null(strstr(why.text, words));
    assert_null(strchr(why.text, '\n'));
}

static void workers_share_the_port_that_the_kernel_chose(void **state)
{
    (void)state;
    const char *texts[] = {"127.0.0.1:0", "127.0.0.2:0"};
    assert_int_equal(listeners_open(&l, texts, 2, 7, 3, &why), LETHE_OK);
    assert_int_equal(l.addresses, 2);
    for (int i = 0; i < 2; i++) {
        assert_true(port_of(&l, i) != 0);
        for (int w = 1; w < 3; w++) {
            assert_true(address_equal(&l.sockets[i][w].self, &l.sockets[i][0].self));
            assert_int_not_equal(l.sockets[i][w].fd, l.sockets[i][w - 1].fd);
        }
    }
}

/* IPv4 at least, whatever the machine has, and at the port that is the default. */
static void every_address_is_the_default(void **state)
{
    (void)state;
    assert_int_equal(open_one(&other, "127.0.0.1:0", 1), LETHE_OK);
    const uint16_t port = port_of(&other, 0);
    listeners_close(&other);
    assert_int_equal(listeners_open(&l, NULL, 0, port, 1, &why), LETHE_OK);
    assert_in_range(l.addresses, 1, 2);
    const struct address v4 = address_any(AF_INET, port);
    assert_true(address_equal(&l.sockets[l.addresses - 1][0].self, &v4));
    if (l.addresses == 2)
        assert_int_equal(address_family(&l.sockets[0][0].self), AF_INET6);
    refused(listeners_open(&other, NULL, 0, port, 1, &why), LETHE_ERR_IN_USE, "is in use");
}

/* IPv4 alone would serve half of the clients, while another has the other half. */
static void no_half_of_the_default_is_taken(void **state)
{
    (void)state;
    if (open_one(&other, "[::]:0", 1) == LETHE_OK)
        refused(listeners_open(&l, NULL, 0, port_of(&other, 0), 1, &why), LETHE_ERR_IN_USE,
                "is in use");
}

/* Sockets of one user may share a port when all of them ask for it: two servers of one user do. */
static void a_port_that_is_taken_is_refused(void **state)
{
    (void)state;
    char text[ADDRESS_TEXT_BYTES];
    for (int first = 1; first < 3; first++)
        for (int second = 1; second < 3; second++) {
            assert_int_equal(open_one(&l, "127.0.0.1:0", first), LETHE_OK);
            address_text(&l.sockets[0][0].self, text);
            refused(open_one(&other, text, second), LETHE_ERR_IN_USE, text);
            listeners_close(&l);
            assert_int_equal(open_one(&other, text, second), LETHE_OK);
            listeners_close(&other);
        }
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    refused(open_one(&l, "nonsense:99999", 1), LETHE_ERR_USAGE, "--listen nonsense:99999: ");
    refused(open_one(&l, "127.0.0.1:0x", 1), LETHE_ERR_USAGE, "--listen 127.0.0.1:0x: ");
    refused(open_one(&l, "192.0.2.1:0", 1), LETHE_ERR_NETWORK,
            "cannot listen on 192.0.2.1:0: not an address of this machine");
    refused(open_one(&l, "2001:db8::1:7000", 1), LETHE_ERR_NETWORK, "stands in brackets");
}

/* The second of two cannot be had: the first is given back, and can be had by another. */
static void an_error_leaves_nothing_open(void **state)
{
    (void)state;
    char text[ADDRESS_TEXT_BYTES];
    assert_int_equal(open_one(&other, "127.0.0.1:0", 1), LETHE_OK);
    address_text(&other.sockets[0][0].self, text);
    listeners_close(&other);
    const char *texts[] = {text, "192.0.2.1:0"};
    refused(listeners_open(&l, texts, 2, 7, 2, &why), LETHE_ERR_NETWORK, "192.0.2.1");
    assert_int_equal(l.addresses, 1);
    listeners_close(&l);
    assert_int_equal(open_one(&other, text, 1), LETHE_OK);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(workers_share_the_port_that_the_kernel_chose),
        EACH(every_address_is_the_default),
        EACH(no_half_of_the_default_is_taken),
        EACH(a_port_that_is_taken_is_refused),
        EACH(what_is_no_address_is_refused),
        EACH(an_error_leaves_nothing_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
