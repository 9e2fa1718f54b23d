/* cmd/pcap: every link and order is read; what is cut, absurd or of another kind is refused. */
#include "cmd/test_support.h"

#include "cmd/pcap.h"

#define MICRO 0xa1b2c3d4u
#define NANO  0xa1b23c4du

static const uint8_t payload[] = "a datagram";
#define PAYLOAD_BYTES (sizeof payload - 1)

/* Opens the n bytes as a capture of one record and looks for the datagram in a frame of `link`. */
static int find(struct pcap_udp *u, uint32_t link, const uint8_t *frame, size_t n)
{
    struct pcap c = {.link = (uint16_t)link};
    return pcap_find_udp(u, &c, &(struct pcap_record){.bytes = frame, .n = n});
}

struct link_case {
    uint32_t link;
    size_t header;
    const char *header4, *header6;
};

#define MACS     "abcdefghijkl"
#define COOKED   "\0\4\0\1\0\6abcdef\0\0"
#define COOKED_2 "\0\0\0\0\0\1\0\1\4\6abcdef\0\0"

static const struct link_case links[] = {
    {0, 4, "\2\0\0\0", "\12\0\0\0"},
    {0, 4, "\0\0\0\2", "\0\0\0\36"},
    {1, 14, MACS "\x08\0", MACS "\x86\xdd"},
    {1, 18, MACS "\x81\0\0\5\x08\0", MACS "\x81\0\0\5\x86\xdd"},
    {1, 18, MACS "\x88\xa8\0\5\x08\0", MACS "\x88\xa8\0\5\x86\xdd"},
    {101, 0, "", ""},
    {108, 4, "\0\0\0\2", "\0\0\0\30"},
    {108, 4, "\0\0\0\2", "\0\0\0\34"},
    {113, 16, COOKED "\x08\0", COOKED "\x86\xdd"},
    {228, 0, "", ""},
    {229, 0, "", ""},
    {276, 20, "\x08\0" COOKED_2, "\x86\xdd" COOKED_2},
};

static void expect_found(const struct pcap_udp *u, int family)
{
    assert_null(u->reason);
    assert_int_equal(u->family, family);
    assert_memory_equal(u->from, family == 4 ? from4 : from6, family == 4 ? 4 : 16);
    assert_memory_equal(u->to, family == 4 ? to4 : to6, family == 4 ? 4 : 16);
    assert_int_equal(u->from_port, PORT_FROM);
    assert_int_equal(u->to_port, PORT_TO);
    assert_int_equal(u->n, PAYLOAD_BYTES);
    assert_memory_equal(u->payload, payload, PAYLOAD_BYTES);
}

static void every_link_is_read_and_nothing_shorter(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        for (int family = 4; family <= 6; family += 2) {
            uint8_t frame[256] = {0};
            struct pcap_udp u;
            struct writer w = writer_of(frame, sizeof frame);
            write_bytes(&w, family == 4 ? links[i].header4 : links[i].header6, links[i].header);
            put_ip(&w, family, payload, PAYLOAD_BYTES);
            for (size_t n = 0; n < w.used; n++) {
                uint8_t *p = alone(frame, n);
                assert_int_equal(find(&u, links[i].link, p, n), LETHE_ERR_FORMAT);
                assert_string_equal(u.reason, "cut short");
                free(p);
            }
            /* Exactly, and with the padding of a short Ethernet frame. */
            assert_int_equal(find(&u, links[i].link, frame, w.used), LETHE_OK);
            expect_found(&u, family);
            assert_int_equal(find(&u, links[i].link, frame, w.used + 6), LETHE_OK);
            expect_found(&u, family);
        }
    }
}

/* The frame with byte `at` set to v. */
static void expect_byte(uint32_t link, const uint8_t *frame, size_t n, size_t at, uint8_t v,
                        const char *reason)
{
    uint8_t *p = alone(frame, n);
    struct pcap_udp u;
    p[at] = v;
    assert_int_equal(find(&u, link, p, n), reason ? LETHE_ERR_FORMAT : LETHE_OK);
    if (reason)
        assert_string_equal(u.reason, reason);
    free(p);
}

static void other_ipv4_is_refused(void **state)
{
    (void)state;
    uint8_t p[128];
    struct writer w = writer_of(p, sizeof p);
    put_ip(&w, 4, payload, PAYLOAD_BYTES);
    size_t n = w.used;
    expect_byte(101, p, n, 0, 0x44, "malformed IPv4");
    expect_byte(101, p, n, 0, 0x4f, "malformed IPv4"); /* a header longer than the packet */
    expect_byte(101, p, n, 0, 0x55, "not IP");
    expect_byte(101, p, n, 0, 0x65, "cut short");
    expect_byte(229, p, n, 0, 0x75, "not IP");
    expect_byte(101, p, n, 2, 0xff, "cut short");
    expect_byte(101, p, n, 3, 0, "malformed IPv4");
    expect_byte(101, p, n, 3, 19, "malformed IPv4");
    expect_byte(101, p, n, 3, 20, "malformed UDP");
    expect_byte(101, p, n, 3, 27, "malformed UDP");
    expect_byte(101, p, n, 6, 0x00, NULL);
    expect_byte(101, p, n, 6, 0x20, "a fragment");
    expect_byte(101, p, n, 6, 0x01, "a fragment");
    expect_byte(101, p, n, 7, 0x01, "a fragment");
    expect_byte(101, p, n, 9, 6, "not UDP");
    expect_byte(101, p, n, 24, 1, "malformed UDP"); /* longer than IP's payload */
    expect_byte(101, p, n, 25, 7, "malformed UDP");
    expect_byte(101, p, n, 25, 8, NULL);
    p[25] = 8; /* from here on, a UDP header alone */
    expect_byte(101, p, n, 3, 28, NULL);
    expect_byte(101, p, n, 3, 27, "malformed UDP");
    p[25] = 8 + PAYLOAD_BYTES;
    expect_byte(101, p, n, 25, 8 + PAYLOAD_BYTES + 1, "malformed UDP");
}

