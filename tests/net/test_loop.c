/* net/loop: readiness, deadlines (bounded from below only), signals. */
#include "test_support.h"

#include <signal.h>
#include <sys/time.h>

#include "net/clock.h"
#include "net/loop.h"
#include "net/signals.h"

#define MS 1000000u

struct pipe_ends {
    int read, write;
};

static struct pipe_ends new_pipe(struct loop *loop)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(loop_add(loop, fds[0]), LETHE_OK);
    return (struct pipe_ends){fds[0], fds[1]};
}

static void only_what_is_readable_is_ready(void **state)
{
    (void)state;
    struct loop loop;
    loop_prepare(&loop);
    struct pipe_ends a = new_pipe(&loop), b = new_pipe(&loop);

    assert_int_equal(write(b.write, "x", 1), 1);
    assert_int_equal(loop_wait(&loop, LOOP_NO_LIMIT), LETHE_OK);
    assert_false(loop_ready(&loop, a.read));
    assert_true(loop_ready(&loop, b.read));
    assert_false(loop_ready(&loop, b.write));

    /* A deadline in the past still looks. */
    assert_int_equal(loop_wait(&loop, 0), LETHE_OK);
    assert_true(loop_ready(&loop, b.read));
    char c;
    assert_int_equal(read(b.read, &c, 1), 1);
    assert_int_equal(loop_wait(&loop, 0), LETHE_ERR_TIMEOUT);
    assert_false(loop_ready(&loop, b.read));
    close(a.read), close(a.write), close(b.read), close(b.write);
}

static void a_deadline_is_never_early(void **state)
{
    (void)state;
    struct loop loop;
    loop_prepare(&loop);
    for (uint64_t ns = 1; ns <= 20 * MS; ns = ns * 7 + 3) {
        uint64_t deadline = clock_monotonic_ns() + ns;
        assert_int_equal(loop_wait(&loop, deadline), LETHE_ERR_TIMEOUT);
        uint64_t now = clock_monotonic_ns();
        assert_true(now >= deadline);
        assert_true(now - deadline < 60000 * (uint64_t)MS);
    }
}

static volatile sig_atomic_t alarms; /* in the wait */

static void on_alarm(int number)
{
    (void)number;
    alarms++;
}

/* Again, on a machine so busy that a wait saw one interruption at most. */
static void an_interruption_does_not_end_the_wait(void **state)
{
    (void)state;
    struct loop loop;
    loop_prepare(&loop);
    const struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval every = {{0, 2000}, {0, 2000}}, never = {0};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
    for (int i = 0; i < 200 && alarms <= 1; i++) {
        alarms = 0;
        uint64_t deadline = clock_monotonic_ns() + 30 * MS;
        assert_int_equal(loop_wait(&loop, deadline), LETHE_ERR_TIMEOUT);
        assert_true(clock_monotonic_ns() >= deadline);
    }
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_true(alarms > 1);
}

static void a_signal_wakes_the_loop(void **state)
{
    (void)state;
    struct loop loop;
    int fd, number;
    loop_prepare(&loop);
    assert_int_equal(signals_open(&fd, &(int){SIGUSR1}, 1), LETHE_OK);
    assert_int_equal(loop_add(&loop, fd), LETHE_OK);

    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        kill(parent, SIGUSR1);
        _exit(0);
    }
    assert_int_equal(loop_wait(&loop, clock_monotonic_ns() + 20000 * (uint64_t)MS), LETHE_OK);
    assert_true(loop_ready(&loop, fd));
    assert_int_equal(signals_take(fd, &number), LETHE_OK);
    assert_int_equal(number, SIGUSR1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(fd);
}

static void room_and_mistakes(void **state)
{
    (void)state;
    struct loop loop;
    loop_prepare(&loop);
    int fd = dup(0);
    for (int i = 0; i < LOOP_FDS; i++)
        assert_int_equal(loop_add(&loop, fd), LETHE_OK);
    assert_int_equal(loop_add(&loop, fd), LETHE_ERR_NO_SPACE);
    close(fd);
    assert_int_equal(loop_wait(&loop, LOOP_NO_LIMIT), LETHE_ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_readable_is_ready),
        cmocka_unit_test(a_deadline_is_never_early),
        cmocka_unit_test(an_interruption_does_not_end_the_wait),
        cmocka_unit_test(a_signal_wakes_the_loop),
        cmocka_unit_test(room_and_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
