/* client/client_request: what one REQUEST carries, when it may, and what it leaves out. */
#include "client/flight.h"

static void the_first_request_opens_and_pulls(void **state)
{
    (void)state;
    begin(1, 1, 300000);
    size_t n = run(KIND_REQUEST, FOR_EVER);
    assert_in_range(n, REQUEST_MIN_BYTES, DATAGRAM_BYTES);
    look(n);
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

static void the_round_trip_is_known_from_the_exchange(void **state)
{
    (void)state;
    begin(1, 1, 300000);
    while (!client.caller.open)
        carry(50 * MS, PACKET_MAX, now_ns + MS);
    assert_true(client.pull.top == 0);
    assert_in_range(client.pull.srtt_ns, 40 * MS, 60 * MS);
    carry(50 * MS, PACKET_MAX, FOR_EVER);
    has(0);
    end();
}

/* A service's states may be long where its requests are short: the request pays for both. */
static int call_long(void *context, const struct lethe_call *call, struct lethe_answer *a)
{
    struct lethe_call inner = *call;
    inner.state_len = call->state ? load16(call->state + LETHE_STATE_BYTES - 2) : 0;
    int status = resource_call(context, &inner, a);
    store16(a->state + LETHE_STATE_BYTES - 2, (uint16_t)a->state_len);
    a->state_len = LETHE_STATE_BYTES;
    return status;
}

static int read_long(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                     uint8_t *buffer, size_t n)
{
    assert_int_equal(state_len, LETHE_STATE_BYTES);
    return resource_read(context, state, load16(state + LETHE_STATE_BYTES - 2), offset, buffer, n);
}

static void a_short_request_opens_a_long_state(void **state)
{
    (void)state;
    begin(1, 1, 300000);
    server.options.service.call = call_long;
    server.options.service.read = read_long;
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    has(0);
    assert_int_equal(fetch(1, 300000), 1); /* whose request brings no shares */
    resources[0].next = &resources[1];
    carry(5 * MS, PACKET_MAX, now_ns + 10000 * MS);
    has(1);
    assert_int_equal(resources[1].opens, 1);
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
        look(n);
        assert_int_equal(q.share_count, 1);
        assert_true(now_ns - before >= patience / 2);
        assert_false(client_is_ready(&client));
        before = now_ns;
    }
    serve(n);
    deliver();
    assert_true(client_is_ready(&client));
    while ((n = run(KIND_REQUEST, FOR_EVER)) > 0) {
        look(n);
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
        look(n);
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
    look(n);
    assert_true(n <= DATAGRAM_BYTES || body.flags & REQUEST_PATH_PROBE);
    handles_most = body.handle_count > handles_most ? body.handle_count : handles_most;
}

/* So do their calls, when what is there from before is checked. */
static void calls_take_turns(void **state)
{
    (void)state;
    meet(1, 1);
    for (int i = 0; i < FILES; i++) {
        assert_int_equal(fetch(i, 40 * PIECE_BYTES), i);
        client_end(&client, i);
        stores[i].size = 40 * PIECE_BYTES;
        const struct fetch_store s = {&stores[i], memory_resize, memory_write, memory_digest};
        assert_int_equal(client_begin(&client, resources[i].name, &s, stores[i].size), i);
    }
    while (resources[0].digests + resources[1].digests + resources[2].digests < 9) {
        serve(run(KIND_REQUEST, FOR_EVER));
        deliver();
    }
    for (int i = 0; i < FILES; i++)
        assert_in_range(resources[i].digests, 2, 4);
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    for (int i = 0; i < FILES; i++)
        has(i);
    end();
}

static const char *names_before[FILES];

static void long_names(void)
{
    static char names[FILES][FILES_PATH_MAX + 1];
    for (int i = 0; i < FILES; i++) {
        names_before[i] = resources[i].name;
        memset(names[i], 'a' + i, FILES_PATH_MAX);
        resources[i].name = names[i];
    }
}

static void short_names(void)
{
    for (int i = 0; i < FILES; i++)
        resources[i].name = names_before[i];
}

/* Every number that counts as asked for was in a request. */
static void watch_numbers(size_t n)
{
    static uint64_t highest;
    if (packet[0] != KIND_REQUEST)
        return;
    look(n);
    highest = client.pull.top ? highest : 0;
    for (int i = 0; i < body.item_count; i++) {
        uint64_t last = client.pull.t.base + body.items[i].first + body.items[i].count - 1;
        highest = last > highest ? last : highest;
    }
    assert_true(client.pull.asked <= highest || client.pull.asked == 0);
    handles_most = body.handle_count > handles_most ? body.handle_count : handles_most;
}

/* Small pieces of many resources: the numbers of what is left out are asked for by the next. */
static void what_is_left_out_was_not_asked_for(void **state)
{
    (void)state;
    unsigned open = 0;
    meet(1, 1);
    long_names();
    for (int i = 0; i < FILES; i++)
        assert_int_equal(fetch(i, 3000), i);
    while (open < FILES) { /* of every answer but what it says to the call is lost */
        assert_true(serve(run(KIND_REQUEST, FOR_EVER)) > 0);
        burst.count = 1;
        deliver();
        open = 0;
        for (int i = 0; i < FILES; i++)
            open += client.fetches[i].open;
    }
    watch = watch_numbers;
    handles_most = 0;
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    watch = NULL;
    assert_in_range(handles_most, 2, 3);
    for (int i = 0; i < FILES; i++)
        has(i);
    short_names();
    end();
}

/* Handles of the longest paths do not fit all together: what does not fit is left for the next
 * request, and silence, after which all that is missing is listed, ends soon. */
static void what_does_not_fit_waits(void **state)
{
    (void)state;
    meet(1, 1);
    long_names();
    for (int i = 0; i < FILES; i++)
        assert_int_equal(fetch(i, 3000000), i);
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
    for (int i = 0; i < FILES; i++)
        has(i);
    short_names();
    end();
}

/* No handle of the session before goes into the next. */
static void watch_new_session(size_t n)
{
    if (packet[0] != KIND_REQUEST || client.exchanges == 1 || client.kex.hello_retry.active)
        return;
    look(n);
    if (q.share_count)
        assert_int_equal(body.handle_count, 0);
}

static void another_exchange_opens_everything_again(void **state)
{
    (void)state;
    meet(1, 1);
    for (int i = 0; i < FILES; i++)
        assert_int_equal(fetch(i, 5000000), i);
    carry_some(100000);
    new_ring(3);
    watch = watch_new_session;
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    watch = NULL;
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
        cmocka_unit_test_setup(a_short_request_opens_a_long_state, nothing_flies),
        cmocka_unit_test_setup(shares_are_not_brought_again_and_again, nothing_flies),
        cmocka_unit_test_setup(nothing_is_asked_before_there_is_a_share, nothing_flies),
        cmocka_unit_test_setup(resources_share_requests, nothing_flies),
        cmocka_unit_test_setup(resources_take_turns, nothing_flies),
        cmocka_unit_test_setup(calls_take_turns, nothing_flies),
        cmocka_unit_test_setup(what_is_left_out_was_not_asked_for, nothing_flies),
        cmocka_unit_test_setup(the_round_trip_is_known_from_the_exchange, nothing_flies),
        cmocka_unit_test_setup(what_does_not_fit_waits, nothing_flies),
        cmocka_unit_test_setup(another_exchange_opens_everything_again, nothing_flies),
        cmocka_unit_test_setup(another_boot_goes_on, nothing_flies),
        cmocka_unit_test_setup(who_is_busy_is_not_asked_all_the_time, nothing_flies),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
