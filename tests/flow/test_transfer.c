/* flow/: the client's pieces and the server's halves, sealed, over a link in memory that loses,
 * reorders and repeats packets: bodies arrive intact, and no number is sent twice. */
#include <stdlib.h>
#include <valgrind/valgrind.h>

#include "flow/test_support.h"

#include "flow/fetch.h"
#include "flow/pull.h"

#define SEEDS     (RUNNING_ON_VALGRIND ? 20 : 300) /* there, for the memory's sake */
#define BODIES    2
#define SIZE_MOST (3u << 20)
#define LINK_MOST 4096
#define SENT_MOST 65536

struct flying {
    int64_t at_ns;
    uint16_t n;
    uint8_t bytes[DATAGRAM_BYTES];
};

struct way {
    size_t count;
    struct flying packets[LINK_MOST];
};

struct copy {
    uint64_t size;
    uint8_t bytes[SIZE_MOST]; /* from `here` on */
};

static struct strikes strikes;
static struct desk desk;
static struct rng dice;
static struct caller caller;
static struct pull pull;
static struct fetch fetches[BODIES];
static struct copy copies[BODIES];
static uint64_t here; /* what comes before it of each body is there already */
static struct way up, down;
static int64_t now_ns;
static uint64_t epoch;        /* of the newest cookie key */
static unsigned lose, repeat; /* of 1000 packets */
static int64_t delay_ns, spread_ns;
static unsigned troubles; /* still to come: moves, restarts, outages */
static int64_t trouble_ns, outage_ns;
static uint64_t sent[SENT_MOST]; /* space ^ number of each DATA of a body */
static size_t sent_count;

static bool chance(unsigned of_1000)
{
    return rng_below(&dice, 1000) < of_1000;
}

static int copy_resize(void *context, uint64_t size)
{
    struct copy *c = context;
    assert_true(size - here <= SIZE_MOST);
    c->size = size;
    return LETHE_OK;
}

static int copy_write(void *context, uint64_t offset, const uint8_t *p, size_t n)
{
    struct copy *c = context;
    assert_true(offset >= here && offset + n <= c->size);
    memcpy(c->bytes + (offset - here), p, n);
    return LETHE_OK;
}

static int copy_digest(void *context, uint64_t offset, size_t n, uint8_t out[FILES_DIGEST_BYTES])
{
    (void)context, (void)offset, (void)n;
    memset(out, 0, FILES_DIGEST_BYTES);
    return LETHE_ERR_INTERNAL; /* there is nothing from before */
}

static void carry_one(struct way *w, const uint8_t *p, size_t n)
{
    assert_true(w->count < LINK_MOST && n <= DATAGRAM_BYTES);
    struct flying *f = &w->packets[w->count++];
    f->at_ns = now_ns + delay_ns + (int64_t)rng_below(&dice, (uint64_t)spread_ns + 1);
    f->n = (uint16_t)n;
    memcpy(f->bytes, p, n);
}

static void carry(struct way *w, const uint8_t *p, size_t n)
{
    for (unsigned copy = 0; copy < 2; copy++)
        if (now_ns >= outage_ns && (copy ? chance(repeat) : !chance(lose)))
            carry_one(w, p, n);
}

static void draw_link(uint64_t seed)
{
    uint8_t bytes[RNG_SEED_BYTES] = {0};
    store64(bytes, seed);
    rng_seed(&dice, bytes);
    lose = chance(200) ? 0 : (unsigned)rng_below(&dice, 150);
    repeat = chance(300) ? (unsigned)rng_below(&dice, 200) : 0;
    delay_ns = (int64_t)rng_below(&dice, 40) * MS + MS / 2;
    troubles = chance(300) ? 1 + (unsigned)rng_below(&dice, 4) : 0;
    spread_ns = chance(500) ? (int64_t)rng_below(&dice, 20) * MS : 0;
}

