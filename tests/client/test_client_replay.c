/* client/client: nothing that anyone kept makes the client believe anything. */
#include "client/flight.h"

#define REPLAYS 400

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

/* Nor are bytes on their way to one that was given up the bytes of the next. */
static void bytes_of_the_one_before_are_not_the_next_ones(void **state)
{
    (void)state;
    static uint8_t old[BURST_BYTES];
    begin(1, 1, 500000);
    carry_some(50000);
    landed = sent;
    assert_true(serve(run(KIND_REQUEST, FOR_EVER)) > 0);
    const struct burst late = burst;
    memcpy(old, answer, burst.used);
    client_end(&client, 0);
    resources[0].next = &resources[1];
    resources[1].next = NULL;
    resource_set(&resources[1], 9, 500000);
    const struct fetch_store s = memory_store_make(&stores[1], 500000);
    assert_int_equal(client_begin(&client, "two", &s, 0), 0);
    while (!client.fetches[0].known) {
        serve(run(KIND_REQUEST, FOR_EVER));
        burst.count = 1; /* the answer to its call alone */
        deliver();
    }
    const uint8_t *p = old;
    for (size_t i = 0; i < late.count; p += late.len[i++])
        client_input(&client, now_ns, p, late.len[i]);
    assert_true(client.fetches[0].bytes_done == 0);
    carry(5 * MS, PACKET_MAX, FOR_EVER);
    assert_int_equal(client.fetches[0].result, LETHE_OK);
    assert_memory_equal(stores[1].bytes, resources[1].bytes, 500000);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_kept_is_no_sign_of_life, nothing_flies),
        cmocka_unit_test_setup(answers_of_the_one_before_are_not_the_next_ones, nothing_flies),
        cmocka_unit_test_setup(bytes_of_the_one_before_are_not_the_next_ones, nothing_flies),
    };
    return cmocka_run_group_tests(tests, make_party, NULL);
}
