/*
 * A REQUEST put together: a call of one of the resources, what may be pulled for all of them, and
 * the handles that both are about.
 */
#include "client/client_request.h"
#include "base/bytes.h"
#include "client/client_park.h"

#define BLACK_HOLE_TIMEOUTS 3  /* without a number between them, with large packets */
#define VAIN_TIMEOUTS       8  /* without a number, after which the body is opened again */
#define PATH_PROBE_AFTER    64 /* numbers: short transfers are not worth a probe */
/* An answer is no longer than its request: what a call wants answered with a continuation, and what
 * opens a body, needs a request that long. */
#define CALL_ROOM  (DATA_HEADER_BYTES + 5 + 9 + TAG_BYTES + DATA_CARRIED_BYTES)
#define OPEN_LEAST (CALL_ROOM + 8 + DATA_VERSION_BYTES + 2 + HANDLE_BYTES_MAX)
#define CALL_LEAST (CALL_ROOM + FILES_DIGEST_BYTES)
#define PARK_LEAST (CALL_ROOM + PARKED_BYTES)

/* What goes into one request. */
struct draft {
    struct request_body body;
    int caller; /* whose call it is: a resource's, CLIENT_PUT or _PARK; -1: none */
    bool opens; /* that call opens the resource */
    size_t least;
    uint8_t call[FILES_REQUEST_MAX];
};

bool client_is_ready(const struct client *c)
{
    return (c->caller.legs & c->options.needed) == c->options.needed;
}

/* What is sent leaves no room for shares: they go before it. */
static bool brings_shares(const struct client *c, int64_t now_ns)
{
    return c->put && client_is_ready(c) &&
           caller_upgrade_due(&c->caller, now_ns, pull_timeout_ns(&c->pull));
}

/* Asks the server to park the session. */
static void take_park(struct client *c, int64_t now_ns, struct draft *d)
{
    d->caller = CLIENT_PARK;
    d->call[0] = SERVER_PARK;
    d->body.flags |= REQUEST_CALL;
    d->body.call = d->call;
    d->body.call_len = 1;
    d->body.call_id = (uint64_t)CLIENT_PARK << CLIENT_CALL_SHIFT;
    d->body.call_handle = HANDLE_SERVER;
    d->least = PARK_LEAST;
    client_park_asked(c, now_ns);
}

/* Fills the next call in. */
static void take_call(struct client *c, int64_t now_ns, struct draft *d)
{
    struct request_body call = {0};
    if (client_park_due(c, now_ns)) {
        take_park(c, now_ns, d);
        return;
    }
    d->caller = -1;
    for (unsigned i = 0; i < PULL_BODIES && d->caller < 0; i++) {
        unsigned index = (c->turn + i) % PULL_BODIES;
        if (c->begun[index] && fetch_call(&c->fetches[index], now_ns, &call, d->call)) {
            d->caller = (int)index;
            c->turn = index + 1;
        }
    }
    if (d->caller < 0 && c->put && !brings_shares(c, now_ns) &&
        put_call(c->put, now_ns, &call, d->call))
        d->caller = CLIENT_PUT;
    if (d->caller < 0)
        return;
    d->opens = call.call_handle == HANDLE_NONE;
    d->body.flags |= REQUEST_CALL;
    d->body.call = call.call;
    d->body.call_len = call.call_len;
    d->body.call_id = call.call_id | (uint64_t)d->caller << CLIENT_CALL_SHIFT;
    d->body.call_handle = d->opens ? HANDLE_NONE : (uint8_t)d->caller;
    d->least = d->opens ? OPEN_LEAST : CALL_LEAST;
}

/* The resources that can be pulled: open, or opened by this request's call. */
static uint8_t pulls(const struct client *c, const struct draft *d, int64_t now_ns)
{
    uint8_t open = 0;
    for (int i = 0; i < PULL_BODIES; i++) {
        const struct fetch *f = &c->fetches[i];
        bool can = f->open || (d->caller == i && d->opens);
        if (c->begun[i] && can && fetch_pulls(f, now_ns))
            open |= (uint8_t)(1u << i);
    }
    return open;
}

static struct request_handle handle_of(const struct client *c, uint8_t source)
{
    if (source == CLIENT_PUT)
        return (struct request_handle){.p = c->put->handle, .len = c->put->handle_len};
    const struct fetch *f = &c->fetches[source];
    return (struct request_handle){.p = f->handle, .len = f->handle_len};
}

/* The place of a handle among the request's, which it takes if it has none yet. */
static uint8_t handle_index(const struct client *c, struct draft *d, uint8_t places[],
                            uint8_t source)
{
    struct request_body *b = &d->body;
    if (d->caller == source && d->opens && !c->fetches[source].open)
        return HANDLE_OPENED;
    if (places[source] == HANDLE_NONE) {
        places[source] = b->handle_count;
        b->handles[b->handle_count++] = handle_of(c, source);
    }
    return places[source];
}

/* Turns indices of resources into those of handles. */
static void place_handles(const struct client *c, struct draft *d, struct request_body *out)
{
    uint8_t places[CLIENT_PUT + 1];
    memset(places, HANDLE_NONE, sizeof places);
    d->body.handle_count = 0;
    *out = d->body;
    for (int i = 0; i < out->item_count; i++)
        out->items[i].handle = handle_index(c, d, places, d->body.items[i].handle);
    if (d->caller >= 0 && d->caller != CLIENT_PARK && !d->opens)
        out->call_handle = handle_index(c, d, places, (uint8_t)d->caller);
    memcpy(out->handles, d->body.handles, sizeof out->handles);
    out->handle_count = d->body.handle_count;
}

