/*
 * A pulling client and a model of the server: the same window function, a table that forgets
 * nothing, and bodies of which only the places matter. What the server sends lies in a tray until
 * the test hands it over, in whatever order, or does not.
 */
#ifndef FLOW_PULL_SUPPORT_H
#define FLOW_PULL_SUPPORT_H

#include <string.h>

#include "flow/window_support.h"

#include "flow/pull.h"
#include "flow/range.h"

#define MS        PULL_MS
#define CHUNK     ((size_t)DATA_CHUNK(DATAGRAM_BYTES))
#define SHORT     (CHUNK - DATA_CARRIED_BYTES)
#define NUMBERS   400000
#define BODY_MOST (64u << 20)

struct packet {
    uint64_t number; /* 0: a continuation alone */
    unsigned body;
    uint64_t offset;
    size_t len;
    uint32_t echo;
    bool carries;
    struct transport t;
};

static struct pull pull;
static struct wants wants[PULL_BODIES];
static struct request_body last; /* request */
static struct packet tray[1024];
static size_t tray_count;
static int64_t now_ns;

static uint8_t range_key[RANGE_KEY_BYTES] = {42};
static uint64_t body_size[PULL_BODIES];
static uint8_t struck[NUMBERS];
static uint8_t had[PULL_BODIES][BODY_MOST / 64]; /* bytes received, one in 64 */
static uint64_t had_bytes[PULL_BODIES];
static uint64_t home;
static int64_t age_less_ms; /* how much younger the server takes a continuation for */

static inline struct transport values(uint32_t window, uint64_t base)
{
    struct transport t;
    transport_init(&t, ALGORITHM_CUBIC, 1, home, range_key);
    t.window = window * WINDOW_ONE;
    t.base = t.highest = base;
    return t;
}

static inline void open_body(unsigned body, uint64_t size)
{
    wants_init(&wants[body], 0, size);
    body_size[body] = size;
    memset(had[body], 0, sizeof had[body]);
    had_bytes[body] = 0;
    pull.bodies[body] = &wants[body];
}

/* One body of that size, a window of so many packets, round trips of srtt (0: none known). */
static inline void begin(uint64_t size, uint32_t window, int64_t srtt_ns)
{
    memset(&pull, 0, sizeof pull);
    memset(struck, 0, sizeof struck);
    tray_count = 0;
    home = 1;
    age_less_ms = 0;
    now_ns = 5000 * MS;
    pull_init(&pull);
    const struct transport t = values(window, 0);
    pull_adopt(&pull, &t, now_ns);
    pull.srtt_ns = pull.least_ns = srtt_ns;
    open_body(0, size);
}

static inline void put_packet(const struct request_item *item, uint64_t number, unsigned i,
                              const struct transport *t, bool carries)
{
    const size_t full = DATA_CHUNK((size_t)last.datagram);
    const size_t less = item->short_first ? DATA_CARRIED_BYTES : 0;
    uint64_t offset = item->offset + i * full - (i ? less : 0);
    size_t len = full - (i ? 0 : less);
    if (i + 1U == item->count && item->last < len)
        len = item->last;
    if (offset >= body_size[item->handle])
        return;
    if (body_size[item->handle] - offset < len)
        len = (size_t)(body_size[item->handle] - offset);
    assert_true(number < NUMBERS && tray_count < 1024);
    struck[number] = 1;
    tray[tray_count++] = (struct packet){.number = number,
                                         .body = item->handle,
                                         .offset = offset,
                                         .len = len,
                                         .echo = last.echo,
                                         .carries = carries,
                                         .t = *t};
}

/* The server takes the last request: what it sends goes to the tray. */
static inline void serve(void)
{
    struct transport t = pull.t;
    struct proof proof = last.proof;
    const uint64_t base = t.base;
    memcpy(t.range_key, range_key, RANGE_KEY_BYTES);
    for (size_t i = 0; i < proof.count; i++) {
        proof.runs[i].first += base;
        proof.runs[i].last += base;
        assert_true(i == 0 || proof.runs[i].first > proof.runs[i - 1].last + 1);
    }
    assert_true(range_proven(range_key, &proof, last.sum));
    int64_t age = (now_ns - pull.t_arrived_ns + pull.srtt_ns) / MS - age_less_ms;
    uint64_t horizon = window_advance(&t, &proof, age > 0 ? (uint32_t)age : 0);
    if (last.flags & REQUEST_PROBE)
        t.highest = ++horizon;
    t.home = home;
    bool carry = last.flags & REQUEST_RENEW;
    for (int i = 0; i < last.item_count; i++) {
        const struct request_item *item = &last.items[i];
        for (unsigned j = 0; j < item->count; j++) {
            const uint64_t number = base + item->first + j;
            const size_t before = tray_count;
            if (number <= horizon && number > t.base && !struck[number])
                put_packet(item, number, j, &t, carry && item->short_first && j == 0);
            carry &= tray_count == before || !tray[before].carries;
        }
    }
    if (carry)
        tray[tray_count++] = (struct packet){.echo = last.echo, .carries = true, .t = t};
}

