/* node/client_request: what one REQUEST carries, when it may, what it leaves out, and that nothing
 * which anyone kept makes the client believe anything. */
#include "node/meeting.h"

#define REPLAYS 400

static struct request q;
static struct request_body body;
static uint8_t plain[PACKET_MAX];

/* What is on its way to the client, in order. */
#define FLYING 4096

static struct flying {
    int64_t at_ns;
    size_t len;
    uint8_t bytes[PACKET_MAX];
} flying[FLYING];
static size_t sent, landed;

static int nothing_flies(void **state)
{
    (void)state;
    landed = sent;
    return 0;
}

static void take_off(int64_t at_ns, size_t passes)
{
    const uint8_t *p = answer;
    for (size_t i = 0; i < burst.count; p += burst.len[i++]) {
        if (burst.len[i] > passes || sent - landed == FLYING)
            continue;
        struct flying *f = &flying[sent++ % FLYING];
        f->at_ns = at_ns;
        f->len = burst.len[i];
        memcpy(f->bytes, p, f->len);
    }
}

static void land(void)
{
    for (; landed < sent && flying[landed % FLYING].at_ns <= now_ns; landed++)
        client_input(&client, now_ns, flying[landed % FLYING].bytes, flying[landed % FLYING].len);
}

/* A look at every packet on its way to the server. */
static void (*watch)(size_t n);

/* A transfer with this much of a round trip over a path that packets of a size pass. */
static void carry(int64_t rtt_ns, size_t passes, int64_t until_ns)
{
    while (!client_done(&client) && now_ns < until_ns) {
        for (size_t n; (n = take()) > 0;) {
            if (watch)
                watch(n);
            if (n <= passes && serve(n))
                take_off(now_ns + rtt_ns, passes);
        }
        int64_t next = client_next_ns(&client);
        if (landed < sent && flying[landed % FLYING].at_ns < next)
            next = flying[landed % FLYING].at_ns;
        now_ns = next > now_ns ? next : now_ns + MS / 10;
        land();
    }
}

/* Until some of the first resource is here. */
static void carry_some(uint64_t bytes)
{
    while (client.fetches[0].bytes_done < bytes)
        carry(5 * MS, PACKET_MAX, now_ns + MS);
    assert_false(client_done(&client));
}

static void the_first_request_opens_and_pulls(void **state)
{
    (void)state;
    begin(1, 1, 300000);
    size_t n = run(KIND_REQUEST, FOR_EVER);
    assert_in_range(n, REQUEST_MIN_BYTES, DATAGRAM_BYTES);
    look_into(n, &q, &body, plain);
    assert_int_equal(q.share_count, 1);
    assert_int_equal(q.shares[0].leg, LEG_SNTRUP);
    assert_true(body.flags & REQUEST_CALL);
    assert_int_equal(body.call_handle, HANDLE_NONE);
    assert_int_equal(body.handle_count, 0);
    assert_int_equal(body.item_count, 1);
    assert_int_equal(body.items[0].handle, HANDLE_OPENED);
    assert_int_equal(body.items[0].first, 1);
    assert_int_equal(body.datagram, DATAGRAM_BYTES);
    serve(n);
    deliver();
    assert_true(client.fetches[0].open && client_is_ready(&client));
    assert_int_equal(resources[0].opens, 1);
    assert_true(counters.numbers_sent == body.items[0].count);
    run(0, FOR_EVER);
    has(0);
    end();
}

/* Until the legs are confirmed, one request at a time brings the shares; afterwards none does. */
static void shares_are_not_brought_again_and_again(void **state)
{
    (void)state;
    begin(1, 1, 300000);
    size_t n = run(KIND_REQUEST, FOR_EVER);
    int64_t before = now_ns;
    for (int i = 0; i < 3; i++) { /* lost */
        int64_t patience = pull_timeout_ns(&client.pull);
        while ((n = take()) == 0)
            sleep_until_next();
        look_into(n, &q, &body, plain);
        assert_int_equal(q.share_count, 1);
        assert_true(now_ns - before >= patience / 2);
        assert_false(client_is_ready(&client));
        before = now_ns;
    }
    serve(n);
    deliver();
    assert_true(client_is_ready(&client));
    while ((n = run(KIND_REQUEST, FOR_EVER)) > 0) {
        look_into(n, &q, &body, plain);
        assert_int_equal(q.share_count, 0);
        serve(n);
        deliver();
    }
    has(0);
    end();
}

/* Nothing at all is asked for under fewer legs than are needed. */
static void nothing_is_asked_before_there_is_a_share(void **state)
{
    (void)state;
    begin(3, 3, 3000);
    lend();
    assert_true(run(KIND_FINISH, FOR_EVER) > 0);
    assert_int_equal(counters.answered[KIND_REQUEST], 0);
    assert_int_equal(client.pull.asked, 0);
    run(0, FOR_EVER);
    has(0);
    end();
}