/* Seals a draft; items are left out from its end until it fits, those that are repeated first. */
static size_t seal(struct client *c, struct draft *d, int64_t now_ns, uint8_t *out)
{
    const int64_t patience = pull_timeout_ns(&c->pull);
    const size_t room = d->least > DATAGRAM_BYTES ? PACKET_MAX : DATAGRAM_BYTES;
    struct request_body b;
    for (;;) {
        place_handles(c, d, &b);
        size_t n = caller_seal(&c->caller, &b, &c->rng, now_ns, patience, c->options.needed, out,
                               room, d->least);
        if (n || d->body.item_count == 0)
            return n;
        pull_leave_out(&c->pull, &d->body);
    }
}

/* Adds what may be pulled to the draft. */
static void take_pull(struct client *c, uint8_t open, int64_t now_ns, struct draft *d)
{
    const struct request_body call = d->body;
    pull_request(&c->pull, open, now_ns, &d->body);
    if (d->caller == CLIENT_PUT) /* the one every few seconds is enough */
        d->body.flags &= (uint8_t)~REQUEST_RENEW;
    d->body.flags |= call.flags;
    d->body.call = call.call;
    d->body.call_len = call.call_len;
    d->body.call_id = call.call_id;
    d->body.call_handle = call.call_handle;
}

static void set_limit(struct client *c, uint16_t limit)
{
    pull_limit(&c->pull, limit);
    c->caller.limit = limit;
}

/* Packets with bytes stay away time after time, while small ones may pass: a continuation alone
 * says nothing about them. */
static void watch_path(struct client *c, int64_t now_ns)
{
    const uint16_t now = c->pull.t.datagram < c->pull.limit ? c->pull.t.datagram : c->pull.limit;
    if (c->pull.in_vain < BLACK_HOLE_TIMEOUTS || now == DATAGRAM_BYTES)
        return;
    path_is_black_hole(&c->path, now_ns);
    set_limit(c, DATAGRAM_BYTES);
}

/* A server that wants more legs than it did leaves numbers unanswered, and tells a call why. */
static void watch_bodies(struct client *c)
{
    if (c->pull.in_vain < c->in_vain)
        c->in_vain = 0;
    if (c->pull.in_vain < c->in_vain + VAIN_TIMEOUTS)
        return;
    c->in_vain = c->pull.in_vain;
    for (int i = 0; i < PULL_BODIES; i++)
        c->fetches[i].stale = true;
}

static size_t probe_path(struct client *c, int64_t now_ns, uint8_t *out)
{
    struct draft d = {.caller = -1};
    if (c->pull.asked < PATH_PROBE_AFTER || !client_is_ready(c) || c->pull.backoff > 0)
        return 0;
    d.least = path_probe(&c->path, c->pull.t.datagram, now_ns);
    if (d.least == 0)
        return 0;
    set_limit(c, PACKET_MAX);
    pull_request(&c->pull, 0, now_ns, &d.body);
    d.body.flags |= REQUEST_PATH_PROBE;
    path_sent(&c->path, now_ns, pull_timeout_ns(&c->pull));
    return seal(c, &d, now_ns, out);
}

/* Nothing was asked for in this session yet. */
static bool is_first(const struct client *c)
{
    return c->caller.upgrade_legs && c->ready_ns == 0 && c->pull.asked == 0;
}

/* Until an answer confirms the legs that data waits for, only the first requests go, each bringing
 * the shares; later ones would cost the server that work again and again. */
static bool may_ask(const struct client *c, int64_t now_ns)
{
    if (!c->caller.open)
        return false;
    return client_is_ready(c) || is_first(c) || client_park_due(c, now_ns) ||
           caller_upgrade_due(&c->caller, now_ns, pull_timeout_ns(&c->pull));
}

size_t client_request(struct client *c, int64_t now_ns, uint8_t out[PACKET_MAX])
{
    struct draft d = {.body = {.call_handle = HANDLE_NONE}};
    if (!may_ask(c, now_ns))
        return 0;
    watch_path(c, now_ns);
    watch_bodies(c);
    take_call(c, now_ns, &d);
    uint8_t open = pulls(c, &d, now_ns);
    bool ready = pull_ready(&c->pull, open, now_ns);
    if (d.caller < 0 && !ready && !brings_shares(c, now_ns))
        return probe_path(c, now_ns, out);
    take_pull(c, ready ? open : 0, now_ns, &d);
    return seal(c, &d, now_ns, out);
}

/* When there is something to pull: what is on hold waits, what is in flight does not. */
static int64_t pull_ns(const struct client *c)
{
    const struct draft none = {.caller = -1};
    const uint8_t open = pulls(c, &none, INT64_MAX);
    int64_t next = pull_next_ns(&c->pull, 0);
    for (int i = 0; i < PULL_BODIES; i++) {
        int64_t at = open >> i & 1 ? pull_next_ns(&c->pull, (uint8_t)(1u << i)) : INT64_MAX;
        next = earlier(next, at > c->fetches[i].hold_ns ? at : c->fetches[i].hold_ns);
    }
    return next;
}

int64_t client_request_ns(const struct client *c)
{
    int64_t next = INT64_MAX;
    if (!c->caller.open || (!client_is_ready(c) && !c->caller.upgrade_legs))
        return next;
    for (int i = 0; i < PULL_BODIES; i++)
        if (c->begun[i] && !fetch_done(&c->fetches[i]))
            next = earlier(next, fetch_next_ns(&c->fetches[i]));
    if (c->put && !put_done(c->put))
        next = earlier(next, put_next_ns(c->put));
    next = earlier(next, client_park_ns(c));
    next = earlier(next, pull_ns(c));
    if (client_is_ready(c) || is_first(c))
        return next;
    int64_t due = c->caller.upgrade_sent_ns + pull_timeout_ns(&c->pull);
    return due > next ? due : next;
}