static void begin(uint64_t seed)
{
    const uint64_t most = chance(200) ? SIZE_MOST : 100000;
    here = chance(200) ? ((uint64_t)1 << 32) - rng_below(&dice, 50000) : 0;
    desk_open(&desk, &strikes);
    desk.shop = (struct shop){.has_body = true,
                              .size = here + rng_below(&dice, most),
                              .state_len = 20,
                              .version = (uint8_t)seed};
    struct session s = desk_session(&desk);
    if (chance(300))
        s.transport.algorithm = ALGORITHM_RENO;
    if (chance(300)) /* where the low 32 bits wrap */
        s.transport.base = s.transport.highest = ((uint64_t)1 << 32) - rng_below(&dice, 500) - 1;
    desk_give(&desk, &s);
    struct client_session opened = {.transport = desk.purse.transport};
    memcpy(opened.z, desk.purse.z, sizeof opened.z);
    memcpy(opened.m, desk.m, sizeof opened.m);
    memcpy(opened.continuation, desk.purse.continuation, CONTINUATION_BYTES);
    now_ns = 7000 * MS;
    epoch = 2; /* as the desk has it */
    trouble_ns = now_ns + (int64_t)rng_below(&dice, 1000) * MS;
    outage_ns = 0;
    up.count = down.count = sent_count = 0;
    memset(&pull, 0, sizeof pull);
    pull_init(&pull);
    pull.background = chance(200);
    caller_open(&caller, &opened, now_ns);
    pull_adopt(&pull, &caller.transport, now_ns);
    pull.asked = pull.top = pull.settled = caller.transport.base;
    for (int i = 0; i < BODIES; i++) {
        const struct fetch_store store = {.context = &copies[i],
                                          .resize = copy_resize,
                                          .write = copy_write,
                                          .digest = copy_digest};
        fetch_init(&fetches[i], i ? "second" : "first", &store, 0);
        fetches[i].wants.next += here;
        fetches[i].wants.end += here;
        pull.bodies[i] = &fetches[i].wants;
    }
}

/* Notes what an answer sends, which is asked of the server's own values. */
static void note_sent(const struct flow_request *rq, uint64_t number)
{
    const uint64_t key = lineage_space(&rq->session) ^ number << 16;
    for (size_t i = 0; i < sent_count; i++)
        if (sent[i] == key)
            fail_msg("number %llu was sent twice", (unsigned long long)number);
    assert_true(sent_count < SENT_MOST);
    sent[sent_count++] = key;
}

static void serve(const uint8_t *p, size_t n)
{
    const struct step st = desk_step(&desk);
    const struct lethe_service service = {
        .context = &desk.shop, .call = shop_call, .read = shop_read};
    struct flow_request *rq = &desk.request;
    size_t used = 0;
    desk.burst = (struct burst){.at = desk.at, .room = sizeof desk.at};
    enum verdict v = flow_open(rq, &st, p, n);
    if (v == ANSWERED)
        v = flow_answer(rq, &st, &service, 0, &desk.scratch, &desk.burst);
    /* Repeated on the way, or overtaken by the request that repeats what it asks for. */
    const bool late = v == DROP_REPEAT || v == DROP_BARE;
    assert_true(v == ANSWERED || late || (v == DROP_TWICE && troubles));
    if (v != ANSWERED) {
        flow_wipe(rq);
        return;
    }
    for (size_t i = 0; i < desk.burst.count; used += desk.burst.len[i++]) {
        static uint8_t plain[DATA_BODY_MAX];
        struct aead_batch batch;
        struct data d;
        struct data_body b;
        uint8_t key[32];
        key_from_server(key, rq->session.z);
        assert_int_equal(data_decode(&d, desk.at + used, desk.burst.len[i]), LETHE_OK);
        (d.aes ? aead_batch_init_aes : aead_batch_init)(&batch, key, d.prefix);
        assert_int_equal(aead_batch_open(&batch, plain, d.box, d.box_len, desk.at + used,
                                         DATA_HEADER_BYTES, d.index),
                         LETHE_OK);
        assert_int_equal(data_body_decode(&b, plain, d.box_len - TAG_BYTES), LETHE_OK);
        if (b.flags & DATA_PULL) {
            const uint64_t number = rq->base + (uint32_t)(b.number - (uint32_t)rq->base);
            assert_true(number > rq->base && number <= rq->horizon);
            note_sent(rq, number);
        }
        carry(&down, desk.at + used, desk.burst.len[i]);
    }
    flow_wipe(rq);
}

