/*
 * Number spaces and their ends: no number is sent again when its strike has been forgotten, and a
 * session has one space at a time.
 *
 * What has been received once can be proven for as long as the session lives. A server that has
 * forgotten that it sent a number must not take such a proof for leave to send it again: that would
 * be as much as the client likes, at any rate.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <valgrind/valgrind.h>

#include "flow/lineage.h"
#include "flow/range.h"
#include "lethe/error.h"
#include "seal/handle.h"
#include "sim/contest.h"
#include "sim/fixture.h"

#define NUMBERS 4096
#define PERIOD  ((int64_t)3600000)

static struct server server;
static struct counters counters;
static struct rng rng;
static struct caller caller;
static uint8_t home[ADDRESS_BYTES], away[ADDRESS_BYTES], out[BURST_BYTES];
static int64_t now_ms;
static uint8_t more_flags; /* of the next requests */
static uint8_t handle[HANDLE_BYTES_MAX];
static size_t handle_len;
static struct client_session first; /* its first continuation */

/* What came in each number space. */
static struct space {
    uint32_t lineage;
    bool have[NUMBERS];
    uint64_t nonces[NUMBERS];
    unsigned again;
} spaces[4];
static unsigned space_count;

/* What one request brought. */
struct reply {
    unsigned numbers;
    bool renewed;
    struct client_session next;
};

static int read_nothing(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                        uint8_t *buffer, size_t n)
{
    (void)context, (void)state, (void)state_len, (void)offset, (void)buffer, (void)n;
    return LETHE_STATUS_OK;
}

static void boot(void)
{
    const struct server_options options = {.service = {.read = read_nothing}, .period_ms = PERIOD};
    const uint8_t seed[RNG_SEED_BYTES] = {(uint8_t)(now_ms / 1000)}, key[COOKIE_KEY_BYTES] = {2};
    server_init(&server, &options, &counters, now_ms - 1, seed);
    ring_put(&server.ring, 1, 1000, key);
}

static int begin(void **state)
{
    (void)state;
    const uint8_t seed[RNG_SEED_BYTES] = {7};
    const struct handle body = {.size = BODY_BYTES_MAX};
    uint8_t nonce[NONCE_BYTES];
    struct session s;
    now_ms = 1000000;
    memset(spaces, 0, sizeof spaces);
    memset(&counters, 0, sizeof counters);
    space_count = 0;
    more_flags = 0;
    rng_seed(&rng, seed);
    boot();
    address_make(home, 1, 1, 1);
    address_make(away, 1, 1, 2);
    session_begin(&s, &rng, &server, home, ALGORITHM_CUBIC, now_ms);
    first = session_hand_out(&s, &rng, &server.ring, now_ms);
    rng_fill(&rng, nonce, sizeof nonce);
    handle_len = handle_seal(handle, &body, s.m, ring_sealing(&server.ring, now_ms), nonce);
    return 0;
}

static struct space *space_of(uint32_t lineage)
{
    for (unsigned i = 0; i < space_count; i++)
        if (spaces[i].lineage == lineage)
            return &spaces[i];
    assert_true(space_count < 4);
    spaces[space_count].lineage = lineage;
    return &spaces[space_count++];
}

/* Everything of that space that came, above the base and below `end`. */
static void prove_all(const struct space *s, uint64_t base, uint64_t end, struct request_body *b)
{
    for (uint64_t i = base + 1; i < end; i++) {
        if (!s->have[i])
            continue;
        struct run *last = b->proof.count ? &b->proof.runs[b->proof.count - 1] : NULL;
        b->sum ^= s->nonces[i];
        if (last && last->last + 1 == i - base)
            last->last++;
        else
            b->proof.runs[b->proof.count++] = (struct run){i - base, i - base};
    }
}

static void take(struct reply *r, const struct client_session *under, struct space *s,
                 const uint8_t *p, size_t n)
{
    struct data_body b;
    uint8_t plain[DATA_BODY_MAX];
    bool adopted;
    assert_int_equal(caller_open_answer(&caller, &b, plain, p, n, 1, &adopted), LETHE_OK);
    if (b.continuation) {
        r->renewed = true;
        r->next = *under;
        memcpy(r->next.continuation, b.continuation, CONTINUATION_BYTES);
        session_next(r->next.z, b.continuation + 1);
        assert_int_equal(transport_decode(&r->next.transport, b.transport), LETHE_OK);
    }
    if (!(b.flags & DATA_PULL))
        return;
    r->numbers++;
    if (s->have[b.number]) { /* what it says now is of no use to who waits for nothing */
        s->again++;
        return;
    }
    s->have[b.number] = true;
    s->nonces[b.number] = b.range_nonce;
}

