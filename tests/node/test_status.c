/* node/status: rates over the time that they tell, three ways to print them, and a socket that
 * waits for nobody and that one server has at a time. */
#include "store/folder.h"

#include "node/status.h"
#include "wire/limits.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#define STEP  HISTORY_STEP_NS
#define START 5000000000u
#define S     1000000000u

static struct history history;
static struct status status;

/* A server that gets `each` packets a step, for so many steps from `at` on. */
static uint64_t run(uint64_t at, int steps, uint64_t each, struct counters *sum)
{
    for (int i = 0; i < steps; i++) {
        at += STEP;
        sum->packets_in += each;
        history_add(&history, at, sum);
    }
    return at;
}

static void rates_are_over_the_last_second_and_ten(void **state)
{
    (void)state;
    struct counters sum = {.packets_in = 0};
    history_begin(&history, START);
    uint64_t at = run(START, 200, 10, &sum); /* 40 s, so the sums go round */
    at = run(at, 5, 1000, &sum);
    status_fill(&status, &history, at, &sum, 3, 4096);
    assert_int_equal(status.span_ms[0], 1000);
    assert_int_equal(status.now.packets_in - status.ago[0].packets_in, 5 * 1000);
    assert_int_equal(status.span_ms[1], 10000);
    assert_int_equal(status.now.packets_in - status.ago[1].packets_in, 5 * 1000 + 45 * 10);
    assert_int_equal(status.uptime_ms, 41000);
    assert_int_equal(status.workers, 3);
    assert_int_equal(status.resident_bytes, 4096);
    assert_int_equal(status.filter_room, 3 * KID_COUNT * FILTER_FULL);
    assert_int_equal(status.strikes_room, 3 * STRIKES_TABLES * STRIKES_FULL);
    /* Asked between two sums: what came since is in it, and so is the time. */
    sum.packets_in += 7;
    status_fill(&status, &history, at + 100000000, &sum, 3, 4096);
    assert_int_equal(status.span_ms[0], 1100);
    assert_int_equal(status.now.packets_in - status.ago[0].packets_in, 5 * 1000 + 7);
}

static void a_young_server_tells_how_young(void **state)
{
    (void)state;
    struct counters sum = {.packets_in = 5};
    history_begin(&history, START);
    status_fill(&status, &history, START, &sum, 1, 0);
    assert_int_equal(status.span_ms[0] + status.span_ms[1] + status.uptime_ms, 0);
    uint64_t at = run(START, 15, 1, &sum); /* 3 s */
    status_fill(&status, &history, at, &sum, 1, 0);
    assert_int_equal(status.span_ms[0], 1000);
    assert_int_equal(status.span_ms[1], 3000);
    assert_int_equal(status.ago[1].packets_in, 0);
}

/* A supervisor that wakes often must not lose its ten seconds. */
static void sums_are_a_step_apart(void **state)
{
    (void)state;
    struct counters sum = {.packets_in = 0};
    history_begin(&history, START);
    uint64_t at = run(START, 60, 1, &sum);
    for (int i = 0; i < 1000; i++)
        history_add(&history, at + (uint64_t)i, &sum);
    status_fill(&status, &history, at + STEP / 2, &sum, 1, 0);
    assert_in_range(status.span_ms[1], 10000, 10300);
}