/* The pieces in the order in which client/client puts them together. */
static void take(const uint8_t *p, size_t n)
{
    static uint8_t plain[DATA_BODY_MAX];
    struct data_body b;
    bool adopted;
    int err = caller_open_answer(&caller, &b, plain, p, n, now_ns, &adopted);
    assert_true(err == LETHE_OK || err == LETHE_ERR_CHANGED);
    if (adopted)
        pull_adopt(&pull, &caller.transport, now_ns);
    bool news = adopted;
    if (b.flags & DATA_CALL) {
        struct fetch *f = &fetches[b.call_id >> 32];
        const bool knew = f->known;
        const unsigned i = (unsigned)(b.call_id >> 32);
        b.call_id &= UINT32_MAX;
        news |= fetch_called(f, now_ns, &b);
        if (!knew && f->known) {
            f->bytes_done = here;
            pull_clip(&pull, i, f->size);
        }
    } else if (b.flags & DATA_PULL && err == LETHE_OK) {
        unsigned body;
        uint64_t offset;
        size_t len;
        const uint64_t flying = pull.in_flight;
        if (pull_arrival(&pull, &b, now_ns, &body, &offset, &len) == ARRIVAL_BYTES)
            fetch_bytes(&fetches[body], now_ns, offset, len, &b);
        news |= pull.in_flight != flying;
    }
    if (news)
        pull_heard(&pull, b.echo, now_ns);
}

/* Gives items and call the handles of their bodies. */
static void place_handles(struct request_body *b, int opening)
{
    for (uint8_t i = 0; i < BODIES; i++)
        b->handles[i] =
            (struct request_handle){.p = fetches[i].handle, .len = fetches[i].handle_len};
    b->handle_count = !fetches[0].open ? 0 : !fetches[1].open ? 1 : 2;
    if (fetches[1].open && !fetches[0].open) {
        b->handles[0] = b->handles[1];
        b->handle_count = 1;
    }
    for (int i = 0; i < b->item_count; i++) {
        const uint8_t body = b->items[i].handle;
        if (body == opening && !fetches[body].open)
            b->items[i].handle = HANDLE_OPENED;
        else
            b->items[i].handle = b->handle_count == 2 ? body : 0;
    }
}

static bool send(void)
{
    static uint8_t call[FILES_REQUEST_MAX], out[DATAGRAM_BYTES];
    struct request_body c = {0}, b;
    int opening = -1;
    for (int i = 0; i < BODIES && opening < 0; i++)
        if (fetch_call(&fetches[i], now_ns, &c, call))
            opening = i;
    uint8_t open = 0;
    for (int i = 0; i < BODIES; i++)
        if ((fetches[i].open || opening == i) && fetch_pulls(&fetches[i], now_ns))
            open |= (uint8_t)(1u << i);
    const bool ready = pull_ready(&pull, open, now_ns);
    if (opening < 0 && !ready)
        return false;
    pull_request(&pull, ready ? open : 0, now_ns, &b);
    b.flags |= c.flags;
    b.call = c.call;
    b.call_len = c.call_len;
    b.call_id = c.call_id | (uint64_t)(opening < 0 ? 0 : opening) << 32;
    for (;;) {
        struct request_body placed = b;
        place_handles(&placed, opening);
        size_t n = caller_seal(&caller, &placed, &desk.rng, now_ns, pull_timeout_ns(&pull), 0, out,
                               sizeof out, opening < 0 ? 0 : 700);
        if (n) {
            carry(&up, out, n);
            return true;
        }
        assert_true(b.item_count > 0);
        pull_leave_out(&pull, &b);
    }
}

