/* server/counters: every verdict has a name of its own, sums add up, and programs can read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "server/counters.h"
#include "wire/limits.h"

/* The numbers 1, 2, ... in the order of the fields. */
static struct counters numbered(uint64_t first)
{
    struct counters c;
    uint64_t values[sizeof c / sizeof(uint64_t)];
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        values[i] = first + i;
    memcpy(&c, values, sizeof c);
    return c;
}

static const char *printed(const struct counters *c, int workers, uint64_t resident, int json)
{
    static char text[8192];
    FILE *f = tmpfile();
    assert_non_null(f);
    counters_print(f, c, workers, resident, json);
    rewind(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    (void)fclose(f);
    return text;
}

static void every_verdict_has_a_name(void **state)
{
    (void)state;
    for (enum verdict v = ANSWERED; v < VERDICTS; v++) {
        const char *name = verdict_name(v);
        assert_non_null(name);
        assert_true(strcmp(name, "answered") == 0 ? v == ANSWERED : strncmp(name, "drop_", 5) == 0);
        assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name));
        for (enum verdict w = ANSWERED; w < v; w++)
            assert_string_not_equal(name, verdict_name(w));
    }
    assert_string_equal(verdict_name(DROP_MAC), "drop_mac");
    assert_string_equal(verdict_name(DROP_SHARE), "drop_share");
    assert_string_equal(verdict_name(DROP_PROOF), "drop_proof");
    assert_string_equal(verdict_name(DROP_TWICE), "drop_twice");
}

/* A gauge may fall, so nothing that only grows may be called one. */
static void every_place_has_a_name_or_counts_nothing(void **state)
{
    (void)state;
    size_t named = 0, gauges = 0;
    const struct counters c = numbered(7);
    for (size_t i = 0; i < COUNTERS; i++) {
        bool gauge;
        const char *name = counter_name(i, &gauge);
        named += name != NULL;
        gauges += gauge;
        assert_true(!gauge || strcmp(name, "filter_used") == 0 ||
                    strcmp(name, "strikes_used") == 0 || strcmp(name, "puzzle_level") == 0);
        assert_true(counter_value(&c, i) == 7 + i);
    }
    /* Those without: kinds that are not counted, FALLBACK_NONE, ANSWERED, no early request, and
     * what is a verdict. */
    assert_int_equal(named, COUNTERS - (COUNTER_KINDS - 8) - 3 - 3);
    assert_int_equal(gauges, 3);
}

/* Those without a family, and no two alike. */
static void every_place_that_stands_alone_has_help(void **state)
{
    (void)state;
    static const char *const families[] = {"answered_", "fallback_", "drop_"};
    for (size_t i = 0; i < COUNTERS; i++) {
        bool gauge;
        const char *name = counter_name(i, &gauge), *help = counter_help(i);
        bool alone = name != NULL;
        for (int f = 0; alone && f < 3; f++)
            alone = strncmp(name, families[f], strlen(families[f])) != 0;
        assert_int_equal(help != NULL, alone);
        assert_true(!help || help[strlen(help) - 1] == '.');
        for (size_t j = 0; help && j < i; j++)
            assert_true(!counter_help(j) || strcmp(help, counter_help(j)) != 0);
    }
}

static void every_counter_is_added(void **state)
{
    (void)state;
    struct counters sum = numbered(1000);
    const struct counters c = numbered(1);
    counters_add(&sum, &c);
    uint64_t values[sizeof sum / sizeof(uint64_t)];
    memcpy(values, &sum, sizeof values);
    const size_t most = offsetof(struct counters, puzzle_level) / sizeof values[0];
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_true(values[i] == (i == most ? 1000 + i : 1001 + 2 * i));
}

#define ALWAYS                                                                                     \
    "workers            3\n"                                                                       \
    "resident_bytes     123456789012\n"                                                            \
    "packets_in         18446744073709551615\n"                                                    \
    "bytes_in           0\n"                                                                       \
    "packets_out        0\n"                                                                       \
    "bytes_out          0\n"                                                                       \
    "answered_hello     0\n"                                                                       \
    "answered_leg       0\n"                                                                       \
    "answered_block     7\n"                                                                       \
    "answered_finish    0\n"                                                                       \
    "answered_request   0\n"                                                                       \
    "answered_lookup    0\n"

static void people_see_no_zero_drops(void **state)
{
    (void)state;
    struct counters c = {.packets_in = UINT64_MAX};
    c.answered[KIND_BLOCK] = 7;
    c.verdicts[ANSWERED] = 7;
    assert_string_equal(printed(&c, 3, 123456789012, 0), ALWAYS);
    c.verdicts[DROP_KIND] = 1;
    c.verdicts[DROP_REQUEST_BODY] = 2;
    c.truncated = 3;
    c.send_failed = 4;
    c.numbers_sent = 5;
    c.numbers_beyond = 6;
    c.fallbacks[FALLBACK_NONE] = 7; /* nothing unusual */
    c.fallbacks[FALLBACK_ADDRESS] = 8;
    c.strikes_used = 9;
    assert_string_equal(printed(&c, 3, 123456789012, 0), ALWAYS "numbers_sent       5\n"
                                                                "numbers_beyond     6\n"
                                                                "fallback_address   8\n"
                                                                "drop_kind          1\n"
                                                                "drop_request_body  2\n"
                                                                "drop_truncated     3\n"
                                                                "send_failed        4\n"
                                                                "strikes_used       9\n");
}