static const char *printed(enum status_format format)
{
    static char text[65536];
    FILE *f = tmpfile();
    assert_non_null(f);
    status_print(f, &status, format);
    rewind(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    (void)fclose(f);
    return text;
}

static void fill_an_example(void)
{
    memset(&status, 0, sizeof status);
    status.workers = 2;
    status.uptime_ms = 93784567;
    status.resident_bytes = 71 << 20;
    status.filter_room = 229376;
    status.strikes_room = 4718592;
    status.span_ms[0] = 1100;
    status.span_ms[1] = 10000;
    status.now.packets_in = 1000000000000;
    status.ago[0].packets_in = 1000000000000 - 2200;
    status.now.verdicts[DROP_REQUEST_BODY] = 55;
    status.ago[1].verdicts[DROP_REQUEST_BODY] = 5;
    status.ago[0].verdicts[DROP_REQUEST_BODY] = 55;
    status.now.fallbacks[FALLBACK_NONE] = 1;
    status.now.filter_used = 57344;
    status.now.hello_ns = 2500000000;
    status.ago[0].hello_ns = 1950000000;
    status.ago[1].hello_ns = 1000000000;
    status.now.puzzle_level = 4;
}

static void people_see_what_happened(void **state)
{
    (void)state;
    fill_an_example();
    assert_string_equal(printed(STATUS_TEXT),
                        "up 1 d 02:03:04, 2 workers, 71.0 MiB resident\n\n"
                        "per second, over             1.1 s        10.0 s               in all\n"
                        "packets_in                  2000.0 100000000000.0        1000000000000\n"
                        "drop_request_body              0.0           5.0                   55\n"
                        "hello_ns                   50.00 %       15.00 %              2.500 s\n\n"
                        "puzzles                         10 bits for everybody\n"
                        "replay filter                57344 of 229376 places (25.00 %)\n"
                        "table of numbers                 0 of 4718592 places (0.00 %)\n");
    memset(&status, 0, sizeof status); /* and nothing is divided by nothing */
    const char *text = printed(STATUS_TEXT);
    assert_non_null(strstr(text, "none due\n"));
    assert_non_null(strstr(text, "of 0 places (0.00 %)"));
    assert_null(strstr(text, "nan"));
}

static size_t times(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

static void programs_see_all_of_it(void **state)
{
    (void)state;
    fill_an_example();
    const char *json = printed(STATUS_JSON);
    assert_non_null(strstr(json, "{\"uptime_seconds\":93784.567,\"workers\":2,"));
    assert_non_null(strstr(json, "\"filter_used\":57344,"));
    assert_non_null(strstr(json, "\"puzzle_bits\":10,"));
    assert_non_null(strstr(json, "\"last_second\":{\"seconds\":1.100,\"packets_in\":2000.000,"));
    assert_non_null(strstr(json, "\"total\":{\"seconds\":93784.567,\"packets_in\":1000000000000,"));
    assert_non_null(strchr(json, '\n'));
    assert_string_equal(strchr(json, '\n'), "\n");
    for (size_t i = 0; i < COUNTERS; i++) {
        bool gauge;
        char quoted[64];
        const char *name = counter_name(i, &gauge);
        if (!name)
            continue;
        assert_true(snprintf(quoted, sizeof quoted, "\"%s\":", name) < (int)sizeof quoted);
        assert_int_equal(times(json, quoted), gauge ? 1 : 3);
    }
}

static void prometheus_gets_one_family_for_what_is_alike(void **state)
{
    (void)state;
    fill_an_example();
    const char *text = printed(STATUS_PROMETHEUS);
    assert_int_equal(times(text, "# TYPE lethe_dropped_total counter\n"), 1);
    assert_int_equal(times(text, "\nlethe_dropped_total{check=\""), VERDICTS - 1 + 1);
    assert_int_equal(times(text, "\nlethe_dropped_total{check=\"request_body\"} 55\n"), 1);
    assert_int_equal(times(text, "\nlethe_packets_in_total 1000000000000\n"), 1);
    assert_int_equal(times(text, "# TYPE lethe_filter_used gauge\nlethe_filter_used 57344\n"), 1);
    assert_int_equal(times(text, "counter\nlethe_hello_seconds_total 2.500000000\n"), 1);
    assert_int_equal(times(text, "lethe_uptime_seconds 93784.567\n"), 1);
    assert_int_equal(times(text, "# HELP "), times(text, "# TYPE "));
    assert_int_equal(times(text, "# HELP lethe_send_failed_total Answers that the kernel"), 1);
    assert_int_equal(times(text, "# HELP lethe_hello_seconds_total Time that"), 1);
}

static struct status_socket opened(void)
{
    struct status_socket s = {.fd = -1, .lock_fd = -1};
    assert_int_equal(status_open(&s, folder, &why), LETHE_OK);
    return s;
}

static void *ask(void *got)
{
    struct complaint ignored;
    static int result;
    result = status_ask(got, folder, &ignored);
    return &result;
}

/* Someone asks, and the supervisor answers when its loop wakes. */
static int asked(const struct status_socket *s, struct status *got)
{
    pthread_t thread;
    void *result;
    struct pollfd waiting = {.fd = s->fd, .events = POLLIN};
    assert_int_equal(pthread_create(&thread, NULL, ask, got), 0);
    assert_int_equal(poll(&waiting, 1, 10000), 1);
    status_answer(s, &status);
    assert_int_equal(pthread_join(thread, &result), 0);
    return *(int *)result;
}

static void who_asks_is_answered(void **state)
{
    (void)state;
    struct counters sum = {.packets_in = 17};
    struct status got;
    complained(status_ask(&got, folder, &why), LETHE_ERR_NOT_FOUND, "no server tells its status");
    struct status_socket s = opened();
    assert_true(s.fd >= 0);
    assert_int_equal(permissions("status"), 0600);
    history_begin(&history, START);
    status_fill(&status, &history, START + S, &sum, 1, 4096);
    for (int i = 0; i < 3; i++) {
        memset(&got, 0xee, sizeof got);
        assert_int_equal(asked(&s, &got), LETHE_OK);
        assert_memory_equal(&got, &status, sizeof got);
    }
    status.bytes++; /* another version's */
    assert_int_equal(asked(&s, &got), LETHE_ERR_FORMAT);
    status.bytes--;
    status.magic[15]++;
    assert_int_equal(asked(&s, &got), LETHE_ERR_FORMAT);
    status_close(&s, folder);
    assert_false(is_there("status"));
    complained(status_ask(&got, folder, &why), LETHE_ERR_NOT_FOUND, "no server tells its status");
}

static int stuck(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s/status", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    (void)connect(fd, (const struct sockaddr *)&name, sizeof name);
    return fd;
}

/* Those who ask and never read, more than are let in at once, neither hold up the supervisor, which
 * would hang here, nor take the place of who asks after them. */
static void who_never_reads_is_forgotten(void **state)
{
    (void)state;
    struct status got;
    struct counters sum = {.packets_in = 17};
    struct status_socket s = opened();
    int fds[100];
    history_begin(&history, START);
    status_fill(&status, &history, START + S, &sum, 1, 4096);
    for (int i = 0; i < 100; i++)
        fds[i] = stuck();
    for (int i = 0; i < 8; i++)
        status_answer(&s, &status);
    assert_int_equal(asked(&s, &got), LETHE_OK);
    for (int i = 0; i < 100; i++)
        close(fds[i]);
    status_close(&s, folder);
}

/* Servers may share a ring: the second one waits, until the first one ends or dies. */
static void one_server_has_the_socket(void **state)
{
    (void)state;
    struct status got;
    struct status_socket first = opened(), second = opened();
    assert_true(first.fd >= 0);
    assert_true(second.fd < 0);
    status_close(&second, folder); /* which is not its own */
    assert_true(is_there("status"));
    second = opened();
    status_forget(&first); /* as death does: the name stays, and nobody answers */
    assert_true(is_there("status"));
    complained(status_ask(&got, folder, &why), LETHE_ERR_NOT_FOUND, "no server tells its status");
    assert_int_equal(status_open(&second, folder, &why), LETHE_OK);
    assert_true(second.fd >= 0);
    assert_int_equal(asked(&second, &got), LETHE_OK);
    status_close(&second, folder);
}

static void a_folder_that_takes_no_socket_is_told(void **state)
{
    (void)state;
    struct status_socket s = {.fd = -1, .lock_fd = -1};
    assert_int_equal(mkdir(in_folder("status"), 0700), 0);
    complained(status_open(&s, folder, &why), LETHE_ERR_IN_USE, "cannot listen on");
    assert_true(s.fd < 0);
    status_close(&s, folder);
    assert_true(is_there("status"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_over_the_last_second_and_ten),
        cmocka_unit_test(a_young_server_tells_how_young),
        cmocka_unit_test(sums_are_a_step_apart),
        cmocka_unit_test(people_see_what_happened),
        cmocka_unit_test(programs_see_all_of_it),
        cmocka_unit_test(prometheus_gets_one_family_for_what_is_alike),
        cmocka_unit_test_setup_teardown(who_asks_is_answered, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(who_never_reads_is_forgotten, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(one_server_has_the_socket, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_folder_that_takes_no_socket_is_told, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