/* Asks under a continuation for `count` numbers from `from` on (0: none), proving all below. */
static struct reply ask(const struct client_session *under, const uint8_t *from_address,
                        uint64_t from, unsigned count)
{
    struct reply r = {0};
    uint8_t packet[PACKET_MAX];
    struct burst burst = {.at = out, .room = sizeof out};
    const uint64_t base = under->transport.base;
    struct space *s = space_of(under->transport.lineage);
    static uint32_t echo;
    struct request_body b = {.flags = REQUEST_RENEW | more_flags,
                             .echo = ++echo,
                             .datagram = DATAGRAM_BYTES,
                             .call_handle = HANDLE_NONE,
                             .handle_count = 1,
                             .handles = {{.p = handle, .len = (uint16_t)handle_len}}};
    caller_open(&caller, under, 1);
    if (from) {
        prove_all(s, base, from, &b);
        b.item_count = count > 0;
        b.items[0] = (struct request_item){
            .first = (uint32_t)(from - base), .count = (uint8_t)count, .last = 100};
    }
    size_t n = caller_seal(&caller, &b, &rng, 1, 1, 0, packet, DATAGRAM_BYTES, 0);
    assert_true(n > 0);
    server_packet(&server, now_ms, from_address, packet, n, &burst);
    for (size_t i = 0, at = 0; i < burst.count; at += burst.len[i++])
        take(&r, under, s, burst.at + at, burst.len[i]);
    return r;
}

/* Five numbers each 100 ms for so long, all of which arrive. Returns the last continuation. */
static struct client_session pull_for(struct client_session c, const uint8_t *from, int64_t for_ms,
                                      uint64_t *next)
{
    for (int64_t end = now_ms + for_ms; now_ms < end; now_ms += 100) {
        if (*next <= c.transport.base) /* what it had been granted and did not ask for is over */
            *next = c.transport.base + 1;
        struct reply r = ask(&c, from, *next, 5);
        assert_true(r.renewed && (r.numbers == 5 || r.next.transport.base > *next));
        c = r.next;
        *next += r.numbers;
    }
    return c;
}

/* Asks for what came before, by fives. */
static void pull_again(const struct client_session *c, const uint8_t *from, uint64_t next)
{
    for (uint64_t n = c->transport.base + 1; n + 4 < next; n += 5)
        (void)ask(c, from, n, 5);
    print_message("%u of %llu numbers came again\n", spaces[0].again, (unsigned long long)next - 1);
}

/* Renews it, proving what came below `from`. False when it fell back: it stays as it was. */
static bool keeps_its_space(struct client_session *c, uint64_t from)
{
    const struct reply r = ask(c, home, from, 0);
    if (!r.renewed || r.next.transport.lineage != c->transport.lineage)
        return false;
    *c = r.next;
    return true;
}

/* A continuation that is renewed and never moves on is as good as a window that nothing came of.
 * Who proves to it what came long ago asks without waiting for anything. */
static void a_base_that_stays_behind_earns_nothing(void **state)
{
    (void)state;
    struct client_session behind = first, ahead = first;
    uint64_t next = 1;
    for (int i = 0; i < 4 && keeps_its_space(&behind, 0); i++)
        ahead = pull_for(ahead, home, 10000, &next);
    assert_true(next > 500);
    pull_again(&behind, home, next);
    assert_int_equal(spaces[0].again, 0);
}

/* The same for one that moves on a little: it proves one number more each time that it is renewed,
 * and asks for nothing. */
static void a_base_that_creeps_earns_nothing(void **state)
{
    (void)state;
    struct client_session behind = first, ahead = first;
    uint64_t next = 1;
    do
        ahead = pull_for(ahead, home, 4000, &next);
    while (next < 2500 && keeps_its_space(&behind, behind.transport.base + 2));
    assert_true(next > 700 && behind.transport.base >= 3 && behind.transport.base < 20);
    pull_again(&behind, home, next);
    assert_int_equal(spaces[0].again, 0);
}

static void an_old_base_from_another_address_earns_nothing(void **state)
{
    (void)state;
    uint64_t next = 1;
    (void)pull_for(first, home, 40000, &next);
    const struct reply r = ask(&first, away, 0, 0);
    if (r.renewed)
        pull_again(&r.next, away, next);
    assert_int_equal(spaces[0].again, 0);
}

