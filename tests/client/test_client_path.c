/* client/client_request and the size of packets: proven upwards, and given up when they vanish. */
#include "client/flight.h"

static unsigned probes;
static int64_t first_ns, last_ns; /* when probes left */

static void watch_probes(size_t n)
{
    static size_t largest;
    if (packet[0] != KIND_REQUEST)
        return;
    look(n);
    assert_true(body.datagram <= client.pull.t.datagram);
    if (!(body.flags & REQUEST_PATH_PROBE)) {
        assert_true(n <= DATAGRAM_BYTES);
        return;
    }
    largest = probes++ ? largest : DATAGRAM_BYTES;
    first_ns = probes == 1 ? now_ns : first_ns;
    last_ns = now_ns;
    assert_true(client.pull.asked >= 64 && n > largest);
    assert_int_equal(body.item_count, 0);
    largest = n;
}

static void larger_packets_are_proven_first(void **state)
{
    (void)state;
    begin(1, 1, 5000000);
    probes = 0;
    watch = watch_probes;
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    watch = NULL;
    has(0);
    assert_int_equal(probes, 2);
    assert_in_range(last_ns - first_ns, 5 * MS, 6 * MS); /* a round trip, and no time-out */
    assert_int_equal(client.pull.t.datagram, PACKET_MAX);
    end();
}

/* A path that lets large packets pass no more is noticed, and one that never did is not used. */
static void a_black_hole_is_left(void **state)
{
    (void)state;
    for (int had = 0; had < 2; had++) {
        begin(1, 1, 20000000);
        while (had && client.pull.t.datagram != PACKET_MAX)
            carry(5 * MS, PACKET_MAX, now_ns + MS);
        while (had && client.pull.limit != DATAGRAM_BYTES && now_ns < 10000 * MS)
            carry(5 * MS, 1300, now_ns + MS);
        assert_false(client_done(&client));
        assert_true(!had || client.pull.limit == DATAGRAM_BYTES);
        carry(5 * MS, 1300, FOR_EVER);
        has(0);
        assert_true(had || client.pull.limit == PACKET_MAX);
        assert_int_equal(client.pull.t.datagram, DATAGRAM_BYTES);
        assert_int_equal(client.exchanges, 1);
        end();
    }
}

static void until_packets_are_large(void)
{
    begin(1, 1, 60000000);
    while (client.pull.t.datagram != PACKET_MAX)
        carry(5 * MS, PACKET_MAX, now_ns + MS);
    assert_false(client_done(&client));
}

/* Silence alone is no black hole: whatever comes under a number says that packets pass. */
static void outages_are_no_black_hole(void **state)
{
    (void)state;
    until_packets_are_large();
    client.pull.rate = 20000000;
    for (int i = 0; i < 8; i++) {
        carry(5 * MS, 0, now_ns + 30 * MS);
        carry(5 * MS, PACKET_MAX, now_ns + 100 * MS);
    }
    assert_false(client_done(&client));
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    has(0);
    assert_int_equal(client.pull.limit, PACKET_MAX);
    end();
}

/* After a while large packets are tried again. */
static void a_black_hole_may_close(void **state)
{
    (void)state;
    until_packets_are_large();
    client.pull.rate = 500000;
    while (client.pull.limit != DATAGRAM_BYTES)
        carry(5 * MS, 1300, now_ns + MS);
    const int64_t from = now_ns;
    carry(5 * MS, 1300, from + PATH_SOON_NS / 2);
    assert_int_equal(client.pull.t.datagram, DATAGRAM_BYTES);
    assert_int_equal(client.pull.limit, DATAGRAM_BYTES);
    carry(5 * MS, PACKET_MAX, from + PATH_SOON_NS + 3000 * MS);
    assert_int_equal(client.pull.t.datagram, PACKET_MAX);
    assert_int_equal(client.pull.limit, PACKET_MAX);
    assert_false(client_done(&client));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(larger_packets_are_proven_first, nothing_flies),
        cmocka_unit_test_setup(a_black_hole_is_left, nothing_flies),
        cmocka_unit_test_setup(outages_are_no_black_hole, nothing_flies),
        cmocka_unit_test_setup(a_black_hole_may_close, nothing_flies),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