static void resources_share_requests(void **state)
{
    (void)state;
    unsigned most = 0, both = 0;
    meet(1, 1);
    for (int i = 0; i < FILES; i++)
        assert_int_equal(fetch(i, 400000), i);
    const struct fetch_store none = {0};
    assert_int_equal(client_begin(&client, "five", &none, 0), -1);
    for (size_t n; (n = run(KIND_REQUEST, FOR_EVER)) > 0;) {
        look_into(n, &q, &body, plain);
        most = body.handle_count > most ? body.handle_count : most;
        both += body.flags & REQUEST_CALL && body.item_count > 0;
        for (int i = 0; i < body.item_count; i++)
            assert_true(body.items[i].handle < body.handle_count ||
                        body.items[i].handle == HANDLE_OPENED);
        serve(n);
        now_ns += 5 * MS;
        deliver();
    }
    assert_true(most > 1 && both > 1);
    for (int i = 0; i < FILES; i++) {
        has(i);
        assert_int_equal(resources[i].opens, 1);
    }
    end();
}

/* Nobody waits for another's end. */
static void resources_take_turns(void **state)
{
    (void)state;
    meet(1, 1);
    for (int i = 0; i < FILES; i++)
        assert_int_equal(fetch(i, 2000000), i);
    while (!fetch_done(&client.fetches[0]) && !fetch_done(&client.fetches[3]))
        carry(5 * MS, PACKET_MAX, now_ns + 10 * MS);
    for (int i = 0; i < FILES; i++)
        assert_true(client.fetches[i].bytes_done > 1400000);
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    for (int i = 0; i < FILES; i++)
        has(i);
    end();
}

static unsigned handles_most;

static void watch_handles(size_t n)
{
    if (packet[0] != KIND_REQUEST)
        return;
    look_into(n, &q, &body, plain);
    assert_true(n <= DATAGRAM_BYTES || body.flags & REQUEST_PATH_PROBE);
    handles_most = body.handle_count > handles_most ? body.handle_count : handles_most;
}

/* Handles of the longest paths do not fit all together: what does not fit is left for the next
 * request, and silence, after which all that is missing is listed, ends soon. */
static void what_does_not_fit_waits(void **state)
{
    (void)state;
    static char names[FILES][FILES_PATH_MAX + 1];
    const char *before[FILES];
    meet(1, 1);
    for (int i = 0; i < FILES; i++) {
        before[i] = resources[i].name;
        memset(names[i], 'a' + i, FILES_PATH_MAX);
        resources[i].name = names[i];
        assert_int_equal(fetch(i, 3000000), i);
    }
    watch = watch_handles;
    handles_most = 0;
    for (int i = 0; i < 20; i++) {
        carry(20 * MS, DATAGRAM_BYTES, now_ns + 70 * MS);
        carry(20 * MS, 0, now_ns + 130 * MS); /* nothing passes */
        const uint64_t top = client.pull.top;
        carry(20 * MS, DATAGRAM_BYTES, now_ns + 350 * MS);
        assert_true(client_done(&client) || client.pull.top > top);
    }
    carry(20 * MS, DATAGRAM_BYTES, FOR_EVER);
    watch = NULL;
    assert_in_range(handles_most, 2, 3);
    assert_int_equal(client.exchanges, 1);
    for (int i = 0; i < FILES; i++) {
        has(i);
        resources[i].name = before[i];
    }
    end();
}

static unsigned probes;

static void watch_probes(size_t n)
{
    static size_t largest;
    if (packet[0] != KIND_REQUEST)
        return;
    look_into(n, &q, &body, plain);
    assert_true(body.datagram <= client.pull.t.datagram);
    if (!(body.flags & REQUEST_PATH_PROBE)) {
        assert_true(n <= DATAGRAM_BYTES);
        return;
    }
    largest = probes++ ? largest : DATAGRAM_BYTES;
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
    assert_int_equal(client.pull.t.datagram, PACKET_MAX);
    end();
}

/* A path that lets large packets pass no more is noticed, and one that never did is not used. */
static void a_black_hole_is_left(void **state)
{
    (void)state;
    for (int had = 0; had < 2; had++) {
        begin(1, 1, 60000000);
        while (had && client.pull.t.datagram != PACKET_MAX)
            carry(5 * MS, PACKET_MAX, now_ns + MS);
        assert_false(client_done(&client));
        carry(5 * MS, 1300, FOR_EVER);
        has(0);
        assert_int_equal(client.pull.limit, had ? DATAGRAM_BYTES : PACKET_MAX);
        assert_int_equal(client.pull.t.datagram, DATAGRAM_BYTES);
        assert_int_equal(client.exchanges, 1);
        end();
    }
}

static void another_exchange_opens_everything_again(void **state)
{
    (void)state;
    meet(1, 1);
    for (int i = 0; i < FILES; i++)
        assert_int_equal(fetch(i, 5000000), i);
    carry_some(100000);
    new_ring(3);
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    assert_int_equal(client.exchanges, 2);
    for (int i = 0; i < FILES; i++) {
        has(i);
        assert_true(resources[i].opens >= 1);
    }
    end();
}

