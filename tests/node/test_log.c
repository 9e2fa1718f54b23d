/* node/log: lines arrive whole, nobody is waited for, and what was lost is told once. A log that
 * waits for its reader never ends these tests, so an alarm does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/log.h"

#define ALARM_S 60

static int end, own_stderr; /* what the log's reader has; what the test's own standard error was */
static char text[131072];

/* Standard error is `write_end` from here on, and the log is open. */
static void begin(int read_end, int write_end)
{
    end = read_end;
    own_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    assert_int_equal(dup2(write_end, STDERR_FILENO), STDERR_FILENO);
    close(write_end);
    (void)alarm(ALARM_S);
    log_open();
}

static int begin_pipe(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    begin(ends[0], ends[1]);
    return 0;
}

static int begin_socket(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    begin(ends[0], ends[1]);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    log_close();
    (void)dup2(own_stderr, STDERR_FILENO);
    close(own_stderr);
    if (end >= 0)
        close(end);
    (void)alarm(0);
    return 0;
}

/* All that is there to be read. */
static const char *said(void)
{
    size_t used = 0;
    ssize_t n;
    assert_int_equal(fcntl(end, F_SETFL, O_NONBLOCK), 0);
    while ((n = read(end, text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = 0;
    return text;
}

/* Lines of the longest kind until one does not fit: how many did. */
static int fill(void)
{
    char longest[5000];
    int n = 0;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    for (; log_has_room(STDERR_FILENO); n++) {
        assert_true(n < 1000);
        log_say("%s", longest);
    }
    return n;
}

static void a_line_arrives_whole(void **state)
{
    (void)state;
    log_say("%s of %d", "one", 2);
    assert_string_equal(said(), "lethe: one of 2\n");
    log_say("%s", "");
    log_tell_lost();
    assert_string_equal(said(), "lethe: \n");
}

static void one_that_is_too_long_is_cut(void **state)
{
    (void)state;
    char longest[5000];
    memset(longest, 'y', sizeof longest - 1);
    for (size_t n = 4080; n < 4095; n++) {
        longest[n] = 0;
        log_say("%s", longest);
        longest[n] = 'y';
        const size_t whole = 7 + n + 1, is = whole < 4095 ? whole : 4095;
        assert_int_equal(strlen(said()), is);
        assert_int_equal(text[is - 1], '\n');
        assert_int_equal(text[is - 2], 'y');
    }
}

static void what_is_lost_is_told(void **state)
{
    (void)state;
    const int lines = fill();
    assert_true(lines > 0);
    log_say("lost");
    log_tell_lost();
    (void)said();
    int n = 0;
    for (const char *at = strchr(text, '\n'); at; at = strchr(at + 1, '\n'))
        n++;
    assert_int_equal(n, lines);
    assert_null(strstr(text, "lost"));
    log_tell_lost();
    log_tell_lost(); /* once is enough */
    assert_string_equal(said(), "lethe: 1 line was lost here, for nobody read\n");
    (void)fill();
    for (int i = 0; i < 3; i++)
        log_say("lost");
    (void)said();
    log_say("and on");
    assert_string_equal(said(), "lethe: 3 lines were lost here, for nobody read\n"
                                "lethe: and on\n");
}

static void a_child_tells_only_its_own(void **state)
{
    (void)state;
    (void)fill();
    log_say("lost");
    (void)said();
    log_forget();
    log_say("and on");
    assert_string_equal(said(), "lethe: and on\n");
}

/* One that goes away is not waited for either. Who else has the pipe waits as before. */
static void the_reader_may_go(void **state)
{
    (void)state;
    assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
    void (*handler)(int) = signal(SIGPIPE, SIG_IGN);
    log_say("before");
    close(end);
    end = -1;
    log_say("after");
    log_tell_lost();
    (void)signal(SIGPIPE, handler);
}

#define EACH(test, begin) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_line_arrives_whole, begin_pipe),       EACH(one_that_is_too_long_is_cut, begin_pipe),
        EACH(what_is_lost_is_told, begin_pipe),       EACH(what_is_lost_is_told, begin_socket),
        EACH(a_child_tells_only_its_own, begin_pipe), EACH(the_reader_may_go, begin_pipe),
        EACH(the_reader_may_go, begin_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
