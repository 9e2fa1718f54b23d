/*
 * The link emulator's parts without a device and without a clock: quantities,
 * the flipped bit, the order of arrival, and what becomes of a frame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/link/channel.h"
#include "net/link/flight.h"
#include "net/link/frame.h"
#include "net/link/options.h"

#define MS 1000000u

/* Test data that is the same in every run (Knuth's MMIX generator, its upper bits). */
static uint32_t noise(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static void quantities_are_exact(void **state)
{
    (void)state;
    uint64_t v = 0;
    assert_true(parse_time("25ms", &v) && v == 25 * MS);
    assert_true(parse_time("1.5us", &v) && v == 1500);
    assert_true(parse_time("0s", &v) && v == 0);
    assert_true(parse_rate("100mbit", &v) && v == 100000000);
    assert_true(parse_rate("2.5gbit", &v) && v == 2500000000u);
    assert_true(parse_chance("1%", &v) && v == CHANNEL_PPB / 100);
    assert_true(parse_chance("0.001", &v) && v == CHANNEL_PPB / 1000);
    assert_true(parse_chance("100%", &v) && v == CHANNEL_PPB);
    assert_true(parse_count("100", &v) && v == 100);
}

static void what_is_no_quantity_is_refused(void **state)
{
    (void)state;
    const char *bad[] = {
        "",     "ms",   "1",     "-1ms",  "+1ms", "1 ms",         "1ms ",
        ".5ms", "1.ms", "1.5ns", "1e3ns", "1MS",  "1234567890ns", "1.1234567890ms"};
    uint64_t v = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(parse_time(bad[i], &v));
    assert_false(parse_rate("100", &v));
    assert_false(parse_chance("100.1%", &v));
    assert_false(parse_chance("1.1", &v));
    assert_false(parse_count("1.5", &v));
    assert_int_equal(v, 7);
}

/* An Ethernet frame with n bytes of UDP payload; the UDP checksum is right. */
static size_t build_frame(uint8_t *frame, bool ipv6, size_t n)
{
    size_t udp = ipv6 ? 54 : 34;
    memset(frame, 0, udp + 8 + n);
    memcpy(frame + 12, ipv6 ? "\x86\xdd" : "\x08\x00", 2);
    frame[14] = ipv6 ? 0x60 : 0x45;
    frame[ipv6 ? 20 : 23] = 17;
    frame[udp + 5] = (uint8_t)(8 + n);
    for (size_t i = 0; i < n; i++)
        frame[udp + 8 + i] = (uint8_t)noise();
    uint32_t sum = 0;
    for (size_t i = 0; i < 8 + n; i++)
        sum += (uint32_t)frame[udp + i] << (i % 2 == 0 ? 8 : 0);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    sum = sum == 0xffff ? 0xffff : ~sum & 0xffff;
    frame[udp + 6] = (uint8_t)(sum >> 8);
    frame[udp + 7] = (uint8_t)sum;
    return udp + 8 + n;
}

/* The sum over UDP header and payload, which is 0xffff when the checksum is right. */
static uint32_t sum_of(const uint8_t *udp, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (uint32_t)udp[i] << (i % 2 == 0 ? 8 : 0);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void one_payload_bit_flips_and_the_checksum_follows(void **state)
{
    (void)state;
    uint8_t before[128], after[128];
    for (int round = 0; round < 4000; round++) {
        bool ipv6 = round % 2 == 0, fix = round % 3 != 0;
        size_t n = 1 + (size_t)round % 51, udp = ipv6 ? 54 : 34;
        size_t whole = build_frame(before, ipv6, n);
        memcpy(after, before, whole);
        uint64_t bit = (uint64_t)noise() << 20;
        assert_true(
            frame_flip_bit(after, whole, bit, fix ? FRAME_CHECKSUM_FIXED : FRAME_CHECKSUM_STALE));
        assert_int_equal(sum_of(after + udp, 8 + n) == 0xffff, fix);
        bit %= n * 8;
        before[udp + 8 + bit / 8] ^= (uint8_t)(1 << bit % 8);
        memcpy(before + udp + 6, after + udp + 6, 2);
        assert_memory_equal(before, after, whole);
    }
}

static void only_whole_udp_datagrams_are_changed(void **state)
{
    (void)state;
    uint8_t frame[128], copy[128];
    const struct {
        size_t at;
        uint8_t value;
    } spoilers[] = {{12, 9}, {14, 0x55}, {14, 0x44}, {14, 0x4f}, {20, 0x20},
                    {21, 1}, {23, 6},    {39, 8},    {39, 29},   {38, 1}};
    for (size_t i = 0; i < sizeof spoilers / sizeof spoilers[0]; i++) {
        size_t whole = build_frame(frame, false, 20);
        frame[spoilers[i].at] = spoilers[i].value;
        memcpy(copy, frame, whole);
        assert_false(frame_flip_bit(frame, whole, 3, FRAME_CHECKSUM_FIXED));
        assert_memory_equal(frame, copy, whole);
    }
    size_t whole = build_frame(frame, true, 20);
    for (size_t n = 0; n < whole; n++)
        assert_false(frame_flip_bit(frame, n, 3, FRAME_CHECKSUM_FIXED));
    assert_true(frame_flip_bit(frame, whole, 3, FRAME_CHECKSUM_FIXED));
}

static void an_absent_checksum_stays_absent(void **state)
{
    (void)state;
    uint8_t frame[128];
    size_t whole = build_frame(frame, false, 20);
    memset(frame + 40, 0, 2);
    assert_true(frame_flip_bit(frame, whole, 3, FRAME_CHECKSUM_FIXED));
    assert_int_equal(frame[40] | frame[41], 0);
}

static void frames_arrive_in_time_order(void **state)
{
    (void)state;
    struct flight f = {0};
    assert_true(flight_next_ns(&f) == UINT64_MAX);
    for (uint64_t i = 0; i < 2000; i++)
        assert_int_equal(flight_push(&f, (uint64_t)noise() % 100, (const uint8_t *)&i, sizeof i),
                         0);
    uint64_t last_ns = 0, last = 0;
    for (int i = 0; i < 2000; i++) {
        assert_true(flight_next_ns(&f) >= last_ns);
        struct flight_frame frame = flight_pop(&f);
        uint64_t number;
        memcpy(&number, frame.bytes, sizeof number);
        assert_true(frame.due_ns > last_ns || i == 0 || number > last);
        last_ns = frame.due_ns;
        last = number;
        free(frame.bytes);
    }
    assert_int_equal(f.count, 0);
    assert_int_equal(flight_push(&f, 1, (const uint8_t *)"x", 1), 0);
    flight_free(&f);
}

static void a_plain_channel_only_delays(void **state)
{
    (void)state;
    struct channel c;
    assert_int_equal(channel_init(&c, &(struct channel_options){.delay_ns = 25 * MS}, 7, 0), 0);
    for (uint64_t now = 0; now < 1000; now++) {
        struct fate f = channel_decide(&c, now, 1514);
        assert_int_equal(f.kind, FATE_CARRIED);
        assert_int_equal(f.copies, 1);
        assert_true(f.due_ns[0] == now + 25 * MS);
        assert_false(f.corrupt || f.stale || f.reordered[0]);
    }
    channel_free(&c);
}

static void jitter_stays_in_its_bounds_and_keeps_order(void **state)
{
    (void)state;
    struct channel c;
    struct channel_options how = {.delay_ns = 25 * MS, .jitter_ns = 3 * MS};
    assert_int_equal(channel_init(&c, &how, 7, 0), 0);
    uint64_t low = UINT64_MAX, high = 0, last = 0;
    for (uint64_t i = 0; i < 10000; i++) { /* far enough apart that order costs nothing */
        uint64_t due = channel_decide(&c, i * 10 * MS, 100).due_ns[0] - i * 10 * MS;
        low = due < low ? due : low;
        high = due > high ? due : high;
    }
    assert_true(low >= 22 * MS && low < 22 * MS + MS / 100);
    assert_true(high <= 28 * MS && high > 28 * MS - MS / 100);
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t due = channel_decide(&c, 100000 * (uint64_t)MS + i * 1000, 100).due_ns[0];
        assert_true(due >= last);
        last = due;
    }
    channel_free(&c);
}

static void a_rate_spaces_frames_and_a_full_queue_drops(void **state)
{
    (void)state;
    struct channel c;
    struct channel_options how = {.delay_ns = 5, .rate_bps = 8000000, .queue = 4};
    assert_int_equal(channel_init(&c, &how, 7, 0), 0);
    for (uint64_t i = 0; i < 4; i++) /* a byte takes 1 us */
        assert_true(channel_decide(&c, 0, 1000).due_ns[0] == (i + 1) * MS + 5);
    assert_int_equal(channel_decide(&c, 0, 1000).kind, FATE_QUEUE_FULL);
    assert_int_equal(channel_decide(&c, MS - 1, 1000).kind, FATE_QUEUE_FULL);
    assert_true(channel_decide(&c, MS, 500).due_ns[0] == 4 * MS + MS / 2 + 5);
    assert_int_equal(channel_decide(&c, MS, 500).kind, FATE_QUEUE_FULL);
    assert_true(channel_decide(&c, 90 * MS, 500).due_ns[0] == 90 * MS + MS / 2 + 5);
    channel_free(&c);
}

static void a_reordered_frame_waits_and_holds_nobody_up(void **state)
{
    (void)state;
    struct channel c;
    struct channel_options how = {
        .delay_ns = MS, .reorder_ppb = CHANNEL_PPB / 10, .reorder_by_ns = 5 * MS};
    assert_int_equal(channel_init(&c, &how, 7, 0), 0);
    int reordered = 0;
    for (uint64_t now = 0; now < 10000; now++) {
        struct fate f = channel_decide(&c, now, 100);
        assert_true(f.due_ns[0] == now + (f.reordered[0] ? 6 * MS : MS));
        reordered += f.reordered[0];
    }
    assert_in_range(reordered, 850, 1150); /* 5 sigma */
    channel_free(&c);
}

static void chances_are_met_and_do_not_disturb_each_other(void **state)
{
    (void)state;
    enum { FRAMES = 40000 };
    struct channel a, b, other;
    struct channel_options how = {.loss_ppb = CHANNEL_PPB / 20}, more = how;
    more.dup_ppb = more.corrupt_ppb = more.stale_ppb = CHANNEL_PPB / 20;
    assert_int_equal(channel_init(&a, &how, 7, 0), 0);
    assert_int_equal(channel_init(&b, &more, 7, 0), 0);
    assert_int_equal(channel_init(&other, &how, 7, 1), 0);
    int lost = 0, both = 0, copies = 0, corrupt = 0, stale = 0;
    for (int i = 0; i < FRAMES; i++) {
        struct fate fa = channel_decide(&a, 0, 100), fb = channel_decide(&b, 0, 100);
        assert_int_equal(fa.kind, fb.kind);
        lost += fa.kind == FATE_LOST;
        both += fa.kind == FATE_LOST && channel_decide(&other, 0, 100).kind == FATE_LOST;
        copies += fb.copies == 2;
        corrupt += fb.corrupt;
        stale += fb.stale;
    }
    assert_in_range(lost, 1782, 2218); /* 5 sigma about 2000 */
    assert_in_range(both, 51, 149);    /* 5 sigma about 100: the directions are independent */
    assert_in_range(copies, 1687, 2113);
    assert_in_range(corrupt, 1687, 2113);
    assert_in_range(stale, 1687, 2113);
    channel_free(&a);
    channel_free(&b);
    channel_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantities_are_exact),
        cmocka_unit_test(what_is_no_quantity_is_refused),
        cmocka_unit_test(one_payload_bit_flips_and_the_checksum_follows),
        cmocka_unit_test(only_whole_udp_datagrams_are_changed),
        cmocka_unit_test(an_absent_checksum_stays_absent),
        cmocka_unit_test(frames_arrive_in_time_order),
        cmocka_unit_test(a_plain_channel_only_delays),
        cmocka_unit_test(jitter_stays_in_its_bounds_and_keeps_order),
        cmocka_unit_test(a_rate_spaces_frames_and_a_full_queue_drops),
        cmocka_unit_test(a_reordered_frame_waits_and_holds_nobody_up),
        cmocka_unit_test(chances_are_met_and_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