/* A server that was begun anew, with the same ring, goes on with the session. */
static void another_boot_goes_on(void **state)
{
    (void)state;
    begin(1, 1, 20000000);
    carry_some(1000000);
    const int64_t born = now_ms();
    struct ring ring = server.ring;
    start_server(2);
    server.ring = ring;
    assert_true(server.boot_ms == born - 1);
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    has(0);
    assert_int_equal(client.exchanges, 1);
    assert_int_equal(counters.fallbacks[FALLBACK_BOOT] > 0, 1);
    end();
}

/* All that the server has said so far, from memory: nothing of it is news. */
static void what_was_kept_is_no_sign_of_life(void **state)
{
    (void)state;
    static uint8_t kept[REPLAYS][DATAGRAM_BYTES];
    size_t lens[REPLAYS], count = 0;
    begin(1, 1, 300000);
    while (client.fetches[0].bytes_done < 200000) {
        size_t n = run(KIND_REQUEST, FOR_EVER);
        assert_true(n > 0);
        serve(n);
        now_ns += 5 * MS;
        deliver();
        const uint8_t *p = answer;
        for (size_t i = 0; i < burst.count && count < REPLAYS; p += burst.len[i++])
            if (burst.len[i] <= DATAGRAM_BYTES) {
                memcpy(kept[count], p, burst.len[i]);
                lens[count++] = burst.len[i];
            }
    }
    const int64_t heard = client.heard_ns;
    const uint8_t current = client.caller.current;
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < count; i++) {
            now_ns += MS / 100;
            client_input(&client, now_ns, kept[i], lens[i]);
        }
    assert_true(client.heard_ns == heard);
    assert_int_equal(client.caller.current, current);
    assert_int_equal(client.packets_ignored, 3 * count);
    run(0, FOR_EVER);
    has(0);
    end();
}

/* An answer about a resource that is no more is not one about the next in its place. */
static void answers_of_the_one_before_are_not_the_next_ones(void **state)
{
    (void)state;
    begin(1, 1, 3000);
    static uint8_t old[4][DATAGRAM_BYTES];
    serve(run(KIND_REQUEST, FOR_EVER));
    assert_int_equal(burst.count, 4);
    const uint8_t *p = answer;
    size_t lens[4];
    for (size_t i = 0; i < 4; p += lens[i++])
        memcpy(old[i], p, lens[i] = burst.len[i]);
    deliver();
    has(0);
    client_end(&client, 0);
    assert_true(client_done(&client));
    assert_int_equal(take(), 0);
    resources[1].next = NULL;
    resources[0].next = &resources[1];
    resource_set(&resources[1], 2, 5000);
    const struct fetch_store s = memory_store_make(&stores[1], 5000);
    assert_int_equal(client_begin(&client, "two", &s, 0), 0);
    size_t n = run(KIND_REQUEST, FOR_EVER);
    for (size_t i = 0; i < 4; i++)
        client_input(&client, now_ns, old[i], lens[i]);
    assert_false(client.fetches[0].known);
    serve(n);
    deliver();
    run(0, FOR_EVER);
    assert_int_equal(client.fetches[0].result, LETHE_OK);
    assert_memory_equal(stores[1].bytes, resources[1].bytes, 5000);
    end();
}

/* While a resource is busy the client sleeps, and the others go on. */
static void who_is_busy_is_not_asked_all_the_time(void **state)
{
    (void)state;
    meet(1, 1);
    assert_int_equal(fetch(0, 300000), 0);
    assert_int_equal(fetch(1, 300000), 1);
    carry(5 * MS, PACKET_MAX, now_ns + 12 * MS);
    resources[0].busy = true;
    const int64_t until = now_ns + 2000 * MS;
    unsigned idle = 0, asked = 0;
    while (now_ns < until) {
        size_t n = take();
        if (n == 0 && client_next_ns(&client) <= now_ns)
            idle++;
        if (n == 0) {
            sleep_until_next();
            continue;
        }
        asked++;
        serve(n);
        now_ns += 5 * MS;
        deliver();
    }
    assert_true(idle <= 3);
    assert_true(asked < 400);
    has(1);
    assert_false(fetch_done(&client.fetches[0]));
    resources[0].busy = false;
    run(0, FOR_EVER);
    has(0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_request_opens_and_pulls, nothing_flies),
        cmocka_unit_test_setup(shares_are_not_brought_again_and_again, nothing_flies),
        cmocka_unit_test_setup(nothing_is_asked_before_there_is_a_share, nothing_flies),
        cmocka_unit_test_setup(resources_share_requests, nothing_flies),
        cmocka_unit_test_setup(resources_take_turns, nothing_flies),
        cmocka_unit_test_setup(what_does_not_fit_waits, nothing_flies),
        cmocka_unit_test_setup(larger_packets_are_proven_first, nothing_flies),
        cmocka_unit_test_setup(a_black_hole_is_left, nothing_flies),
        cmocka_unit_test_setup(another_exchange_opens_everything_again, nothing_flies),
        cmocka_unit_test_setup(another_boot_goes_on, nothing_flies),
        cmocka_unit_test_setup(what_was_kept_is_no_sign_of_life, nothing_flies),
        cmocka_unit_test_setup(answers_of_the_one_before_are_not_the_next_ones, nothing_flies),
        cmocka_unit_test_setup(who_is_busy_is_not_asked_all_the_time, nothing_flies),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