static inline void note(const struct packet *k)
{
    for (uint64_t i = (k->offset + 63) / 64; i * 64 < k->offset + k->len; i++) {
        assert_int_equal(had[k->body][i], 0); /* no byte comes twice */
        had[k->body][i] = 1;
    }
    had_bytes[k->body] += k->len;
}

/* Hands a packet of the tray over. */
static inline enum arrival hand(const struct packet *k)
{
    const struct data_body d = {.flags = DATA_PULL,
                                .echo = k->echo,
                                .number = (uint32_t)k->number,
                                .range_nonce = range_nonce(range_key, k->number)};
    unsigned body;
    uint64_t offset;
    size_t len;
    enum arrival a = ARRIVAL_OLD;
    if (k->carries && (k->t.lineage != pull.t.lineage || k->t.base >= pull.t.base))
        pull_adopt(&pull, &k->t, now_ns);
    if (k->number)
        a = pull_arrival(&pull, &d, now_ns, &body, &offset, &len);
    if (a == ARRIVAL_BYTES) {
        assert_true(body == k->body && offset == k->offset && len == k->len);
        note(k);
    }
    pull_heard(&pull, k->echo, now_ns);
    return a;
}

static inline void hand_all(void)
{
    for (size_t i = 0; i < tray_count; i++)
        (void)hand(&tray[i]);
    tray_count = 0;
}

/* Whatever a request lists for a number that is on its way are the bytes that the client takes it
 * for. */
static inline void expect_true_items(void)
{
    const size_t full = DATA_CHUNK((size_t)last.datagram);
    for (int i = 0; i < last.item_count; i++) {
        const struct request_item *item = &last.items[i];
        const size_t less = item->short_first ? DATA_CARRIED_BYTES : 0;
        for (unsigned j = 0; j < item->count; j++) {
            const struct pull_number *n =
                &pull.numbers[(pull.t.base + item->first + j) % PULL_NUMBERS];
            if (n->state != NUMBER_ASKED)
                continue;
            assert_int_equal(n->body, item->handle);
            assert_true(n->value == item->offset + j * full - (j ? less : 0));
        }
    }
}

/* The next request for all bodies, which must be due. */
static inline void ask(void)
{
    assert_true(pull_ready(&pull, 15, now_ns));
    pull_request(&pull, 15, now_ns, &last);
    expect_true_items();
    assert_true(last.item_count <= REQUEST_ITEMS_MAX && last.proof.count <= PROOF_RUNS_MAX);
    assert_true(pull.fresh <= last.item_count);
}

/* Waits for the pacer and asks. To know when, it may have to look at what has come, once. */
static inline void ask_next(void)
{
    for (int look = 0; look < 2; look++) {
        const int64_t next = pull_next_ns(&pull, 15);
        now_ns = next > now_ns ? next : now_ns;
        if (pull_ready(&pull, 15, now_ns))
            break;
    }
    ask();
}

/* How many numbers the last request lists, in all. */
static inline unsigned listed(void)
{
    unsigned count = 0;
    for (int i = 0; i < last.item_count; i++)
        count += last.items[i].count;
    return count;
}

static inline bool lists(uint64_t number)
{
    for (int i = 0; i < last.item_count; i++) {
        const uint64_t first = pull.t.base + last.items[i].first;
        if (number >= first && number < first + last.items[i].count)
            return true;
    }
    return false;
}

/* Asks and serves until nothing more may be asked. */
static inline void ask_all(void)
{
    while (pull_ready(&pull, 15, now_ns) || pull_next_ns(&pull, 15) <= now_ns + 20 * MS) {
        ask_next();
        serve();
    }
}

static inline struct packet *of_number(uint64_t number)
{
    for (size_t i = 0; i < tray_count; i++)
        if (tray[i].number == number)
            return &tray[i];
    fail();
    return NULL;
}

/* To the end, by handing over everything from here on. */
static inline void finish(void)
{
    for (int i = 0; had_bytes[0] < body_size[0]; i++) {
        assert_true(i < 4000);
        ask_next();
        serve();
        now_ns += 30 * MS;
        hand_all();
    }
    assert_true(had_bytes[0] == body_size[0] && pull.in_flight == 0);
}

#endif