/* Takes "name":value off the text's front, with what stands before it. */
static const char *take(const char *text, char before, const char *name, uint64_t value)
{
    char expected[64];
    int n = snprintf(expected, sizeof expected, "%c\"%s\":%llu", before, name,
                     (unsigned long long)value);
    assert_true(n > 0 && strncmp(text, expected, (size_t)n) == 0);
    return text + n;
}

/* The supervisor writes them where 4096 bytes have room, and waits for nobody. */
static void all_of_them_are_a_page_at_most(void **state)
{
    (void)state;
    struct counters c;
    memset(&c, 0xff, sizeof c);
    for (int json = 0; json < 2; json++)
        assert_true(strlen(printed(&c, 64, UINT64_MAX, json)) <= 4096);
}

static void programs_see_all_of_them(void **state)
{
    (void)state;
    for (uint64_t first = 0; first < 2; first++) {
        struct counters c = numbered(1);
        if (first == 0)
            memset(&c, 0, sizeof c);
        const char *text = printed(&c, 2, 99, 1);
        text = take(text, '{', "workers", 2);
        text = take(text, ',', "resident_bytes", 99);
        text = take(text, ',', "packets_in", c.packets_in);
        text = take(text, ',', "bytes_in", c.bytes_in);
        text = take(text, ',', "packets_out", c.packets_out);
        text = take(text, ',', "bytes_out", c.bytes_out);
        text = take(text, ',', "answered_hello", c.answered[KIND_HELLO]);
        text = take(text, ',', "answered_leg", c.answered[KIND_LEG]);
        text = take(text, ',', "answered_block", c.answered[KIND_BLOCK]);
        text = take(text, ',', "answered_finish", c.answered[KIND_FINISH]);
        text = take(text, ',', "answered_request", c.answered[KIND_REQUEST]);
        text = take(text, ',', "puzzles_sent", c.answered[KIND_PUZZLE]);
        text = take(text, ',', "answered_lookup", c.answered[KIND_LOOKUP]);
        text = take(text, ',', "answered_resume", c.answered[KIND_RESUME]);
        text = take(text, ',', "numbers_sent", c.numbers_sent);
        text = take(text, ',', "numbers_struck", c.numbers_struck);
        text = take(text, ',', "numbers_beyond", c.numbers_beyond);
        text = take(text, ',', "fallback_age", c.fallbacks[FALLBACK_AGE]);
        text = take(text, ',', "fallback_address", c.fallbacks[FALLBACK_ADDRESS]);
        text = take(text, ',', "fallback_boot", c.fallbacks[FALLBACK_BOOT]);
        text = take(text, ',', "fallback_home", c.fallbacks[FALLBACK_HOME]);
        text = take(text, ',', "fallback_full", c.fallbacks[FALLBACK_FULL]);
        for (enum verdict v = ANSWERED + 1; v < VERDICTS; v++)
            text = take(text, ',', verdict_name(v), c.verdicts[v]);
        static const char *const admissions[] = {"hello_free",    "hello_solved", "hello_passed",
                                                 "puzzle_asked",  "puzzle_late",  "puzzle_weak",
                                                 "puzzle_struck", "pass_refused"};
        for (size_t i = 0; i < sizeof admissions / sizeof admissions[0]; i++)
            text = take(text, ',', admissions[i], c.admissions[i]);
        text = take(text, ',', "hello_ns", c.hello_ns);
        text = take(text, ',', "puzzle_level", c.puzzle_level);
        text = take(text, ',', "early_executed", c.early[EARLY_END_EXECUTED]);
        text = take(text, ',', "early_off", c.early[EARLY_END_OFF]);
        text = take(text, ',', "early_key", c.early[EARLY_END_KEY]);
        text = take(text, ',', "early_box", c.early[EARLY_END_BOX]);
        text = take(text, ',', "early_clock", c.early[EARLY_END_CLOCK]);
        text = take(text, ',', "early_begin", c.early[EARLY_END_BEGIN]);
        text = take(text, ',', "early_seen", c.early[EARLY_END_SEEN]);
        text = take(text, ',', "early_full", c.early[EARLY_END_NOROOM]);
        text = take(text, ',', "drop_truncated", c.truncated);
        text = take(text, ',', "send_failed", c.send_failed);
        text = take(text, ',', "filter_used", c.filter_used);
        text = take(text, ',', "strikes_used", c.strikes_used);
        assert_string_equal(text, "}\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verdict_has_a_name),
        cmocka_unit_test(every_place_has_a_name_or_counts_nothing),
        cmocka_unit_test(every_place_that_stands_alone_has_help),
        cmocka_unit_test(every_counter_is_added),
        cmocka_unit_test(people_see_no_zero_drops),
        cmocka_unit_test(all_of_them_are_a_page_at_most),
        cmocka_unit_test(programs_see_all_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