static int64_t earliest(const struct way *w, int64_t at)
{
    for (size_t i = 0; i < w->count; i++)
        at = w->packets[i].at_ns < at ? w->packets[i].at_ns : at;
    return at;
}

static void arrive(struct way *w, void (*to)(const uint8_t *, size_t))
{
    static struct flying f;
    for (size_t i = 0; i < w->count;) {
        if (w->packets[i].at_ns > now_ns) {
            i++;
            continue;
        }
        f = w->packets[i];
        w->packets[i] = w->packets[--w->count];
        to(f.bytes, f.n);
    }
}

static bool done(void)
{
    return fetch_done(&fetches[0]) && fetch_done(&fetches[1]);
}

/* Time goes on, and with it the cookie keys. */
static void wait_until(int64_t next)
{
    uint8_t key[COOKIE_KEY_BYTES];
    const int64_t minute = desk.now_ms / RING_PERIOD_MS;
    desk_wait(&desk, next / MS - now_ns / MS);
    now_ns = next;
    if (desk.now_ms / RING_PERIOD_MS == minute)
        return;
    rng_fill(&desk.rng, key, sizeof key);
    ring_put(&desk.ring, ++epoch, desk.now_ms, key);
}

/* The client moves, the server is started again and has forgotten all, or nothing passes for long.
 */
static void make_trouble(void)
{
    uint8_t key[STRIKES_KEY_BYTES];
    if (now_ns < trouble_ns || troubles == 0)
        return;
    troubles -= troubles > 1; /* the last one is marked for good: see serve */
    trouble_ns = troubles > 1 ? now_ns + (int64_t)rng_below(&dice, 3000) * MS : INT64_MAX;
    switch (rng_below(&dice, 3)) {
    case 0:
        desk.address[18]++;
        break;
    case 1:
        rng_fill(&desk.rng, key, sizeof key);
        strikes_init(&strikes, key, desk.now_ms);
        rng_fill(&desk.rng, desk.lineage_key, sizeof desk.lineage_key);
        desk.boot_ms = desk.now_ms;
        desk.home++;
        break;
    default:
        outage_ns = now_ns + (int64_t)rng_below(&dice, 40000) * MS;
    }
}

/* When the client or the link has something to do next. */
static int64_t next_ns(void)
{
    int64_t next = pull_next_ns(&pull, 3);
    for (int i = 0; i < BODIES; i++)
        if (!fetch_done(&fetches[i]) && fetch_next_ns(&fetches[i]) < next)
            next = fetch_next_ns(&fetches[i]);
    next = next > now_ns ? next : now_ns + MS / 4;
    return earliest(&up, earliest(&down, next));
}

static void expect_intact(uint64_t seed)
{
    for (int i = 0; i < BODIES; i++) {
        if (fetches[i].result != LETHE_OK || copies[i].size != desk.shop.size)
            fail_msg("seed %llu: result %d", (unsigned long long)seed, fetches[i].result);
        for (uint64_t j = here; j < copies[i].size; j++)
            if (copies[i].bytes[j - here] != shop_byte(desk.shop.version, j))
                fail_msg("seed %llu: byte %llu", (unsigned long long)seed, (unsigned long long)j);
    }
}

static void bodies_arrive_intact(void **state)
{
    (void)state;
    const char *text = getenv("LETHE_TEST_SEED");
    const uint64_t first = text ? strtoull(text, NULL, 10) : 1;
    print_message("LETHE_TEST_SEED=%llu, and the %d after it\n", (unsigned long long)first, SEEDS);
    for (uint64_t seed = first; seed < first + SEEDS; seed++) {
        draw_link(seed);
        begin(seed);
        const int64_t start = now_ns;
        for (uint64_t steps = 0; !done(); steps++) {
            while (send())
                ;
            const int64_t next = next_ns();
            if (next >= start + 3600000 * MS || steps > 2000000)
                fail_msg("seed %llu: stuck", (unsigned long long)seed);
            wait_until(next);
            make_trouble();
            arrive(&up, serve);
            arrive(&down, take);
        }
        expect_intact(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bodies_arrive_intact)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