static void a_restart_and_another_address_earn_nothing(void **state)
{
    (void)state;
    uint64_t next = 1;
    (void)pull_for(first, home, 8000, &next);
    boot();
    now_ms++;
    const struct reply r = ask(&first, away, 0, 0);
    if (r.renewed)
        pull_again(&r.next, away, next);
    assert_int_equal(spaces[0].again, 0);
}

static void beginning_again_and_again_earns_nothing(void **state)
{
    (void)state;
    uint64_t next = 1;
    now_ms = now_ms / 24000 * 24000 + 48000 + 100; /* a turn of the strikes, and a slot, begin */
    struct reply late, r = ask(&first, home, 0, 0);
    assert_true(r.renewed && r.next.transport.lineage != first.transport.lineage);
    (void)pull_for(r.next, home, 14000, &next);
    late = ask(&first, home, 0, 0);
    now_ms += 14000;
    if (late.renewed)
        pull_again(&late.next, home, next);
    assert_int_equal(space_of(r.next.transport.lineage)->again, 0);
}

/* Two continuations of one session, of different spaces: one of them must be refused. */
static void expect_one(const struct reply *one, const struct reply *two)
{
    if (!one->renewed || !two->renewed ||
        one->next.transport.lineage == two->next.transport.lineage)
        return;
    const unsigned of_one = ask(&one->next, home, 1, 2).numbers;
    const unsigned of_two = ask(&two->next, home, 1, 2).numbers;
    assert_true(of_one == 0 || of_two == 0);
}

static void two_begun_spaces_are_not_used_at_once(void **state)
{
    (void)state;
    now_ms = now_ms / 4000 * 4000 + 40000;
    (void)ask(&first, home, 0, 0);
    now_ms += 19900;
    const struct reply one = ask(&first, home, 0, 0);
    now_ms += 200;
    const struct reply two = ask(&first, home, 0, 0);
    expect_one(&one, &two);
}

static void moving_keeps_no_second_space(void **state)
{
    (void)state;
    struct reply one = {.renewed = true, .next = first};
    for (int i = 0; i < 4 && one.renewed; i++) {
        now_ms += 10000;
        one = ask(&one.next, i % 2 ? home : away, 0, 0);
    }
    const struct reply two = ask(&first, home, 0, 0);
    expect_one(&one, &two);
}

static void what_is_granted_comes_once(void **state)
{
    (void)state;
    assert_int_equal(ask(&first, home, 1, 16).numbers, WINDOW_FIRST / WINDOW_ONE);
    assert_int_equal(ask(&first, home, 1, 16).numbers, 0);
    assert_int_equal(counters.numbers_beyond, 2 * (16 - WINDOW_FIRST / WINDOW_ONE));
    assert_int_equal(counters.numbers_struck, WINDOW_FIRST / WINDOW_ONE);
}

static void a_slot_of_time_has_one_probe(void **state)
{
    (void)state;
    const unsigned granted = WINDOW_FIRST / WINDOW_ONE;
    more_flags = REQUEST_PROBE;
    struct reply r = ask(&first, home, 1, 16);
    assert_int_equal(r.numbers, granted + 1);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(ask(&r.next, home, 1, 16).numbers, 0);
    now_ms += PROBE_SLOT_MS;
    assert_int_equal(ask(&r.next, home, 1, 16).numbers, 1);
}

static void guessed_nonces_are_all_found_out(void **state)
{
    (void)state;
    const uint64_t guesses = RUNNING_ON_VALGRIND ? 200 : 20000;
    struct space *s = space_of(first.transport.lineage);
    for (uint64_t i = 0; i < guesses; i++) {
        s->have[1] = true;
        s->nonces[1] = i % 2 ? rng_u64(&rng) : i;
        assert_int_equal(ask(&first, home, 2, 8).numbers, 0);
    }
    assert_int_equal(counters.verdicts[DROP_PROOF], guesses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_granted_comes_once, begin),
        cmocka_unit_test_setup(a_slot_of_time_has_one_probe, begin),
        cmocka_unit_test_setup(guessed_nonces_are_all_found_out, begin),
        cmocka_unit_test_setup(a_base_that_stays_behind_earns_nothing, begin),
        cmocka_unit_test_setup(a_base_that_creeps_earns_nothing, begin),
        cmocka_unit_test_setup(an_old_base_from_another_address_earns_nothing, begin),
        cmocka_unit_test_setup(a_restart_and_another_address_earn_nothing, begin),
        cmocka_unit_test_setup(beginning_again_and_again_earns_nothing, begin),
        cmocka_unit_test_setup(two_begun_spaces_are_not_used_at_once, begin),
        cmocka_unit_test_setup(moving_keeps_no_second_space, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