static void other_ipv6_is_refused(void **state)
{
    (void)state;
    uint8_t p[128];
    struct writer w = writer_of(p, sizeof p);
    put_ip(&w, 6, payload, PAYLOAD_BYTES);
    size_t n = w.used;
    static const uint8_t extensions[] = {0, 43, 44, 50, 51, 60, 135, 139, 140};
    for (size_t i = 0; i < sizeof extensions; i++)
        expect_byte(101, p, n, 6, extensions[i], "behind IPv6 extension headers");
    expect_byte(101, p, n, 6, 58, "not UDP");
    expect_byte(101, p, n, 4, 0xff, "cut short");
    expect_byte(101, p, n, 5, 7, "malformed UDP");
    expect_byte(101, p, n, 5, 0, "malformed UDP");
    expect_byte(101, p, n, 45, 7, "malformed UDP");
    expect_byte(101, p, n, 45, 8 + PAYLOAD_BYTES + 1, "malformed UDP");
}

static void the_link_must_agree(void **state)
{
    (void)state;
    uint8_t p[128];
    struct writer w = writer_of(p, sizeof p);
    write_bytes(&w, MACS "\x08\0", 14);
    put_ip(&w, 4, payload, PAYLOAD_BYTES);
    expect_byte(1, p, w.used, 14, 0x65, "malformed IPv4");
    expect_byte(1, p, w.used, 12, 0x88, "not IP");
    expect_byte(1, p, w.used, 13, 0x06, "not IP");
    w = writer_of(p, sizeof p);
    write_bytes(&w, MACS "\x81\0\0\5\x81\0\0\6\x08\0", 22);
    put_ip(&w, 4, payload, PAYLOAD_BYTES);
    expect_byte(1, p, w.used, 0, 0, "not IP"); /* a second tag */
    w = writer_of(p, sizeof p);
    write_bytes(&w, MACS "\x86\xdd", 14);
    put_ip(&w, 6, payload, PAYLOAD_BYTES);
    expect_byte(1, p, w.used, 14, 0x45, "malformed IPv6");
    w = writer_of(p, sizeof p);
    write_bytes(&w, "\2\0\0\0", 4);
    put_ip(&w, 4, payload, PAYLOAD_BYTES);
    expect_byte(0, p, w.used, 0, 7, "not IP");
    expect_byte(0, p, w.used, 0, 30, "cut short"); /* shorter than an IPv6 header */
}

static void ipv4_options_are_passed_over(void **state)
{
    (void)state;
    uint8_t plain[128], p[128];
    struct writer w = writer_of(plain, sizeof plain), with = writer_of(p, sizeof p);
    struct pcap_udp u;
    put_ip(&w, 4, payload, PAYLOAD_BYTES);
    write_bytes(&with, plain, 20);
    write_bytes(&with, "\1\1\1\1\1\1\1\0", 8);
    write_bytes(&with, plain + 20, w.used - 20);
    p[0] = 0x47;
    p[3] = (uint8_t)(p[3] + 8);
    assert_int_equal(find(&u, 101, p, with.used), LETHE_OK);
    expect_found(&u, 4);
}

/* Two records of a frame each, in every order and unit, and the file cut at every length. */
static size_t two_records(uint8_t *file, size_t room, bool big, uint32_t magic)
{
    uint8_t frame[128];
    struct writer f = writer_of(frame, sizeof frame), w = writer_of(file, room);
    put_ip(&f, 4, payload, PAYLOAD_BYTES);
    pcap_header(&w, big, magic, 101);
    pcap_put(&w, big, 1700000000, 123456, frame, f.used);
    pcap_put(&w, big, UINT32_MAX, UINT32_MAX, frame, 0);
    assert_false(w.bad);
    return w.used;
}

static void both_orders_and_both_units(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        uint8_t file[256];
        bool big = i & 1;
        uint64_t unit = i & 2 ? 1 : 1000;
        size_t n = two_records(file, sizeof file, big, i & 2 ? NANO : MICRO);
        struct complaint why = {.text = ""};
        struct pcap c;
        struct pcap_record r;
        struct pcap_udp u;
        assert_true(pcap_recognize(file, n));
        assert_int_equal(pcap_open(&c, "x", file, n, &why), LETHE_OK);
        assert_false(pcap_ended(&c));
        assert_int_equal(pcap_next(&c, &r), LETHE_OK);
        assert_int_equal(c.number, 1);
        assert_true(r.time_ns == 1700000000000000000u + 123456 * unit);
        assert_int_equal(pcap_find_udp(&u, &c, &r), LETHE_OK);
        expect_found(&u, 4);
        assert_int_equal(pcap_next(&c, &r), LETHE_OK);
        assert_true(r.time_ns == UINT32_MAX * 1000000000ull + UINT32_MAX * unit);
        assert_int_equal(r.n, 0);
        assert_int_equal(pcap_find_udp(&u, &c, &r), LETHE_ERR_FORMAT);
        assert_int_equal(c.number, 2);
        assert_true(pcap_ended(&c));
    }
}

static void a_file_may_break_off_anywhere(void **state)
{
    (void)state;
    uint8_t file[256];
    size_t n = two_records(file, sizeof file, false, MICRO), frame = 28 + PAYLOAD_BYTES;
    size_t first = PCAP_HEADER_BYTES + PCAP_RECORD_BYTES + frame;
    for (size_t len = 0; len <= n; len++) {
        uint8_t *p = alone(file, len);
        struct complaint why = {.text = ""};
        struct pcap c;
        struct pcap_record r;
        int whole = 0, err = LETHE_OK;
        assert_true(pcap_recognize(p, len) == (len >= 4));
        assert_int_equal(pcap_open(&c, "x", p, len, &why),
                         len < PCAP_HEADER_BYTES ? LETHE_ERR_FORMAT : LETHE_OK);
        while (len >= PCAP_HEADER_BYTES && !pcap_ended(&c) && err == LETHE_OK)
            if ((err = pcap_next(&c, &r)) == LETHE_OK)
                whole++;
        assert_int_equal(whole, (len >= first) + (len == n));
        bool clean = len <= PCAP_HEADER_BYTES || len == first || len == n;
        assert_int_equal(err, clean ? LETHE_OK : LETHE_ERR_FORMAT);
        assert_true(len < PCAP_HEADER_BYTES || pcap_ended(&c));
        free(p);
    }
}

static void an_absurd_length_ends_the_capture(void **state)
{
    (void)state;
    uint8_t file[256];
    size_t n = two_records(file, sizeof file, false, MICRO);
    struct complaint why;
    struct pcap c;
    struct pcap_record r;
    memset(file + PCAP_HEADER_BYTES + 8, 0xff, 4);
    assert_int_equal(pcap_open(&c, "x", file, n, &why), LETHE_OK);
    assert_int_equal(pcap_next(&c, &r), LETHE_ERR_FORMAT);
    assert_true(pcap_ended(&c));
    assert_int_equal(pcap_next(&c, &r), LETHE_ERR_FORMAT);
}

static int open_with(size_t at, uint8_t v)
{
    uint8_t file[256];
    size_t n = two_records(file, sizeof file, false, MICRO);
    struct complaint why = {.text = ""};
    struct pcap c;
    file[at] = v;
    int err = pcap_open(&c, "x", file, n, &why);
    assert_true((err == LETHE_OK) == (why.text[0] == 0));
    return err;
}

static void other_headers_are_refused(void **state)
{
    (void)state;
    assert_int_equal(open_with(4, 1), LETHE_ERR_FORMAT);
    assert_int_equal(open_with(6, 3), LETHE_ERR_FORMAT);
    assert_int_equal(open_with(20, 105), LETHE_ERR_FORMAT);
    assert_int_equal(open_with(21, 1), LETHE_ERR_FORMAT);
    assert_int_equal(open_with(23, 0x24), LETHE_OK); /* a frame check sequence of 4 bytes */
}

static bool is_ng(const char *bytes, size_t n)
{
    return pcapng_recognize((const uint8_t *)bytes, n);
}

static void magics(void **state)
{
    (void)state;
    assert_true(pcap_recognize((const uint8_t *)"\xa1\xb2\xc3\xd4", 4));
    assert_true(pcap_recognize((const uint8_t *)"\x4d\x3c\xb2\xa1", 4));
    assert_false(pcap_recognize((const uint8_t *)"\xa1\xb2\xcd\x34", 4));
    assert_true(is_ng("\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a", 12));
    assert_false(is_ng("\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a", 11));
    assert_true(is_ng("\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4d", 12));
    assert_false(is_ng("\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4e", 12));
    assert_false(is_ng("\x0a\x0d\x0d\x0b\0\0\0\x1c\x1a\x2b\x3c\x4d", 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_link_is_read_and_nothing_shorter),
        cmocka_unit_test(other_ipv4_is_refused),
        cmocka_unit_test(other_ipv6_is_refused),
        cmocka_unit_test(the_link_must_agree),
        cmocka_unit_test(ipv4_options_are_passed_over),
        cmocka_unit_test(both_orders_and_both_units),
        cmocka_unit_test(a_file_may_break_off_anywhere),
        cmocka_unit_test(an_absurd_length_ends_the_capture),
        cmocka_unit_test(other_headers_are_refused),
        cmocka_unit_test(magics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
